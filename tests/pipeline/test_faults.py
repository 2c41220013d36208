"""Every fault ends in exact tables, or in a clear error and exact tables after the rerun."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import dlt
import pytest

from gong_source import GongDestinationError
from gong_source.api import retry
from gong_source.runs.prepare import prepare
from gong_source.streams.all import STREAMS
from tests.pipeline import in_memory
from tests.pipeline.harness import DEFAULT_TABLES, NOW, Tenant, assert_same
from tests.pipeline.play import truth_of

CALLS = "POST /v2/calls/extensive"
TRANSCRIPTS = "POST /v2/calls/transcript"
LOGS = "GET /v2/logs"
USERS = "GET /v2/users"

ONE_WINDOW = {"chunk_days": 90}
"""So that the second request is for its second page."""

IMPATIENT = {"read_timeout": 2.0, "retry_patience": 30}
"""For what stalls; whoever has to wait for a busy machine asks again for long enough."""

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


class Readers:
    """Runs of the readers without dlt: it is they that meet a fault, and a load takes as long as six of their runs."""

    STREAMS = ("calls", "transcripts", "logs", "users")

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._store = in_memory.MemoryStore()
        self._runs = 0

    def sync(self, **settings: Any) -> dict[str, BaseException]:
        """One run; what failed, by stream."""
        self._runs += 1
        told = self._tenant.settings(**settings)
        return in_memory.sync(self._store, self._runs, list(self.STREAMS), self._tenant.now, None, 10_000, **told)

    def count(self, table: str) -> int:
        """Rows of a table."""
        return len(self._store.table(table))

    def check(self, *, without: str = "") -> None:
        """Compare every table, but one of a stream that failed, with what the API shows, row by row."""
        tenant = self._tenant
        for name, expected in truth_of([*self.STREAMS], tenant.sandbox, tenant.start, tenant.now).items():
            if name == without:
                continue
            if found := self._store.table(name):
                assert_same(name, tenant.still_shown(name, found), expected)
            else:
                assert not expected or name == "workspaces", f"{name} is empty"


@pytest.fixture
def terse(make_tenant: Callable[..., Tenant]) -> Tenant:
    """A company with three pages of calls that say little."""
    return make_tenant(calls=69, page_size=30, sentences=2)


@pytest.fixture
def readers(terse: Tenant, monkeypatch: pytest.MonkeyPatch) -> Readers:
    """The readers of it; waits between tries are short."""
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.02)
    return Readers(terse)


@pytest.mark.parametrize(("kind", "options"), PASSING, ids=[kind for kind, _ in PASSING])
def test_passing_faults_end_in_exact_tables(
    terse: Tenant, readers: Readers, kind: str, options: dict[str, Any]
) -> None:
    struck = (CALLS,) if kind == "expired_cursor" else (CALLS, TRANSCRIPTS, LOGS, USERS)
    for endpoint in struck:
        terse.sandbox.control.fail(kind, endpoint=endpoint, nth=2 if endpoint == CALLS else 1, **options)
    assert readers.sync(**ONE_WINDOW, **(IMPATIENT if kind == "stall" else {})) == {}
    assert all(terse.sandbox.counters.requests[endpoint] > 1 for endpoint in struck)
    terse.sandbox.control.clear_faults()
    readers.check()


def test_a_sync_with_a_passing_fault_at_every_endpoint_is_exact(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.02)
    kinds = [(kind, options) for kind, options in PASSING if kind != "expired_cursor"]
    endpoints = sorted({endpoint.name for stream in STREAMS if stream.default for endpoint in stream.endpoints})
    for number, endpoint in enumerate(endpoints):
        kind, options = kinds[number % len(kinds)]
        tenant.sandbox.control.fail(kind, endpoint=endpoint, nth=1, **options)
    assert len(endpoints) >= len(kinds), "each kind strikes"
    tenant.synced(**ONE_WINDOW, **IMPATIENT)
    tenant.sandbox.control.clear_faults()
    tenant.check()


@pytest.mark.parametrize("kind", STOPPING)
def test_stopping_faults_say_what_is_wrong_and_lose_nothing(terse: Tenant, readers: Readers, kind: str) -> None:
    terse.sandbox.control.fail(kind, endpoint=CALLS, nth=2, times=3)
    failures = readers.sync(**ONE_WINDOW)
    assert_it_is_the_calls(failures)
    assert readers.count("users") == 12, "the others load"
    assert readers.count("logs")
    terse.sandbox.control.clear_faults()
    terse.at(NOW + timedelta(minutes=5))
    assert readers.sync() == {}
    readers.check()


def assert_it_is_the_calls(failures: dict[str, BaseException]) -> None:
    """Not all transcripts are read where calls are not listed; what Gong answered is told."""
    assert set(failures) == {"calls", "transcripts"}
    message = str(failures["calls"])
    assert message.startswith(f"{CALLS} [20")
    assert "request id" in message


def test_a_sync_that_a_fault_stopped_loads_the_others_and_the_rerun_is_exact(tenant: Tenant) -> None:
    tenant.sandbox.control.fail("wrong_type", endpoint=CALLS, nth=2, times=3)
    report = tenant.sync(**ONE_WINDOW)
    assert report.exit_code == 1
    assert_it_is_the_calls(dict(report.failures))
    assert len(tenant.rows("users")) == 12
    assert tenant.rows("logs")
    tenant.sandbox.control.clear_faults()
    tenant.at(NOW + timedelta(minutes=5))
    tenant.synced()
    tenant.check()


@pytest.mark.parametrize("kind", ["500", "drop", "cut_json"])
def test_a_fault_that_stays_is_reported_and_the_rerun_is_exact(terse: Tenant, readers: Readers, kind: str) -> None:
    terse.sandbox.control.fail(kind, endpoint=CALLS, nth=3, times=None)
    failures = readers.sync(retry_patience=0.3, chunk_days=30)
    assert "attempts" in str(failures["calls"])
    terse.sandbox.control.clear_faults()
    terse.at(NOW + timedelta(minutes=5))
    assert readers.sync() == {}
    readers.check()


LASTING: list[tuple[str, dict[str, Any]]] = [
    ("drop", {}),
    ("cut", {}),
    ("gzip_garbage", {}),
    ("html", {}),
    ("redirect", {"status": 308}),
    ("redirect", {"location": "https://[nowhere"}),
    ("401", {}),
    ("401", {"text": "You don't have permission to use this API in your account"}),
    ("503", {"retry_after": "Mon, 01 Jan 2024 00:00:00 +99999999999999999999999"}),
]
"""Faults of one endpoint that nothing mends."""


def test_a_fault_that_stays_costs_only_its_own_stream(terse: Tenant, readers: Readers) -> None:
    for kind, options in LASTING:
        terse.sandbox.control.fail(kind, LOGS, times=None, **options)
        failures = readers.sync(retry_patience=0.1)
        terse.sandbox.control.clear_faults()
        assert set(failures) == {"logs"}, kind
        assert LOGS in str(failures["logs"]), kind
        # without Gong's words the first answers of the run decide whether the key or its scopes are doubted
        assert "permission" not in options.get("text", "") or "api:logs:read" in str(failures["logs"])
    readers.check(without="logs")


def test_a_missing_scope_costs_only_its_own_resources(tenant: Tenant) -> None:
    """Each of them is named to whom it fails; nothing else does, and all is there once they are granted."""
    users = ("users", "users_history", "permission_profile_users")
    failing = {
        "transcripts": "api:calls:read:transcript",
        "logs": "api:logs:read",
        **dict.fromkeys(users, "api:users:read"),
        **dict.fromkeys(("library_folders", "library_folder_calls"), "api:library:read"),
    }
    tenant.sandbox.control.deny_scopes(sorted(set(failing.values())))
    report = tenant.sync()
    assert report.exit_code == 1
    assert set(report.failures) == set(failing)
    for name, scope in failing.items():
        assert scope in str(report.failures[name])
        assert "--resources" in str(report.failures[name])
    empty = {table.name for table in DEFAULT_TABLES if not _rows(tenant, table.name)}
    assert empty == {*failing, "transcript_sentences"}
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
    tenant.sandbox.control.set_quota(daily_requests=6, retry_after=7200)  # of 10; two of them ask for no call
    report = tenant.sync(chunk_days=30, resources=["calls", "transcripts", "users"])
    assert report.exit_code == 75
    assert "resume with the same command" in report.as_text()
    assert tenant.rows("calls"), "what was read is kept"
    tenant.sandbox.control.set_quota()
    tenant.at(NOW + timedelta(minutes=5))
    tenant.synced()
    tenant.check()


@pytest.mark.usefixtures("one_day")
def test_what_was_read_whole_when_the_quota_was_used_up_did_not_fail(make_tenant: Callable[..., Tenant]) -> None:
    names = ["calls", "transcripts", "users", "scorecards", "library_folders", "library_folder_calls"]
    spent = sum(make_tenant(calls=40, sentences=1).synced(resources=names).requests.values())
    tenant = make_tenant(calls=40, sentences=1)
    tenant.sandbox.control.fail("slow_body", "POST /v2/calls/extensive", seconds=2)  # the lists are read by then
    report = tenant.sync(resources=names, daily_requests=spent - 1)
    assert report.exit_code == 75
    assert report.failures.keys() <= {"calls", "transcripts"}, "these alone were still asked for"
    again = tenant.synced(resources=names, daily_requests=0, list_refresh_hours=24)
    assert "scorecards" not in again.rows
    tenant.check(only=tuple(names))


@pytest.mark.usefixtures("one_day")
def test_the_daily_budget_counts_over_runs(tenant: Tenant) -> None:
    few = {"resources": ["users", "workspaces"], "requests_per_second": 0}
    first = tenant.sync(daily_requests=1000, **few)
    used = sum(first.requests.values())
    assert first.exit_code == 0
    report = tenant.sync(daily_requests=used, **few)
    assert report.exit_code == 75
    assert "daily_requests" in report.as_text()


def test_values_of_the_wrong_type_are_kept_beside_the_column(tenant: Tenant) -> None:
    call_id = next(iter(tenant.sandbox.world.visible_calls()))
    tenant.sandbox.control.edit_call(call_id, "metaData.duration", "about an hour")
    tenant.sandbox.control.edit_call(call_id, "metaData.isPrivate", "perhaps")
    tenant.sandbox.control.edit_call(call_id, "content.topics", "many")
    tenant.synced(resources=["calls"])
    found = tenant.sql(
        "SELECT duration, duration__v_text, is_private, is_private__v_text, content__topics__v_text "
        f"FROM calls WHERE id = '{call_id}'"
    )
    assert found == [(None, "about an hour", True, "perhaps", "many")]


def _rows(tenant: Tenant, table: str) -> int:
    exists = tenant.sql(f"SELECT count(*) FROM information_schema.tables WHERE table_name = '{table}'")[0][0]
    return int(tenant.sql(f"SELECT count(*) FROM {table}")[0][0]) if exists else 0


def test_a_destination_lost_before_a_pending_package_is_loaded_is_told_of(tenant: Tenant) -> None:
    tenant.sync(resources=["users"])
    pipeline = tenant.pipeline()
    pipeline.config.restore_from_destination = False  # nothing asks the destination before the package is loaded
    pipeline.extract([{"id": 1}], table_name="left", schema=dlt.Schema("other"))
    tenant.database.write_bytes(b"no database any more" * 1000)
    with pytest.raises(GongDestinationError, match=r"can.t be reached: [A-Z][A-Za-z]+ Error: .*not a valid"):
        prepare(pipeline)
    assert pipeline.has_pending_data
