"""The first and the last days that there are: zones and look-backs would widen them out of the calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import requests

from gong_source.ranges import UTC, Range, moved
from gong_source.sandbox import Sandbox
from gong_source.streams.pieces import days_of
from gong_source.streams.stream import Days
from tests.pipeline.harness import Tenant

FIRST, LAST = (each.replace(tzinfo=UTC) for each in (datetime.min, datetime.max))


def test_days_are_widened_as_far_as_they_go() -> None:
    assert moved(FIRST, -timedelta(hours=1)) == FIRST
    assert moved(LAST, timedelta(days=1)) == LAST
    assert moved(FIRST, timedelta(days=1)) == FIRST + timedelta(days=1)
    assert days_of(Days("from", "to", latest=0), Range(FIRST, LAST), LAST - timedelta(days=9))[0] == date.min


def test_a_sync_from_year_1(make_tenant: Callable[..., Tenant]) -> None:
    tenant = make_tenant(calls=6, users=3, days=10, sentences=1)
    report = tenant.synced(start_date="0001-01-01")
    assert not report.failures
    assert report.rows["calls"] == 6
    assert report.rows["daily_activity"]


def test_hours_of_year_1(make_tenant: Callable[..., Tenant]) -> None:
    tenant = make_tenant(calls=6, users=3, days=10, sentences=1)
    for end in ("0001-01-01T05:00:00Z", "0001-01-02"):  # the second finds tables, and asks what is there
        report = tenant.synced(start_date="0001-01-01", end_date=end, resources=["answered_scorecards", "logs"])
        assert not report.rows


def test_an_interval_that_begins_in_year_1(make_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = make_tenant(calls=6, users=3, days=10, sentences=1)
    monkeypatch.setenv("DLT_INTERVAL_START", "0001-01-01T00:00:00Z")
    monkeypatch.setenv("DLT_INTERVAL_END", tenant.now.isoformat())
    report = tenant.synced(start_date=None, resources=["calls"])
    assert report.rows["calls"] == 6


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo"])
def test_the_sandbox_answers(zone: str) -> None:
    days = {"fromDate": "0001-01-01", "toDate": "0001-01-03"}
    reviewed = {"reviewFromDate": "0001-01-01", "reviewToDate": "0001-01-03", "reviewMethod": "BOTH"}
    calls = {"fromDateTime": "0001-01-01T00:00:00+05:00", "toDateTime": "0001-01-03T00:00:00Z"}
    asked = {
        "stats/activity/aggregate-by-period": {"aggregationPeriod": "DAY", "filter": days},
        "stats/activity/day-by-day": {"filter": days},
        "stats/interaction": {"filter": days},
        "stats/activity/scorecards": {"filter": reviewed},
        "calls/extensive": {"filter": calls},
    }
    with Sandbox(calls=2, users=2, days=3, sentences=1, time_zone=zone) as sandbox:
        for path, body in asked.items():
            key = (sandbox.access_key, sandbox.access_key_secret)
            answer = requests.post(f"{sandbox.url}/v2/{path}", json=body, auth=key, timeout=60)
            assert answer.status_code in (200, 400, 404), (path, answer.text)
