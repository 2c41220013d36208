"""A reconcile makes a damaged warehouse equal to Gong, deletes exactly what Gong deleted, and then finds nothing."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gong_source.errors import GongConfigError, GongNotFoundError, GongTooManyDeletions
from gong_source.report import RunReport
from gong_source.runs import run_reconcile
from gong_source.runs.prepare import committed
from tests.pipeline.harness import NOW, Tenant

NOT_COMPARED = ("logs", "library_folder_calls")


@pytest.fixture
def tenant(settled: Tenant) -> Tenant:
    """A company that was synced once."""
    return settled


def reconcile(tenant: Tenant, **more: Any) -> RunReport:
    """Reconcile the whole history."""
    options = {
        "start_date": tenant.start,
        "end_date": tenant.now,
        "clock": lambda: tenant.now,
        "chunk_days": 30,
        **more,
    }
    return run_reconcile(tenant.pipeline(), **tenant.settings(**options))


def assert_nothing_found(tenant: Tenant, **more: Any) -> None:
    """A reconcile that has nothing to do."""
    report = reconcile(tenant, **more)
    assert report.exit_code == 0, report.as_text()
    found = {name: report.found[name] for name in ("missing", "changed", "deleted", "transcripts")}
    assert found == dict.fromkeys(found, 0)


def ids(tenant: Tenant) -> list[str]:
    """Every call, oldest first."""
    return list(tenant.sandbox.world.visible_calls())


def test_a_good_warehouse_is_left_alone_for_few_requests(tenant: Tenant) -> None:
    tenant.sandbox.control.reset_counters()
    assert_nothing_found(tenant)
    counters = tenant.sandbox.counters.requests
    assert counters["POST /v2/calls/extensive"] <= 3 + 3
    assert counters.get("GET /v2/calls/{id}", 0) == 0


def test_columns_that_are_left_out_are_not_compared(tenant: Tenant) -> None:
    excluded = {"exclude_columns": ["calls.title", "meeting_url"]}
    tenant.synced(**excluded)
    assert reconcile(tenant, **excluded).found["changed"] == 0
    assert_nothing_found(tenant, **excluded)


@pytest.mark.parametrize("on_delete", ["mark", "purge"])
def test_deleted_calls_are_confirmed_and_recorded(tenant: Tenant, on_delete: str) -> None:
    gone = ids(tenant)[10:15]
    tenant.sandbox.control.delete_calls(gone)
    report = reconcile(tenant, on_delete=on_delete)
    assert report.found["deleted"] == 5
    recorded = tenant.sql("SELECT call_id, reason, detected_at FROM call_deletions ORDER BY started")
    assert [(call_id, reason) for call_id, reason, _ in recorded] == [(call_id, "deleted") for call_id in gone]
    if on_delete == "mark":
        marked = tenant.sql("SELECT id FROM calls WHERE deleted_at IS NOT NULL")
        assert {call_id for (call_id,) in marked} == set(gone)
    else:
        for table, column in (("calls", "id"), ("calls__parties", "call_id"), ("transcript_sentences", "call_id")):
            condition = " OR ".join(f"{column} = '{call_id}'" for call_id in gone)
            assert tenant.sql(f"SELECT count(*) FROM {table} WHERE {condition}") == [(0,)]
        tenant.check(skip=NOT_COMPARED)
    assert_nothing_found(tenant, on_delete=on_delete)


def test_a_404_of_something_else_deletes_nothing(tenant: Tenant) -> None:
    """A wrong host or path, or a workspace that the key does not see."""
    tenant.sandbox.control.delete_calls(ids(tenant)[10:12])
    tenant.sandbox.control.fail("404", "GET /v2/calls/{id}", times=None, text="Workspace not found")
    with pytest.raises(GongNotFoundError, match="Workspace not found"):
        reconcile(tenant)
    assert tenant.sql("SELECT count(*) FROM calls WHERE deleted_at IS NOT NULL") == [(0,)]


def test_a_call_that_only_hides_is_not_deleted(tenant: Tenant) -> None:
    """A call whose start moved out of the range is listed elsewhere and still exists."""
    moved = ids(tenant)[20]
    tenant.sandbox.control.edit_call(moved, "metaData.started", (NOW - timedelta(hours=3)).isoformat())
    report = reconcile(tenant, end_date=NOW - timedelta(days=1))
    assert report.found["deleted"] == 0
    assert report.found["changed"] == 1
    assert tenant.sql(f"SELECT deleted_at FROM calls WHERE id = '{moved}'") == [(None,)]


def test_the_guard_stops_before_anything_changes(tenant: Tenant) -> None:
    tenant.sandbox.control.delete_calls(ids(tenant)[:60])
    with pytest.raises(GongTooManyDeletions, match="60 of the 120"):
        reconcile(tenant)
    assert tenant.sql("SELECT count(*) FROM calls WHERE deleted_at IS NOT NULL") == [(0,)]
    assert reconcile(tenant, max_delete_share=0.5).found["deleted"] == 60


@pytest.mark.parametrize(
    ("option", "value"),
    [*(("max_delete_share", share) for share in (math.nan, math.inf, -0.1, 1.5)), ("on_delete", "Mark")],
)
def test_what_guards_nothing_is_refused(option: str, value: Any, tenant: Tenant) -> None:
    tenant.sandbox.control.reset_counters()
    with pytest.raises(GongConfigError, match=f"{option} (must be|is)"):
        reconcile(tenant, **{option: value})
    assert tenant.sandbox.counters.total == 0


def test_a_restored_call_loses_its_mark(tenant: Tenant) -> None:
    back = ids(tenant)[30]
    tenant.sandbox.control.hide_calls([back])
    reconcile(tenant)
    assert tenant.sql("SELECT id FROM calls WHERE deleted_at IS NOT NULL") == [(back,)]
    tenant.sandbox.control.release_calls([back])
    reconcile(tenant)
    assert tenant.sql("SELECT id FROM calls WHERE deleted_at IS NOT NULL") == []


def test_private_calls_are_removed_where_they_are_kept_out(tenant: Tenant) -> None:
    private = ids(tenant)[40]
    tenant.sandbox.control.edit_call(private, "metaData.isPrivate", True)
    others = [row["id"] for row in tenant.truth_of_calls()["calls"] if row["is_private"] and row["id"] != private]
    report = reconcile(tenant, include_private_calls=False, max_delete_share=0.5)
    assert report.found["deleted"] == 1 + len(others)
    assert tenant.sql("SELECT DISTINCT reason FROM call_deletions") == [("private",)]
    assert tenant.sql(f"SELECT count(*) FROM calls WHERE id = '{private}'") == [(0,)]
    assert_nothing_found(tenant, include_private_calls=False)


def test_calls_without_transcript_are_asked_about_and_do_not_wait_for_it(tenant: Tenant) -> None:
    """The ledger is the sync's: what a reconcile asks about, however much, neither fills it nor leaves it."""
    tenant.sandbox.control.hide_transcripts(ids(tenant))
    with tenant.connection() as connection:
        connection.execute("DELETE FROM transcripts WHERE call_id <> (SELECT max(call_id) FROM transcripts)")
    before = committed(tenant.pipeline())["resources"]["transcripts"]
    report = reconcile(tenant, max_delete_share=1)
    assert report.exit_code == 0, report.as_text()
    assert report.requests["POST /v2/calls/transcript"] == len(ids(tenant)) // 100 + 1, "all of them were asked about"
    after = committed(tenant.pipeline())["resources"]["transcripts"]
    ledgers = [{name: state.get(name, {}) for name in ("awaited", "no_transcript")} for state in (before, after)]
    assert ledgers[0] == ledgers[1]
    tenant.sandbox.control.release_transcripts(ids(tenant))
    assert reconcile(tenant).exit_code == 0
    tenant.check(skip=NOT_COMPARED)


def test_transcripts_that_gong_shows_no_longer_go_however_old(tenant: Tenant) -> None:
    """But not more of them at once than may go."""
    spoken = [row[0] for row in tenant.sql("SELECT call_id FROM transcripts ORDER BY started")]
    tenant.sandbox.control.hide_transcripts(spoken[:1])
    tenant.sandbox.control.edit_transcript(spoken[1], [])
    assert reconcile(tenant).found["transcripts"] == 2
    for table in ("transcripts", "transcript_sentences"):
        assert {row[0] for row in tenant.sql(f"SELECT DISTINCT call_id FROM {table}")} == set(spoken[2:]), table
    assert_nothing_found(tenant)
    tenant.sandbox.control.hide_transcripts(spoken)
    report = reconcile(tenant)
    assert "--max-delete-share" in str(report.failures["transcripts"])
    assert tenant.sql("SELECT COUNT(*) FROM transcripts") == [(len(spoken) - 2,)]


def test_rolling_covers_everything_in_so_many_runs(tenant: Tenant) -> None:
    gone = ids(tenant)[5::50]
    tenant.sandbox.control.delete_calls(gone)
    ranges = []
    for number in range(4):
        tenant.at(NOW + timedelta(days=number))
        options = {"rolling": 4, "max_delete_share": 1.0, "clock": lambda: tenant.now}
        without = {name: value for name, value in tenant.settings(**options).items() if name != "start_date"}
        ranges.append(run_reconcile(tenant.pipeline(), **without).found["range"])
    assert len(set(ranges)) == 4
    marked = {call_id for (call_id,) in tenant.sql("SELECT id FROM calls WHERE deleted_at IS NOT NULL")}
    assert marked == set(gone)


def test_no_number_of_runs_makes_a_slice_of_no_length(tenant: Tenant) -> None:
    without = {name: value for name, value in tenant.settings(clock=lambda: tenant.now).items() if name != "start_date"}
    first, second = (run_reconcile(tenant.pipeline(), rolling=10**20, **without).found["range"] for _ in range(2))
    start, end = first.split(" .. ")
    assert start < end
    assert second.startswith(end)


def test_nothing_to_go_through_is_refused_and_not_made(tenant: Tenant) -> None:
    tenant.sandbox.control.reset_counters()
    settings = {name: value for name, value in tenant.settings().items() if name != "start_date"}
    tenant.database = tenant.folder / "mistyped.duckdb"
    for _ in range(2):
        with pytest.raises(GongConfigError, match=r"Nothing of Gong was ever loaded there: .*mistyped\.duckdb"):
            run_reconcile(tenant.pipeline("another"), rolling=3, **settings)
    assert not tenant.database.exists()
    assert not tenant.sandbox.counters.requests


def test_a_range_or_rolling_is_needed(tenant: Tenant) -> None:
    for dates in ({"start_date": None}, {"rolling": 2}, {"rolling": 2, "start_date": None, "end_date": NOW}):
        with pytest.raises(GongConfigError, match="rolling"):
            run_reconcile(tenant.pipeline(), **tenant.settings(**dates))


@pytest.mark.slow
@settings(max_examples=2, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_any_damage_is_repaired(make_settled: Callable[..., Tenant], seed: int) -> None:
    """Rows removed and edited at random, calls deleted in Gong at random."""
    chance = random.Random(seed)
    tenant = make_settled()
    known = ids(tenant)
    with tenant.connection() as connection:
        for call_id in chance.sample(known, 32):
            connection.execute(f"DELETE FROM calls WHERE id = '{call_id}'")
        for call_id in chance.sample(known, 32):
            connection.execute(f"UPDATE calls SET title = 'wrong', duration = duration + 1 WHERE id = '{call_id}'")
        for call_id in chance.sample(known, 32):
            connection.execute(f"DELETE FROM transcripts WHERE call_id = '{call_id}'")
        for call_id in chance.sample(known, 32):
            connection.execute(
                f"DELETE FROM transcript_sentences WHERE call_id = '{call_id}' AND sentence_index % 2 = 0"
            )
    tenant.sandbox.control.delete_calls(chance.sample(known, 20))
    reconcile(tenant, on_delete="purge", max_delete_share=1.0)
    tenant.check(skip=NOT_COMPARED)
    assert_nothing_found(tenant, on_delete="purge")
