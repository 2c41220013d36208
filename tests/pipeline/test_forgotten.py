"""What was dropped by hand is made again by whichever pipeline comes next, though it never made it or forgot that."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gong_source.errors import GongDestinationError
from gong_source.source import build_source, make_context
from tests.pipeline.harness import DATASET, Tenant, assert_same

RESOURCES = {"resources": ["calls", "transcripts", "users"]}
TABLES = ("calls", "calls__parties", "transcripts", "transcript_sentences", "users")


@pytest.fixture
def small(make_settled: Callable[..., Tenant]) -> Tenant:
    return make_settled(calls=12, users=3, sentences=2)


def sync_as_another(tenant: Tenant) -> None:
    tenant.synced(pipeline=tenant.pipeline("another"), start_date=tenant.now - timedelta(days=20), **RESOURCES)


def run_as_another(tenant: Tenant) -> None:
    """By dlt itself, as a script does."""
    settings = tenant.settings(start_date=tenant.now - timedelta(days=20))
    context = make_context(settings.pop("start_date"), None, clock=lambda: tenant.now, **settings)
    tenant.pipeline("another").run(build_source(context).with_resources(*RESOURCES["resources"]))


def sync_as_one_that_forgot(tenant: Tenant) -> None:
    tenant.sql("DELETE FROM _dlt_pipeline_state")
    shutil.rmtree(tenant.home)


def everything(tenant: Tenant) -> str:
    names = tenant.sql(
        f"SELECT table_name FROM duckdb_tables() WHERE schema_name = '{DATASET}' AND NOT starts_with(table_name, '_')"
    )
    return "".join(f"DROP TABLE {name};" for (name,) in names)


@pytest.mark.parametrize(
    ("happens", "loads"),
    [
        ("DROP TABLE users", run_as_another),
        ("ALTER TABLE calls DROP COLUMN title", sync_as_another),
        ("ALTER TABLE users DROP COLUMN title", sync_as_one_that_forgot),
        ("DROP TABLE transcripts; DROP TABLE _dlt_loads", run_as_another),
        (everything, sync_as_another),
    ],
)
def test_what_was_dropped_is_made_again(small: Tenant, happens: Any, loads: Callable[[Tenant], None]) -> None:
    small.sql(happens if isinstance(happens, str) else happens(small))
    loads(small)
    small.synced(**RESOURCES)
    truth = small.truth(wanted=TABLES)
    for name in TABLES:
        assert_same(name, small.rows(name), truth[name])


def test_a_stream_that_is_new_to_a_pipeline_is_made_again(small: Tenant) -> None:
    small.synced(pipeline=small.pipeline("another"), resources=["calls"])
    small.sql("DROP TABLE users")
    small.synced(pipeline=small.pipeline("another"), **RESOURCES)
    assert_same("users", small.rows("users"), small.truth(wanted=["users"])["users"])


@pytest.mark.parametrize(
    ("table", "column", "pipeline"),
    [
        ("_dlt_loads", "status", "another"),
        ("_dlt_pipeline_state", "_dlt_load_id", "another"),
        ("_dlt_version", "schema_name", "another"),
        ("_dlt_version", "version_hash", None),
    ],
)
def test_a_column_that_dlt_itself_needs(small: Tenant, table: str, column: str, pipeline: str | None) -> None:
    def synced() -> str:
        try:
            report = small.sync(pipeline=small.pipeline(pipeline) if pipeline else None, resources=["users"])
        except GongDestinationError as error:
            return str(error)
        return "".join(map(str, report.failures.values()))

    small.sql(f"ALTER TABLE {table} DROP COLUMN {column}")
    told = f"^The table {table}, .* lacks the column {column}: somebody took it away. Drop the table: it is made again"
    assert re.search(told, synced())
    small.sql(f"DROP TABLE {table}")
    assert synced() == ""
    assert_same("users", small.rows("users"), small.truth(wanted=["users"])["users"])
