"""What dlt's functions take from the configuration, which dlt looks up anew whenever such a function is called.

That comes to a thousand times in the first package of a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

from dlt.common.configuration import resolve_configuration
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.configuration.specs.config_section_context import ConfigSectionContext
from dlt.common.typing import ConfigValueSentinel

_FIELDS: dict[type[BaseConfiguration], tuple[str, ...]] = {}


class KnownConfigurations:
    """Gives what was resolved before for the same class and place in the configuration, with the arguments at hand."""

    def __init__(self) -> None:
        self._known: dict[Any, BaseConfiguration] = {}

    def resolve(self, config: BaseConfiguration, *, explicit_value: Any = None, **options: Any) -> BaseConfiguration:
        """A configuration with its values; as dlt's function of that name."""
        given = _given(config, explicit_value)
        key = None if given is None else _key(config, given, options)
        if given is None or key is None:
            return resolve_configuration(config, explicit_value=explicit_value, **options)
        if (known := self._known.get(key)) is not None:
            found = copy(known)
            for name, value in given.items():
                setattr(found, name, value)
            return found
        found = resolve_configuration(config, explicit_value=explicit_value, **options)
        if all(found[name] is value for name, value in given.items()):
            self._known[key] = copy(found)
        return found


def fields_of(config: BaseConfiguration) -> tuple[str, ...]:
    """Names of a configuration's values; dlt goes through all attributes of its class for them each time.

    Args:
        config: Of any class, which has the same ones in all its objects.
    """
    kind = type(config)
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(iter(config))  # else its length would be asked first
    return _FIELDS[kind]


def _given(config: BaseConfiguration, explicit_value: Any) -> dict[str, Any] | None:
    """The arguments that the configuration is not asked for; None where it is none of a function's."""
    if not isinstance(explicit_value, Mapping):
        return None
    given = {name: explicit_value[name] for name in fields_of(config) if name in explicit_value}
    return {name: value for name, value in given.items() if not isinstance(value, ConfigValueSentinel)}


def _key(config: BaseConfiguration, given: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
    """All that decides what is found for the others; None where that can't be told, as of credentials."""
    context = Container()[ConfigSectionContext]
    values = tuple([getattr(config, name) for name in fields_of(config)])
    if config.is_resolved() or any(isinstance(value, BaseConfiguration) for value in values):
        return None
    key = type(config), values, *given, context.pipeline_name, context.sections, *sorted(options.items())
    try:
        hash(key)
    except TypeError:  # a default that is a list, say
        return None
    return key
