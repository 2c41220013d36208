"""A backfill that is stopped and started again anywhere equals one that was not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gong_source.errors import GongConfigError
from gong_source.report import RunReport
from gong_source.runs import run_backfill
from gong_source.runs.backfill import plan_backfill
from gong_source.streams.all import STREAMS
from tests.pipeline.harness import NOW, Tenant

YEARS = 3 * 365
FUTURE = [stream for stream in STREAMS if stream.name not in ("calls", "transcripts")]
PAST = tuple(table.name for stream in FUTURE for table in stream.tables)
"""Tables that a backfill of calls does not fill."""


@pytest.fixture
def old_tenant(make_tenant: Callable[..., Tenant]) -> Tenant:
    """A company with three years of history."""
    return make_tenant(days=YEARS, calls=700, sentences=2)


def backfill(tenant: Tenant, **more: Any) -> RunReport:
    """Run a backfill over the whole history, up to a week ago."""
    options = {
        "start_date": tenant.start,
        "end_date": NOW - timedelta(days=7),
        "chunk_days": 60,
        "clock": lambda: tenant.now,
        **more,
    }
    return run_backfill(tenant.pipeline("gong_backfill"), **tenant.settings(**options))


def test_interrupted_again_and_again_equals_uninterrupted(old_tenant: Tenant) -> None:
    """Each start has a fresh machine: only the destination remembers."""
    tenant, spent, starts = old_tenant, 0, 0
    while True:
        tenant.home = tenant.folder / f"machine{starts}"
        report = backfill(tenant, max_requests=2, resources=["calls", "transcripts"], chunk_days=120)
        spent += sum(report.requests.values())
        starts += 1
        if report.exit_code == 0:
            break
        assert report.exit_code == 75, report.as_text()
        assert report.left["chunks"] > 0
        assert starts < 40
    assert starts > 3, "windows that are under way when the last allowed request starts are not cut off: three a start"
    tenant.check(truth=tenant.truth(end=NOW - timedelta(days=7)), skip=PAST)
    chunks = 1096 // 120 + 1
    assert spent <= 7 + 7 + 3 * chunks + 4 * starts, "what was committed is not read again"


@pytest.mark.parametrize(
    ("resources", "there"),
    [
        (["daily_interaction_stats"], []),
        (["calls", "transcripts"], []),
        (["transcripts"], []),
        (["transcripts"], ["calls"]),
        (["call_media"], []),
        (["calls", "transcripts", "daily_activity"], []),
    ],
    ids=str,
)
def test_a_window_is_read_to_its_end_once_it_is_begun(
    make_tenant: Callable[..., Tenant], resources: list[str], there: list[str]
) -> None:
    """Else the same requests would be made again by each command, which none of them would outlast.

    What was read before is looked back at, with its transcripts, when nothing else is left.
    """
    tenant, chunks = make_tenant(days=60, calls=260, users=4, sentences=1), []
    options = {"end_date": NOW - timedelta(days=1), "chunk_days": 15, "media_folder": str(tenant.folder / "media")}
    if there:
        assert backfill(tenant, resources=there, **options).exit_code == 0
    for _ in range(20):
        report = backfill(tenant, max_requests=2, resources=resources, **options)
        if report.exit_code == 0:
            break
        chunks.append(report.left["chunks"])
    assert report.exit_code == 0
    assert chunks == sorted(set(chunks), reverse=True)
    if "transcripts" in resources:
        truth = tenant.truth(end=NOW - timedelta(days=1))
        tenant.check(truth=truth, only=("transcripts",))
    if "call_media" in resources:
        assert len(tenant.rows("call_media")) == 260


def test_a_bound_that_suffices_costs_no_more_than_none(
    make_tenant: Callable[..., Tenant], caplog: pytest.LogCaptureFixture
) -> None:
    spent = []
    for bound in (None, 1000):
        tenant = make_tenant(days=60, calls=120, users=4, sentences=1)
        report = backfill(tenant, max_requests=bound, resources=["calls", "transcripts"], chunk_days=15)
        assert report.exit_code == 0
        spent.append(sum(report.requests.values()))
    assert spent[1] <= spent[0] + 1, "what is looked back at is asked for when nothing else is left"
    assert "holds less" not in caplog.text


def test_what_came_late_while_a_backfill_was_stopped_is_there_at_its_end(make_tenant: Callable[..., Tenant]) -> None:
    tenant = make_tenant(days=60, calls=40, users=4, sentences=1)
    options = {"resources": ["calls", "transcripts"], "end_date": NOW - timedelta(days=1), "chunk_days": 15}
    assert backfill(tenant, max_requests=1, **options).exit_code == 75
    tenant.sandbox.control.add_calls(3, started=[NOW - timedelta(days=days) for days in (2, 3, 4)])
    while (report := backfill(tenant, max_requests=1, **options)).exit_code == 75:
        assert report.left["chunks"]
    assert report.exit_code == 0
    tenant.check(truth=tenant.truth(end=NOW - timedelta(days=1)), only=("calls", "transcripts"))


def test_a_gap_of_less_than_a_day_is_read_when_it_is_asked_for(make_tenant: Callable[..., Tenant]) -> None:
    tenant, names = (
        make_tenant(days=20, calls=60, users=4),
        ["daily_activity", "daily_interaction_stats", "call_access"],
    )
    middle = NOW - timedelta(days=10)
    tenant.synced(resources=names, start_date=middle, list_refresh_hours=24)
    options = {"resources": names, "start_date": middle - timedelta(hours=18), "end_date": middle}
    live = {"list_refresh_hours": 24, "clock": lambda: NOW}
    report = run_backfill(tenant.pipeline(), **tenant.settings(**options, **live))
    assert report.exit_code == 0
    assert set(report.requests) >= {stream.endpoint.name for stream in STREAMS if stream.name in names}


def test_newest_comes_first(old_tenant: Tenant) -> None:
    backfill(old_tenant, max_requests=2, resources=["calls"])
    (newest,) = old_tenant.sql(
        "SELECT max(started) > TIMESTAMP '2026-05-01', min(started) > TIMESTAMP '2025-01-01' FROM calls"
    )
    assert newest == (True, True)


def test_a_live_sync_between_the_chunks_loses_nothing(make_tenant: Callable[..., Tenant]) -> None:
    old_tenant = make_tenant(days=130, calls=90, sentences=2)
    live = {"start_date": NOW - timedelta(days=7), "list_refresh_hours": 24}  # lists change nothing here
    for number in range(40):
        report = backfill(old_tenant, max_requests=2, order="oldest" if number % 2 else "newest")
        old_tenant.at(old_tenant.now + timedelta(minutes=5))
        old_tenant.synced(**live)
        if report.exit_code == 0:
            break
    else:
        pytest.fail("the backfill does not end")
    assert number >= 2, "it was stopped several times, with all that the threads of five streams had begun"
    old_tenant.check(skip=("logs",))


def test_the_plan_tells_ranges_chunks_and_requests(old_tenant: Tenant) -> None:
    options = {
        "start_date": old_tenant.start,
        "end_date": NOW - timedelta(days=7),
        "clock": lambda: NOW,
        "resources": ["calls", "transcripts"],
        "chunk_days": 180,
    }
    plan = plan_backfill(old_tenant.pipeline("gong_backfill"), **old_tenant.settings(**options))
    assert plan.chunks == 2 * 7
    assert plan.requests is not None
    assert 2 * 7 <= plan.requests <= 2 * 7 + 2 * 7 + 2
    assert "chunks to read" in plan.as_text()
    backfill(old_tenant, resources=["calls", "transcripts"], chunk_days=180)
    left = plan_backfill(old_tenant.pipeline("gong_backfill"), **old_tenant.settings(**options))
    assert (left.chunks, left.requests, left.parts) == (0, 0, [])


def test_only_ranges_can_be_backfilled(old_tenant: Tenant) -> None:
    with pytest.raises(GongConfigError, match="the sync reads it whole"):
        backfill(old_tenant, resources=["users"])
    with pytest.raises(GongConfigError, match="empty"):
        backfill(old_tenant, start_date=NOW, end_date=NOW)
