"""Every fault ends in exact tables, or in a clear error and exact tables after the rerun."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import dlt
import pytest

from gong_source import GongDestinationError
from gong_source.runs.engine import prepare
from tests.pipeline.harness import DEFAULT_TABLES, NOW, Tenant

CALLS = "POST /v2/calls/extensive"
TRANSCRIPTS = "POST /v2/calls/transcript"
LOGS = "GET /v2/logs"
USERS = "GET /v2/users"

QUICK = {"retry_patience": 4, "read_timeout": 1.0, "chunk_days": 90}
"""Few and short attempts; one window, so that the second request is for its second page."""

PASSING = [
    ("500", {}),
    ("502", {}),
    ("503", {}),
    ("504", {}),
    ("429", {"retry_after": 1}),
    ("drop", {}),
    ("reset", {}),
    ("cut", {}),
    ("cut_json", {}),
    ("html", {}),
    ("empty", {}),
    ("stall", {"seconds": 3.0}),
    ("expired_cursor", {}),
]
"""Faults that the client gets over by itself."""

STOPPING = ["repeat_cursor", "same_page_number", "wrong_type", "missing_list", "404", "403", "400"]
"""Faults that stop the resource they strike."""


@pytest.mark.parametrize(("kind", "options"), PASSING, ids=[kind for kind, _ in PASSING])
def test_passing_faults_end_in_exact_tables(tenant: Tenant, kind: str, options: dict[str, Any]) -> None:
    struck = (CALLS,) if kind == "expired_cursor" else (CALLS, TRANSCRIPTS, LOGS, USERS)
    for endpoint in struck:
        tenant.sandbox.control.fail(kind, endpoint=endpoint, nth=2 if endpoint == CALLS else 1, **options)
    tenant.synced(**QUICK)
    tenant.sandbox.control.clear_faults()
    tenant.check()


@pytest.mark.parametrize("kind", STOPPING)
def test_stopping_faults_say_what_is_wrong_and_lose_nothing(tenant: Tenant, kind: str) -> None:
    tenant.sandbox.control.fail(kind, endpoint=CALLS, nth=2, times=3)
    report = tenant.sync(**QUICK)
    assert report.exit_code == 1
    assert set(report.failures) == {"calls", "transcripts"}, "not all transcripts are read where calls are not listed"
    message = str(report.failures["calls"])
    assert message.startswith(f"{CALLS} [20")
    assert "request id" in message
    assert len(tenant.rows("users")) == 12, "the others load"
    assert tenant.rows("logs")
    tenant.sandbox.control.clear_faults()
    tenant.at(NOW + timedelta(minutes=5))
    tenant.synced()
    tenant.check()


@pytest.mark.parametrize("kind", ["500", "drop", "cut_json"])
def test_a_fault_that_stays_is_reported_and_the_rerun_is_exact(tenant: Tenant, kind: str) -> None:
    tenant.sandbox.control.fail(kind, endpoint=CALLS, nth=3, times=None)
    report = tenant.sync(retry_patience=2, read_timeout=1.0, chunk_days=30)
    assert report.exit_code == 1
    assert "attempts" in str(report.failures["calls"])
    tenant.sandbox.control.clear_faults()
    tenant.at(NOW + timedelta(minutes=5))
    tenant.synced()
    tenant.check()


@pytest.mark.parametrize(
    ("scope", "failing"),
    [
        ("api:calls:read:transcript", {"transcripts"}),
        ("api:logs:read", {"logs"}),
        ("api:users:read", {"users", "users_history", "permission_profile_users"}),
        ("api:library:read", {"library_folders", "library_folder_calls"}),
    ],
)
def test_a_missing_scope_costs_only_its_own_resource(tenant: Tenant, scope: str, failing: set[str]) -> None:
    tenant.sandbox.control.deny_scopes([scope])
    report = tenant.sync()
    assert report.exit_code == 1
    assert set(report.failures) == failing
    for error in report.failures.values():
        assert scope in str(error)
        assert "--resources" in str(error)
    empty = {table.name for table in DEFAULT_TABLES if not _rows(tenant, table.name)}
    assert empty == {
        table
        for resource in failing
        for table in (resource, *(["transcript_sentences"] if resource == "transcripts" else []))
    }
    tenant.sandbox.control.allow_scopes()
    tenant.at(NOW + timedelta(minutes=5))
    tenant.synced()
    tenant.check()


def test_a_wrong_key_stops_at_once_and_keeps_its_secret(tenant: Tenant) -> None:
    report = tenant.sync(credentials={"access_key": "WRONGKEY", "access_key_secret": "not-the-secret"})
    assert report.exit_code == 1
    text = report.as_text()
    assert "base_url" in text
    assert "WRONGKEY" not in text
    assert "not-the-secret" not in text
    assert sum(report.requests.values()) == 2, "no other resource is tried with a key that two refuse"


def test_a_redirect_is_not_followed(tenant: Tenant) -> None:
    tenant.sandbox.control.fail("redirect", times=None, location="https://us-12345.api.gong.io/v2/calls/extensive")
    report = tenant.sync()
    assert report.exit_code == 1
    assert "set sources.gong.base_url" in report.as_text()
    assert "https://us-12345.api.gong.io" in report.as_text()


def test_the_quota_stops_cleanly_and_the_same_command_resumes(tenant: Tenant) -> None:
    tenant.sandbox.control.set_quota(daily_requests=18, retry_after=7200)
    report = tenant.sync(chunk_days=30)
    assert report.exit_code == 75
    assert "resume with the same command" in report.as_text()
    assert tenant.rows("calls"), "what was read is kept"
    tenant.sandbox.control.set_quota()
    tenant.at(NOW + timedelta(minutes=5))
    tenant.synced()
    tenant.check()


def test_the_daily_budget_counts_over_runs(tenant: Tenant) -> None:
    first = tenant.sync(daily_requests=1000, requests_per_second=0)
    used = sum(first.requests.values())
    assert first.exit_code == 0
    report = tenant.sync(daily_requests=used)
    assert report.exit_code == 75
    assert "daily_requests" in report.as_text()


def test_values_of_the_wrong_type_are_kept_beside_the_column(tenant: Tenant) -> None:
    call_id = next(iter(tenant.sandbox.world.visible_calls()))
    tenant.sandbox.control.edit_call(call_id, "metaData.duration", "about an hour")
    tenant.sandbox.control.edit_call(call_id, "metaData.isPrivate", "perhaps")
    tenant.sandbox.control.edit_call(call_id, "content.topics", "many")
    tenant.synced()
    found = tenant.sql(
        "SELECT duration, duration__v_text, is_private, is_private__v_text, content__topics__v_text "
        f"FROM calls WHERE id = '{call_id}'"
    )
    assert found == [(None, "about an hour", None, "perhaps", "many")]


def _rows(tenant: Tenant, table: str) -> int:
    exists = tenant.sql(f"SELECT count(*) FROM information_schema.tables WHERE table_name = '{table}'")[0][0]
    return int(tenant.sql(f"SELECT count(*) FROM {table}")[0][0]) if exists else 0


def test_a_destination_lost_before_a_pending_package_is_loaded_is_told_of(tenant: Tenant) -> None:
    tenant.sync(resources=["users"])
    pipeline = tenant.pipeline()
    pipeline.config.restore_from_destination = False  # nothing asks the destination before the package is loaded
    pipeline.extract([{"id": 1}], table_name="left", schema=dlt.Schema("other"))
    tenant.database.write_bytes(b"no database any more" * 1000)
    with pytest.raises(GongDestinationError, match="can't be reached"):
        prepare(pipeline)
    assert pipeline.has_pending_data
