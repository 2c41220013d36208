"""Columns that can't hold what is loaded into them, as somebody gave them another type by hand, or took them away.

A load would round what it brings, or fail; and a question that asks several tables at once would fail for all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import Any, get_args

from dlt.common.data_types.typing import TDataType
from dlt.common.schema.typing import TTableSchema
from dlt.common.schema.utils import loads_table, pipeline_state_table, version_table

from gong_source.tables import Table
from gong_source.tables.model import Column
from gong_source.warehouse.column_types import TEXTS
from gong_source.warehouse.dialects import TESTED, type_of
from gong_source.warehouse.store import Store

OF_DLT = frozenset(get_args(TDataType))

HOLDING: Mapping[str, frozenset[str]] = {"bigint": frozenset({"decimal", "wei"}), "json": frozenset({"text"})}
"""Other types that serve, as they are wider."""

PRECISE: Mapping[str, frozenset[str]] = {
    "bigint": frozenset({"INTEGER", "SMALLINT", "TINYINT"}),
    "timestamp": frozenset({"TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITHOUT TIME ZONE"}),
    "text": TEXTS,
}
"""Narrower ones, which dlt itself makes where the user sets a precision; texts then have a length."""

ALL_KNOWN = frozenset({"duckdb", "ducklake", "postgres", "snowflake"})
"""Where dlt knows by their names all types that it makes. In BigQuery's hidden datasets it does not, for example."""


def _of_dlt(table: TTableSchema) -> Table:
    types: dict[str, Any] = {name: column["data_type"] for name, column in table["columns"].items()}
    return Table(str(table["name"]), "", tuple(Column(name, kind, required=True) for name, kind in types.items()))


OWN = tuple(map(_of_dlt, (loads_table(), version_table())))
"""dlt's tables that every run asks."""

REQUIRED = {
    str(table["name"]): [name for name, column in table["columns"].items() if not column.get("nullable", True)]
    for table in (loads_table(), pipeline_state_table(add_dlt_id=True), version_table())
}
"""Columns of dlt's tables that no destination adds to a table with rows."""


def incomplete(columns: Mapping[str, Mapping[str, str]]) -> str:
    """The first of dlt's tables that lacks a column, and what to do, in words; empty where there is none.

    Args:
        columns: Of each table that is there.
    """
    for table, names in REQUIRED.items():
        if table in columns and (lacking := [name for name in names if name not in columns[table]]):
            return (
                f"The table {table}, in which dlt keeps what was loaded, lacks the column {lacking[0]}: somebody took "
                "it away. Drop the table: it is made again, and what can't be told without it is read again."
            )
    return ""


def unfit(store: Store, tables: Iterable[Table], columns: Mapping[str, Mapping[str, str]]) -> str:
    """The first column that can't hold what is loaded into it, and what to do, in words; empty where there is none.

    One that has capitals in the destination can't either: dlt does not tell them from small letters, PostgreSQL does.
    In doubt a column fits: a destination that is not tested with may make types of names that nobody knows.

    Args:
        store: The dataset.
        tables: What is loaded.
        columns: Of each table that is there, with their types as dlt names them.
    """
    kind = type_of(store.pipeline.destination) if store.pipeline else ""
    if kind not in TESTED:
        return ""
    precise = cache(partial(_precise, store))  # few datasets have such columns, some have many
    for table in tables:
        stored = columns.get(table.name, {})
        spelt = {name.lower(): name for name in stored}
        for column in table.columns:
            if column.name in spelt.keys() - stored.keys():
                told = f'The column {column.name} of {table.name} is called "{spelt[column.name]}" in the destination'
                return f"{told}: somebody renamed it. Give it its name again."
            found = stored.get(column.name, column.type)
            is_known = found in OF_DLT or kind in ALL_KNOWN or found.endswith(")")
            if is_known and not _holds(found, column) and not _is_chosen(found, column, table, precise):
                again = "table" if column.required else "column"
                drop = (
                    "" if table in OWN else f", or drop the {again}: it is made again, and what it held is read again"
                )
                return (
                    f"The column {column.name} of {table.name} has the type {found} in the destination, and what is "
                    f"loaded into it is {column.type}: somebody changed it. Change it back{drop}."
                )
    return ""


def _holds(found: str, column: Column) -> bool:
    """Whether a type holds every value of a column; text does, and is none where the product's own SQL asks for it."""
    if found == "text" and not column.indispensable:
        return True
    return found == column.type or found in HOLDING.get(column.type, ())


def _is_chosen(found: str, column: Column, table: Table, precise: Callable[[], set[tuple[str, str]]]) -> bool:
    """Whether a narrower type is what dlt makes of a precision: of the user's, or of its own in its own tables."""
    if found.partition("(")[0] not in PRECISE.get(column.type, ()):
        return False
    return table in OWN or (table.name, column.name) in precise()


def _precise(store: Store) -> set[tuple[str, str]]:
    """Tables and columns that were given a precision, whichever pipeline made them: the dataset keeps all schemas."""
    rows = store.rows("SELECT schema FROM {_dlt_version} WHERE schema_name = {name}", name=store.schema)
    return {
        (table, column)
        for (schema,) in rows
        for table, known in json.loads(schema)["tables"].items()
        for column, hints in known.get("columns", {}).items()
        if hints.get("precision") is not None
    }
