"""What a look-back reads again and finds unchanged is not loaded again; everything else is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from dlt.load.load import Load
from dlt.pipeline.exceptions import PipelineStepFailed

from gong_source import gong_source
from gong_source.report import RunReport
from gong_source.streams.all import CALLS
from tests.pipeline.harness import Tenant

STREAMS = ("calls", "transcripts")
CALL_TABLES = [table.name for table in CALLS.tables]


def in_lookback(tenant: Tenant) -> list[str]:
    """Calls that are there and not older than the look-back, earliest first."""
    since = tenant.now - timedelta(days=7)
    found = tenant.sql(f"SELECT id FROM calls WHERE started >= TIMESTAMP '{since:%Y-%m-%d %H:%M:%S}' ORDER BY started")
    return [call_id for (call_id,) in found]


def an_hour_later(tenant: Tenant) -> RunReport:
    """Sync again; the tables must be as the API shows them."""
    tenant.at(tenant.now + timedelta(hours=1))
    report = tenant.synced(resources=STREAMS)
    tenant.check(only=STREAMS)
    return report


def loaded(report: RunReport) -> dict[str, int]:
    """Rows of calls and their parts that a run handed to the destination."""
    return {name: report.rows[name] for name in CALL_TABLES if report.rows.get(name)}


def test_a_sync_with_nothing_new_loads_no_call(settled: Tenant) -> None:
    before = settled.sql("SELECT id, _dlt_load_id FROM calls ORDER BY id")
    report = an_hour_later(settled)
    assert settled.requests("POST /v2/calls/extensive") >= 1
    assert loaded(report) == {}
    assert settled.sql("SELECT id, _dlt_load_id FROM calls ORDER BY id") == before


def test_only_the_call_that_changed_is_loaded(settled: Tenant) -> None:
    *_, edited = in_lookback(settled)
    settled.sandbox.control.edit_call(edited, "content.trackers", [])
    report = an_hour_later(settled)
    assert loaded(report)["calls"] == 1
    assert settled.sql("SELECT count(DISTINCT _dlt_load_id) FROM calls") == [(2,)]
    assert loaded(an_hour_later(settled)) == {}, "its new form is known"


def test_a_change_that_is_taken_back_arrives(settled: Tenant) -> None:
    *_, edited = in_lookback(settled)
    title = settled.sandbox.world.calls[edited].data["metaData"]["title"]
    for now in ("Renamed", title):
        settled.sandbox.control.edit_call(edited, "metaData.title", now)
        assert loaded(an_hour_later(settled))["calls"] == 1
        assert settled.sql(f"SELECT title FROM calls WHERE id = '{edited}'") == [(now,)]


def test_a_call_that_tells_no_readable_time_is_loaded_once(settled: Tenant) -> None:
    *_, odd = in_lookback(settled)
    settled.sandbox.control.set_raw(odd, "metaData.started", b'"soon"')
    for calls in (1, 0):
        settled.at(settled.now + timedelta(hours=1))
        report = settled.synced(resources=STREAMS)
        assert loaded(report).get("calls", 0) == calls
    assert settled.sql(f"SELECT started FROM calls WHERE id = '{odd}'") == [(None,)]
    assert settled.requests("POST /v2/calls/transcript") == 1, "within the look-back of transcripts alone"


def test_calls_that_no_lookback_comes_to_have_no_hash(settled: Tenant) -> None:
    """A backfill of years has nothing to compare later."""
    hashed = settled.sql("SELECT id FROM calls WHERE _content_hash IS NOT NULL ORDER BY started")
    assert [call_id for (call_id,) in hashed] == in_lookback(settled)


@pytest.mark.parametrize("damage", ["deleted_at = now()", "_content_hash = NULL", "_content_hash = 1"])
def test_a_row_that_is_not_as_gong_showed_it_is_loaded_again(settled: Tenant, damage: str) -> None:
    *_, struck = in_lookback(settled)
    with settled.connection() as connection:
        connection.execute(f"UPDATE calls SET {damage} WHERE id = '{struck}'")
    assert loaded(an_hour_later(settled))["calls"] == 1
    assert settled.sql(f"SELECT deleted_at FROM calls WHERE id = '{struck}'") == [(None,)]


def test_a_row_that_is_gone_is_loaded_again(settled: Tenant) -> None:
    *_, gone = in_lookback(settled)
    with settled.connection() as connection:
        connection.execute(f"DELETE FROM calls WHERE id = '{gone}'")
    assert loaded(an_hour_later(settled))["calls"] == 1


def test_a_call_whose_package_was_never_completed_is_loaded_again(settled: Tenant) -> None:
    """A machine that vanished in the middle of a load: calls were merged, their parts were not."""
    *_, edited = in_lookback(settled)
    settled.sandbox.control.edit_call(edited, "content.topics", [{"name": "Renewal", "duration": 7}])
    an_hour_later(settled)
    with settled.connection() as connection:
        last = "(SELECT max(load_id) FROM _dlt_loads)"
        connection.execute(f"DELETE FROM calls__topics WHERE call_id = '{edited}'")
        connection.execute(f"DELETE FROM _dlt_loads WHERE load_id = {last}")
    settled.home = settled.folder / "another-machine"
    assert loaded(an_hour_later(settled))["calls"] == 1


def away(*_: object, **__: object) -> None:
    """In place of what completes a load: the machine does not come to it."""
    raise RuntimeError("the machine sleeps")


def test_a_call_that_two_machines_loaded_at_once_becomes_whole(
    settled: Tenant, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One merges the call's parts and sleeps, the other loads an older version, the first merges the call itself."""
    *_, edited = in_lookback(settled)
    pipelines = [settled.pipeline(name, home=tmp_path / name) for name in ("older", "newer")]
    settled.at(settled.now + timedelta(hours=1))
    for pipeline, name in zip(pipelines, ("older", "newer"), strict=True):
        settled.sandbox.control.edit_call(edited, "metaData.title", name)
        settled.sandbox.control.edit_call(edited, "content.topics", [{"name": name, "duration": 7}])
        pipeline.sync_destination()
        source = gong_source(clock=lambda: settled.now, **settled.settings()).with_resources("calls")
        pipeline.extract(source, loader_file_format="parquet")
        pipeline.normalize()
    older, newer = pipelines
    (kept_back,) = (tmp_path / "newer").rglob("new_jobs/calls.*")
    job = kept_back.rename(tmp_path / kept_back.name)
    with monkeypatch.context() as patched:
        patched.setattr(Load, "complete_package", away)
        with pytest.raises(PipelineStepFailed, match="sleeps"):
            newer.load()
    older.load()
    job.rename(kept_back)
    newer.load()
    joined = "FROM calls c JOIN calls__topics t ON call_id = c.id"
    mixed = settled.sql(f"SELECT title, t.name {joined} WHERE c.id = '{edited}'")
    assert mixed == [("newer", "older")]
    assert loaded(an_hour_later(settled))["calls"] == len(in_lookback(settled)), "all of them met"
    assert loaded(an_hour_later(settled)) == {}


def test_a_dataset_of_an_earlier_release_gets_the_column(settled: Tenant) -> None:
    with settled.connection() as connection:
        connection.execute("ALTER TABLE calls DROP COLUMN _content_hash")
        connection.execute("DELETE FROM _dlt_version")  # so that dlt looks at the tables and finds it missing
    settled.home = settled.folder / "another-machine"
    again = loaded(an_hour_later(settled))
    assert again["calls"] >= len(in_lookback(settled)) - 1
    assert loaded(an_hour_later(settled)) == {}


def test_transcripts_are_asked_for_as_long_as_their_own_look_back_says(settled: Tenant) -> None:
    """Calls are not listed for that: one that Gong deleted since keeps what was said."""
    young, old = (timedelta(days=days) for days in (10, 40))
    spoken = settled.sql(
        f"SELECT call_id FROM transcripts WHERE started < TIMESTAMP '{settled.now - young:%Y-%m-%d}' "
        f"AND started >= TIMESTAMP '{settled.now - old:%Y-%m-%d}' ORDER BY started DESC"
    )
    edited, deleted, *_, beyond = [call_id for (call_id,) in spoken]
    said = [{"speakerId": "1", "topic": None, "sentences": [{"start": 0, "end": 1000, "text": "edited"}]}]
    for call_id in (edited, beyond):
        settled.sandbox.control.edit_transcript(call_id, said)
    settled.sandbox.control.delete_calls([deleted])
    for hour in (1, 2):
        settled.at(settled.now + timedelta(hours=1))
        report = settled.synced(resources=STREAMS, transcript_lookback_days=30)
        assert report.rows["transcripts"] == (1 if hour == 1 else 0)
        found = settled.sql("SELECT call_id FROM transcript_sentences WHERE text = 'edited'")
        assert found == [(edited,)]
        assert settled.sql(f"SELECT 1 FROM transcripts WHERE call_id = '{deleted}'")
        assert settled.requests("POST /v2/calls/extensive") == 1


@pytest.mark.parametrize("pause", [1, 3, 20])
def test_an_edit_of_a_transcript_that_was_young_when_read_arrives_after_any_pause(settled: Tenant, pause: int) -> None:
    """The look-back counts from the time of reading, as that of calls does."""
    settled.sandbox.control.add_calls(5, started=settled.now - timedelta(hours=3))
    an_hour_later(settled)
    ((newest, started),) = settled.sql("SELECT call_id, started FROM transcripts ORDER BY started DESC LIMIT 1")
    assert started > settled.now - timedelta(hours=5)
    said = [{"speakerId": "1", "topic": None, "sentences": [{"start": 0, "end": 1000, "text": "edited"}]}]
    settled.sandbox.control.edit_transcript(newest, said)
    for _ in range(2):
        settled.at(settled.now + timedelta(days=pause))
        report = settled.synced(resources=STREAMS)
    assert settled.sql("SELECT call_id FROM transcript_sentences WHERE text = 'edited'") == [(newest,)]
    assert not report.rows["transcripts"], "once"
