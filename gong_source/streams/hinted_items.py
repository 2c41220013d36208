"""From shaped rows to what dlt loads: hints for each table, its load id, and columns nobody declared."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.schema.utils import has_table_seen_data
from dlt.extract.items import TableNameMeta

from gong_source.errors import GongConfigError
from gong_source.streams.context import ReadContext
from gong_source.streams.resource import StreamResource
from gong_source.streams.stream import EachOf, Stream
from gong_source.tables import CONTENT_HASH, LOAD_ID, Table
from gong_source.tables.arrow import Shaped, schema_of
from gong_source.warehouse.dialects import TableHints
from gong_source.warehouse.extras import with_extras
from gong_source.warehouse.nul import without_nul
from gong_source.warehouse.schemas import refuse_names


class _MeantHints(logging.Filter):
    """Drops dlt's warning, at every page, that hints such as "json" are not arrow's own; they are meant so."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (
            record.levelno == logging.WARNING
            and "several column hints were different" in record.getMessage()
            and any(f"In resource: {name}," in record.getMessage() for name in self.resources)
        )

    def __init__(self) -> None:
        super().__init__()
        self.resources: set[str] = set()


_MEANT_HINTS = _MeantHints()


class HintedItems:
    """Yields the rows of one resource's tables to dlt.

    Every table is created with all its columns by the first package, rows or not: analysts' SQL must not break on an
    empty tenant.
    """

    def __init__(self, resource: StreamResource, context: ReadContext, load_id: str, hints: TableHints) -> None:
        """Prepare for one resource and one load package.

        Args:
            resource: A stream's.
            context: Counts the rows.
            load_id: dlt's id of the package; empty where rows are iterated without a pipeline.
            hints: Those of the destination.

        Raises:
            GongConfigError: The naming convention or the file format asked for is not that of the tables, or a schema
                contract leaves rows out.
        """
        logging.getLogger("dlt").addFilter(_MEANT_HINTS)  # the same object: added once
        _MEANT_HINTS.resources.add(resource.name)
        self._resource = resource
        self._context = context
        self._tables = resource.stream.tables
        self._load_id = load_id
        self._hints = hints
        refuse_names(dlt.current.source_schema().naming, self._tables)
        self._refuse_format()
        self._refuse_contract()
        self._tell_hints()

    def missing_tables(self) -> set[str]:
        """Names of the tables that dlt does not know yet; after that it knows them, whatever its schema contract."""
        schema = dlt.current.source_schema()
        missing = {each.name for each in self._tables if not has_table_seen_data(schema.tables.get(each.name, {}))}
        for name in missing:
            for table in self._resource.compute_tables(schema.naming, meta=TableNameMeta(name)):
                schema.update_table(table)
        return missing

    def empty_tables(self, names: Collection[str]) -> Iterator[Any]:
        """What makes tables with all their columns.

        Args:
            names: Of the tables.

        Yields:
            Tables without rows.
        """
        for table in self._tables:
            if table.name in names:
                yield self._marked(Shaped(table, schema_of(table).empty_table()))

    def marked(self, part: Shaped) -> Any:
        """What to yield for some rows.

        Args:
            part: Shaped rows of one of the tables.

        Returns:
            An arrow table, marked with the table it belongs to; None where the rows are not to be loaded.
        """
        if self._resource.is_partial:
            if is_note(part.table, self._resource.stream):
                return None
            part = unproven(part)
        self._context.removed[part.table.name] += part.removed
        self._context.rows[part.table.name] += part.data.num_rows - part.removed
        return self._marked(part)

    def _marked(self, part: Shaped) -> Any:
        stored = self._context.stored_columns.get(part.table.name, {})
        data, extra_hints = with_extras(part, dlt.current.source_schema(), self._hints, stored)
        json = {column.name for column in part.table.columns if column.type == "json"}
        json |= {name for name, hints in extra_hints.items() if hints["data_type"] == "json"}
        data = without_nul(self._hints.type, data, json)
        if LOAD_ID in data.column_names:
            index = data.column_names.index(LOAD_ID)
            data = data.set_column(index, LOAD_ID, pa.repeat(self._load_id, data.num_rows))
        data = data.cast(
            pa.schema([pa.field(f.name, f.type, nullable=_nullable(part.table, f.name)) for f in data.schema])
        )
        if not extra_hints:
            return dlt.mark.with_table_name(data, part.table.name)
        hints = dlt.mark.make_hints(table_name=part.table.name, columns=extra_hints)
        return dlt.mark.with_hints(data, hints, create_table_variant=True)

    def _refuse_contract(self) -> None:
        """Refuse a contract by which dlt leaves out rows that count as read: they would never come."""
        own = [hints.get("schema_contract") for hints in self._resource._hints_variants.values()]
        for contract in (dlt.current.source_schema().settings.get("schema_contract"), *own):
            modes = contract if isinstance(contract, dict) else {"columns": contract}
            if "discard_row" in (modes.get("columns"), modes.get("data_type")):
                raise GongConfigError(
                    f'The schema contract of {self._resource.name} is "discard_row", which leaves out whole records '
                    'for a field that is new: take "discard_value", which leaves out the field, or "freeze".'
                )

    def _tell_hints(self) -> None:
        """Tell the resource of the destination's hints; those that came with rows would be worked out for each."""
        for table in self._tables:
            hints = dlt.mark.make_hints(
                table_name=table.name,
                columns=self._column_hints(table),
                file_format=self._hints.format(table) or self._resource.file_format,  # type: ignore[arg-type]
                additional_table_hints=self._table_hints(table) or None,
            )
            self._resource.merge_hints(hints, create_table_variant=True)

    def _column_hints(self, table: Table) -> dict[str, Any]:
        """The destination's hints of columns."""
        hints = {column.name: self._hints.of_column(table, column.name) for column in table.columns}
        return {name: {"name": name, **own} for name, own in hints.items() if own}

    def _table_hints(self, table: Table) -> dict[str, Any]:
        """The destination's hints of a table, where the user has none of their own."""
        hints = self._hints.of_table(table)
        given = self._resource.compute_table_schema(meta=TableNameMeta(table.name)) if hints else {}
        return {name: hint for name, hint in hints.items() if name not in given}

    def _refuse_format(self) -> None:
        asked = self._resource.file_format
        formats = {self._hints.format(table) for table in self._tables} - {None}
        if asked and formats and formats != {asked}:
            raise GongConfigError(
                f"{self._resource.name} can't be loaded as {asked}: its file format follows from the destination and "
                "the table (docs/warehouses.md): leave loader_file_format out."
            )


def is_note(table: Table, stream: Stream) -> bool:
    """Whether a table notes what was asked about, and not what Gong told.

    Args:
        table: One of the stream's.
        stream: Any stream.
    """
    return isinstance(stream.reads, EachOf) and table is stream.tables[-1]


def unproven(part: Shaped) -> Shaped:
    """The rows, without the hash by which later runs would take their records for loaded as a whole.

    Args:
        part: Of any table.
    """
    if CONTENT_HASH not in part.data.column_names or part.table.disposition == "scd2":  # there it tells versions apart
        return part
    index = part.data.column_names.index(CONTENT_HASH)
    column = pa.nulls(part.data.num_rows, part.data.schema.field(index).type)
    return replace(part, data=part.data.set_column(index, CONTENT_HASH, column))


def _nullable(table: Table, name: str) -> bool:
    return not any(column.required for column in table.columns if column.name == name)
