"""Between dlt's load packages and what is read: each resource draws its rows, and what was read is remembered."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import dlt
from dlt.common.configuration.exceptions import ContextDefaultCannotBeCreated
from dlt.common.storages.exceptions import CurrentLoadPackageStateNotAvailable
from dlt.common.storages.load_package import TLoadPackage
from dlt.extract.items_transform import FilterItem
from dlt.pipeline.exceptions import PipelineNotActive
from dlt.pipeline.pipeline import Pipeline

from gong_source.streams.context import ReadContext
from gong_source.streams.emitter import Emitter
from gong_source.streams.memory import Memory
from gong_source.streams.readers import readers_of
from gong_source.streams.reading import Reading
from gong_source.streams.stream import Stream
from gong_source.warehouse.dialects import TableHints, ready_destination
from gong_source.warehouse.store import Store

logger = logging.getLogger("gong_source")


class Packages:
    """Gives the resources of one source their rows of the load package at hand."""

    def __init__(self, context: ReadContext, reading: Reading | None) -> None:
        """Nothing is read yet.

        Args:
            context: Shared by the run.
            reading: What a run reads, over several packages; None to read all of it into each package.
        """
        self._context = context
        self._given = reading
        self._own: Reading | None = None
        self._own_load = ""
        self._hints: tuple[str, TableHints] | None = None

    def rows(self, stream: Stream) -> Iterator[Any]:
        """What a resource yields to dlt in this load package.

        Args:
            stream: Whose resource it is.

        Yields:
            Tables, marked with their hints; None where another resource has to draw first.

        Raises:
            GongError: It can't be read, and nothing else is to go on; or the destination can't replace rows.
        """
        package = _load_package()
        load_id = package["load_id"] if package else ""
        reading = self._reading(stream.name, load_id, package)
        emitter = Emitter(stream.name, stream.tables, self._context, load_id, self._hints_of(load_id))
        yield from emitter.missing_tables(reading.memory.take_gone(stream))
        package_rows = reading.package(load_id, _selected())
        for part in package_rows.items(stream.name, lambda name: self._write(reading, name, load_id)):
            yield None if part is None else emitter.marked(part)

    def _reading(self, name: str, load_id: str, package: TLoadPackage | None) -> Reading:
        """One for all resources of a package; another where a stream is iterated anew."""
        if self._given is not None:
            return self._given
        if self._own is None or self._own_load != load_id or self._own.has_given(name):
            memory = memory_of(self._context, package)
            self._own = Reading(self._context, memory, readers_of(self._context, memory, set(_selected())))
            self._own_load = load_id
        return self._own

    def _hints_of(self, load_id: str) -> TableHints:
        """The destination's, asked once for each package: dlt resolves much of its configuration for the answer."""
        if self._hints is None or self._hints[0] != load_id:
            self._hints = load_id, ready_destination(dlt.current.pipeline()) if load_id else TableHints("duckdb")
        return self._hints[1]

    def _write(self, reading: Reading, name: str, load_id: str) -> None:
        """Remember what was read of a stream, in the package that carries its rows."""
        if not load_id:
            return
        reading.memory.company.note_requests(*self._context.client.quota.budget.used())
        if name in dlt.current.source().resources and _is_filtered(name):
            logger.warning("%s is filtered: what was read of it is not remembered, and will be read again", name)
            return
        reading.memory.write(name, dlt.current.source_state(), dlt.current.resource_state(name))


def memory_of(context: ReadContext, package: TLoadPackage | None = None) -> Memory:
    """What may be believed while a load package is extracted.

    Args:
        context: Shared by the run.
        package: Its state names the tables that dlt is about to drop or empty.
    """
    pipeline = _pipeline()
    if pipeline is None:
        return Memory(context, {}, Store(None))
    Store(pipeline).make_tables_again()
    state: Any = package["state"] if package else {}
    vanishing = [table["name"] for key in ("dropped_tables", "truncated_tables") for table in state.get(key) or ()]
    return Memory(context, dlt.current.source_state(), Store(pipeline), vanishing)


def _selected() -> list[str]:
    return list(dlt.current.source().resources.selected)


def _is_filtered(name: str) -> bool:
    steps = dlt.current.source().resources[name]._pipe.steps
    return any(isinstance(step, FilterItem) for step in steps)


def _pipeline() -> Pipeline | None:
    """The active pipeline; None where rows are iterated without one."""
    try:
        pipeline = dlt.current.pipeline()
    except (PipelineNotActive, ContextDefaultCannotBeCreated):
        return None
    return pipeline if isinstance(pipeline, Pipeline) else None


def _load_package() -> TLoadPackage | None:
    """The load package that is extracted; None where rows are iterated without a pipeline."""
    try:
        return dlt.current.load_package_state()
    except CurrentLoadPackageStateNotAvailable:
        return None
