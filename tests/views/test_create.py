"""Making views where not all is there, again, and where something is in the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongDestinationError
from gong_source.views import create_views, keep_views, view_names

DATASET = "gong_data"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.duckdb"


@pytest.fixture
def pipeline(database: Path) -> Pipeline:
    """A pipeline that never ran, as on another machine."""
    return dlt.pipeline("views", destination=dlt.destinations.duckdb(str(database)), dataset_name=DATASET)


def sql(database: Path, *statements: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {DATASET}; SET schema '{DATASET}'")
        for statement in statements:
            connection.execute(statement)
        return connection.fetchall()


def ids(database: Path) -> list[tuple[Any, ...]]:
    return sql(database, "SELECT view_name, view_oid FROM duckdb_views() WHERE NOT internal ORDER BY view_name")


def test_nothing_is_made_of_nothing(pipeline: Pipeline, database: Path):
    assert create_views(pipeline) == []
    assert ids(database) == []


def test_what_is_missing_is_empty_until_it_comes(pipeline: Pipeline, database: Path):
    sql(
        database, "CREATE TABLE calls (id VARCHAR, started TIMESTAMPTZ)", "INSERT INTO calls VALUES ('1', '2026-05-17')"
    )
    assert create_views(pipeline) == view_names()
    counts = {name: sql(database, f"SELECT count(*) FROM {name}")[0][0] for name in view_names()}
    assert {name: count for name, count in counts.items() if count} == {"v_calls": 1, "v_coverage": 1}
    assert sql(database, "SELECT no_transcript_reason FROM v_calls") == [("none loaded",)]
    before = ids(database)
    assert create_views(pipeline) == view_names()
    assert ids(database) == before, "views were made anew though nothing had changed"
    sql(
        database,
        "ALTER TABLE calls ADD COLUMN primary_user_id VARCHAR",
        "UPDATE calls SET primary_user_id = 'u'",
        "CREATE TABLE users (id VARCHAR, first_name VARCHAR, last_name VARCHAR)",
        "INSERT INTO users VALUES ('u', 'Ada', NULL)",
    )
    create_views(pipeline)
    assert ids(database) != before
    assert sql(database, "SELECT call_id, host_name, is_private FROM v_calls") == [("1", "Ada", False)]
    sql(database, "DROP TABLE users")
    create_views(pipeline)
    assert sql(database, "SELECT call_id, host_name FROM v_calls") == [("1", None)]


@pytest.mark.parametrize("kind", ["VIEW", "TABLE"])
def test_what_is_not_ours_stays(pipeline: Pipeline, database: Path, caplog: pytest.LogCaptureFixture, kind: str):
    sql(database, "CREATE TABLE calls (id VARCHAR)", f"CREATE {kind} v_team AS SELECT 42 AS mine")
    with pytest.raises(GongDestinationError, match="v_team that gong-source did not make; rename it"):
        create_views(pipeline)
    assert keep_views(pipeline) == []
    assert "v_team" in caplog.text
    assert sql(database, "SELECT * FROM v_team") == [(42,)]
    assert sql(database, "SELECT count(*) FROM duckdb_views() WHERE view_name = 'v_calls'") == [(0,)]


def test_a_locked_database_is_a_warning_after_a_load(
    pipeline: Pipeline, database: Path, caplog: pytest.LogCaptureFixture
):
    database.write_bytes(b"no database")
    assert keep_views(pipeline) == []
    assert "The views could not be made" in caplog.text


def test_a_destination_without_sql_is_refused(tmp_path: Path):
    files = dlt.pipeline("files", destination=dlt.destinations.filesystem(str(tmp_path)), dataset_name=DATASET)
    with pytest.raises(GongDestinationError, match="Use duckdb, bigquery, snowflake"):
        create_views(files)
