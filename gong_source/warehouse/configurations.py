"""What dlt's own functions take from the configuration, looked up once for a run.

dlt looks anew whenever such a function is called: for each table, file and writer of a load package what a file may
hold, how tables are merged, how names are made. That comes to a thousand times in the first package of a run, and to a
fifth of what Python does for it. What types the parts of a schema may have is looked up anew likewise for each part,
and tables are copied whole, with the means for values of any kind, wherever a hint of theirs is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import copy, deepcopy
from functools import cache
from typing import Any

from dlt.common import validation
from dlt.common.configuration import inject, resolve_configuration
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.configuration.specs.config_section_context import ConfigSectionContext
from dlt.common.schema import schema, utils
from dlt.common.typing import ConfigValueSentinel

NAME = "resolve_configuration"
"""Of dlt's function, by which those of its functions ask that have arguments from the configuration."""

HINTS = "get_type_hints"
"""Of the function by which dlt asks, to check a part of a schema, for the types that its values may have."""

COPY = "deepcopy"
"""Of the function by which dlt copies tables and schemas; most of what they hold is plain."""

PLAIN = {str, int, bool, float, type(None)}

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


def _fields(config: BaseConfiguration) -> tuple[str, ...]:
    """Names of its values; dlt goes through all attributes of the class for them each time."""
    kind = type(config)
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(config)
    return _FIELDS[kind]


def _given(config: BaseConfiguration, explicit_value: Any) -> dict[str, Any] | None:
    """The arguments that the configuration is not asked for; None where it is none of a function's."""
    if not isinstance(explicit_value, Mapping):
        return None
    given = {name: explicit_value[name] for name in _fields(config) if name in explicit_value}
    return {name: value for name, value in given.items() if not isinstance(value, ConfigValueSentinel)}


def _key(config: BaseConfiguration, given: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
    """All that decides what is found for the others; None where that can't be told, as of credentials."""
    context = Container()[ConfigSectionContext]
    values = tuple([getattr(config, name) for name in _fields(config)])
    if config.is_resolved() or any(isinstance(value, BaseConfiguration) for value in values):
        return None
    key = type(config), values, *given, context.pipeline_name, context.sections, *sorted(options.items())
    try:
        hash(key)
    except TypeError:  # a default that is a list, say
        return None
    return key


@contextmanager
def known_configurations() -> Iterator[None]:
    """Have dlt take, as long as the block lasts, what its functions found in the configuration the first time."""
    if getattr(inject, NAME) is not resolve_configuration:  # a block around this one
        yield
        return
    with ExitStack() as block:
        _replace(block, inject, NAME, KnownConfigurations().resolve)
        _replace(block, validation, HINTS, _known_hints(getattr(validation, HINTS)))
        for module in (utils, schema):
            _replace(block, module, COPY, _copied)
        yield


def _replace(block: ExitStack, module: Any, name: str, function: Any) -> None:
    block.callback(setattr, module, name, getattr(module, name))
    setattr(module, name, function)


def _copied(value: Any) -> Any:
    if type(value) is dict:
        return {name: _copied(each) for name, each in value.items()}
    if type(value) is list:
        return [_copied(each) for each in value]
    return value if type(value) in PLAIN else deepcopy(value)


def _known_hints(get_type_hints: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    known = cache(get_type_hints)
    return lambda spec, globalns=None: known(spec)  # a class has one module, whose names are meant
