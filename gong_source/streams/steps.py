"""The steps that a resource ends with: a limit counted in pages, and what the destination needs in place of arrow."""

from __future__ import annotations

import copy
import inspect
import time
from collections.abc import Sequence
from typing import Any

import dlt
import pyarrow as pa
from dlt.extract.hints import HintsMeta
from dlt.extract.items import DataItemWithMeta, TableNameMeta
from dlt.extract.items_transform import BaseItemTransform, ItemTransform, LimitItem
from dlt.extract.pipe import ForkPipe

from gong_source.streams.loading import loading_pipeline
from gong_source.tables import Table
from gong_source.warehouse.dialects import TableHints, type_of


class Finish(ItemTransform[Any, Any]):
    """Makes of the arrow tables what they go to next: rows for some destinations, unmarked tables for a transformer.

    It comes after the steps that are added to a resource, so that these get arrow tables whatever the destination.
    """

    placement_affinity = 1  # before a limit, after all others

    def __init__(self, tables: Sequence[Table]) -> None:
        """Prepare for one resource.

        Args:
            tables: Its tables.
        """
        BaseItemTransform.__init__(self)
        self._tables = {table.name: table for table in tables}
        self._pipe: Any = None

    def bind(self, pipe: Any) -> Finish:
        """A step for one extraction."""
        bound = copy.copy(self)
        bound._pipe = pipe
        return bound

    def __call__(self, item: Any, meta: Any = None) -> Any:
        """The item as it is, or its rows: dlt's normalizer parses JSON columns and writes them as JSON, not as text."""
        self._unmark_for_transformers()
        pipeline, table = loading_pipeline(), self._tables.get(table_of(meta))
        if pipeline is None or table is None or not isinstance(item, pa.Table):
            return item
        if not TableHints(type_of(pipeline.destination)).as_rows(table):
            return item
        return item.to_pylist() if item.num_rows else dlt.mark.materialize_table_schema()

    def _unmark_for_transformers(self) -> None:
        """Have transformers write to tables of their own: dlt would hand on which table an item is marked for."""
        if self._pipe is not None and isinstance(fork := self._pipe.tail, ForkPipe):
            for child, _ in fork._pipes:
                if child is not self._pipe and child.steps[0] is not _unmarked:
                    child._insert_at_pos(_unmarked, 0)


def _unmarked(item: Any, meta: Any = None) -> DataItemWithMeta:
    return DataItemWithMeta(None, item)


class PageLimit(LimitItem):
    """Ends a resource after some pages.

    A page's rows come as one item for each of its tables: a table that comes again begins another page.
    """

    def __init__(self, root: str, max_items: int | None, max_time: float | None, count_rows: bool) -> None:
        """Prepare to count.

        Args:
            root: The table whose rows are counted where rows are.
            max_items: Pages or rows after which no page is taken; None for no limit.
            max_time: Seconds after which none is.
            count_rows: Whether rows are counted.
        """
        super().__init__(max_items, max_time, count_rows)
        self._root = root
        self._pages = self._rows = 0
        self._of_page: set[str] = set()

    def bind(self, pipe: Any) -> PageLimit:
        """Begin to count."""
        super().bind(pipe)
        self._pages = self._rows = 0
        self._of_page = set()
        return self

    def __call__(self, item: Any, meta: Any = None) -> Any:
        """The item, or None once there were enough pages."""
        if item is None or self.exhausted:
            return None
        if not len(item):  # makes a table, and is no page
            return item
        table = table_of(meta)
        if table in self._of_page or not self._of_page:
            if self._is_enough():
                self.exhausted = True
                if inspect.isgenerator(self.gen):
                    self.gen.close()
                return None
            self._pages += 1
            self._of_page = set()
        self._of_page.add(table)
        self._rows += len(item) if table == self._root else 0
        return item

    def _is_enough(self) -> bool:
        if self.max_time and time.monotonic() - self.start_time > self.max_time:
            return True
        return 0 <= self.max_items <= (self._rows if self.count_rows else self._pages)


def table_of(meta: Any) -> str:
    """The table that an item of a resource is marked for; empty where it is marked for none.

    Args:
        meta: What dlt hands to a step beside the item.
    """
    if isinstance(meta, HintsMeta):
        return str(meta.hints["table_name"])
    return meta.table_name if isinstance(meta, TableNameMeta) else ""
