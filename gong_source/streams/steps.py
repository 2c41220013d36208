"""The steps that a resource ends with: a limit counted in pages, and what the destination needs in place of arrow."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import dlt
import pyarrow as pa
from dlt.extract.hints import HintsMeta
from dlt.extract.items import DataItemWithMeta, TableNameMeta
from dlt.extract.items_transform import BaseItemTransform, ItemTransform, LimitItem
from dlt.extract.pipe import Pipe

from gong_source.errors import GongConfigError
from gong_source.streams.current import loading_pipeline
from gong_source.tables import Table
from gong_source.warehouse.dialects import TableHints, type_of


class StreamPipe(Pipe):
    """The steps of a stream's resource: those that anybody adds, and the last ones, which join when rows are drawn.

    Until then there is one function with a docstring, which catalogs show.
    """

    def __init__(self, name: str, tables: Sequence[Table], steps: list[Any], parent: Pipe | None = None) -> None:
        """Put the steps together.

        Args:
            name: Of the resource.
            tables: Its tables.
            steps: The function that yields rows, and what follows it.
            parent: None, as a stream gets no rows of another resource.
        """
        super().__init__(name, steps, parent)  # type: ignore[arg-type]  # None is dlt's own default
        self._tables = tables

    def evaluate_gen(self) -> None:
        """Begin to draw rows."""
        self._complete()
        super().evaluate_gen()

    def fork(self, child_pipe: Pipe, child_step: int = -1, copy_on_fork: bool = False) -> Pipe:
        """Feed a transformer, with tables that are not marked: it would write to the table that one is marked for."""
        self._complete()
        if child_pipe is not self:
            child_pipe._insert_at_pos(_unmarked, 0)
        return super().fork(child_pipe, child_step, copy_on_fork)

    def _complete(self) -> None:
        """Add the last step, once, and before dlt counts the steps to fork them."""
        if not any(isinstance(step, ToRows) for step in self._steps):
            self.append_step(ToRows(self._tables))

    def _clone(self, new_name: str | None = None) -> StreamPipe:
        clone = StreamPipe(new_name or self.name, self._tables, [], self.parent)
        clone.instance_id = self.instance_id
        clone._steps = self._steps.copy()
        return clone


def _unmarked(item: Any, meta: Any = None) -> DataItemWithMeta:
    return DataItemWithMeta(None, item)


class ToRows(ItemTransform[Any, Any]):
    """Makes Python objects of arrow tables where dlt must write JSON as JSON, and not as text.

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

    def __call__(self, item: Any, meta: Any = None) -> Any:
        """The item as it is, or its rows: dlt's normalizer parses JSON columns and writes them as JSON, not as text.

        Raises:
            GongConfigError: A step made something else of an arrow table, of which dlt would give the table further
                columns that are never NULL, or took something that must be there. No later run could load either.
        """
        pipeline, table = loading_pipeline(), self._tables.get(table_of(meta))
        if pipeline is None or table is None or item is None:
            return item
        if isinstance(item, pa.RecordBatch):
            item = pa.Table.from_batches([item])
        if not isinstance(item, pa.Table):
            raise GongConfigError(
                f"A map of {table.name} returned a {type(item).__name__} in place of an arrow table: end it with "
                "pyarrow.Table.from_pylist(rows, schema=table.schema), or yield tables from add_yield_map."
            )
        for name in (column.name for column in table.columns if column.required):
            if name not in item.column_names or item[name].null_count:
                raise GongConfigError(
                    f"A map of {table.name} left out {name}, or values of it, without which no row can be loaded: keep "
                    "it. To leave a column out of the table, name it in exclude_columns."
                )
        if not TableHints(type_of(pipeline.destination)).as_rows(table):
            return item
        return item.to_pylist() if item.num_rows else dlt.mark.materialize_table_schema()


class PageLimit(LimitItem):
    """Lets some pages of a resource through, and knows when there were enough.

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
        """Begin to count, without the generator: what a step keeps of it would last as long as the resource."""
        self.exhausted, self.start_time = False, time.monotonic()
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
            if self.is_enough:
                self.exhausted = True
                return None
            self._pages += 1
            self._of_page = set()
        self._of_page.add(table)
        self._rows += len(item) if table == self._root else 0
        return item

    @property
    def is_enough(self) -> bool:
        """Whether no further page is taken."""
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
