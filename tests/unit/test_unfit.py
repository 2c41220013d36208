"""Which types of the destination hold what is loaded: all that dlt makes, and no narrower ones."""

from __future__ import annotations

import json
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

PRECISE = {
    "duckdb": {**AS_TOLD["duckdb"], "bigint": ("SMALLINT",), "timestamp": ("TIMESTAMP_MS",)},
    "postgres": {
        **AS_TOLD["postgres"],
        "bigint": ("integer", 32, 0),
        "text": ("character varying(20)",),
        "timestamp": ("timestamp with time zone(3)",),
    },
    "snowflake": {**AS_TOLD["snowflake"], "text": ("TEXT(20)",)},
    "bigquery": {**AS_TOLD["bigquery"], "text": ("STRING(20)",)},
}
"""What dlt makes where the user gives a precision."""


def dataset(kind: str, precision: int | None = None) -> Any:
    """One whose columns dlt made, of a precision that the user gave them."""
    columns = {table.name: {each.name: {"precision": precision} for each in table.columns} for table in (*TABLES, *OWN)}
    schema = json.dumps({"tables": {name: {"columns": each} for name, each in columns.items()}})
    pipeline = SimpleNamespace(destination=getattr(dlt.destinations, kind)())
    return SimpleNamespace(pipeline=pipeline, schema="gong", rows=lambda query, name: [(schema,)])


def type_told(kind: str, name: str, *numbers: int | None) -> str:
    """A type of a destination, as it is asked about."""
    mapper = getattr(dlt.destinations, kind)().capabilities().get_type_mapper()
    client: Any = SimpleNamespace(_from_db_type=mapper.from_destination_type)
    precision, scale = numbers or (None, None)
    return str(tell_types(client, "")._from_db_type(name, precision, scale)["data_type"])


def told(kind: str, names: dict[str, tuple[Any, ...]], precision: int | None = None) -> str:
    """What is said of a dataset that dlt made."""
    types = {name: type_told(kind, *told) for name, told in names.items()}
    tables = (*TABLES, *OWN)
    columns = {table.name: {each.name: types[each.type] for each in table.columns} for table in tables}
    return unfit(dataset(kind, precision), tables, columns)


@pytest.mark.parametrize(("kind", "names"), [*AS_TOLD.items(), ("bigquery", HIDDEN), ("redshift", {})])
def test_whatever_dlt_makes_holds_what_is_loaded(kind: str, names: dict[str, tuple[Any, ...]]) -> None:
    assert told(kind, names or dict.fromkeys(AS_TOLD["duckdb"], ("SOMETHING",))) == ""


def test_texts_of_dlts_own_tables_may_have_a_length() -> None:
    columns = {
        table.name: {each.name: "CHARACTER VARYING(64)" for each in table.columns if each.type == "text"}
        for table in OWN
    }
    assert unfit(dataset("postgres"), OWN, columns) == ""


@pytest.mark.parametrize("kind", PRECISE)
def test_a_narrower_type_serves_where_the_user_told_dlt_of_it(kind: str) -> None:
    assert told(kind, PRECISE[kind], precision=20) == ""
    assert "somebody changed it" in told(kind, PRECISE[kind])


NARROWED: list[tuple[Any, ...]] = [
    ("postgres", "duration", False, "integer", 32, 0),
    ("postgres", "duration", False, "smallint", 16, 0),
    ("postgres", "duration", False, "real", 24, None),
    ("postgres", "duration", False, "numeric", 18, 0),
    ("postgres", "duration", False, "numeric", 20, 2),
    ("postgres", "duration", True, "numeric", 21, 2),
    ("postgres", "duration", True, "numeric"),
    ("postgres", "scheduled", False, "timestamp with time zone(0)"),
    ("postgres", "title", False, "character varying(500)"),
    ("postgres", "title", False, "character(500)"),
    ("postgres", "title", True, "text"),
    ("postgres", "title", True, "citext"),
    ("postgres", "title", False, "my_enum"),
    ("snowflake", "duration", False, "NUMBER", 10, 0),
    ("snowflake", "duration", True, "NUMBER", 38, 0),
    ("snowflake", "title", False, "TEXT(500)"),
    ("bigquery", "duration", False, "NUMERIC(5,0)"),
    ("bigquery", "duration", True, "NUMERIC"),
    ("bigquery", "title", False, "STRING(500)"),
    ("duckdb", "duration", False, "INTEGER"),
    ("duckdb", "duration", False, "DECIMAL(18,3)", 18, 3),
    ("duckdb", "duration", True, "DECIMAL(38,3)", 38, 3),
]


@pytest.mark.parametrize(("kind", "column", "fits", "name", "numbers"), [(*each[:4], each[4:]) for each in NARROWED])
def test_a_column_that_was_narrowed_is_told_by_its_name(
    kind: str, column: str, fits: bool, name: str, numbers: tuple[int | None, ...]
) -> None:
    found = type_told(kind, name, *numbers)
    reason = unfit(dataset(kind), [CALLS], {CALLS.name: {column: found}})
    assert (not reason) is fits
    if not fits:
        assert f"column {column} of calls has the type {name.partition('(')[0].upper()}" in reason


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
    reason = unfit(dataset("duckdb"), [CALLS], {CALLS.name: {column: found}})
    assert (not reason) is fits
    if not fits:
        assert f"column {column} of calls has the type {found}" in reason
        assert "Change it back, or drop the" in reason
