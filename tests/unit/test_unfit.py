"""Which types of the destination hold what is loaded: all that dlt makes, and no narrower ones."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dlt
import pytest

from gong_source.tables import CALLS, TABLES
from gong_source.warehouse.column_types import tell_types
from gong_source.warehouse.unfit import OWN, unfit

AS_TOLD: dict[str, dict[str, tuple[Any, ...]]] = {
    "duckdb": {
        "text": ("VARCHAR",),
        "bigint": ("BIGINT",),
        "double": ("DOUBLE",),
        "bool": ("BOOLEAN",),
        "timestamp": ("TIMESTAMP WITH TIME ZONE",),
        "json": ("JSON",),
    },
    "bigquery": {
        "text": ("STRING",),
        "bigint": ("INT64",),
        "double": ("FLOAT64",),
        "bool": ("BOOL",),
        "timestamp": ("TIMESTAMP",),
        "json": ("JSON",),
    },
    "snowflake": {
        "text": ("TEXT",),
        "bigint": ("NUMBER", 19, 0),
        "double": ("FLOAT",),
        "bool": ("BOOLEAN",),
        "timestamp": ("TIMESTAMP_TZ",),
        "json": ("VARIANT",),
    },
    "postgres": {
        "text": ("character varying",),
        "bigint": ("bigint",),
        "double": ("double precision",),
        "bool": ("boolean",),
        "timestamp": ("timestamp with time zone",),
        "json": ("jsonb",),
    },
}
AS_TOLD["ducklake"] = AS_TOLD["duckdb"]
"""How each destination's own tables call what dlt makes, with precision and scale."""

HIDDEN = {**AS_TOLD["bigquery"], "bigint": ("INTEGER",), "double": ("FLOAT",), "bool": ("BOOLEAN",)}
"""How BigQuery calls them where a dataset is hidden."""

PRECISE = {**AS_TOLD["duckdb"], "bigint": ("SMALLINT",), "timestamp": ("TIMESTAMP_MS",)}
"""What dlt makes in DuckDB where the user gives a precision."""


def told(kind: str, names: dict[str, tuple[Any, ...]]) -> str:
    """What is said of a dataset that dlt made."""
    destination = getattr(dlt.destinations, kind)()
    mapper = destination.capabilities().get_type_mapper()
    client = tell_types(SimpleNamespace(_from_db_type=mapper.from_destination_type))  # type: ignore[arg-type]
    types = {name: client._from_db_type(*told, *[None] * (3 - len(told)))["data_type"] for name, told in names.items()}
    tables = (*TABLES, *OWN)
    columns = {table.name: {each.name: types[each.type] for each in table.columns} for table in tables}
    return unfit(SimpleNamespace(pipeline=SimpleNamespace(destination=destination)), tables, columns)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "names"), [*AS_TOLD.items(), ("bigquery", HIDDEN), ("duckdb", PRECISE), ("redshift", {})]
)
def test_whatever_dlt_makes_holds_what_is_loaded(kind: str, names: dict[str, tuple[Any, ...]]) -> None:
    assert told(kind, names or dict.fromkeys(AS_TOLD["duckdb"], ("SOMETHING",))) == ""


@pytest.mark.parametrize(
    ("column", "found", "fits"),
    [
        ("duration", "bigint", True),
        ("duration", "decimal", True),
        ("duration", "double", False),
        ("id", "bigint", False),
        ("id", "json", False),
        ("title", "ENUM('A')", False),
        ("started", "date", False),
        ("started", "text", False),  # ranges are found by it
        ("duration", "text", True),
        ("is_private", "text", False),
        ("_content_hash", "double", False),
    ],
)
def test_a_column_that_was_changed_fits_where_it_holds_every_value(column: str, found: str, fits: bool) -> None:
    store: Any = SimpleNamespace(pipeline=SimpleNamespace(destination=dlt.destinations.duckdb()))
    reason = unfit(store, [CALLS], {CALLS.name: {column: found}})
    assert (not reason) is fits
    if not fits:
        assert f"column {column} of calls has the type {found}" in reason
        assert "Change it back, or drop the" in reason
