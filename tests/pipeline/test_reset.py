"""A reset: what was forgotten is read again, on this machine and on a new one, and the tables are exact after it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner

from gong_source.cli.commands import main
from gong_source.errors import GongConfigError
from gong_source.ranges import Range, RangeSet, parse_instant
from gong_source.runs import run_reset
from tests.pipeline.harness import NOW, Tenant

CALLS = "POST /v2/calls/extensive"
ANSWERED = "POST /v2/stats/activity/scorecards"
SCORECARDS = "GET /v2/settings/scorecards"
FOLDER = "GET /v2/library/folder-content"
FIRST, LAST = NOW - timedelta(days=40), NOW - timedelta(days=20)


def windows(tenant: Tenant) -> RangeSet:
    """What the last sync asked of calls by time."""
    asked = [entry["body"]["filter"] for entry in tenant.log if entry["endpoint"] == CALLS]
    return RangeSet(Range(parse_instant(each["fromDateTime"]), parse_instant(each["toDateTime"])) for each in asked)


@pytest.mark.parametrize("fresh", [False, True], ids=["same machine", "new machine"])
def test_a_forgotten_range_is_read_again(settled: Tenant, fresh: bool) -> None:
    """It and the look-back, nothing else; records that Gong lost meanwhile go, and those around the range stay."""
    cards = sorted(settled.rows("answered_scorecards"), key=lambda row: row["review_time"])
    gone = next(row for row in cards if FIRST <= row["review_time"] < LAST)
    settled.sandbox.control.delete_answered_scorecard(gone["answered_scorecard_id"])
    result = run_reset(settled.pipeline(), ["calls", "answered_scorecards"], start_date=FIRST, end_date=LAST)
    forgotten = RangeSet([Range(FIRST, LAST)])
    assert result.forgotten == {"calls": forgotten, "answered_scorecards": forgotten}
    settled.synced(pipeline=settled.pipeline(home=settled.folder / "new")) if fresh else settled.synced()
    assert forgotten - windows(settled) == RangeSet()
    assert not windows(settled) & RangeSet([Range(settled.start, FIRST)])
    settled.check(skip=("daily_activity",))  # what was counted long ago of the record that went


def test_all_that_is_remembered_is_forgotten(settled: Tenant) -> None:
    """Also what is read once a day, and what was asked about one by one; a folder that is gone meanwhile leaves.

    Rows that somebody deleted by hand come back, also those of records that are as they were loaded.
    """
    for table in ("scorecards__questions", "answered_scorecards__answers", "logs", "library_folder_calls"):
        settled.sql(f"DELETE FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table})")
    settled.sql("DELETE FROM calls__parties WHERE call_id = (SELECT max_by(id, started) FROM calls)")
    folder = settled.rows("library_folder_calls")[0]["folder_id"]
    settled.sandbox.control.delete_folder(folder)
    result = run_reset(settled.pipeline(), ["all"])
    assert result.forgotten["calls"] == RangeSet([Range(settled.start, NOW - timedelta(minutes=5))])
    assert not result.forgotten["library_folder_calls"]
    report = settled.synced(pipeline=settled.pipeline(home=settled.folder / "new"))
    assert settled.requests(SCORECARDS) == 1
    assert settled.requests(FOLDER) == len({row["id"] for row in settled.rows("library_folders")})
    assert windows(settled) == result.forgotten["calls"]
    assert report.rows["calls"] == 120
    settled.check()


def test_dropped_tables_are_loaded_anew(settled: Tenant) -> None:
    """What somebody changed by hand is gone with them; other streams keep what they have."""
    settled.sql("UPDATE calls SET title = 'mine'")
    settled.sql("ALTER TABLE calls ADD COLUMN mine INTEGER")
    result = run_reset(settled.pipeline(), ["calls", "scorecards", "library_folder_calls"], drop=True)
    assert {"calls", "calls__parties", "scorecards__questions", "library_folder_calls__read"} <= set(result.dropped)
    with settled.connection() as connection:
        there = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
    assert not there & set(result.dropped)
    assert {"transcripts", "users"} <= there
    report = settled.synced(pipeline=settled.pipeline(home=settled.folder / "new"))
    assert report.rows["calls"] == 120
    assert not report.rows.get("users")
    settled.check()
    assert "mine" not in settled.rows("calls")[0]


def test_what_can_not_be_reset(settled: Tenant) -> None:
    """Is told before anything is changed."""
    pipeline = settled.pipeline
    with pytest.raises(GongConfigError, match="There is no resource deals"):
        run_reset(pipeline(), ["calls", "deals"])
    with pytest.raises(GongConfigError, match="users: not read by ranges"):
        run_reset(pipeline(), ["calls", "users"], start_date="2026-05-01")
    with pytest.raises(GongConfigError, match="dropped as a whole"):
        run_reset(pipeline(), ["calls"], start_date="2026-05-01", drop=True)
    with pytest.raises(GongConfigError, match="ends before it starts"):
        run_reset(pipeline(), ["calls"], start_date="2026-05-01", end_date="2026-05-01")
    with pytest.raises(GongConfigError, match="ISO 8601"):
        run_reset(pipeline(), ["calls"], start_date="May")
    with pytest.raises(GongConfigError, match="never loaded into this dataset"):
        run_reset(pipeline("another"), ["calls"])
    settled.synced()
    assert not windows(settled) & RangeSet([Range(settled.start, LAST)])


def test_as_a_command(settled: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit codes, what is printed, and the question before tables go."""
    monkeypatch.setenv("DESTINATION__DUCKDB__CREDENTIALS", str(settled.database))
    monkeypatch.setenv("DLT_DATA_DIR", str(settled.folder / "dlt"))  # a new machine: its state is the destination's

    def run(*words: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(main, ["reset", *words])
        return done.exit_code, done.stdout, done.stderr

    assert run()[0] == 2
    code, _, error = run("deals")
    assert code == 2
    assert "There is no resource deals" in error
    code, _, error = run("calls", "--dataset-name", "nope")
    assert code == 2
    assert "There is no such dataset" in error
    assert run("calls", "--from", "yesterday")[0] == 2
    code, _, error = run("calls", "--drop")
    assert code == 2
    assert "give --yes" in error
    code, printed, _ = run("calls", "--from", "2026-05-01", "--to", "2026-05-11", "--json")
    assert code == 0
    assert json.loads(printed)["forgotten"] == {"calls": [["2026-05-01T00:00:00Z", "2026-05-11T00:00:00Z"]]}
    code, printed, _ = run("calls", "--drop", "--yes")
    assert code == 0
    assert "Dropped: calls, calls__" in printed


@pytest.mark.parametrize("run", [Tenant.sync, lambda tenant: run_reset(tenant.pipeline(), ["users"])])
def test_a_pipeline_that_resets_its_sources_itself_is_refused(
    settled: Tenant, run: Callable[[Tenant], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whatever loads package after package: each would empty the tables."""
    there = settled.rows("users")
    settled.sandbox.control.reset_counters()
    monkeypatch.setenv("REFRESH", "drop_sources")
    with pytest.raises(GongConfigError, match='refresh="drop_sources"'):
        run(settled)
    assert not settled.sandbox.counters.requests
    assert settled.rows("users") == there
