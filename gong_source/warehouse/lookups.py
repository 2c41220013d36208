"""What dlt's own functions find out again and again, found out once for a run.

For each table, file and writer of a load package dlt asks its configuration what a file may hold, how tables are merged
and how names are made; for each value of that, and for each part of a schema that it checks, it asks what type it may
have; and it copies tables whole, with the means for values of any kind, wherever a hint of theirs is asked for. All of
that comes to a third of what Python does for a run without news.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from copy import deepcopy
from functools import cache
from types import ModuleType
from typing import Any

import orjson
from dlt.common import validation
from dlt.common.configuration import inject, resolve
from dlt.common.configuration.container import Container
from dlt.common.configuration.providers import environ
from dlt.common.configuration.specs import BaseConfiguration, base_configuration
from dlt.common.destination import DestinationCapabilitiesContext
from dlt.common.destination import client as destination_client
from dlt.common.destination import utils as destination_utils
from dlt.common.normalizers.json import helpers as normalizer
from dlt.common.schema import schema, utils
from dlt.common.typing import ConfigValue, ConfigValueSentinel
from dlt.destinations import sql_jobs
from dlt.destinations import utils as destinations

from gong_source.warehouse.configurations import KnownConfigurations, fields_of
from gong_source.warehouse.shared import Shared

CONFIGURATION = "resolve_configuration"
"""Of dlt's function, by which those of its functions ask that have arguments from the configuration."""

HINTS = "get_type_hints"
"""Of the function by which dlt asks, to check a part of a schema, for the types that its values may have."""

HASH = "generate_version_hash"
"""Of the function by which dlt tells one version of a schema from another, a hundred times in a run."""

COPY = "deepcopy"
"""Of the function by which dlt copies tables and schemas; most of what they hold is plain."""

OF_TYPES: dict[ModuleType, tuple[str, ...]] = {
    validation: (
        *("is_union_type", "is_optional_type", "is_literal_type", "is_typeddict"),
        *("is_list_generic_type", "is_dict_generic_type", "is_callable_type"),
    ),
    base_configuration: ("is_secret_hint", "extract_inner_hint"),
    resolve: (
        *("is_secret_hint", "extract_inner_hint", "is_union_type", "is_optional_type"),
        *("is_hint_not_resolvable", "is_context_inner_hint", "is_base_configuration_inner_hint"),
    ),
    environ: ("is_secret_hint",),
}
"""Functions of one type, by the modules that ask them: what they say of it never changes, and can't be altered."""

BY_CAPABILITIES: dict[ModuleType, tuple[str, ...]] = {
    destination_utils: ("prepare_load_table",),
    normalizer: ("resolve_merge_strategy",),
    destination_client: ("prepare_load_table",),
    sql_jobs: ("resolve_merge_strategy",),
    destinations: ("resolve_merge_strategy",),
}
"""Functions of a table that take nothing from the configuration but what the destination can do, by who asks them."""

PLAIN = {str, int, bool, float, type(None)}


def known_types() -> AbstractContextManager[None]:
    """Have dlt take, as long as the block lasts, what it found out of a type the first time."""
    return _types.entered()


def known_lookups() -> AbstractContextManager[None]:
    """Have dlt take, as long as the block or one that it is in lasts, what its functions found the first time."""
    return _lookups.entered()


@contextmanager
def _known_types() -> Iterator[None]:
    with ExitStack() as block:
        for module, names in OF_TYPES.items():
            for name in names:
                _replace(block, module, name, _known(getattr(module, name)))
        yield


@contextmanager
def _known_lookups() -> Iterator[None]:
    with known_types(), ExitStack() as block:
        _replace(block, inject, CONFIGURATION, KnownConfigurations().resolve)
        _replace(block, BaseConfiguration, "__len__", lambda config: len(fields_of(config)))
        _replace(block, validation, HINTS, _known_hints(getattr(validation, HINTS)))
        _replace(block, utils, HASH, KnownHashes(getattr(utils, HASH)))
        for module in (utils, schema):
            _replace(block, module, COPY, _copied)
        for module, names in BY_CAPABILITIES.items():
            for name in names:
                _replace(block, module, name, _by_capabilities(getattr(module, name)))
        yield


_types, _lookups = Shared(_known_types), Shared(_known_lookups)


def _replace(block: ExitStack, place: Any, name: str, function: Any) -> None:
    block.callback(setattr, place, name, getattr(place, name))
    setattr(place, name, function)


class Known:
    """A function of a type that remembers what it gave.

    Attributes:
        alone: It, as it is by itself.
    """

    def __init__(self, of_type: Callable[..., Any]) -> None:
        self.alone = of_type
        self._known = cache(of_type)

    def __call__(self, kind: Any, **options: bool) -> Any:
        """What it says.

        Args:
            kind: A type.
            **options: As it takes them.
        """
        try:
            return self._known(kind, **options)
        except TypeError:  # a type of which something can't be hashed
            return self.alone(kind, **options)


class KnownHashes:
    """The hash of a schema's content that remembers what it gave for the last few."""

    NEITHER = frozenset({"version", "version_hash", "imported_version_hash", "previous_hashes"})
    """What of a stored schema dlt leaves out of the hash."""

    KEPT = 4
    """How many: a run has one schema, before and after what a package brings."""

    def __init__(self, of_dlt: Callable[[Any], str]) -> None:
        self._of_dlt = of_dlt
        self._known: tuple[tuple[bytes, str], ...] = ()

    def __call__(self, stored_schema: Any) -> str:
        """The hash; to write the content down and compare it takes a tenth of the time.

        Args:
            stored_schema: As a dictionary; the order of columns is part of the content.
        """
        try:
            content = orjson.dumps({name: each for name, each in stored_schema.items() if name not in self.NEITHER})
        except TypeError:  # a value that only dlt can write down
            return self._of_dlt(stored_schema)
        for known, told in self._known:
            if known == content:
                return told
        told = self._of_dlt(stored_schema)
        self._known = ((content, told), *self._known[: self.KEPT - 1])
        return told


_known = cache(Known)


def _by_capabilities(function: Callable[..., Any]) -> Callable[..., Any]:
    plain, container = function.__wrapped__, Container()  # type: ignore[attr-defined]  # what dlt's decorator wraps

    def told(tables: Any, table: Any, destination_capabilities: Any = ConfigValue) -> Any:
        if isinstance(destination_capabilities, ConfigValueSentinel):
            there = DestinationCapabilitiesContext in container
            destination_capabilities = container[DestinationCapabilitiesContext] if there else None
        return plain(tables, table, destination_capabilities)

    return told


def _copied(value: Any) -> Any:
    if type(value) is dict:
        return {name: _copied(each) for name, each in value.items()}
    if type(value) is list:
        return [_copied(each) for each in value]
    return value if type(value) in PLAIN else deepcopy(value)


@cache
def _known_hints(get_type_hints: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    known = cache(get_type_hints)
    return lambda spec, globalns=None: known(spec)  # a class has one module, whose names are meant
