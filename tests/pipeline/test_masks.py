"""Where less is to be known of people, no row shows it any more, also those that Gong can't show again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gong_source.runs import run_backfill, run_reconcile, run_reset
from gong_source.streams.extraction import Extraction
from tests.pipeline.harness import NOW, Tenant

STREAMS = {"resources": ["calls", "logs", "users"]}
HASHED: dict[str, Any] = {"pii": "hash", "pii_key": "k" * 32}
PEOPLE = {"calls__parties": "email_address", "logs": "user_email_address", "users": "email_address"}


@pytest.fixture
def small(make_tenant: Callable[..., Tenant]) -> Tenant:
    """A company of few calls."""
    return make_tenant(calls=20, users=4, sentences=1)


def clear(tenant: Tenant) -> dict[str, int]:
    """E-mail addresses that can be read, by table."""
    asked = {table: f"SELECT count(*) FROM {table} WHERE {name} LIKE '%@%'" for table, name in PEOPLE.items()}
    return {table: tenant.sql(sql)[0][0] for table, sql in asked.items()}


def told(tenant: Tenant) -> dict[str, int]:
    """Values of any kind, by table."""
    return {table: tenant.sql(f"SELECT count({name}) FROM {table}")[0][0] for table, name in PEOPLE.items()}


@pytest.mark.parametrize("masks", [HASHED, {"pii": "drop"}], ids=["hash", "drop"])
def test_what_gong_cant_show_again_is_emptied_and_the_rest_masked(small: Tenant, masks: dict[str, Any]) -> None:
    """Entries of the AccessLog are kept for 14 days; a deleted call is gone, and so is a user who left."""
    small.synced(**STREAMS)
    assert min(clear(small).values()) > 0
    old = "SELECT count(*) FROM logs WHERE log_type = 'AccessLog' AND user_email_address IS NOT NULL"
    assert small.sql(old)[0][0] > 0
    party = small.sql("SELECT call_id FROM calls__parties WHERE email_address IS NOT NULL LIMIT 1")[0][0]
    small.sandbox.control.delete_calls([party])
    del small.sandbox.world.users[min(small.sandbox.world.users)]
    small.at(NOW + timedelta(days=20))
    small.synced(**STREAMS, **masks)
    assert clear(small) == dict.fromkeys(PEOPLE, 0)
    assert small.sql(f"{old} AND event_time < TIMESTAMP '{NOW:%Y-%m-%d}'")[0][0] == 0
    assert small.sql(f"SELECT count(email_address) FROM calls__parties WHERE call_id = '{party}'") == [(0,)]
    assert small.sql("SELECT count(*) FROM logs WHERE log_type = 'AccessLog'")[0][0] > 0
    if masks is HASHED:
        assert min(told(small).values()) > 0
    small.synced(**STREAMS)
    assert min(clear(small).values()) > 0, "in clear again, as far as Gong shows it"


def test_rows_that_are_compared_come_masked_and_in_clear_again(small: Tenant) -> None:
    """The records are as they were, what is made of them is not."""
    streams = ["daily_activity", "daily_activity_calls", "daily_interaction_stats"]
    people = dict.fromkeys(streams, "user_email_address")
    for masks, found in ((HASHED, False), ({}, True)):
        small.synced(resources=streams, **masks)
        for table, name in people.items():
            told = small.sql(f"SELECT count({name}), count(*) FILTER ({name} LIKE '%@%') FROM {table}")[0]
            assert told[0] > 0, table
            assert told[1] == (told[0] if found else 0), table


def test_pipelines_that_mask_alike_leave_each_others_rows_alone(small: Tenant) -> None:
    middle = NOW - timedelta(days=20)

    def backfill(**more: Any) -> None:
        settings = small.settings(**more, resources=["calls", "logs"])
        report = run_backfill(small.pipeline("gong_backfill"), end_date=middle, clock=lambda: small.now, **settings)
        assert report.exit_code == 0, report.as_text()

    backfill()
    small.synced(**STREAMS, start_date=middle)
    before = told(small)
    small.synced(**STREAMS, start_date=middle, **HASHED)
    half = told(small)
    assert 0 < half["calls__parties"] < before["calls__parties"], "what the other brought is empty until it comes again"
    backfill(**HASHED)
    assert told(small) == before
    assert clear(small) == dict.fromkeys(PEOPLE, 0)


def test_a_column_that_is_left_out_is_empty_at_once(small: Tenant) -> None:
    small.synced(**STREAMS)
    titles = small.sql("SELECT count(title) FROM calls")
    small.synced(**STREAMS, exclude_columns=["title", "users.first_name"], start_date=NOW - timedelta(days=10))
    assert small.sql("SELECT count(title) FROM calls") == [(0,)]
    assert small.sql("SELECT count(first_name), count(last_name) FROM users") == [(0, 4)]
    assert told(small)["calls__parties"] > 0
    small.synced(**STREAMS)
    assert small.sql("SELECT count(title) FROM calls") == titles


def killed(tenant: Tenant, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> None:
    """A sync that ends before anything of it is saved."""

    def end(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Extraction, "take", end)
        with pytest.raises(KeyboardInterrupt):
            tenant.sync(**settings)


def test_masks_that_come_and_go_leave_nothing_in_clear(small: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was loaded in clear after a run that was killed is no older than its masks."""
    calls = {"resources": ["calls"]}
    small.synced(**calls)
    killed(small, monkeypatch, **calls, **HASHED)
    small.synced(**calls)
    party = small.sql("SELECT call_id FROM calls__parties WHERE email_address LIKE '%@%' LIMIT 1")[0][0]
    small.sandbox.control.delete_calls([party])
    small.synced(**calls, **HASHED)
    assert small.sql("SELECT count(*) FROM calls__parties WHERE email_address LIKE '%@%'") == [(0,)]


def test_masks_that_go_and_come_leave_nothing_empty(small: Tenant) -> None:
    """What was hashed before is emptied with the rest, as nothing tells them apart, and comes again."""
    told = "SELECT count(email_address) FROM calls__parties"
    calls = {"resources": ["calls"]}
    small.synced(**calls, **HASHED)
    hashed = small.sql(told)
    small.synced(**calls, start_date=NOW - timedelta(days=10))
    small.synced(**calls, **HASHED)
    assert small.sql(told) == hashed


@pytest.mark.parametrize("masks", [HASHED, {"exclude_columns": ["title", "email_address"]}], ids=["hash", "columns"])
def test_a_run_that_is_killed_after_it_emptied_rows_is_made_good_by_the_next(
    make_settled: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch, masks: dict[str, Any]
) -> None:
    """Nothing was saved of it, and the setting is taken back."""
    settled = make_settled(calls=40, users=4, sentences=3)
    killed(settled, monkeypatch, **masks)
    assert settled.sql("SELECT count(email_address) FROM users") == [(0,)]
    settled.synced()
    settled.check()


def reset(tenant: Tenant) -> dict[str, Any]:
    run_reset(tenant.pipeline(), STREAMS["resources"])
    return {}


def lose_a_list(tenant: Tenant) -> dict[str, Any]:
    """By hand: that the calls were loaded is forgotten for it."""
    tenant.sql("DROP TABLE calls__topics")
    return {}


def lose_all_calls(tenant: Tenant) -> dict[str, Any]:
    """What their lists hold is left."""
    tenant.sql("DROP TABLE calls")
    return {}


def rename(tenant: Tenant) -> dict[str, Any]:
    return {"pipeline": tenant.pipeline("another")}


@pytest.mark.parametrize("forget", [reset, lose_a_list, lose_all_calls, rename])
def test_a_state_that_was_forgotten_leaves_nothing_in_clear(
    make_settled: Callable[..., Tenant], forget: Callable[[Tenant], dict[str, Any]]
) -> None:
    settled = make_settled(calls=20, users=4, sentences=1)
    settled.sandbox.control.delete_calls(sorted(settled.sandbox.world.visible_calls())[:3])
    settled.at(NOW + timedelta(days=20))
    settled.synced(**STREAMS, **forget(settled), pii="drop", exclude_columns=["title"])
    assert clear(settled) == dict.fromkeys(PEOPLE, 0)
    assert settled.sql("SELECT count(title) FROM calls") == [(0,)]


def test_a_backup_that_is_restored_is_masked_again(make_settled: Callable[..., Tenant]) -> None:
    settled = make_settled(calls=20, users=4, sentences=1)
    backup, less = settled.folder / "backup", {"pii": "drop", "exclude_columns": ["title"]}
    shutil.copy(settled.database, backup)
    del settled.sandbox.world.users[min(settled.sandbox.world.users)]
    settled.at(NOW + timedelta(days=20))
    settled.synced(**STREAMS, **less)
    shutil.copy(backup, settled.database)
    settled.synced(**STREAMS, **less)
    assert clear(settled) == dict.fromkeys(PEOPLE, 0)
    assert settled.sql("SELECT count(title) FROM calls") == [(0,)]


@pytest.mark.parametrize("forget", [reset, lose_a_list, rename])
def test_a_state_that_was_forgotten_costs_no_hash(small: Tenant, forget: Callable[[Tenant], dict[str, Any]]) -> None:
    """Rows that were always masked so stay as they are, also those that Gong can't show again."""
    small.synced(**STREAMS, **HASHED)
    before = told(small)
    small.sandbox.control.delete_calls(sorted(small.sandbox.world.visible_calls())[:3])
    small.synced(**STREAMS, **HASHED, **forget(small))
    assert told(small) == before


def test_streams_that_a_run_does_not_read_are_masked_with_the_others(make_settled: Callable[..., Tenant]) -> None:
    settled, emptied = make_settled(calls=20, users=4, sentences=1), "SELECT count(*) FROM _gong_masks"
    less: dict[str, Any] = {"resources": ["users"], "pii": "drop", "exclude_columns": ["title"]}
    settled.synced(**less)
    assert clear(settled) == dict.fromkeys(PEOPLE, 0)
    assert settled.sql("SELECT count(title) FROM calls") == [(0,)]
    noted = settled.sql(emptied)
    settled.synced(**less)
    assert settled.sql(emptied) == noted, "once"
    settled.synced()
    settled.check()


@pytest.mark.parametrize(
    ("resources", "happens", "name"),
    [
        ("users", "", "gong"),
        ("calls", "", "another"),
        ("transcripts", "ALTER TABLE transcripts DROP COLUMN spoken_seconds", "gong"),
        ("transcripts", "DROP TABLE transcripts", "another"),
    ],
)
def test_transcripts_that_are_not_wanted_leave_with_any_run(
    make_settled: Callable[..., Tenant], resources: str, happens: str, name: str
) -> None:
    settled, tables = make_settled(calls=20, users=4, sentences=1), ("transcripts", "transcript_sentences")
    pipeline, less = settled.pipeline(name), {"transcripts": "drop"}
    settled.sql(happens or "SELECT 1")
    settled.synced(pipeline=pipeline, resources=[resources], **less)
    there = settled.sql("SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, 'transcript')")
    assert [settled.sql(f"SELECT count(*) FROM {table}") for (table,) in there] == [[(0,)]] * len(there)
    base = settled.settings(**less, start_date=settled.now - timedelta(days=20), end_date=settled.now)
    report = run_reconcile(pipeline, clock=lambda: settled.now, **base)
    assert not report.failures
    assert not {*tables, "POST /v2/calls/transcript"} & {*report.rows, *report.requests}
    if resources == "calls":  # a third one brings some before the first could see them empty
        recent = {"resources": ["transcripts"], "start_date": settled.now - timedelta(days=20)}
        assert settled.synced(pipeline=settled.pipeline("third"), **recent).rows["transcripts"]
    settled.synced()
    settled.check(only=tables)
