"""Fields that nobody declared: the column that each has, and what of it that column can't hold.

Which field a column is of is written into dlt's schema, so that a field keeps its column over pages and runs, whatever
other spelling of its name comes. Which type a column has is asked of the destination: another pipeline that loads the
same dataset may have made it, and a load would cast what does not fit, 12.9 to 13.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pyarrow as pa
from dlt.common.schema import Schema

from gong_source.tables import DataType, Table
from gong_source.tables.arrow import ROOT_GROUP, VARIANT, Shaped, put
from gong_source.tables.values import ARROW_TYPES, convert
from gong_source.warehouse.dialects import TableHints

FIELD = "x-gong-field"
"""Hint of a column that nobody declared: the field it is of."""

NAMELESS = "unnamed"
"""Name of a field whose own has no letter or digit in it."""

UNSAFE_NAMES = frozenset({"d", "s"})
"""dlt's merges name the two tables ``d`` and ``s``; BigQuery takes a column of such a name for the table."""

POSTGRES_NAMES = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
LAKE_NAMES = frozenset({"rowid", "row_id", "begin_snapshot", "end_snapshot"})

SYSTEM_NAMES = {"postgres": POSTGRES_NAMES, "ducklake": LAKE_NAMES | POSTGRES_NAMES}
"""Columns that a destination gives to each table itself, so that no other may have their names there. DuckLake keeps
few rows of a table in one of its catalog, which may be a PostgreSQL database, under the names of the columns."""


def with_extras(
    part: Shaped, schema: Schema, destination: TableHints, stored: Mapping[str, str]
) -> tuple[pa.Table, dict[str, dict[str, Any]]]:
    """Append the columns that no declaration knows, each in the type that it has already.

    A value that this type can't hold goes into a variant column, as text. Where a table's files can't carry JSON,
    objects arrive as their text.

    Args:
        part: Rows of a table.
        schema: dlt's, with what earlier pages brought.
        destination: Its hints.
        stored: The columns that the table has in the destination, with their types.

    Returns:
        All columns, and hints for those appended.
    """
    if not part.extras:
        return part.data, {}
    names = _Names(part.table, schema, destination)
    types = {**names.types, **stored}
    data, hints = part.data, {}
    pending: dict[str, list[Any]] = {}
    for raw, values in part.extras.items():
        for row, value in enumerate(values):
            if value is not None:
                put(pending, storable(raw), row, value, len(values))
    while pending:
        # fields before variants, which get what those can't hold
        raw = min(pending, key=lambda name: (name.endswith(VARIANT), name))
        values = pending.pop(raw)
        while (name := names.of(raw)) in hints:  # a variant's place was taken by a field of its very name
            raw += "_x"
        kind = types.get(name) or _kind_of(raw, values, json=destination.carries_json(part.table))
        rejected = dict(enumerate(values))
        if kind in ARROW_TYPES and (kind != "json" or destination.carries_json(part.table)):
            array, rejected = convert(values, cast(DataType, kind))
            data = data.append_column(name, array)
            hints[name] = {"name": name, "data_type": kind, "nullable": True, FIELD: raw}
        for row, value in rejected.items():
            if value is not None:
                put(pending, raw + VARIANT, row, value, len(values))
    return data, hints


class _Names:
    """Columns of one table for fields by their raw names."""

    def __init__(self, table: Table, schema: Schema, destination: TableHints) -> None:
        known: Mapping[str, Any] = schema.tables.get(table.name, {}).get("columns", {})
        self._normalize = schema.naming.normalize_path
        self._unsafe = UNSAFE_NAMES | SYSTEM_NAMES.get(destination.type, frozenset())
        self._owned = {column[FIELD]: name for name, column in known.items() if FIELD in column}
        self._taken = {column.name for column in table.columns} | set(self._owned.values())
        self.types = {name: column["data_type"] for name, column in known.items() if "data_type" in column}

    def of(self, raw: str) -> str:
        """The column of a field; a new one where it has none."""
        if raw not in self._owned:
            name = self._natural(raw if raw == ROOT_GROUP + VARIANT else raw.removeprefix(f"{ROOT_GROUP}__"))
            while name in self._taken:  # another spelling of a name that is taken
                name = self._normalize(f"{name}_x")
            self._taken.add(name)
            self._owned[raw] = name
        return self._owned[raw]

    def _natural(self, raw: str) -> str:
        """A name that no destination trips over; those that begin with an underscore are dlt's, ours and BigQuery's."""
        name = self._normalize(raw) or NAMELESS
        return f"{name}_x" if name in self._unsafe else f"x{name}" if name.startswith("_") else name


def storable(raw: str) -> str:
    """A field's name as dlt's schema can keep it.

    Args:
        raw: As it came; a half of a surrogate pair is no character.
    """
    return raw.encode("utf-8", "replace").decode()


def _kind_of(raw: str, values: list[Any], *, json: bool) -> DataType:
    """The narrowest type that holds all values; dates stay text, as a guess could be wrong next time."""
    types = {type(value) for value in values if value is not None}
    if raw.endswith(VARIANT):
        return "text"
    if types == {bool}:
        return "bool"
    if types == {int}:
        return "bigint"
    if types and types <= {int, float}:
        return "double"
    return "json" if json and types != {str} else "text"
