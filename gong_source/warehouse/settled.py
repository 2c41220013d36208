"""What stays as it is throughout a run, found out once: schemas, and the configuration of a DuckDB destination.

dlt resolves that anew wherever it makes a client or asks what a destination can do, a dozen times for each package, and
with the search for secrets that comes to more than anything else that a package costs whatever it holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from copy import copy
from typing import Any
from weakref import WeakKeyDictionary

from dlt.common.configuration.specs.base_configuration import is_hint_not_resolvable
from dlt.pipeline.pipeline import Pipeline

from gong_source.warehouse.dialects import ready_destination, type_of
from gong_source.warehouse.lookups import known_lookups
from gong_source.warehouse.schemas import known_schemas

_BLOCKS: WeakKeyDictionary[Pipeline, ExitStack] = WeakKeyDictionary()
"""The outermost blocks that last."""


@contextmanager
def settled(pipeline: Pipeline) -> Iterator[None]:
    """Have dlt take, as long as the block lasts, what its configuration says now as if it had been given explicitly.

    What the user left open is set before. A block within another one changes nothing.

    Clients then share their credentials, as those of one load do, and with them one connection wherever several are
    open at once.

    Args:
        pipeline: With a destination that can be reached.
    """
    if pipeline in _BLOCKS:
        yield
        return
    with ExitStack() as whole:
        whole.enter_context(known_lookups())
        whole.enter_context(known_schemas(pipeline))
        whole.enter_context(_given_explicitly(pipeline))
        _BLOCKS[pipeline] = whole.enter_context(ExitStack())
        whole.callback(_BLOCKS.pop, pipeline, None)
        yield


def lasting(pipeline: Pipeline) -> ExitStack | None:
    """What is entered in it lasts until the outermost block ends, or it is closed; None outside of such a block.

    Args:
        pipeline: Whose block it is.
    """
    return _BLOCKS.get(pipeline)


@contextmanager
def _given_explicitly(pipeline: Pipeline) -> Iterator[None]:
    destination = pipeline.destination
    if destination is None or type_of(destination) != "duckdb":
        yield
        return
    ready_destination(pipeline)
    given, config = destination.config_params, pipeline.destination_client().config
    fields = {name for name, hint in config.get_resolvable_fields().items() if not is_hint_not_resolvable(hint)}
    fields -= {"destination_name"}  # of which dlt keeps in its state whether it was given
    destination.config_params = {**given, **{name: config[name] for name in fields}}
    destination.configuration = _Resolved(destination.configuration).of  # type: ignore[method-assign]
    try:
        yield
    finally:
        del destination.configuration  # the class's own is left
        destination.config_params = given


class _Resolved:
    """Configurations that were resolved before, by what they were made from."""

    def __init__(self, resolve: Callable[[Any, bool], Any]) -> None:
        self._resolve = resolve
        self._known: list[tuple[Any, bool, Any]] = []

    def of(self, initial_config: Any, accept_partial: bool = False) -> Any:
        """A copy of the one that is known, or else one that is resolved now."""
        for initial, partial, resolved in self._known:
            if partial == accept_partial and type(initial) is type(initial_config) and initial == initial_config:
                return copy(resolved)
        initial = copy(initial_config)
        resolved = self._resolve(initial_config, accept_partial)
        self._known.append((initial, accept_partial, resolved))
        return copy(resolved)
