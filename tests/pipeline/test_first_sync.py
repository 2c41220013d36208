"""A first sync brings everything, once, and no more requests than it takes."""

from __future__ import annotations

import logging
import math
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gong_source import gong_source
from gong_source.runs import run_reset
from gong_source.sandbox.zone import Zone
from gong_source.streams.all import CALLS_BASIC
from gong_source.warehouse.duckdb_load import load_sparingly
from tests.pipeline import in_memory
from tests.pipeline.harness import DATASET, DEFAULT_TABLES, NOW, Tenant, assert_same
from tests.pipeline.truth.api import Rows


@pytest.mark.usefixtures("chunk_by_chunk")
def test_first_sync_equals_what_the_api_shows(tenant: Tenant) -> None:
    report = tenant.synced(chunk_days=30)
    assert report.packages > 2, "it takes several"
    tenant.check()
    assert len(tenant.rows("calls")) == 120
    assert all(tenant.rows(table.name) for table in DEFAULT_TABLES), "the made-up company fills every table"


def test_years_before_the_company_cost_a_few_requests_and_no_package(make_tenant: Callable[..., Tenant]) -> None:
    """Also those of streams that are asked day by day, or month by month for each manager."""
    tenant = make_tenant(days=30, calls=60, users=5)
    report = tenant.synced(start_date="1970-01-01", chunk_days=30, resources=["all"])
    asked = {endpoint.split("/v2/")[1]: number for endpoint, number in tenant.counted.items()}
    assert asked["stats/interaction"] <= 45, "each day of a month, and how far back there is anything"
    assert asked["coaching"] <= 25, "each month and manager"
    assert asked["stats/activity/day-by-day"] <= 15, "a few years at a time"
    assert asked["stats/activity/aggregate-by-period"] <= 10
    assert sum(asked.values()) <= 160, asked
    assert report.packages == 1
    truth = tenant.truth(more=True)
    for table in truth:
        assert_same(table, tenant.still_shown(table, tenant.rows(table)), truth[table])


def test_a_window_of_a_day_that_is_not_over_in_the_west_brings_nothing(make_tenant: Callable[..., Tenant]) -> None:
    """A chunk begins at midnight, minutes ago: in the company's time zone it is yesterday still."""
    tenant = make_tenant(days=30, calls=60, users=5)
    tenant.at(NOW.replace(hour=0, minute=20) + timedelta(days=1))
    streams = ["daily_activity", "daily_activity_calls", "daily_interaction_stats", "answered_scorecards"]
    midnight = tenant.now.replace(minute=0)
    tenant.synced(start_date=midnight - timedelta(days=30), chunk_days=30, resources=streams)
    assert tenant.rows("daily_activity")
    tenant.at(tenant.now + timedelta(days=1))
    tenant.synced(start_date=midnight - timedelta(days=30), chunk_days=30, resources=streams)
    assert_same("daily_activity", tenant.rows("daily_activity"), tenant.truth()["daily_activity"])


def test_a_day_of_the_far_east_is_the_same_where_gong_writes_instants_as_utc(
    make_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirteen hours ahead, it begins when one would eleven hours behind."""
    tenant = make_tenant(calls=20, users=4, days=20, sentences=2, time_zone="Pacific/Tongatapu")
    streams = ["daily_activity", "daily_activity_calls"]

    def days() -> dict[str, list[Any]]:
        store = in_memory.MemoryStore()
        assert in_memory.sync(store, 1, streams, NOW, None, 10_000, **tenant.settings()) == {}
        return {name: sorted(row["id"] for row in store.table(name)) for name in streams}

    told = days()
    assert all(told.values())
    monkeypatch.setattr(Zone, "stamp", lambda zone, day: zone.start(day).isoformat().replace("+00:00", "Z"))
    assert days() == told


def test_every_declared_column_has_its_type(settled: Tenant) -> None:
    duckdb_types = {
        "text": "VARCHAR",
        "timestamp": "TIMESTAMP WITH TIME ZONE",
        "bigint": "BIGINT",
        "double": "DOUBLE",
        "bool": "BOOLEAN",
        "json": "JSON",
    }
    found = {
        (table, column): kind
        for table, column, kind in settled.sql(
            "SELECT table_name, column_name, data_type FROM information_schema.columns "
            f"WHERE table_schema = '{DATASET}'"
        )
    }
    for table in DEFAULT_TABLES:
        for column in table.columns:
            assert found[table.name, column.name] == duckdb_types[column.type], (table.name, column.name)


def test_a_second_sync_changes_no_row_and_reads_only_the_lookback(settled: Tenant) -> None:
    names = [table.name for table in DEFAULT_TABLES]
    before = settled.all_rows(names)
    awaited = 120 - len(before["transcripts"])
    report = settled.synced()
    after = settled.all_rows(names)
    for name, rows in before.items():
        hidden = "_dlt_load_id"
        left = sorted(str({k: v for k, v in row.items() if k != hidden}) for row in rows)
        right = sorted(str({k: v for k, v in row.items() if k != hidden}) for row in after[name])
        assert left == right, name
    in_lookback = settled.sql(f"SELECT count(*) FROM calls WHERE started >= TIMESTAMP '{settled.now}' - INTERVAL 8 DAY")
    assert settled.requests("POST /v2/calls/extensive") <= math.ceil(in_lookback[0][0] / 100) + 2
    assert settled.requests("POST /v2/calls/transcript") <= math.ceil(awaited / 100) + 1
    assert settled.requests("GET /v2/library/folder-content") == 0
    assert report.requests["POST /v2/calls/extensive"] == settled.requests("POST /v2/calls/extensive")


def test_a_first_sync_makes_few_requests(make_tenant: Callable[..., Tenant]) -> None:
    tenant = make_tenant(days=120, calls=500, sentences=2)
    tenant.synced(resources=["calls", "transcripts"], chunk_days=30)
    chunks = math.ceil(121 / 30)
    listing, transcripts = (tenant.requests(f"POST /v2/calls/{name}") for name in ("extensive", "transcript"))
    assert listing <= math.ceil(500 / 100) + chunks
    assert transcripts <= math.ceil(500 / 100) + 1
    assert tenant.requests("GET /v2/calls") == 0


def test_an_empty_tenant_has_every_table(make_tenant: Callable[..., Tenant]) -> None:
    tenant = make_tenant(empty=True)
    tenant.synced()
    for table in DEFAULT_TABLES:
        rows = tenant.rows(table.name)
        assert rows == [] or table.name in ("users", "users_history", "workspaces"), table.name
    tenant.check()
    ranges = tenant.synced().ranges
    assert ranges["calls"]["*"] == ranges["transcripts"]["*"] == [["2026-04-15T00:00:00Z", "2026-06-15T11:55:00Z"]]


def truth_by_the_real_clock(tenant: Tenant) -> Rows:
    """As that is later than the company's, the log that is kept for 14 days only is not asked for."""
    truth = tenant.truth(end=tenant.now)
    return {**truth, "logs": [row for row in truth["logs"] if row["log_type"] != "AccessLog"]}


def test_a_plain_pipeline_run_loads_the_same(tenant: Tenant) -> None:
    """``pipeline.run(gong_source())`` is one package of parquet files, whoever calls."""
    tenant.at(tenant.now)
    pipeline = tenant.pipeline()
    tenant.sandbox.control.reset_counters()
    info = pipeline.run(gong_source(end_date=tenant.now, **tenant.settings()))
    asked = tenant.sandbox.counters.requests
    assert asked["POST /v2/calls/extensive"] <= 5, "one reading serves all resources of the package"
    assert asked["GET /v2/users"] == asked["GET /v2/settings/trackers"] == 1
    info.raise_on_failed_jobs()
    formats = {
        job.job_file_info.file_format
        for package in info.load_packages
        for job in package.jobs["completed_jobs"]
        if job.job_file_info.table_name in {table.name for table in DEFAULT_TABLES}
    }
    assert formats <= {"parquet", "sql"}
    tenant.check(truth=truth_by_the_real_clock(tenant))


def test_files_that_a_crash_staged_twice_double_nothing(tenant: Tenant) -> None:
    """What is merged; what keeps versions is as it was after the next run."""
    merged = [table.name for table in DEFAULT_TABLES if table.disposition != "replace"]
    pipeline = tenant.pipeline()
    pipeline.extract(gong_source(**tenant.settings(end_date=tenant.now)))
    pipeline.normalize()
    (load_id,) = pipeline.list_normalized_load_packages()
    for job in pipeline.get_load_package_info(load_id).jobs["new_jobs"]:
        path, name = Path(job.file_path), job.job_file_info
        if name.table_name in merged:
            shutil.copy(path, path.with_name(name._replace(file_id=f"{name.file_id}again").file_name()))
    done = load_sparingly(pipeline, pipeline.load).load_packages[0].jobs["completed_jobs"]
    again = {job.job_file_info.table_name for job in done if job.job_file_info.file_id.endswith("again")}
    assert again == set(merged)
    truth = truth_by_the_real_clock(tenant)
    tenant.check(truth=truth, skip=("users_history",))
    assert not tenant.synced(resources=["users_history"]).rows
    assert_same("users_history", tenant.rows("users_history"), truth["users_history"])
    assert len(tenant.sql("SELECT DISTINCT _dlt_load_id FROM users_history")) == 1


@pytest.mark.usefixtures("chunk_by_chunk")
@pytest.mark.usefixtures("chunk_by_chunk")
def test_dlts_trace_holds_the_last_package_alone(make_tenant: Callable[..., Tenant]) -> None:
    tenant = make_tenant(calls=230)
    pipeline, tenant.chunk_days = tenant.pipeline(), 30
    report = tenant.sync(pipeline=pipeline, resources=["transcripts"])
    assert report.packages > 1
    assert [step.step for step in pipeline.last_trace.steps] == ["extract", "normalize", "load"]


def test_one_resource_alone_and_calls_basic(tenant: Tenant) -> None:
    tenant.synced(resources=["calls_basic"])
    expected = tenant.truth()
    assert_same("calls_basic", tenant.rows("calls_basic"), expected["calls_basic"])
    assert tenant.requests("POST /v2/calls/extensive") == 0
    assert {name for (name,) in tenant.sql("SHOW TABLES") if not name.startswith("_")} == {
        table.name for table in CALLS_BASIC.tables
    }


@pytest.mark.usefixtures("chunk_by_chunk")
def test_transcripts_alone_list_the_calls_once(tenant: Tenant) -> None:
    tenant.chunk_days = 20
    report = tenant.synced(resources=["transcripts"])
    expected = tenant.truth()
    for name in ("transcripts", "transcript_sentences"):
        assert_same(name, tenant.rows(name), expected[name])
    ((filled,),) = tenant.sql("SELECT count(DISTINCT _dlt_load_id) FROM transcripts")
    assert report.packages <= filled + 1, "listing calls alone makes no package"
    tenant.synced(resources=["transcripts"])
    assert tenant.requests("POST /v2/calls/extensive") <= 2, "only the look-back is listed again"


def test_transcripts_added_later_take_the_calls_that_are_there(tenant: Tenant) -> None:
    """A scope that is granted later costs no second listing of the settled past."""
    tenant.synced(resources=["calls"])
    tenant.synced(resources=["calls", "transcripts"])
    tenant.check(only=("calls", "transcripts"))
    assert tenant.requests("POST /v2/calls/extensive") <= 2
    assert tenant.requests("POST /v2/calls/transcript") <= math.ceil(120 / 100) + 1


def test_workspaces_can_be_chosen_and_added(tenant: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    one, other = sorted(tenant.sandbox.world.workspaces)
    refused = tenant.sync(workspace_ids=[one, "12"])
    assert (refused.exit_code, refused.rows) == (2, {})
    assert f"Gong has no workspace 12, which sources.gong.workspace_ids names; the key sees: {one}, {other}" in str(
        refused.failures["calls"]
    )
    tenant.synced(workspace_ids=[one])
    assert tenant.sync(workspace_ids=["12"]).exit_code == 2
    assert {row["workspace_id"] for row in tenant.rows("calls")} == {one}
    assert {row["workspace_id"] for row in tenant.rows("library_folders")} == {one}
    tenant.synced(workspace_ids=[one, other])
    tenant.check()
    listed = [entry["body"]["filter"] for entry in tenant.log if entry["endpoint"] == "POST /v2/calls/extensive"]
    assert {window["fromDateTime"] < "2026-06-01" for window in listed if window["workspaceId"] == one} == {False}
    with caplog.at_level(logging.WARNING, logger="gong_source"):
        tenant.synced(start_date=tenant.now + timedelta(days=1))
    assert "The range is empty, so no calls, transcripts or logs are read: it starts at " in caplog.text


def test_only_the_parts_asked_for_are_loaded(tenant: Tenant) -> None:
    tenant.synced(resources=["calls"], call_parts=["parties", "context"], context_timing=["Now", "TimeOfCall"])
    assert len(tenant.rows("calls__parties")) == len(tenant.truth_of_calls()["calls__parties"])
    assert {row["timing"] for row in tenant.rows("calls__context__objects")} == {"Now", "TimeOfCall"}
    assert tenant.rows("calls__trackers") == []
    assert tenant.sql("SELECT count(brief) FROM calls") == [(0,)]
    selectors = [
        entry["body"]["contentSelector"]["exposedFields"] for entry in tenant.log if "extensive" in entry["endpoint"]
    ]
    assert all(selector == {"parties": True} for selector in selectors)


def test_avatars_only_where_asked_for(tenant: Tenant) -> None:
    tenant.synced(resources=["users"])
    people = len(tenant.rows("users"))
    tenant.synced(resources=["users"], include_avatars=True)
    assert len(tenant.rows("users")) == people + len(tenant.sandbox.world.avatars) > people


@pytest.mark.parametrize("happens", ["nothing", "a reset", "another name"])
def test_avatars_leave_when_they_are_asked_for_no_longer(tenant: Tenant, happens: str) -> None:
    """And their versions, no others'; people who left stay, as others' rows name them."""
    streams, world = ["users", "users_history"], tenant.sandbox.world
    people = set(world.users)
    tenant.synced(resources=streams, include_avatars=True)
    del world.users[min(people)]
    if happens == "a reset":
        run_reset(tenant.pipeline(), streams)
    pipeline = tenant.pipeline("another") if happens == "another name" else tenant.pipeline()
    tenant.synced(pipeline=pipeline, resources=streams)
    assert {row["id"] for row in tenant.rows("users")} == people
    assert sorted(row["id"] for row in tenant.rows("users_history")) == sorted(people), "nobody else's version ended"
    tenant.synced(pipeline=pipeline, resources=streams)
    assert tenant.requests("GET /v2/users") == 1, "the longer list is asked for once"
