"""Rows of a record about which Gong's answer holds something odd, which may be what the answer lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from gong_source.ranges import parse_instant
from gong_source.streams.context import ReadContext
from gong_source.streams.leaving import take_unshown_away
from gong_source.streams.source_state import SourceState
from gong_source.tables.arrow import Shaped
from gong_source.tables.model import LOAD_ID, REMOVED, Column, Table
from gong_source.warehouse.store import Store

BESIDE = ("position", REMOVED, LOAD_ID)
"""Columns that tell nothing of what a row is about."""


def brings_all(part: Shaped, key: str, context: ReadContext, store: Store, there: Collection[str]) -> bool:
    """Whether every row that is stored of a record comes again, so that replacing them all takes none away.

    Args:
        part: Rows of the record, of a table whose rows are replaced together.
        key: Of the record.
        context: How rows are masked.
        store: The dataset.
        there: Columns that the table has in it.
    """
    table = part.table
    shown = context.without_people([part], store)
    types = {column.name: column.type for column in table.columns if column.name in there and _tells(column)}
    if not types:
        return True
    stored = store.later(types, f"{{{table.name}}} WHERE {table.merge_key} = {{key}}", key=key)()
    fresh = (row for each in shown for row in zip(*(each.data[name].to_pylist() for name in types), strict=True))
    return Counter(_plain(row, types) for row in stored) <= Counter(_plain(row, types) for row in fresh)


def _tells(column: Column) -> bool:
    """Whether a row is told from others by a column; how somebody is called may change meanwhile."""
    return column.name not in BESIDE and column.personal in ("", "user")


def _plain(row: Sequence[Any], types: Mapping[str, str]) -> tuple[Any, ...]:
    return tuple(
        parse_instant(value) if kind == "timestamp" and value is not None else value
        for value, kind in zip(row, types.values(), strict=True)
    )


def drop_private(table: Table, key: str, context: ReadContext, source_state: SourceState) -> None:
    """Take away the calls of a record that are private, where these are not wanted.

    Args:
        table: Whose rows stay as they are.
        key: Of the record.
        context: Where to ask, and what is wanted.
        source_state: The dataset, and what is remembered of the streams.
    """
    if not context.settings.include_private_calls and table.call_column:
        sql = f"SELECT {table.call_column} FROM {{{table.name}}} WHERE {table.merge_key} = {{key}}"
        calls = [row[0] for row in source_state.store.rows(sql, key=key) if row[0]]
        take_unshown_away(source_state, context, table, calls)
