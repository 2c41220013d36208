"""Gong's objects into arrow tables, by the columns of a table; nothing that Gong sends is dropped.

A value that its column can't hold exactly does not stop a load: the column is NULL in that row, and the value itself
lands as text in a column ``<name>__v_text`` beside it, the name dlt gives to such variants. Of the column that tells
private calls it is TRUE, as NULL there is public to whoever reads it. A field that no column is declared for becomes an
extra column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gong_source.tables import REMOVED, Column, Table
from gong_source.tables.values import ARROW_TYPES, as_text, convert

__all__ = ["VARIANT", "JsonDict", "Shaped", "as_text", "concat", "put", "removals", "rows_of", "schema_of", "shape"]

JsonDict = dict[str, Any]

ROOT_GROUP = "metaData"
"""The group whose fields are named without a prefix."""
VARIANT = "__v_text"
"""End of the name of a column that holds, as text, what the column of that name can't."""


@dataclass
class Shaped:
    """Rows of one table.

    Attributes:
        table: The declared table.
        data: The declared columns.
        extras: Values of further columns by raw name (``__`` between levels), None where a row has none. What a
            column can't hold is under that name with :data:`VARIANT`.
        odd: What of the records can't be made a row of, each with the reason in words.
    """

    table: Table
    data: pa.Table
    extras: dict[str, list[Any]] = field(default_factory=dict)
    odd: list[tuple[JsonDict, str]] = field(default_factory=list)

    @property
    def removed(self) -> int:
        """How many of the rows are removals."""
        return self.data.num_rows - self.data[REMOVED].null_count if REMOVED in self.data.column_names else 0


@cache
def schema_of(table: Table) -> pa.Schema:
    """The arrow schema of a table's declared columns.

    Args:
        table: Any table.
    """
    return pa.schema([pa.field(c.name, ARROW_TYPES[c.type], nullable=not c.required) for c in table.columns])


@cache
def _groups(table: Table) -> dict[tuple[str, ...], tuple[list[Column], frozenset[str]]]:
    """The columns of each nested object, and every key of it that something takes."""
    columns: dict[tuple[str, ...], list[Column]] = {(): []}
    known: dict[tuple[str, ...], set[str]] = {(): set()}

    def register(path: str, column: Column | None) -> None:
        *parents, leaf = path.split(".")
        for depth in range(len(parents) + 1):
            group = tuple(parents[:depth])
            columns.setdefault(group, [])
            known.setdefault(group, set()).add(parents[depth] if depth < len(parents) else leaf)
        if column:
            columns[tuple(parents)].append(column)

    for column in table.columns:
        if column.path:
            register(column.path, column)
    for path in table.ignored:
        register(path, None)
    return {group: (columns[group], frozenset(known[group])) for group in columns}


def shape(table: Table, objects: Sequence[JsonDict], computed: Mapping[str, Sequence[Any]]) -> Shaped:
    """One row for each object.

    Args:
        table: Where the rows go.
        objects: Gong's objects; what is none is kept as the field ``value`` of one.
        computed: Values of columns that have no path, one per object, as lists or arrays; the others are NULL.

    Returns:
        The rows, without ``_dlt_load_id``, which is known only when they are loaded.
    """
    arrays: dict[str, pa.Array] = {}
    extras: dict[str, list[Any]] = {}
    if not set(map(type, objects)) <= {dict}:
        objects = [item if isinstance(item, dict) else {"value": item} for item in objects]
    for group, (columns, known) in _groups(table).items():
        dicts = _descend(objects, group, extras)
        for column in columns:
            key = column.path.rpartition(".")[2]
            arrays[column.name], rejected = convert([item.get(key) for item in dicts], column.type)
            if rejected and column.needed == "private":
                odd = pa.array(row in rejected for row in range(len(objects)))
                arrays[column.name] = pc.or_kleene(arrays[column.name], odd)
            for row, value in rejected.items():
                put(extras, column.name + VARIANT, row, as_text(value), len(objects))
        _collect_unknown(extras, dicts, known, group)
    return Shaped(table, rows_of(table, {**computed, **arrays}, len(objects)), extras)


def rows_of(table: Table, values: Mapping[str, Sequence[Any]], size: int) -> pa.Table:
    """The declared columns of a table from the values of some; the others are NULL.

    Args:
        table: Where the rows go.
        values: By column, as lists or arrays; None for NULL.
        size: Number of rows.
    """
    arrays = []
    for column in table.columns:
        given, kind = values.get(column.name), ARROW_TYPES[column.type]
        if not isinstance(given, pa.Array):
            given = pa.nulls(size, kind) if given is None else pa.array(given, kind)
        arrays.append(given)
    return pa.table(arrays, names=[column.name for column in table.columns])


def removals(table: Table, keys: Sequence[str]) -> Shaped:
    """Rows that remove what the destination holds under these keys.

    Args:
        table: A merged table with a ``_removed`` column.
        keys: Values of its merge key, or of its primary key.
    """
    key = table.record_key
    computed: dict[str, Sequence[Any]] = {key: keys, REMOVED: [True] * len(keys)}
    nowhere = [-1] * len(keys)
    required = [c for c in table.columns if c.required and c.name not in computed]
    computed.update({c.name: nowhere if c.type == "bigint" else keys for c in required})
    return Shaped(table, rows_of(table, computed, len(keys)))


def concat(parts: Sequence[Shaped]) -> Shaped:
    """Rows of one table, one part after the other.

    Args:
        parts: At least one, all of the same table.
    """
    extras: dict[str, list[Any]] = {}
    total = sum(part.data.num_rows for part in parts)
    offset = 0
    for part in parts:
        for name, values in part.extras.items():
            extras.setdefault(name, [None] * total)[offset : offset + len(values)] = values
        offset += part.data.num_rows
    return Shaped(parts[0].table, pa.concat_tables([part.data for part in parts]), extras)


_NOTHING: JsonDict = {}


def _descend(objects: Sequence[JsonDict], group: tuple[str, ...], extras: dict[str, list[Any]]) -> list[JsonDict]:
    """The nested object at a path of each object; empty where it is null or absent.

    A value that is no object is kept as text under the group's own name.
    """
    dicts: list[Any] = list(objects)
    for depth, key in enumerate(group):
        dicts = [item.get(key) for item in dicts]
        for row, item in enumerate(dicts):
            if type(item) is not dict:
                dicts[row] = _NOTHING
                if item is not None and depth == len(group) - 1:
                    put(extras, f"{'__'.join(group)}{VARIANT}", row, as_text(item), len(objects))
    return dicts


def _collect_unknown(
    extras: dict[str, list[Any]], dicts: Sequence[JsonDict], known: frozenset[str], group: tuple[str, ...]
) -> None:
    unknown = set().union(*dicts) - known
    if not unknown:
        return
    prefix = "".join(f"{part}__" for part in group)
    for row, item in enumerate(dicts):
        for key in unknown & item.keys():
            if item[key] is not None:
                put(extras, prefix + key, row, item[key], len(dicts))


def put(extras: dict[str, list[Any]], name: str, row: int, value: Any, size: int) -> None:
    """Keep a value among extras; where its place is taken, under a name beside it.

    Args:
        extras: As in :class:`Shaped`.
        name: Raw name.
        row: Number of the row.
        value: Any JSON value.
        size: Number of rows.
    """
    while name in extras and extras[name][row] is not None:  # the same name at two levels
        name += "_x"
    extras.setdefault(name, [None] * size)[row] = value
