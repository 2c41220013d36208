"""Gong's objects into arrow tables, by the columns of a table; nothing that Gong sends is dropped.

A value of the wrong type does not stop a load: its column is NULL in that row, and the value itself lands as text in
a column ``<name>__v_text`` beside it, the name dlt gives to such variants. A field that no column is declared for
becomes an extra column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson
import pyarrow as pa

from gong_source.ranges import parse_instant
from gong_source.tables import REMOVED, Column, DataType, Table

JsonDict = dict[str, Any]

ARROW_TYPES: dict[DataType, pa.DataType] = {
    "text": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "json": pa.string(),
}
ROOT_GROUP = "metaData"
"""The group whose fields are named without a prefix."""
LARGEST_BIGINT = 2**63


@dataclass
class Shaped:
    """Rows of one table.

    Attributes:
        table: The declared table.
        data: The declared columns.
        extras: Values of further columns by raw name (``__`` between levels), None where a row has none.
    """

    table: Table
    data: pa.Table
    extras: dict[str, list[Any]] = field(default_factory=dict)


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
        objects: Gong's objects.
        computed: Values of columns that have no path, one per object, as lists or arrays; the others are NULL.

    Returns:
        The rows, without ``_dlt_load_id``, which is known only when they are loaded.
    """
    arrays: dict[str, pa.Array] = {}
    extras: dict[str, list[Any]] = {}
    for group, (columns, known) in _groups(table).items():
        dicts = _descend(objects, group, extras)
        for column in columns:
            key = column.path.rpartition(".")[2]
            arrays[column.name], rejected = convert([item.get(key) for item in dicts], column.type)
            for row, value in rejected.items():
                _put(extras, f"{column.name}__v_text", row, as_text(value), len(objects))
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
    key = table.merge_key or table.primary_key[0]
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


def convert(values: list[Any], kind: DataType) -> tuple[pa.Array, dict[int, Any]]:
    """A column from JSON values.

    Args:
        values: As decoded from JSON.
        kind: The declared type.

    Returns:
        The array, and by row the values that are not of that type; those rows are null in the array.
    """
    if kind == "json":
        return pa.array([None if v is None else dumps(v) for v in values], pa.string()), {}
    if not set(map(type, values)) <= _EXACT[kind]:  # arrow would cut 1.5 to 1 and take True for 1.0
        return _convert_each(values, kind)
    target = ARROW_TYPES[kind]
    try:
        if kind == "timestamp":
            return pa.array(values, pa.string()).cast(target), {}
        return pa.array(values, target), {}
    except (pa.ArrowInvalid, OverflowError):
        return _convert_each(values, kind)


def _convert_each(values: list[Any], kind: DataType) -> tuple[pa.Array, dict[int, Any]]:
    """The slow way, for a page with at least one value of another type, or one that does not fit."""
    rejected: dict[int, Any] = {}
    converted: list[Any] = []
    for row, value in enumerate(values):
        try:
            converted.append(None if value is None else _CASTS[kind](value))
        except (ValueError, TypeError, OverflowError):
            converted.append(None)
            rejected[row] = value
    return pa.array(converted, ARROW_TYPES[kind]), rejected


def _to_bigint(value: Any) -> int:
    number = int(value) if not isinstance(value, float) else int(value) if value.is_integer() else None
    if number is None or isinstance(value, bool) or not -LARGEST_BIGINT <= number < LARGEST_BIGINT:
        raise ValueError(value)
    return number


def _to_double(value: Any) -> float:
    if isinstance(value, bool):
        raise ValueError(value)
    return float(value)


def _to_bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(value)
    return value


def _to_timestamp(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError(value)
    return parse_instant(value)


def as_text(value: Any) -> str:
    """Text as it is, everything else as JSON; ids that come as numbers keep every digit.

    Args:
        value: Any JSON value but null.
    """
    return value if isinstance(value, str) else dumps(value)


_CASTS: dict[DataType, Callable[[Any], Any]] = {
    "text": as_text,
    "timestamp": _to_timestamp,
    "bigint": _to_bigint,
    "double": _to_double,
    "bool": _to_bool,
}


def dumps(value: Any) -> str:
    """JSON text of any value, keys in Gong's order.

    Args:
        value: Any JSON value.
    """
    return orjson.dumps(value).decode()


_EXACT: dict[DataType, set[type]] = {
    "text": {str, type(None)},
    "timestamp": {str, type(None)},
    "bigint": {int, type(None)},
    "double": {float, int, type(None)},
    "bool": {bool, type(None)},
}
"""Types of JSON values that a column takes as they are."""

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
                    _put(extras, f"{'__'.join(group)}__v_text", row, as_text(item), len(objects))
    return dicts


def _collect_unknown(
    extras: dict[str, list[Any]], dicts: Sequence[JsonDict], known: frozenset[str], group: tuple[str, ...]
) -> None:
    unknown = set().union(*dicts) - known
    if not unknown:
        return
    prefix = "".join(f"{part}__" for part in group if part != ROOT_GROUP)
    for row, item in enumerate(dicts):
        for key in unknown & item.keys():
            if item[key] is not None:
                _put(extras, prefix + key, row, item[key], len(dicts))


def _put(extras: dict[str, list[Any]], name: str, row: int, value: Any, size: int) -> None:
    while name in extras and extras[name][row] is not None:  # the same name at two levels
        name += "_x"
    extras.setdefault(name, [None] * size)[row] = value
