"""Runs with other settings than the sync load into its tables; the next sync has them as its own settings say."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Any

import pytest

from gong_source.report import RunReport
from gong_source.runs import run_backfill, run_reconcile, run_reset
from gong_source.sandbox.routes import extensive
from gong_source.streams.table import StreamTable
from tests.pipeline.harness import NOW, Tenant
from tests.pipeline.test_masks import killed
from tests.webhook.test_drain import Hooks

CALLS = ["calls", "transcripts"]


@pytest.fixture
def small(make_tenant: Callable[..., Tenant]) -> Tenant:
    """A company of few calls."""
    tenant = make_tenant(calls=20, users=4, sentences=1)
    tenant.chunk_days = 90
    return tenant


def reconciled(tenant: Tenant, ids: list[str], **settings: Any) -> RunReport:
    """A reconcile of the sync's pipeline, once calls have changed."""
    for call_id in ids:
        tenant.sandbox.control.edit_call(call_id, "metaData.title", f"changed {call_id}")
    options = {"end_date": tenant.now, "max_delete_share": 1.0, "clock": lambda: tenant.now, **settings}
    return run_reconcile(tenant.pipeline(), **tenant.settings(**options))


def drained(tenant: Tenant, ids: list[str], **settings: Any) -> RunReport:
    """A drain of events of calls."""
    hooks = Hooks(tenant)
    for call_id in ids:
        hooks.receive(hooks.body(call_id))
    return hooks.drain(**settings)


def backfilled(tenant: Tenant, ids: list[str], **settings: Any) -> RunReport:
    """A backfill of another pipeline."""
    pipeline, end = tenant.pipeline("gong_backfill"), tenant.now - timedelta(days=5)
    options = {"resources": CALLS, "end_date": end, "clock": lambda: tenant.now, **settings}
    return run_backfill(pipeline, **tenant.settings(**options))


Other = Callable[..., RunReport]
OTHERS = pytest.mark.parametrize("other", [reconciled, drained, backfilled])


def old(tenant: Tenant) -> list[str]:
    """Calls that no look-back reads again, oldest first."""
    calls = sorted(tenant.sandbox.world.calls.values(), key=lambda call: call.started)
    return [call.id for call in calls if call.started < NOW - timedelta(days=20)]


@OTHERS
def test_private_calls_go_whoever_brought_them(small: Tenant, other: Other) -> None:
    private = old(small)[:3]
    held = f"SELECT call_id FROM transcripts WHERE call_id IN {tuple(private)}"
    for call_id, told in zip(private, (True, True, "perhaps"), strict=True):
        small.sandbox.control.edit_call(call_id, "metaData.isPrivate", told)
    small.synced(resources=CALLS, include_private_calls=False)
    assert not small.sql(held)
    assert other(small, private).exit_code == 0
    assert small.sql(held)
    small.synced(resources=CALLS, include_private_calls=False)
    assert not small.sql(held)
    assert not small.sql("SELECT 1 FROM calls WHERE is_private")


@pytest.mark.parametrize("how", ["reset", "another name", "other streams"])
def test_private_calls_go_that_no_table_of_calls_tells_of(small: Tenant, how: str) -> None:
    """They are older than what is read again, and nobody remembers them or the run reads other streams."""
    streams, start = ["transcripts", "answered_scorecards"], NOW - timedelta(days=5)
    private = old(small)
    for call_id in private:
        small.sandbox.control.edit_call(call_id, "metaData.isPrivate", True)
    small.synced(resources=streams)
    held = [f"SELECT 1 FROM {table} WHERE call_id IN {tuple(private)}" for table in streams]
    assert all(map(small.sql, held))
    if how == "reset":
        run_reset(small.pipeline(), streams)
    pipeline = small.pipeline("another") if how == "another name" else small.pipeline()
    read = ["users"] if how == "other streams" else streams
    small.synced(pipeline=pipeline, resources=read, include_private_calls=False, start_date=start)
    assert not any(map(small.sql, held))
    small.synced(pipeline=pipeline, resources=read, include_private_calls=False, start_date=start)
    assert small.requests("POST /v2/calls/extensive") <= 2, "what is read again, and not all that is there"


def test_what_a_killed_run_left_of_private_calls_goes(small: Tenant) -> None:
    """Tables are merged one by one: the lists of a record may be there, and not the record that tells of its call."""
    names = ["calls", "transcripts", "answered_scorecards"]
    small.synced(resources=names)
    tables = [StreamTable()[name].tables for name in names]
    for root, *_ in tables:
        small.sql(f"DELETE FROM {root.name} WHERE {root.call_column} <> '{old(small)[-1]}'")
    run_reset(small.pipeline(), names)
    small.synced(resources=names, include_private_calls=False, start_date=NOW - timedelta(days=1))
    for root, *lists in tables:
        whole = f"(SELECT {root.primary_key[0]} FROM {root.name})"
        for table in lists:
            assert not small.sql(f"SELECT 1 FROM {table.name} WHERE {table.merge_key} NOT IN {whole}"), table.name


FEWER: dict[str, Any] = {"call_parts": ["parties"]}


def own_drained(tenant: Tenant, ids: list[str], **settings: Any) -> RunReport:
    """A drain under the name of the sync's pipeline."""
    return drained(tenant, ids, name="gong", **settings)


@pytest.mark.parametrize(
    ("other", "less"),
    [
        (reconciled, FEWER),
        (reconciled, {"context_timing": ["TimeOfCall"]}),
        (reconciled, {"include_private_calls": False}),
        (own_drained, {"context_timing": ["TimeOfCall"]}),
        (own_drained, {"include_private_calls": False}),
        (drained, FEWER),
        (backfilled, FEWER),
        (backfilled, {"exclude_columns": ["title"]}),
    ],
)
def test_what_was_replaced_by_less_is_read_again(small: Tenant, other: Other, less: dict[str, Any]) -> None:
    ids = old(small)[:4]
    small.sandbox.control.edit_call(ids[0], "metaData.isPrivate", True)
    small.synced(resources=CALLS)
    assert other(small, ids, **less).exit_code == 0
    with pytest.raises(AssertionError):
        small.check(only=("calls", "transcripts"))
    small.synced(resources=CALLS)
    small.check(only=("calls", "transcripts"))


def calls_alone(tenant: Tenant, ids: list[str], **settings: Any) -> RunReport:
    """A sync of the same pipeline that leaves the other streams alone."""
    return tenant.synced(resources=CALLS, **settings)


def cut_off(tenant: Tenant, ids: list[str], **settings: Any) -> RunReport:
    """The same, and it ends before anything of it is saved."""
    with pytest.MonkeyPatch.context() as patched:
        killed(tenant, patched, resources=CALLS, **settings)
    return RunReport()


def test_private_calls_come_back_that_another_pipeline_of_the_same_settings_loaded(small: Tenant) -> None:
    """They leave and are wanted again while it does not run."""
    small.sandbox.control.edit_call(old(small)[0], "metaData.isPrivate", True)
    backfilled(small, [])
    recent: dict[str, Any] = {"resources": CALLS, "start_date": NOW - timedelta(days=6)}
    for private in (True, False, True):
        small.synced(**recent, include_private_calls=private)
    noted = small.sql("SELECT * FROM _gong_questions")
    backfilled(small, [])
    small.check(only=("calls", "transcripts"))
    assert not backfilled(small, []).rows
    assert small.sql("SELECT * FROM _gong_questions") == noted, "told once"


CARRYING = ["answered_scorecards", "library_folder_calls", "daily_activity_calls", "coaching", "call_access"]


@pytest.mark.parametrize("other", [calls_alone, cut_off, reconciled, own_drained])
def test_private_calls_come_back_in_every_stream(make_tenant: Callable[..., Tenant], other: Other) -> None:
    tenant = make_tenant(calls=20, users=4, sentences=1)
    streams = [*CALLS, *CARRYING, "calls_basic", "library_folders", "users"]
    private = sorted(tenant.sandbox.world.visible_calls())[::2]
    for call_id in private:
        tenant.sandbox.control.edit_call(call_id, "metaData.isPrivate", True)

    def rows() -> dict[str, Any]:
        return {name: tenant.sql(f"SELECT count(*) FROM {name}")[0][0] for name in [*CALLS, *CARRYING, "calls_basic"]}

    daily = {"resources": streams, "list_refresh_hours": 24}
    tenant.synced(**daily)
    before = rows()
    assert other(tenant, private, include_private_calls=False).exit_code == 0
    assert all(left < before[name] for name, left in rows().items())
    tenant.synced(**daily)
    assert rows() == before


NAMING = [name for name in CARRYING if name != "call_access"]


def naming(tenant: Tenant, call_ids: Collection[str], streams: Sequence[str] = NAMING) -> dict[str, int]:
    """Rows that name some calls, by table."""
    counted = "SELECT count(*) FROM {} WHERE call_id IN ({})"
    return {name: tenant.sql(counted.format(name, str(list(call_ids))[1:-1]))[0][0] for name in streams}


def test_what_gong_does_not_show_is_out_with_private_calls_until_it_does(
    make_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is analysed still, or the key may not see private ones: other answers name it all the same."""
    tenant = make_tenant(calls=20, users=4, sentences=1, days=6)
    shown, *hidden = sorted(tenant.sandbox.world.visible_calls())
    settings: dict[str, Any] = {"resources": [*NAMING, "library_folders", "users"], "list_refresh_hours": 24}
    with monkeypatch.context() as patched:
        found = extensive.matching_calls
        patched.setattr(extensive, "matching_calls", lambda *a: [call for call in found(*a) if call.id == shown])
        tenant.synced(**settings)
        before = naming(tenant, hidden)
        assert all(before.values())
        for hour in (1, 26):
            tenant.at(NOW + timedelta(hours=hour))
            tenant.synced(**settings, include_private_calls=False)
            assert not any(naming(tenant, hidden).values())
    tenant.at(NOW + timedelta(hours=51))
    tenant.synced(**settings, include_private_calls=False)
    assert all(count >= before[name] for name, count in naming(tenant, hidden).items())


def test_private_calls_leave_folders_with_a_run_of_other_streams_where_no_table_of_calls_tells(small: Tenant) -> None:
    """Gong is asked once which those are, and folders are read again where private calls are wanted again."""
    settings: dict[str, Any] = {"resources": ["library_folders", "library_folder_calls"]}
    small.synced(**settings)
    private = small.sql("SELECT DISTINCT call_id FROM library_folder_calls ORDER BY 1")[0]
    small.sandbox.control.edit_call(private[0], "metaData.isPrivate", True)
    for asked in (1, 0):
        small.synced(resources=["users"], include_private_calls=False)
        assert naming(small, private, ["library_folder_calls"]) == {"library_folder_calls": 0}
        assert small.requests("POST /v2/calls/extensive") == asked
    for resources in (settings["resources"], ["users"]):
        small.synced(resources=resources)
        assert naming(small, private, ["library_folder_calls"])["library_folder_calls"]
    small.synced(resources=["users"], include_private_calls=False)
    assert naming(small, private, ["library_folder_calls"]) == {"library_folder_calls": 0}


def test_what_names_a_call_that_was_deleted_stays(small: Tenant) -> None:
    """It was not private while Gong showed it; of another one nobody knows."""
    one, other = [call for call in old(small) if small.sandbox.world.calls[call].primary_user_id][:2]
    settings: dict[str, Any] = {"resources": ["calls", "daily_activity_calls"]}
    small.synced(**settings)
    small.sandbox.control.delete_calls([one, other])
    small.sql(f"DELETE FROM calls WHERE id = '{other}'")
    small.synced(**settings, include_private_calls=False)
    assert any(naming(small, [one], settings["resources"][1:]).values())
    assert not any(naming(small, [other], settings["resources"][1:]).values())


def test_a_call_of_a_folder_is_there_a_day_after_it_turned_public(small: Tenant) -> None:
    """One that was private from the start, and one that turned private between two syncs."""
    hidden, turned = (
        old(small)[-1],
        sorted(small.sandbox.world.visible_calls().values(), key=lambda c: c.started)[-1].id,
    )
    folder = next(iter(small.sandbox.world.folders))
    shown = f"SELECT call_id FROM library_folder_calls WHERE folder_id = '{folder}' ORDER BY 1"
    settings: dict[str, Any] = {"resources": ["calls", "library_folder_calls"], "include_private_calls": False}
    content = [{"id": each, "title": "t", "created": NOW.isoformat(), "url": "u"} for each in (hidden, turned)]
    small.sandbox.control.set_folder_calls(folder, content)
    steps = ((0, [hidden]), (1, [hidden, turned]), (2, [hidden, turned]), (3, [hidden, turned]), (27, []))
    for hour, private in steps:
        small.at(NOW + timedelta(hours=hour))
        for call_id in (hidden, turned):
            small.sandbox.control.edit_call(call_id, "metaData.isPrivate", call_id in private)
        asked = small.synced(**settings).requests.get("GET /v2/library/folder-content", 0)
        assert bool(asked) == (hour in (0, 2, 27))  # after a call left, and once a day
        assert small.sql(shown) == [(each,) for each in sorted({hidden, turned} - {*private})]


def test_what_is_read_by_days_or_months_is_read_again_too(small: Tenant) -> None:
    columns = [
        "answered_scorecards.visibility_type",
        "answered_scorecards__answers.selected_options",
        "daily_activity.to_date",
        "daily_interaction_stats.value",
    ]
    settings: dict[str, Any] = {"resources": ["answered_scorecards", "daily_activity", "daily_interaction_stats"]}
    counted = [(name, *column.split(".")) for name, column in zip("abcd", columns, strict=True)]
    held = "SELECT " + ", ".join(f"(SELECT count({column}) FROM {table}) AS {name}" for name, table, column in counted)
    small.synced(**settings, list_refresh_hours=24)
    before = small.sql(held)
    small.synced(**settings, list_refresh_hours=24, pipeline=small.pipeline("other"), exclude_columns=columns)
    assert small.sql(held) == [(0, 0, 0, 0)]
    small.synced(**settings, list_refresh_hours=24)
    assert small.sql(held) == before


def test_transcripts_that_were_given_up_early_are_awaited_again(small: Tenant) -> None:
    """Those of calls that a look-back lists, and of some that it does not."""
    hidden = [call.id for call in small.sandbox.world.calls.values() if call.started > NOW - timedelta(days=12)]
    small.sandbox.control.hide_transcripts(hidden)
    for hour, patience in ((0, 1), (26, 1), (27, 14)):
        small.at(NOW + timedelta(hours=hour))
        small.synced(resources=CALLS, transcript_retry_days=patience)
    small.sandbox.control.release_transcripts(hidden)
    small.at(NOW + timedelta(hours=28))
    small.synced(resources=CALLS, transcript_retry_days=14)
    small.check(only=("calls", "transcripts"))


def test_pipelines_of_which_one_asks_for_more_come_to_rest(small: Tenant) -> None:
    for hour in range(3):
        small.at(NOW + timedelta(hours=hour))
        small.synced(resources=CALLS)
        small.synced(resources=CALLS, pipeline=small.pipeline("other"), **FEWER)
    assert small.requests("POST /v2/calls/extensive") == 1
    small.synced(resources=CALLS)
    assert small.requests("POST /v2/calls/extensive") == 1
    assert small.sql("SELECT DISTINCT pipeline, stream FROM _gong_questions") == [("other", "calls")]
    small.check(only=("calls", "transcripts"))
