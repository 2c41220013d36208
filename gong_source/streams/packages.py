"""Between dlt's load packages and what is read: each resource draws its rows, and what was read is remembered."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator
from typing import Any

import dlt
from dlt.common.storages.load_package import TLoadPackage

from gong_source.errors import GongConfigError
from gong_source.streams.context import ReadContext
from gong_source.streams.current import load_package, loading_pipeline
from gong_source.streams.extraction import Extraction
from gong_source.streams.hinted_items import HintedItems
from gong_source.streams.instead import INSTEAD
from gong_source.streams.readers import readers_of
from gong_source.streams.resource import StreamResource
from gong_source.streams.source_state import SourceState
from gong_source.streams.stream import Stream
from gong_source.warehouse.datasets import check_datasets
from gong_source.warehouse.dialects import TableHints, ready_destination, type_of
from gong_source.warehouse.place import mind_folder
from gong_source.warehouse.store import Store

logger = logging.getLogger("gong_source")


class Packages:
    """Gives the resources of one source their rows of the load package at hand."""

    def __init__(self, context: ReadContext, extraction: Extraction | None) -> None:
        """Nothing is read yet.

        Args:
            context: Shared by the run.
            extraction: What a run reads, over several packages; None to read all of it into each package.
        """
        self._context = context
        self._given = extraction
        self._own: Extraction | None = None
        self._own_for: tuple[str, set[str]] = "", set()
        self._hints: tuple[str, TableHints] | None = None
        self._begun: set[str] = set()

    def rows(self, stream: Stream) -> Iterator[Any]:
        """What a resource yields to dlt in this load package.

        Args:
            stream: Whose resource it is.

        Yields:
            Tables, marked with their hints; None where another resource has to draw first.

        Raises:
            GongError: It can't be read, and nothing else is to go on; or the destination can't replace rows.
        """
        _refuse_nesting()
        resources = _resources()
        resource = resources.get(stream.name)
        if resource is None:
            raise GongConfigError(
                f'{stream.name} is not read unless it is chosen: gong_source().with_resources("{stream.name}").'
            )
        package = load_package()
        load_id = package["load_id"] if package else ""
        if package and resource.is_partial:
            logger.warning("%s is filtered or limited: what is read of it counts as not read", stream.name)
        hinted = HintedItems(resource, self._context, load_id, self._hints_of(load_id))
        to_make = hinted.missing_tables()
        extraction = self._extraction(stream.name, load_id, package)
        if package:
            to_make |= extraction.source_state.take_gone(stream, load_id)
        if package and not resource.is_plain:  # of its rows none may come through
            yield from hinted.empty_tables(to_make)
            to_make.clear()
        page_by_page = any(each.is_limited for each in resources.values())
        drawn = extraction.package(load_id, resources, page_by_page)
        for part in drawn.items(
            stream.name, lambda name: self._write(extraction, resource, load_id), lambda: resource.has_enough
        ):
            if part is None or not part.data.num_rows:
                yield None
                continue
            to_make.discard(part.table.name)
            yield hinted.marked(part)
        if package:
            yield from hinted.empty_tables(to_make)

    def _extraction(self, name: str, load_id: str, package: TLoadPackage | None) -> Extraction:
        """What the resources of a package draw from; another one once a resource, or another choice of them, begins."""
        if self._given is not None:
            return self._given
        selected = set(_resources())
        if self._own is None or name in self._begun or self._own_for != (load_id, selected):
            source_state = source_state_of(self._context, package)
            self._own = Extraction(self._context, source_state, readers_of(self._context, source_state, selected))
            self._own_for = load_id, selected
            self._begun = set()
        self._begun.add(name)
        return self._own

    def _hints_of(self, load_id: str) -> TableHints:
        """The destination's, made ready once for each package, where no run has done so for all of them."""
        if self._hints is None or self._hints[0] != load_id:
            pipeline = loading_pipeline()
            if pipeline is None or self._given is not None:
                hints = TableHints(type_of(pipeline.destination if pipeline else None))
            else:
                hints = ready_destination(pipeline)
                check_datasets(pipeline, Store(pipeline))
            self._hints = load_id, hints
        return self._hints[1]

    def _write(self, extraction: Extraction, resource: StreamResource, load_id: str) -> None:
        """Remember what was read of a stream, in the package that carries its rows."""
        if not load_id:
            return
        extraction.source_state.tell_others(resource.name, load_id)
        extraction.source_state.company.note_requests(*self._context.client.quota.budget.used())
        if not resource.is_partial:
            for name in (resource.name, *extraction.beside):
                states = dlt.current.source_state(), dlt.current.resource_state(name)
                extraction.source_state.write(name, load_id, *states)
            extraction.beside.clear()


def source_state_of(context: ReadContext, package: TLoadPackage | None = None) -> SourceState:
    """What may be believed while a load package is extracted.

    Args:
        context: Shared by the run.
        package: Its state names the tables that dlt is about to drop or empty.
    """
    pipeline = loading_pipeline()
    if pipeline is None:
        return SourceState(context, {}, Store(None))
    mind_folder(pipeline, is_locked=False)
    store = Store(pipeline, dlt.current.source_schema().name)
    state: Any = package["state"] if package else {}
    _empty_replaced(state, store)
    store.vanish(table["name"] for key in ("dropped_tables", "truncated_tables") for table in state.get(key) or ())
    return SourceState(context, dlt.current.source_state(), store)


def _empty_replaced(state: dict[str, Any], store: Store) -> None:
    """Have dlt empty the tables of the streams that are replaced, at the load, as it does for ``refresh="drop_data"``.

    dlt's own ``replace`` would keep each row as often as it came. Versions of a record stay: Gong has no earlier ones.
    """
    tables = [table for each in _resources().values() if each.replaces for table in each.stream.tables]
    replaced = [table.name for table in tables if table.disposition != "scd2"]
    if there := sorted(store.tables(replaced) & set(replaced)) if replaced else []:
        known = dlt.current.source_schema().tables
        state.setdefault("truncated_tables", []).extend(
            copy.deepcopy(dict(known.get(name) or {"name": name, "columns": {}})) for name in there
        )


def _resources() -> dict[str, StreamResource]:
    """The streams that are read: those that are loaded, and those that feed a transformer."""
    extracted = dlt.current.source().resources.extracted
    return {each.name: each for each in extracted if isinstance(each, StreamResource)}


def _refuse_nesting() -> None:
    """Refuse a depth of tables, or keys in them, that would change nothing."""
    source = dlt.current.source()
    deep = ["The source"] if source.max_table_nesting else []  # 0 is what it is made with
    deep += [each.name for each in _resources().values() if each.max_table_nesting is not None]
    if deep:
        raise GongConfigError(
            f"{deep[0]} can't be given max_table_nesting: its lists are tables as docs/tables.md has them, what is "
            "deeper is JSON: leave it out, and take JSON apart in SQL or by add_map."
        )
    if source.root_key:
        raise GongConfigError(f"The source can't be given root_key: {INSTEAD['parent_table_name']}")
