"""What an owner may do to a pipeline, one by one; any of it in any order is what the state machine plays."""

from __future__ import annotations

import logging
import random
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dlt.pipeline.helpers import pipeline_drop

from gong_source.runs import run_backfill, run_reconcile
from gong_source.sandbox import Sandbox
from gong_source.source import build_source, make_context
from tests.pipeline import in_memory
from tests.pipeline.harness import NOW, FirstSyncs, Tenant, assert_same
from tests.pipeline.machine import ALWAYS, COMPANY, STEPS, Owner, play

CALLS = {"resources": ["calls", "transcripts"]}


@pytest.fixture
def small(make_settled: Callable[..., Tenant]) -> Tenant:
    """A company of few calls, synced once."""
    return make_settled(calls=40, users=4, sentences=3)


@pytest.mark.parametrize("mode", ["drop_resources", "drop_data"])
def test_what_dlt_is_about_to_drop_does_not_count_as_there(tmp_path: Path, first_syncs: FirstSyncs, mode: str) -> None:
    """Transcripts are wanted of the calls that have none: the stored ones vanish only after they were asked for."""
    with Sandbox(**COMPANY) as sandbox:
        tenant = Tenant(sandbox, tmp_path, days=61)
        tenant.chunk_days = 90
        sandbox.control.set_now(tenant.now)
        first_syncs.bring(tenant, COMPANY)
        owner = Owner(tenant, ALWAYS)
        owner.refresh(mode, ["transcripts"])
        owner.settle()


@pytest.mark.parametrize(
    "steps",
    [
        ("back up", "a call arrives", "hours pass", "sync", "restore"),
        ("back up", "hours pass", "sync", "restore", "fresh machine"),
        ("lose the file", "other pipeline"),
        ("other dataset", "a call arrives"),
        ("a call arrives", "lose the schema", "a column less", "lose the schema"),
        ("refresh drop_sources", "refresh drop_resources", "refresh drop_data"),
        ("dlt pipeline drop", "drop a table"),
        ("empty a table", "sync", "empty a table"),
        ("drop a column", "a call changes", "sync", "drop a column"),
        ("drop a table of dlt", "a call arrives", "sync", "drop a table of dlt"),
        ("dlt pipeline drop --drop-all", "dlt pipeline drop --state-only", "dlt pipeline drop --state-paths"),
        ("private calls out", "sync", "private calls in"),
        ("fewer parts", "a call changes", "sync", "all parts"),
        ("no transcripts", "hashed people", "sync"),
        ("workspace", "sync", "a call is deleted"),
        ("start moves", "sync", "look-back", "backfill"),
        ("avatars", "sync", "back up", "no avatars", "restore"),
    ],
    ids=" > ".join,
)
def test_the_tables_are_whole_again(steps: tuple[str, ...], tmp_path: Path, first_syncs: FirstSyncs) -> None:
    """Each of these lost rows for good, or kept what was not wanted."""
    by_name = dict(STEPS)
    with Sandbox(**COMPANY) as sandbox:
        tenant = Tenant(sandbox, tmp_path, days=61)
        tenant.chunk_days = 90
        sandbox.control.set_now(tenant.now)
        first_syncs.bring(tenant, COMPANY)
        play(Owner(tenant, [*ALWAYS, "users", "logs"]), [(name, by_name[name]) for name in steps], random.Random(1))


def test_a_deleted_call_that_only_folders_name_leaves_them(tmp_path: Path, first_syncs: FirstSyncs) -> None:
    """Its own tables were loaded anew since, and Gong does not say that a folder changed."""
    with Sandbox(**COMPANY) as sandbox:
        tenant = Tenant(sandbox, tmp_path, days=61)
        tenant.chunk_days = 90
        sandbox.control.set_now(tenant.now)
        first_syncs.bring(tenant, COMPANY)
        owner = Owner(tenant, [*ALWAYS, "library_folder_calls"])
        named = next(calls[0]["id"] for calls in sandbox.world.folder_calls.values() if calls)
        sandbox.control.delete_calls([named])
        owner.refresh("drop_resources", ALWAYS)
        owner.reconcile()
        owner.settle()
        assert not tenant.sql(f"SELECT 1 FROM library_folder_calls WHERE call_id = '{named}'")


def drop_by_hand(tenant: Tenant) -> None:
    tenant.sql("DROP TABLE calls")


def empty_by_hand(tenant: Tenant) -> None:
    tenant.sql("DELETE FROM transcript_sentences")


def fill_by_another_once_emptied(tenant: Tenant) -> None:
    empty_by_hand(tenant)
    tenant.synced(pipeline=tenant.pipeline("third"), start_date=tenant.now - timedelta(days=5), **CALLS)
    assert tenant.rows("transcript_sentences")


def drop_by_dlt(tenant: Tenant) -> None:
    pipeline = tenant.pipeline()
    pipeline.activate()
    pipeline_drop(pipeline, resources=["calls"], schema_name="gong")()


def refresh_by_dlt(tenant: Tenant) -> None:
    settings = tenant.settings(start_date=tenant.now - timedelta(days=20))
    context = make_context(settings.pop("start_date"), None, clock=lambda: tenant.now, **settings)
    source = build_source(context).with_resources("calls", "transcripts")
    tenant.pipeline("third").run(source, refresh="drop_data")


@pytest.mark.parametrize(
    "happens", [drop_by_hand, empty_by_hand, fill_by_another_once_emptied, drop_by_dlt, refresh_by_dlt]
)
def test_each_pipeline_of_a_dataset_brings_its_share_again(
    make_tenant: Callable[..., Tenant], first_syncs: FirstSyncs, happens: Callable[[Tenant], None]
) -> None:
    """Whichever runs first makes the table whole for itself; the others still learn that their rows went."""
    company = {"calls": 40, "users": 4, "sentences": 2}
    tenant = make_tenant(**company)
    middle = tenant.now - timedelta(days=20)

    def backfill() -> None:
        options = {**tenant.settings(), "end_date": middle, "resources": CALLS["resources"]}
        report = run_backfill(tenant.pipeline("gong_backfill"), clock=lambda: tenant.now, **options)
        assert report.exit_code == 0, report.as_text()

    def whole() -> None:
        truth = tenant.truth_of_calls()
        for name in ("calls", "calls__parties", "transcripts", "transcript_sentences"):
            assert_same(name, tenant.rows(name), truth[name])

    def load() -> None:
        backfill()
        tenant.synced(start_date=middle, **CALLS)
        whole()

    first_syncs.bring_by(load, tenant, {**company, "by": "backfill and sync"})
    happens(tenant)
    tenant.synced(start_date=middle, **CALLS)
    backfill()
    whole()
    for again in (lambda: tenant.synced(start_date=middle, **CALLS), backfill):
        tenant.sandbox.control.reset_counters()
        again()
        assert tenant.sandbox.counters.requests["POST /v2/calls/extensive"] <= 1, "nothing is read once more"


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE calls",
        "DROP TABLE transcript_sentences",
        "DELETE FROM calls",
        "ALTER TABLE calls DROP COLUMN title",
        "ALTER TABLE calls__parties DROP COLUMN call_id",
        "DROP TABLE _dlt_loads",
    ],
)
def test_a_package_that_waits_for_tables_that_are_gone_is_read_again(small: Tenant, sql: str) -> None:
    """An interrupted run has left it, and nobody could load it any more."""
    small.sandbox.control.add_calls(1, started=small.now - timedelta(hours=1))
    small.at(small.now + timedelta(hours=1))
    settings = small.settings()
    context = make_context(settings.pop("start_date"), None, clock=lambda: small.now, **settings)
    pipeline = small.pipeline()
    pipeline.extract(build_source(context).with_resources(*CALLS["resources"]))
    pipeline.normalize()
    small.sql(sql)
    small.synced(**CALLS)
    truth = small.truth_of_calls()
    for name in ("calls", "calls__parties", "transcripts", "transcript_sentences"):
        assert_same(name, small.rows(name), truth[name])


def test_the_parts_of_a_list_that_somebody_emptied_come_back(settled: Tenant) -> None:
    """However few they were, and though Gong shows the records that they are of as before."""
    parts = ("scorecards__questions", "trackers__language_keywords")
    there = {part: settled.rows(part) for part in parts}
    for part in parts:
        settled.sql(f"DELETE FROM {part}")
    settled.synced(resources=["scorecards", "trackers"])
    assert all(there.values())
    for part in parts:
        assert_same(part, settled.rows(part), there[part])


def test_a_list_that_gong_empties_is_not_taken_for_emptied_by_somebody(
    settled: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    settled.sandbox.world.trackers.clear()
    for _ in range(2):
        settled.synced(resources=["trackers"], list_refresh_hours=0)
        assert not settled.rows("trackers")
    assert not [message for message in caplog.messages if "less of trackers" in message]


def test_what_is_read_again_is_told(small: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    owner = Owner(small, ALWAYS)
    owner.back_up()
    small.at(small.now + timedelta(days=30))
    small.sandbox.control.add_calls(2, started=small.now - timedelta(days=15))
    owner.sync()
    owner.restore()
    caplog.clear()
    with caplog.at_level(logging.WARNING, logger="gong_source"):
        owner.sync()
    (told,) = [message for message in caplog.messages if "less of calls" in message]
    assert "Read again: 2026-06" in told
    assert small.sql("SELECT count(*) FROM calls") == [(len(small.truth_of_calls()["calls"]),)]


def test_another_company_is_refused(small: Tenant, make_tenant: Callable[..., Tenant]) -> None:
    other = make_tenant(calls=8, seed=77)
    other.sandbox.control._app.access.access_key = "THEIRS"  # its port may be the one that the first sync was made at
    before = small.sql("SELECT count(*) FROM calls")
    theirs: dict[str, Any] = {name: other.settings()[name] for name in ("base_url", "credentials")}
    refused = small.sync(**theirs)
    assert refused.exit_code == 2
    assert {str(error)[:46] for error in refused.failures.values()} == {
        "This pipeline holds the data of another compan"
    }
    assert small.sql("SELECT count(*) FROM calls") == before
    assert set(other.sandbox.counters.requests) == {"GET /v2/workspaces"}
    assert small.synced(**CALLS).exit_code == 0, "its own company goes on"


def test_an_edited_transcript_arrives(small: Tenant) -> None:
    """Within two days with a sync, later with a reconcile."""
    world, control = small.sandbox.world, small.sandbox.control
    (new,) = control.add_calls(1, started=small.now - timedelta(days=1))
    small.synced(**CALLS)
    with_text = world.visible_transcripts()
    assert new in with_text
    old = next(key for key in world.visible_calls() if key in with_text)
    control.edit_transcript(new, [{"speakerId": "1", "topic": None, "sentences": [_sentence("A new text.")]}])
    control.edit_transcript(old, [{"speakerId": "1", "topic": None, "sentences": [_sentence("An old text.")]}])
    small.synced(**CALLS)
    texts = "SELECT text FROM transcript_sentences WHERE call_id = '{}'"
    assert small.sql(texts.format(new)) == [("A new text.",)]
    assert small.sql(texts.format(old)) != [("An old text.",)]
    options = {"end_date": small.now, "clock": lambda: small.now}
    run_reconcile(small.pipeline(), **small.settings(**options))
    assert small.sql(texts.format(old)) == [("An old text.",)]


def _sentence(text: str) -> dict[str, Any]:
    return {"start": 0, "end": 1000, "text": text}


def test_a_slice_that_failed_is_repeated(small: Tenant) -> None:
    options: dict[str, Any] = {"rolling": 2, "clock": lambda: small.now, "max_delete_share": 1.0, "start_date": None}
    with small.connection() as connection:
        connection.execute(
            "DELETE FROM calls WHERE started < (SELECT median(started) FROM calls) "
            "AND started > (SELECT min(started) FROM calls)"
        )
    missing = len(small.truth_of_calls()["calls"]) - len(small.rows("calls"))
    settings = small.settings(**options, retry_patience=0)
    small.sandbox.control.fail("500", endpoint="POST /v2/calls/extensive", nth=2, times=None)
    failed = run_reconcile(small.pipeline(), **settings)
    assert failed.exit_code == 1
    small.sandbox.control.clear_faults()
    again = run_reconcile(small.pipeline(), **settings)
    assert again.found["missing"] == missing


def test_a_workspace_alone_is_reconciled(small: Tenant) -> None:
    one, *_ = sorted(small.sandbox.world.workspaces)
    before = small.all_rows(["calls", "transcripts", "transcript_sentences"])
    options = {"end_date": small.now, "clock": lambda: small.now, "workspace_ids": [one], "on_delete": "purge"}
    report = run_reconcile(small.pipeline(), **small.settings(**options))
    assert report.exit_code == 0
    assert report.found["deleted"] == 0
    assert small.all_rows(list(before)) == before


def test_a_removal_wins_over_rows_of_the_same_package(make_tenant: Callable[..., Tenant]) -> None:
    """An awaited transcript comes with the change that makes its call private."""
    tenant = make_tenant(calls=20, users=4, sentences=3)
    world, control = tenant.sandbox.world, tenant.sandbox.control
    latest = list(world.visible_calls())[-1]
    control.edit_call(latest, "metaData.isPrivate", False)
    control.hide_transcripts([latest])
    tenant.synced(include_private_calls=False, **CALLS)
    control.release_transcripts([latest])
    control.edit_call(latest, "metaData.isPrivate", True)
    tenant.synced(include_private_calls=False, **CALLS)
    for table in ("calls", "transcripts", "transcript_sentences", "calls__parties"):
        column = "id" if table == "calls" else "call_id"
        assert tenant.sql(f"SELECT count(*) FROM {table} WHERE {column} = '{latest}'") == [(0,)], table


def test_private_calls_have_one_owner_however_threads_take_turns(tmp_path: Path) -> None:
    """Many windows are read at once, each with private calls, while their transcripts are asked for."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)  # a fiftieth; much less has a busy machine change threads and do nothing else
    try:
        with Sandbox(calls=200, users=4, days=30, sentences=1, end=NOW) as sandbox:
            sandbox.control.set_now(NOW)
            private = sorted(sandbox.world.visible_calls())[::4]
            for key in private:
                sandbox.control.edit_call(key, "metaData.isPrivate", True)
            store, settings = in_memory.MemoryStore(), Tenant(sandbox, tmp_path, days=31).settings(chunk_days=1)
            for number, wanted in enumerate((True, False)):
                told = in_memory.sync(
                    store, number, CALLS["resources"], NOW, None, 50, include_private_calls=wanted, **settings
                )
                assert told == {}
                stored = {row["id"] for row in store.table("calls")}
                assert stored.issuperset(private) if wanted else stored.isdisjoint(private)
                assert len(stored) > 100
    finally:
        sys.setswitchinterval(before)


def test_only_what_is_committed_is_told(small: Tenant) -> None:
    """A destination that can't take a package: neither its rows nor its ranges are in the report."""
    small.at(small.now + timedelta(hours=5))
    small.sandbox.control.add_calls(3, started=small.now - timedelta(hours=1))
    with small.connection() as connection:  # a table that can't be merged into
        connection.execute("ALTER TABLE calls DROP COLUMN title")
        connection.execute("ALTER TABLE calls ADD COLUMN title INTEGER[]")
    report = small.sync(**CALLS)
    assert report.exit_code == 1
    assert not report.rows["calls"]
    end = (small.now - timedelta(hours=5, minutes=5)).isoformat().replace("+00:00", "Z")
    assert all(part[1] <= end for part in report.ranges["calls"]["*"])
