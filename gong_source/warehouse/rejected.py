"""``_gong_rejected`` in the destination: records that could not be loaded.

It is written with statements of its own, and no load package carries its rows: what drops or resets the tables of one
stream leaves those of others alone, and a record is told of although its package never came.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from gong_source.ranges import Range, parse_instant
from gong_source.tables.identity import mentions_id
from gong_source.tables.rejected import REJECTED
from gong_source.warehouse.literals import Value
from gong_source.warehouse.own_tables import make_table
from gong_source.warehouse.store import Store
from gong_source.warehouse.together import Later

MOST_TEXT = 200_000
"""Characters of JSON in one statement; BigQuery takes a megabyte."""

_NAMES = tuple(column.name for column in REJECTED.columns)


@dataclass(frozen=True)
class RejectedRow:
    """A row, as the table's columns say.

    Attributes:
        id: Tells rows apart.
        stream: Name of the stream.
        record_id: Its id, or a hash of it.
        selection: What it was listed for.
        range: What was asked for, or None.
        reason: Why it could not be loaded.
        raw: Its JSON, or None.
        rejected_at: When it was first set aside.
    """

    id: str
    stream: str
    record_id: str
    selection: str
    range: Range | None
    reason: str
    raw: str | None
    rejected_at: datetime


def rejected_rows(store: Store) -> Later[list[RejectedRow]]:
    """All rows, without their JSON.

    Args:
        store: The dataset.
    """
    types = {column.name: column.type for column in REJECTED.columns}
    named = ("id", "stream", "record_id", "selection", "range_start", "range_end", "rejected_at")
    rows = store.later({name: types[name] for name in named}, "{_gong_rejected}")
    return lambda: [
        RejectedRow(
            key,
            stream,
            record_id,
            selection,
            None if start is None or end is None else Range(parse_instant(start), parse_instant(end)),
            "",
            None,
            parse_instant(at),
        )
        for key, stream, record_id, selection, start, end, at in rows()
    ]


def insert_rejected(store: Store, rows: Sequence[RejectedRow]) -> None:
    """Add rows; the table, and the dataset, are made where they are not there.

    Args:
        store: The dataset.
        rows: New ones.
    """
    if not rows:
        return
    if not store.is_anywhere:
        return
    make_table(store, REJECTED.name, {column.name: column.type for column in REJECTED.columns})
    for batch in _batches(rows):
        values: dict[str, Value] = {}
        places = []
        for number, row in enumerate(batch):
            start, end = (row.range.start, row.range.end) if row.range else (None, None)
            told = (row.id, row.stream, row.record_id, row.selection, start, end, row.reason, row.raw, row.rejected_at)
            given = {f"{name}_{number}": value for name, value in zip(_NAMES, told, strict=True) if value is not None}
            values.update(given)
            marks = (f"{{{name}_{number}}}" if f"{name}_{number}" in given else "NULL" for name in _NAMES)
            places.append(f"({', '.join(marks)})")
        store.execute(f"INSERT INTO {{_gong_rejected}} ({', '.join(_NAMES)}) VALUES {', '.join(places)}", **values)


def _batches(rows: Sequence[RejectedRow]) -> Iterator[list[RejectedRow]]:
    batch: list[RejectedRow] = []
    size = 0
    for row in rows:
        length = len(row.raw or "") + len(row.reason) + 200
        if batch and size + length > MOST_TEXT:
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += length
    yield batch


def narrow_rejected(store: Store, row: RejectedRow) -> None:
    """Write the range of a row that is there.

    Args:
        store: The dataset.
        row: With its new range.
    """
    if row.range is not None:
        store.execute(
            "UPDATE {_gong_rejected} SET range_start = {start}, range_end = {end} WHERE id = {id}",
            start=row.range.start,
            end=row.range.end,
            id=row.id,
        )


def delete_rejected(store: Store, column: str, values: Collection[str]) -> None:
    """Delete rows.

    Args:
        store: The dataset.
        column: ``id`` or ``stream``.
        values: Of this column.
    """
    if values:
        store.execute(f"DELETE FROM {{_gong_rejected}} WHERE {column} IN ({{values}})", values=sorted(values))


def rejected_mentioning(
    store: Store, ids: Collection[str], are_in: Callable[[str], bool] = lambda text: False
) -> set[str]:
    """Ids of the rows that mention some calls, users or people.

    Args:
        store: The dataset.
        ids: Gong's ids of calls and users.
        are_in: Whether a text mentions one of the people.
    """
    rows = store.rows("SELECT id, record_id, raw FROM {_gong_rejected}")
    return {key for key, record_id, raw in rows if record_id in ids or (raw and (mentions_id(raw, ids) or are_in(raw)))}
