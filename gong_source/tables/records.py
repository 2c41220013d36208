"""Gong's records into rows of all their tables: a root, and a table for each list of objects in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson

from gong_source.tables.arrow import JsonDict, Shaped, as_text, removals, shape
from gong_source.tables.hashes import even
from gong_source.tables.model import CONTENT_HASH, Table
from gong_source.tables.values import spelled_alike

Items = list[tuple[str, str, int, JsonDict]]
"""Items of a list: key of the record, dlt's key of the parent row, position, the item."""


def shape_records(
    tables: Sequence[Table], records: Sequence[JsonDict], keys: Sequence[str], computed: Mapping[str, Sequence[Any]]
) -> list[Shaped]:
    """Rows of a root table and of the tables of its lists.

    Args:
        tables: The root, then a table for each list that stands in a record.
        records: As Gong sent them.
        keys: Their keys, each once.
        computed: Values of the root's columns that have no path, one per record.

    Returns:
        For every table: its rows, and removals for the records whose list is empty.
    """
    root, *lists = tables
    shaped = [shape(root, records, computed)]
    for table in lists:
        shaped += list_rows(table, items_of(table, records, keys, shaped[0]), keys)
    return shaped


def remove_records(tables: Sequence[Table], keys: Sequence[str]) -> list[Shaped]:
    """Removals of records from a root table and from the tables of its lists.

    Args:
        tables: As in :func:`shape_records`.
        keys: Keys of the records.
    """
    return [removals(table, keys) for table in tables] if keys else []


def items_of(table: Table, records: Sequence[JsonDict], keys: Sequence[str], root: Shaped) -> Items:
    """The items of a list over all records; a value that is no list is kept as text beside the record.

    Args:
        table: Of the list.
        records: As Gong sent them.
        keys: Their keys.
        root: Rows of the records.
    """
    *path, leaf = table.path.split(".")
    items: Items = []
    for row, (record, key) in enumerate(zip(records, keys, strict=True)):
        holder: Any = record
        for name in path:
            holder = holder.get(name) if isinstance(holder, dict) else None
        values = holder.get(leaf) if isinstance(holder, dict) else None
        if isinstance(values, list):
            items += [(key, key, position, as_object(value)) for position, value in enumerate(values)]
        elif values is not None:
            name = f"{table.path.replace('.', '__')}__v_text"
            root.extras.setdefault(name, [None] * len(records))[row] = as_text(values)
    return items


def list_rows(table: Table, items: Items, keys: Sequence[str]) -> list[Shaped]:
    """Rows of the items, and removals for the records that have none.

    Args:
        table: Of the list; its merge key carries the record's key.
        items: Of all records.
        keys: Of all records.
    """
    rows = []
    if items:
        computed: dict[str, Sequence[Any]] = {
            table.merge_key: [key for key, _, _, _ in items],
            "_dlt_parent_id": [parent for _, parent, _, _ in items],
            "_dlt_list_idx": [position for _, _, position, _ in items],
            "_dlt_id": [f"{parent}:{position}" for _, parent, position, _ in items],
        }
        rows.append(shape(table, [item for _, _, _, item in items], computed))
    present = {key for key, _, _, _ in items}
    if emptied := [key for key in keys if key not in present]:
        rows.append(removals(table, emptied))
    return rows


def as_object(value: Any) -> JsonDict:
    """List items are objects; whatever else comes is kept under ``value``.

    Args:
        value: Any JSON value.
    """
    return value if isinstance(value, dict) else {"value": value}


def record_hash(record: JsonDict, tables: Sequence[Table], *more: Any) -> int:
    """A number that is another one when anything changed in a record, in its tables, or in what was asked for.

    Args:
        record: As Gong sent it.
        tables: Other columns make other rows of the same record: a release that changes them loads it once more.
        *more: What else decides how the rows look; plain values.

    Returns:
        64 bits, signed, even, the same in every process.
    """
    told = orjson.dumps([record, *more])
    return even(hashlib.blake2b(told, key=_layout(tuple(tables)), digest_size=8).digest())


def version_hash(record: JsonDict, *more: Any, times_as_sent: bool = False) -> int:
    """A number that is another one when Gong tells something else of a record, as far as a person would say so.

    The order of keys or of texts in a list does not count, nor a null for an absent field, nor whether an id is a
    number or its digits, nor how a time is written, nor a release that has other columns.

    Args:
        record: As Gong sent it.
        *more: What else decides how the rows look; plain values.
        times_as_sent: Whether it counts how a time is written, as it does in what earlier releases have stored.
    """
    told = orjson.dumps([_plain(record, str if times_as_sent else spelled_alike), *more], option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(hashlib.blake2b(told, digest_size=8).digest(), "big", signed=True)


def _plain(value: Any, spelled: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item, spelled) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        plain = [_plain(item, spelled) for item in value]
        return sorted(plain) if all(isinstance(item, str) for item in plain) else plain
    if isinstance(value, str):
        return spelled(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


@cache
def _layout(tables: tuple[Table, ...]) -> bytes:
    return hashlib.blake2b(repr(tables).encode()).digest()


def hash_column(tables: Sequence[Table]) -> str:
    """The root's column for :func:`record_hash`; empty where it has none.

    Args:
        tables: The root first.
    """
    return CONTENT_HASH if any(column.name == CONTENT_HASH for column in tables[0].columns) else ""
