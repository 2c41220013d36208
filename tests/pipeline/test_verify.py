"""What a verification finds, and what it leaves alone."""

from __future__ import annotations

from datetime import date, timedelta

from gong_source.ranges import Range
from gong_source.runs import run_reset
from gong_source.runs.look import read_status
from gong_source.runs.verify import SAMPLE_DAYS, run_verify
from tests.pipeline.harness import NOW, Tenant

GAP = Range(NOW - timedelta(days=30), NOW - timedelta(days=29))


def problems(tenant: Tenant) -> dict[str, list[str]]:
    """What is wrong, by table."""
    found: dict[str, list[str]] = {}
    for each in run_verify(tenant.pipeline(), **tenant.settings(clock=lambda: tenant.now)).problems:
        found.setdefault(each.table, []).append(each.what)
    return found


def test_everything_that_can_be_wrong_is_named(settled: Tenant) -> None:
    """A sound dataset has no problem; each damage is found, and rows are named."""
    settled.sandbox.control.reset_counters()
    sound = run_verify(settled.pipeline(), **settled.settings(clock=lambda: settled.now))
    assert sound.problems == []
    assert len(sound.days) == SAMPLE_DAYS == settled.sandbox.counters.requests["POST /v2/calls/extensive"]
    assert {"calls", "transcript_sentences", "users"} <= set(sound.tables)

    by_day = dict(settled.sql("SELECT CAST(started::DATE AS VARCHAR), min(id) FROM calls GROUP BY ALL"))
    day = next(day for day in sound.days if day in by_day)
    gone = by_day[day]
    for path in ("metaData", ""):
        settled.sandbox.control.set_raw(gone, path, b'"text"')
        assert problems(settled) == {}, "what is odd may be what is here"
    settled.sandbox.control.clear_raw()
    spoken = settled.sql(f"SELECT call_id FROM transcripts WHERE call_id <> '{gone}' ORDER BY call_id LIMIT 3")
    lost, doubled, torn = [row[0] for row in spoken]
    with settled.connection() as connection:
        for statement in (
            f"DELETE FROM calls WHERE id = '{gone}'",
            f"INSERT INTO transcripts SELECT * FROM transcripts WHERE call_id = '{doubled}'",
            f"DELETE FROM transcripts WHERE call_id = '{lost}'",
            f"DELETE FROM transcript_sentences WHERE call_id = '{torn}' AND sentence_index = 0",
        ):
            connection.execute(statement)
    run_reset(settled.pipeline(), ["logs"], start_date=GAP.start, end_date=GAP.end)
    found = problems(settled)
    assert found["calls"] == [
        f"calls: 1 calls of {day} in Gong, not here: {gone}; repaired by: "
        f"gong-source reconcile --start-date {day} --end-date {date.fromisoformat(day) + timedelta(days=1)}"
    ]
    assert found["calls__parties"] == [f"calls__parties: rows of calls that are not in calls: {gone}"]
    assert found["transcript_sentences"] == [f"transcript_sentences: rows of calls that are not in transcripts: {lost}"]
    keys, *_, counts = found["transcripts"]
    assert keys == f"transcripts: keys (call_id) that several rows share: {doubled}"
    assert counts.endswith(f"fewer sentences than they count: {', '.join(sorted([doubled, torn]))}")
    assert len(found["logs"]) == 4, "AccessLog of so long ago is nothing that Gong has"
    assert all(str(GAP) in what for what in found["logs"])


def test_what_somebody_took_away_as_a_whole_is_named(settled: Tenant) -> None:
    with settled.connection() as connection:
        for statement in ("DROP TABLE calls", "DELETE FROM logs", "ALTER TABLE users DROP COLUMN title"):
            connection.execute(statement)
    found = run_verify(settled.pipeline(), sample_days=0).problems
    assert {each.table: each.what.split("; ")[0] for each in found if each.table in ("calls", "logs", "users")} == {
        "calls": "calls: the table is not there any more",
        "logs": "logs: it has no rows, and rows were loaded into it",
        "users": "users: columns that are not there any more: title",
    }
    assert read_status(settled.pipeline(), timedelta(days=3000), settled.now).late == ["calls"]
    settled.synced()
    assert run_verify(settled.pipeline(), sample_days=0).problems == []
    with settled.connection() as connection:
        connection.execute("DROP TABLE _dlt_loads")
    assert [each.table for each in run_verify(settled.pipeline(), sample_days=0).problems] == ["_dlt_loads"]


def test_what_runs_took_away_for_settings_or_as_gong_did_is_no_loss(settled: Tenant) -> None:
    settled.synced(pipeline=settled.pipeline("gong_backfill"), resources=["transcripts"])
    settled.sandbox.world.trackers.clear()
    settled.at(settled.now + timedelta(hours=1))
    settled.synced(transcripts="drop")
    assert settled.sql("SELECT count(*) FROM transcripts, trackers") == [(0,)]
    assert run_verify(settled.pipeline(), sample_days=0).problems == []
