"""What every warehouse has to stand: each scenario is one story, whose steps end with all rows compared with Gong's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from gong_source.runs.look import read_status
from gong_source.streams.table import StreamTable
from tests.pipeline.harness import NOW, assert_same
from tests.warehouses import upkeep
from tests.warehouses.tenant import CALLS, RANGES, SOME, WarehouseTenant, without_calls

Scenario = Callable[[WarehouseTenant], None]

KEPT = (*RANGES, "users", "users_history", "library_folders", "library_folder_calls", "workspaces")
"""Streams of a warehouse's life."""


def everything(tenant: WarehouseTenant) -> None:
    """All streams come, once, those that are off by default too; a second sync adds what changed alone."""
    read = [stream for stream in StreamTable().read if stream.name != "calls_basic"]
    names, folder = [stream.name for stream in read], tenant.folder / "media"
    tenant.synced(resources=names, media_folder=str(folder))
    user = next(iter(tenant.sandbox.world.users))
    tenant.sandbox.control.edit_user(user, "title", "Head of everything")
    rows = +tenant.synced(resources=names, media_folder=str(folder)).rows
    assert rows.keys() <= {"users", "users_history", "user_settings_history", "user_settings_history__read"}
    assert rows["users_history"] == rows["users"] == 1
    truth = tenant.truth(more=True)
    tenant.check(truth=truth)
    off = [stream for stream in read if not stream.default]
    tables = {table.name for stream in off for table in stream.tables} & truth.keys()
    assert {stream.name for stream in off} - tables == {"call_media"}
    for name, found in tenant.all_rows(sorted(tables)).items():
        assert_same(name, tenant.still_shown(name, found), truth[name])
    stored = {row["path"]: row["size_bytes"] for row in tenant.rows("call_media")}
    assert stored
    assert all(folder.joinpath(path).stat().st_size == size for path, size in stored.items())
    spans = tenant.sql(f"SELECT _dlt_valid_from, _dlt_valid_to FROM users_history WHERE id = '{user}' ORDER BY 1")
    assert [end for _, end in spans] == [spans[1][0], None]
    status = read_status(tenant.pipeline(), now=tenant.now).streams
    assert status["calls"].rows == len(truth["calls"])
    assert all(status[name].newest for name in ("calls", "logs", "daily_activity", "coaching")), "instant, day or month"


def empty_company(tenant: WarehouseTenant) -> None:
    """Every table is there before there is anything to put into it."""
    world = tenant.sandbox.world
    tenant.sandbox.control.delete_calls(list(world.calls))
    tenant.synced(resources=CALLS)
    names = ["calls", "calls__parties", "calls__context__objects", "transcripts", "transcript_sentences"]
    assert tenant.all_rows(names) == {name: [] for name in names}


def a_life(tenant: WarehouseTenant) -> None:
    """All that comes to a warehouse in its life: each step changes what the ones before have loaded."""
    tenant.parts = (*SOME, "comments")
    late, slow = exact_values_without_what_is_late(tenant)
    late_data_edits_and_shorter_lists_on_a_fresh_machine(tenant, late, slow)
    people_and_private_calls_that_leave_and_come_back(tenant)
    upkeep.reconcile_that_marks_and_purges(tenant)
    upkeep.webhook_drain(tenant)
    upkeep.purge_of_a_person(tenant)
    new_columns(tenant)


def exact_values_without_what_is_late(tenant: WarehouseTenant) -> tuple[list[str], list[str]]:
    """Long ids, microseconds, offsets, big numbers and odd texts come back as they were sent.

    Returns:
        Calls, and calls whose transcripts, did not come yet.
    """
    control, recent = tenant.sandbox.control, _recent(tenant)
    late, (one, two) = recent[:3], recent[-2:]
    fields = [{"name": "Amount", "value": 9007199254740993}, {"name": "d", "value": "s"}, {"name": "n", "value": None}]
    control.edit_call(one, "metaData.scheduled", "2026-06-12T23:59:59.123456-07:00")
    control.edit_call(one, "metaData.customData", '{"not": "an object"}')
    control.edit_call(one, "metaData.duration", 2**40 + 1)
    control.edit_call(
        two, "metaData.title", "\uf027 2026-01-01 'quoted' \"twice\" back\\slash %s ? {x} \u2028 \u2029 \x85 end"
    )
    context = [{"system": "Generic", "objects": [{"objectType": "Deal", "objectId": "1" * 30, "fields": fields}]}]
    control.edit_call(two, "context", context)
    slow = [key for key in tenant.sandbox.world.visible_transcripts() if key not in late][::9]
    control.hide_calls(late)
    control.hide_transcripts(slow)
    tenant.synced(resources=KEPT)
    tenant.check_of(*KEPT)
    assert tenant.ids("calls") == set(tenant.sandbox.world.calls) - set(late)
    (row,) = [row for row in tenant.rows("calls__context__objects") if row["call_id"] == two]
    assert row["fields"] == fields
    return late, slow


def late_data_edits_and_shorter_lists_on_a_fresh_machine(
    tenant: WarehouseTenant, late: list[str], slow: list[str]
) -> None:
    """State comes back from the destination: nothing that is settled is read again, nothing is missed.

    Calls and transcripts that appear late, and edits of what was loaded, arrive; a list that got shorter or empty
    leaves no row behind.
    """
    control, world = tenant.sandbox.control, tenant.sandbox.world
    control.release_calls(late)
    control.release_transcripts(slow)
    renamed, replied, one, two, three = [key for key in _recent(tenant) if key not in late][:5]
    control.edit_call(renamed, "metaData.title", 'Renamed: "ünïcode" \\ \n 🎧 end')
    control.edit_call(replied, "content.callOutcome", None)
    control.edit_call(one, "parties", world.calls[one].data["parties"][:1])
    control.edit_call(two, "content.trackers", [])
    control.edit_call(three, "context", [])
    control.edit_user(next(iter(world.users)), "title", "Head of everything")
    filled = [folder for folder, calls in world.folder_calls.items() if calls]
    control.set_folder_calls(filled[0], [])
    control.edit_folder(filled[0], updated=(NOW + timedelta(minutes=1)).isoformat())
    control.delete_folder(filled[1])
    tenant.home = tenant.folder / "another-machine"
    tenant.at(tenant.now + timedelta(hours=1))
    tenant.synced(resources=KEPT)
    assert tenant.requests("POST /v2/calls/extensive") <= 2
    tenant.check_of(*KEPT)
    assert set(late) <= tenant.ids("calls")
    assert set(slow) <= tenant.ids("transcripts", "call_id")
    assert tenant.sql(f"SELECT COUNT(*) FROM calls__trackers WHERE call_id = '{two}'") == [(0,)]


def people_and_private_calls_that_leave_and_come_back(tenant: WarehouseTenant) -> None:
    """People who are hashed, a column that is left out and private calls are in no row; all are back when they may be.

    A call that turns private leaves every table where such calls are kept out.
    """
    resources = [*CALLS, "users", "users_history", "library_folder_calls"]
    tenant.synced(
        resources=resources, pii="hash", pii_key="k" * 32, exclude_columns=["title"], include_private_calls=False
    )
    for table in ("users", "users_history", "calls__parties"):
        assert tenant.sql(f"SELECT COUNT(*) FROM {table} WHERE email_address LIKE '%@%'") == [(0,)], table
    assert tenant.sql("SELECT COUNT(title) FROM calls") == [(0,)]
    assert tenant.sql("SELECT DISTINCT is_private FROM calls") == [(False,)]
    turned = next(key for key in _recent(tenant) if key in tenant.ids("calls"))
    tenant.sandbox.control.edit_call(turned, "metaData.isPrivate", True)
    tenant.at(tenant.now + timedelta(hours=1))
    tenant.synced(resources=resources, include_private_calls=False)
    truth = tenant.truth()
    private = {row["id"] for row in truth["calls"] if row["is_private"]}
    assert turned in private
    tenant.check_of(*CALLS, truth=without_calls(truth, private))
    tenant.synced(resources=resources)
    tenant.check_of(*resources)


def new_columns(tenant: WarehouseTenant) -> None:
    """Fields that Gong adds become columns, in every table, and keep their values."""
    there = tenant.ids("calls")
    renamed = next(key for key in _recent(tenant) if key in there)
    tenant.sandbox.control.edit_call(renamed, "metaData.futureObject", {"d": [1, {"s": "x"}]})
    tenant.sandbox.control.edit_call(renamed, "metaData.d", "a name that merges use")
    tenant.sandbox.control.add_unknown_fields()
    tenant.at(tenant.now + timedelta(hours=1))
    tenant.synced(resources=("calls", "users", "library_folders", "workspaces"))
    names = ["calls", "calls__parties", "calls__trackers", "users", "library_folders", "workspaces"]
    tables = tenant.all_rows(names)
    for table, rows in tables.items():
        assert any(row["future_field"] is not None for row in rows), table
    assert all(row["future_field"] is not None for row in tables["users"] if row["email_address"]), "but who was purged"
    (row,) = [row for row in tables["calls"] if row["id"] == renamed]
    assert row["future_object"]["d"] == [1, {"s": "x", "futureField": "added by Gong"}]
    assert row["d_x"] == "a name that merges use"


SCENARIOS: list[Scenario] = [a_life, upkeep.a_backfill_beside_a_sync, everything, empty_company]


def _recent(tenant: WarehouseTenant) -> list[str]:
    """Ids of the calls of the last six days, oldest first."""
    since = tenant.now - timedelta(days=6)
    return [call.id for call in tenant.sandbox.world.visible_calls().values() if call.started >= since]
