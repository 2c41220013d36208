"""What appears late, changes or goes reaches the tables at the next sync, once."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import dlt
import pytest

from gong_source import gong_source
from gong_source.ranges import Range, iso, parse_instant
from gong_source.runs import run_sync
from tests.pipeline.harness import NOW, Tenant, assert_same

CALLS = ("calls", "transcripts")
HALF = timedelta(days=30)


def recent(tenant: Tenant, count: int, days: int = 5) -> list[str]:
    """Ids of some calls of the last days, oldest first."""
    since = tenant.now - timedelta(days=days)
    ids = [call.id for call in tenant.sandbox.world.visible_calls().values() if call.started >= since]
    assert len(ids) >= count
    return ids[:count]


def with_transcript(tenant: Tenant, count: int) -> list[str]:
    """Ids of some calls that have a transcript, spread over the whole history."""
    ids = list(tenant.sandbox.world.visible_transcripts())
    return ids[:: max(1, len(ids) // count)][:count]


def test_late_calls_and_transcripts_arrive(tenant: Tenant) -> None:
    late_calls, late_transcripts = recent(tenant, 6), with_transcript(tenant, 20)
    tenant.sandbox.control.hide_calls(late_calls)
    tenant.sandbox.control.hide_transcripts(late_transcripts)
    tenant.synced(resources=CALLS)
    tenant.check(only=CALLS)
    tenant.sandbox.control.release_calls(late_calls)
    tenant.sandbox.control.release_transcripts(late_transcripts)
    tenant.at(tenant.now + timedelta(hours=1))
    tenant.synced(resources=CALLS)
    tenant.check(only=CALLS)
    assert set(late_transcripts) <= {row["call_id"] for row in tenant.rows("transcripts")}


def test_edits_and_shrinking_lists_arrive(settled: Tenant) -> None:
    control = settled.sandbox.control
    edited = recent(settled, 5)
    control.edit_call(edited[0], "metaData.title", "Renamed after the call")
    control.edit_call(edited[1], "content.trackers", [])
    control.edit_call(edited[2], "parties", settled.sandbox.world.calls[edited[2]].data["parties"][:1])
    control.edit_call(edited[3], "context", [])
    control.edit_call(edited[4], "content.callOutcome", None)
    settled.at(settled.now + timedelta(hours=1))
    settled.synced()
    settled.check()
    assert settled.sql(f"SELECT title FROM calls WHERE id = '{edited[0]}'") == [("Renamed after the call",)]
    assert settled.sql(f"SELECT count(*) FROM calls__trackers WHERE call_id = '{edited[1]}'") == [(0,)]


def test_private_calls_leave_every_table(tenant: Tenant) -> None:
    ids = recent(tenant, 4)
    folder = next(iter(tenant.sandbox.world.folders))
    content = [{"id": ids[0], "title": "t", "note": None, "addedBy": None, "created": NOW.isoformat(), "url": "u"}]
    tenant.sandbox.control.set_folder_calls(folder, content)
    tenant.sandbox.control.edit_call(ids[3], "metaData.isPrivate", True)
    tenant.synced(include_private_calls=False)
    assert tenant.sql(f"SELECT call_id FROM library_folder_calls WHERE folder_id = '{folder}'") == [(ids[0],)]
    for call_id in ids[:2]:
        tenant.sandbox.control.edit_call(call_id, "metaData.isPrivate", True)
    tenant.at(tenant.now + timedelta(hours=1))
    tenant.synced(include_private_calls=False)
    private = {row["id"] for row in tenant.truth_of_calls()["calls"] if row["is_private"]}
    assert private >= {ids[0], ids[1], ids[3]}
    truth = tenant.truth()
    filled = {row["answered_scorecard_id"] for row in truth["answered_scorecards"] if row["call_id"] not in private}
    expected = {
        name: [row for row in rows if row.get("call_id", row.get("id")) not in private] for name, rows in truth.items()
    }
    answers = "answered_scorecards__answers"
    expected[answers] = [row for row in truth[answers] if row["answered_scorecard_id"] in filled]
    tenant.check(truth=expected)


def test_private_calls_are_kept_by_default(tenant: Tenant) -> None:
    (call_id,) = recent(tenant, 1)
    tenant.sandbox.control.edit_call(call_id, "metaData.isPrivate", True)
    tenant.synced(resources=["calls"])
    assert tenant.sql(f"SELECT is_private FROM calls WHERE id = '{call_id}'") == [(True,)]


@pytest.mark.parametrize("read", [["calls", "calls_basic"], ["users"]])
def test_private_calls_go_in_whatever_words_and_however_old(
    make_tenant: Callable[..., Tenant], read: list[str]
) -> None:
    """Whichever streams the run reads that is not to have them."""
    tenant, resources = make_tenant(calls=20, users=4, sentences=1), ["calls", "calls_basic"]
    private = [call.id for call in tenant.sandbox.world.visible_calls().values() if call.started < NOW - HALF][:3]
    for call_id, value in zip(private, (True, "true", 1), strict=True):
        tenant.sandbox.control.edit_call(call_id, "metaData.isPrivate", value)
    tenant.synced(resources=resources)
    tenant.start = NOW - HALF
    tenant.synced(resources=read, include_private_calls=False)
    for table, key in (("calls", "id"), ("calls_basic", "id"), ("calls__parties", "call_id")):
        left = {row[0] for row in tenant.sql(f"SELECT DISTINCT {key} FROM {table}")}
        assert left
        assert left.isdisjoint(private), table


def test_calls_at_edges_are_all_there_once(make_tenant: Callable[..., Tenant]) -> None:
    """Equal starts, fractions, offsets, window edges, and schedules that fall on other days than the start."""
    tenant = make_tenant(calls=20, days=60)
    edges = [tenant.start + timedelta(days=30 * number) for number in range(3)]
    moments = [edge + shift for edge, shift in itertools.product(edges, (timedelta(0), timedelta(microseconds=1)))]
    moments += [edge - timedelta(microseconds=1) for edge in edges[1:]] + [edges[1]] * 5
    texts = [moment.isoformat() for moment in moments]
    texts += [
        edges[1].astimezone(timezone(timedelta(hours=-7))).isoformat(),
        edges[2].isoformat().replace("+00:00", "Z"),
    ]
    ids = []
    for number, text in enumerate(texts):
        scheduled = (parse_instant(text) + timedelta(days=number - 5)).isoformat()
        ids += tenant.sandbox.control.add_calls(1, started=text, metaData={"started": text, "scheduled": scheduled})
    tenant.synced(resources=["calls", "transcripts", "calls_basic"], chunk_days=30)
    stored = [row["id"] for row in tenant.rows("calls")]
    assert len(stored) == len(set(stored)) == 20 + len(texts)
    assert set(ids) <= set(stored)
    expected = tenant.truth()
    for name in ("calls", "transcripts", "transcript_sentences", "calls_basic"):
        assert_same(name, tenant.rows(name), expected[name])


def test_moving_the_start_back_loads_the_gap_only(tenant: Tenant) -> None:
    whole = tenant.start
    tenant.start = NOW - timedelta(days=20)
    tenant.synced(resources=(*CALLS, "logs"), chunk_days=30)
    tenant.check(only=CALLS)
    tenant.start = whole
    tenant.synced(resources=(*CALLS, "logs"), chunk_days=30)
    tenant.check(only=(*CALLS, "logs"))
    windows = [
        entry["body"]["filter"]["fromDateTime"]
        for entry in tenant.log
        if entry["endpoint"] == "POST /v2/calls/extensive"
    ]
    settled = Range(NOW - timedelta(days=20), NOW - timedelta(days=8))
    reread = [text for text in windows if settled.start <= parse_instant(text) < settled.end]
    assert windows
    assert not reread, "what was settled is not read again"


def test_syncs_without_a_start_go_on_from_the_first_ones(make_tenant: Callable[..., Tenant]) -> None:
    tenant = make_tenant(calls=40, users=4, sentences=1)
    begin, earlier = NOW - timedelta(days=3), NOW - timedelta(days=20)
    (late,) = recent(tenant, 1, days=6)
    tenant.sandbox.control.hide_calls([late])
    tenant.synced(start_date=begin, resources=["calls"])
    tenant.home = tenant.folder / "another-machine"
    tenant.synced(start_date=None, resources=["calls", "logs"])
    filters = [entry["body"]["filter"] for entry in tenant.log if entry["endpoint"] == "POST /v2/calls/extensive"]
    assert min(parse_instant(each["fromDateTime"]) for each in filters) == begin
    assert tenant.sql(f"SELECT count(*) FROM logs WHERE event_time < TIMESTAMPTZ '{begin}'") == [(0,)]
    tenant.synced(start_date=earlier, resources=["calls"])
    tenant.sandbox.control.release_calls([late])
    tenant.at(NOW + timedelta(hours=1))
    tenant.synced(start_date=None, resources=["calls"])
    tenant.start = earlier
    assert_same("calls", tenant.rows("calls"), tenant.truth_of_calls()["calls"])
    assert tenant.sql(f"SELECT started < TIMESTAMPTZ '{begin}' FROM calls WHERE id = '{late}'") == [(True,)]


def test_nothing_late_is_missed_after_a_long_pause(tenant: Tenant) -> None:
    late = recent(tenant, 4, days=6)
    tenant.sandbox.control.hide_calls(late)
    tenant.synced(resources=CALLS)
    tenant.sandbox.control.release_calls(late)
    tenant.at(NOW + timedelta(days=10))
    tenant.synced(resources=CALLS)
    tenant.check(only=CALLS)
    assert set(late) <= {row["id"] for row in tenant.rows("calls")}


def test_unknown_fields_arrive(settled: Tenant) -> None:
    settled.sandbox.control.add_unknown_fields()
    settled.at(settled.now + timedelta(hours=1))
    settled.synced()
    columns = {
        table: {name for (name,) in settled.sql(f"SELECT column_name FROM (DESCRIBE {table})")}
        for table in ("calls", "calls__parties", "calls__trackers", "users", "library_folders", "workspaces")
    }
    assert all("future_field" in names for names in columns.values()), columns
    assert settled.sql("SELECT count(*) FROM users WHERE future_field IS NULL") == [(0,)]
    assert settled.sql("SELECT count(*) FROM calls WHERE future_field IS NOT NULL")[0][0] > 0


def test_long_ids_keep_every_digit(settled: Tenant) -> None:
    ids = {row["id"] for row in settled.rows("calls")}
    assert ids == set(settled.sandbox.world.calls)
    assert all(int(call_id) > 2**53 for call_id in ids)


def test_a_fresh_machine_goes_on_where_the_last_run_ended(settled: Tenant) -> None:
    settled.home = settled.folder / "another-machine"
    settled.at(settled.now + timedelta(hours=1))
    settled.synced()
    settled.check()
    assert settled.requests("POST /v2/calls/extensive") <= 2


def test_a_package_that_was_never_completed_is_not_relied_on(settled: Tenant) -> None:
    """A machine that vanished in the middle of a load: transcripts were merged, their sentences were not."""
    with settled.connection() as connection:
        connection.execute("DELETE FROM transcript_sentences")
        connection.execute("DELETE FROM _dlt_loads")
    settled.home = settled.folder / "another-machine"
    settled.synced()
    settled.check()
    versions = settled.synced(resources=["users_history"]).rows["users_history"]
    assert not versions, "no merge gives one that did not change another package"


@pytest.mark.parametrize("pause", [1, 20])
def test_a_clock_that_was_ahead_costs_nothing_but_reading_again(
    settled: Tenant, caplog: pytest.LogCaptureFixture, pause: int
) -> None:
    """What a run reads by it, and settles, has not happened yet, however long after it the next one is."""
    day = settled.now
    settled.now = day + timedelta(days=60)  # of the machine; the company's clock is right
    assert settled.sync().failures.keys() <= {"daily_activity"}, "which Gong gives for no day to come"
    for number in (pause, pause + 1):
        settled.at(day + timedelta(days=number))
        times = [settled.now - timedelta(hours=hours) for hours in (20, 21)]
        times += [day + timedelta(hours=5)] if number == pause else []
        settled.sandbox.control.add_calls(len(times), started=times)
        settled.synced()
        assert ("a clock was ahead" in caplog.text) == (number == pause)
        caplog.clear()
        settled.check()


def test_a_clock_that_is_behind_forgets_no_more_than_lies_after_it(
    settled: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    day = settled.now
    settled.now = day - timedelta(days=20)  # of the machine
    settled.synced(resources=["calls", "transcripts", "daily_activity"])
    told = [record.getMessage() for record in caplog.records if "behind now" in record.getMessage()]
    assert told
    assert all(f"Read again: {iso(settled.now - timedelta(days=7))} .. " in each for each in told), told
    settled.at(day + timedelta(hours=1))
    settled.synced()
    settled.check()


@pytest.mark.parametrize("ahead", [timedelta(hours=20), timedelta(days=3)])
def test_a_clock_that_was_ahead_by_less_than_the_look_back_does_not_shorten_it(
    settled: Tenant, ahead: timedelta
) -> None:
    """What lies within the look-back by the right clock is read again, though it was settled by the wrong one."""
    day = settled.now
    settled.now = day + ahead  # of the machine
    settled.sync()
    settled.at(day + timedelta(hours=1))
    settled.synced()
    late = settled.now - timedelta(days=7) + min(ahead, timedelta(days=2)) / 2
    settled.sandbox.control.add_calls(2, started=[late, late + timedelta(minutes=5)])
    settled.synced()
    settled.check(only=("calls", "transcripts"))


def test_two_pipelines_load_into_one_dataset(tenant: Tenant) -> None:
    middle = NOW - timedelta(days=30)
    tenant.synced(pipeline=tenant.pipeline("gong_backfill"), end_date=middle)
    tenant.synced(pipeline=tenant.pipeline("gong"), start_date=middle)
    tenant.check()
    tenant.synced(pipeline=tenant.pipeline("gong_backfill"), end_date=middle)
    tenant.check()
    assert tenant.requests("POST /v2/calls/extensive") == 0, "its own range is settled"


def test_another_pipeline_of_the_process_is_not_asked(tenant: Tenant) -> None:
    """dlt's current pipeline is the one made last; what is there already is asked of the one that runs."""
    other = tenant.pipeline("gong_other")
    tenant.synced(pipeline=other, resources=CALLS)
    own = dlt.pipeline(
        "gong",
        destination=dlt.destinations.duckdb(str(tenant.folder / "own.duckdb")),
        dataset_name="gong_data",
        pipelines_dir=str(tenant.folder / "own"),
    )
    other.activate()
    report = tenant.synced(pipeline=own, resources=CALLS)
    assert report.rows["transcripts"] == len(tenant.rows("transcripts"))


def test_a_transcript_that_never_comes_is_given_up(settled: Tenant) -> None:
    missing = len(settled.rows("calls")) - len(settled.rows("transcripts"))
    assert missing > 0
    settled.at(NOW + timedelta(days=15))
    settled.synced(resources=CALLS)
    settled.at(NOW + timedelta(days=15, hours=1))
    settled.synced(resources=CALLS)
    assert settled.requests("POST /v2/calls/transcript") == 0


def test_log_entries_at_one_instant_are_all_kept_once(tenant: Tenant) -> None:
    moment = NOW - timedelta(days=1)
    entries = [
        {"userId": "1234567890123456789", "eventTime": moment.isoformat(), "logRecord": {"sequence_num": number}}
        for number in range(3)
    ]
    tenant.sandbox.control.add_log_entries("UserCallPlay", entries)
    tenant.synced(resources=["logs"])
    tenant.synced(resources=["logs"])
    found = tenant.sql(
        f"SELECT count(*) FROM logs WHERE event_time = TIMESTAMPTZ '{moment}' AND log_type = 'UserCallPlay'"
    )
    assert found[0][0] >= 3
    tenant.check(only=("logs",))


def test_the_access_log_is_read_however_long_the_run_takes(make_tenant: Callable[..., Tenant]) -> None:
    """Gong drops its oldest entries while the run goes on, by a clock that is ahead; what it still keeps is read."""
    tenant = make_tenant(calls=120)
    moments = itertools.chain([NOW], itertools.repeat(NOW + timedelta(hours=1)))
    theirs = NOW + timedelta(hours=1, minutes=30)
    tenant.sandbox.control.set_now(theirs)
    report = run_sync(tenant.pipeline(), clock=lambda: next(moments), **tenant.settings(resources=["logs"]))
    assert report.exit_code == 0, report.as_text()
    ((first,),) = tenant.sql("SELECT min(event_time) FROM logs WHERE log_type = 'AccessLog'")
    assert theirs - timedelta(days=14) <= first < NOW - timedelta(days=13)


def test_entries_that_went_while_no_run_read_them_are_told_of_once(make_tenant: Callable[..., Tenant]) -> None:
    tenant, lists = make_tenant(calls=10), {"resources": ["logs"]}
    tenant.at(NOW - timedelta(days=20))
    tenant.synced(**lists)
    tenant.at(NOW)
    told = str(tenant.synced(**lists).notices["logs"])
    assert "keeps AccessLog for 14 days" in told
    assert "2026-05-26T11:55:00Z .. 2026-06-01T13:00:00Z can't be had" in told
    tenant.at(NOW + timedelta(hours=1))
    assert not tenant.synced(**lists).notices


@pytest.mark.parametrize("dropped", [False, True])
def test_entries_that_the_destination_lost_and_gong_keeps_no_more_are_told_of(
    make_tenant: Callable[..., Tenant], dropped: bool
) -> None:
    """A backup put back holds some of what is remembered to be lost: marks are joined."""
    tenant, lists = make_tenant(calls=2), {"resources": ["logs"]}
    for days in (20, 18, 12, 2):
        tenant.at(NOW - timedelta(days=days))
        entry = {"userId": "1", "eventTime": iso(tenant.now - timedelta(hours=1)), "logRecord": {}}
        tenant.sandbox.control.add_log_entries("AccessLog", [entry])
        tenant.synced(**lists)
        if days == 20:
            shutil.copy(tenant.database, tenant.folder / "backup")
    if dropped:
        tenant.sql("DROP TABLE logs")
    else:
        shutil.copy(tenant.folder / "backup", tenant.database)
    first = NOW - (timedelta(days=34, hours=-1) if dropped else timedelta(days=20, hours=1))
    tenant.at(NOW)
    told = str(tenant.synced(**lists).notices["logs"])
    assert f"lost what was read of it: its entries of {iso(first)} .. 2026-06-01T13:00:00Z can't be had" in told
    assert not tenant.synced(**lists).notices


def test_only_folders_that_moved_are_read_again(settled: Tenant) -> None:
    control, world = settled.sandbox.control, settled.sandbox.world
    filled = [folder for folder, calls in world.folder_calls.items() if calls]
    control.set_folder_calls(filled[0], [])
    control.edit_folder(filled[0], updated=(NOW + timedelta(minutes=1)).isoformat())
    control.delete_folder(filled[1])
    settled.at(NOW + timedelta(hours=1))
    settled.synced()
    settled.check()
    assert settled.requests("GET /v2/library/folder-content") == 1
    settled.at(NOW + timedelta(days=8))
    settled.synced()
    assert settled.requests("GET /v2/library/folder-content") == len(world.folders)


def test_a_schedulers_interval_is_the_runs_range(tenant: Tenant, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("DLT_INTERVAL_START", "2026-05-01T00:00:00Z")
    monkeypatch.setenv("DLT_INTERVAL_END", "2026-05-11T00:00:00Z")
    settings = tenant.settings()
    del settings["start_date"]
    tenant.pipeline().run(gong_source(**settings).with_resources("calls"))
    ((first, last),) = tenant.sql("SELECT min(started), max(started) FROM calls")
    assert datetime(2026, 5, 1, tzinfo=timezone.utc) <= first <= last < datetime(2026, 5, 11, tzinfo=timezone.utc)


@pytest.mark.parametrize("older", [False, True])
def test_what_was_asked_about_a_record_leaves_though_the_record_left_before(settled: Tenant, older: bool) -> None:
    """Where some workspaces are chosen, others load the rest; which are which is not asked of the parents' table.

    It is where an older release made the notes, which did not tell.
    """
    world = settled.sandbox.world
    chosen = {"workspace_ids": [sorted(world.workspaces)[0]], "list_refresh_hours": 0}

    def filled(found: dict[str, str], content: dict[str, list[Any]]) -> dict[bool, str]:
        return {workspace in chosen["workspace_ids"]: key for key, workspace in found.items() if content[key]}

    folders = filled(world.folder_workspaces, world.folder_calls)
    profiles = filled(world.profile_workspaces, world.profile_users)
    for ours in (True, False):
        settled.sandbox.control.delete_folder(folders[ours])
        del world.profiles[profiles[ours]], world.profile_workspaces[profiles[ours]]
    parents, children = ["library_folders", "permission_profiles"], ["library_folder_calls", "permission_profile_users"]
    if older:
        for table in children:
            settled.sql(f"UPDATE {table}__read SET workspace_id = NULL")
        settled.synced(resources=[*parents, *children], **chosen)
    else:
        settled.synced(resources=parents, **chosen)
        settled.synced(resources=children, **chosen)
    held = {row["folder_id"] for row in settled.rows("library_folder_calls")}
    held |= {row["profile_id"] for row in settled.rows("permission_profile_users")}
    for there in (folders, profiles):
        assert {ours: there[ours] in held for ours in there} == {True: False, False: True}
