"""What every warehouse has to stand: each function is one story, ended by a comparison of all rows with Gong's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from gong_source.streams.table import StreamTable
from tests.pipeline.harness import NOW, assert_same
from tests.warehouses import upkeep
from tests.warehouses.tenant import CALLS, RANGES, SOME, WarehouseTenant, without_calls

Scenario = Callable[[WarehouseTenant], None]


def first_sync(tenant: WarehouseTenant) -> None:
    """Everything comes, once; a second sync changes nothing."""
    tenant.synced()
    tenant.check()
    tenant.synced()
    tenant.check()


def empty_company(tenant: WarehouseTenant) -> None:
    """Every table is there before there is anything to put into it."""
    world = tenant.sandbox.world
    tenant.sandbox.control.delete_calls(list(world.calls))
    tenant.synced(resources=CALLS)
    for table in ("calls", "calls__parties", "calls__context__objects", "transcripts", "transcript_sentences"):
        assert tenant.rows(table) == []


def late_data_and_edits(tenant: WarehouseTenant) -> None:
    """Calls and transcripts that appear late, and edits of what was loaded, arrive at the next sync."""
    tenant.parts = SOME
    resources = (*CALLS, "users")
    control = tenant.sandbox.control
    late = _recent(tenant)[:3]
    slow = [key for key in tenant.sandbox.world.visible_transcripts() if key not in late][::9]
    control.hide_calls(late)
    control.hide_transcripts(slow)
    tenant.synced(resources=resources)
    tenant.check_of(*resources)
    control.release_calls(late)
    control.release_transcripts(slow)
    renamed, replied = [key for key in _recent(tenant) if key not in late][:2]
    control.edit_call(renamed, "metaData.title", 'Renamed: "ünïcode" \\ \n 🎧 end')
    control.edit_call(replied, "content.callOutcome", None)
    control.edit_user(next(iter(tenant.sandbox.world.users)), "title", "Head of everything")
    tenant.at(tenant.now + timedelta(hours=1))
    tenant.synced(resources=resources)
    tenant.check_of(*resources)
    assert set(late) <= tenant.ids("calls")
    assert set(slow) <= tenant.ids("transcripts", "call_id")


def shrinking_lists(tenant: WarehouseTenant) -> None:
    """A list that got shorter or empty leaves no row behind."""
    control, world = tenant.sandbox.control, tenant.sandbox.world
    resources = ["calls", "library_folder_calls"]
    tenant.synced(resources=resources)
    one, two, three = _recent(tenant)[:3]
    control.edit_call(one, "parties", world.calls[one].data["parties"][:1])
    control.edit_call(two, "content.trackers", [])
    control.edit_call(three, "context", [])
    filled = [folder for folder, calls in world.folder_calls.items() if calls]
    control.set_folder_calls(filled[0], [])
    control.edit_folder(filled[0], updated=(NOW + timedelta(minutes=1)).isoformat())
    control.delete_folder(filled[1])
    tenant.at(tenant.now + timedelta(hours=1))
    tenant.synced(resources=resources)
    tenant.check_of(*resources)
    assert tenant.sql(f"SELECT COUNT(*) FROM calls__trackers WHERE call_id = '{two}'") == [(0,)]


def new_columns(tenant: WarehouseTenant) -> None:
    """Fields that Gong adds become columns, in every table, and keep their values."""
    tenant.parts = SOME
    resources = ("calls", "users", "library_folders", "workspaces")
    renamed = _recent(tenant)[0]
    tenant.synced(resources=resources)
    tenant.sandbox.control.edit_call(renamed, "metaData.futureObject", {"d": [1, {"s": "x"}]})
    tenant.sandbox.control.edit_call(renamed, "metaData.d", "a name that merges use")
    tenant.synced(resources=["calls"])
    (row,) = [row for row in tenant.rows("calls") if row["id"] == renamed]
    assert row["future_object"] == {"d": [1, {"s": "x"}]}
    assert row["d_x"] == "a name that merges use"
    tenant.sandbox.control.add_unknown_fields()
    tenant.at(tenant.now + timedelta(hours=1))
    tenant.synced(resources=resources)
    for table in ("calls", "calls__parties", "calls__trackers", "users", "library_folders", "workspaces"):
        rows = tenant.rows(table)
        assert any(row["future_field"] is not None for row in rows), table
    assert all(row["future_field"] is not None for row in tenant.rows("users"))


def other_streams(tenant: WarehouseTenant) -> None:
    """All that is off by default, and versions of users: a second sync adds one version, and the user's settings."""
    off = [stream for stream in StreamTable().read if not stream.default and stream.name != "calls_basic"]
    names, folder = ["users_history", *(stream.name for stream in off)], tenant.folder / "media"
    tenant.synced(resources=names, media_folder=str(folder))
    user = next(iter(tenant.sandbox.world.users))
    tenant.sandbox.control.edit_user(user, "title", "Head of everything")
    rows = +tenant.synced(resources=names, media_folder=str(folder)).rows
    assert rows.keys() <= {"users_history", "user_settings_history", "user_settings_history__read"}
    assert rows["users_history"] == 1
    truth = tenant.truth(more=True)
    tables = {"users_history", *(table.name for stream in off for table in stream.tables)} & truth.keys()
    assert {stream.name for stream in off} - tables == {"call_media"}
    for name in tables:
        assert_same(name, tenant.still_shown(name, tenant.rows(name)), truth[name])
    stored = {row["path"]: row["size_bytes"] for row in tenant.rows("call_media")}
    assert stored
    assert all(folder.joinpath(path).stat().st_size == size for path, size in stored.items())
    spans = tenant.sql(f"SELECT _dlt_valid_from, _dlt_valid_to FROM users_history WHERE id = '{user}' ORDER BY 1")
    assert [end for _, end in spans] == [spans[1][0], None]


def private_calls_leave(tenant: WarehouseTenant) -> None:
    """A call that turns private leaves every table where such calls are kept out."""
    tenant.parts = SOME
    tenant.synced(include_private_calls=False, resources=CALLS)
    turned = _recent(tenant)[0]
    tenant.sandbox.control.edit_call(turned, "metaData.isPrivate", True)
    tenant.at(tenant.now + timedelta(hours=1))
    tenant.synced(include_private_calls=False, resources=CALLS)
    truth = tenant.truth()
    private = {row["id"] for row in truth["calls"] if row["is_private"]}
    assert turned in private
    tenant.check_of(*CALLS, truth=without_calls(truth, private))


def fresh_machine(tenant: WarehouseTenant) -> None:
    """State comes back from the destination: nothing that is settled is read again, nothing is missed."""
    tenant.parts = SOME
    late = _recent(tenant)[:2]
    tenant.sandbox.control.hide_calls(late)
    tenant.synced(resources=RANGES)
    tenant.sandbox.control.release_calls(late)
    tenant.home = tenant.folder / "another-machine"
    tenant.at(tenant.now + timedelta(hours=1))
    tenant.synced(resources=RANGES)
    tenant.check_of(*RANGES)
    assert tenant.requests("POST /v2/calls/extensive") <= 2


def two_pipelines(tenant: WarehouseTenant) -> None:
    """Two pipelines load their ranges into one dataset, each with a state of its own."""
    tenant.parts = SOME
    middle = NOW - timedelta(days=15)
    tenant.synced(pipeline=tenant.pipeline("gong_past"), end_date=middle, resources=CALLS)
    tenant.synced(pipeline=tenant.pipeline("gong"), start_date=middle, resources=CALLS)
    tenant.check_of(*CALLS)
    tenant.synced(pipeline=tenant.pipeline("gong_past"), end_date=middle, resources=CALLS)
    tenant.check_of(*CALLS)
    assert tenant.requests("POST /v2/calls/extensive") == 0


def values_stay_exact(tenant: WarehouseTenant) -> None:
    """Long ids, microseconds, offsets, big numbers and odd texts come back as they were sent."""
    tenant.parts = SOME
    one, two = _recent(tenant)[:2]
    control = tenant.sandbox.control
    fields = [{"name": "Amount", "value": 9007199254740993}, {"name": "d", "value": "s"}, {"name": "n", "value": None}]
    control.edit_call(one, "metaData.scheduled", "2026-06-12T23:59:59.123456-07:00")
    control.edit_call(one, "metaData.customData", '{"not": "an object"}')
    control.edit_call(one, "metaData.duration", 2**40 + 1)
    control.edit_call(
        two, "metaData.title", "\uf027 2026-01-01 'quoted' \"twice\" back\\slash %s ? {x} \u2028 \u2029 \x85 end"
    )
    context = [{"system": "Generic", "objects": [{"objectType": "Deal", "objectId": "1" * 30, "fields": fields}]}]
    control.edit_call(two, "context", context)
    tenant.synced(resources=CALLS)
    tenant.check_of(*CALLS)
    assert tenant.ids("calls") == set(tenant.sandbox.world.calls)
    (row,) = [row for row in tenant.rows("calls__context__objects") if row["call_id"] == two]
    assert row["fields"] == fields


def masks_that_come_and_go(tenant: WarehouseTenant) -> None:
    """People who are hashed, and a column that is left out, are in no row; and all are back when they may be."""
    tenant.parts = SOME
    resources = ["calls", "users", "users_history", "library_folder_calls"]
    tenant.synced(resources=resources)
    tenant.synced(resources=resources, pii="hash", pii_key="k" * 32, exclude_columns=["title"])
    for table in ("users", "users_history", "calls__parties"):
        assert tenant.sql(f"SELECT COUNT(*) FROM {table} WHERE email_address LIKE '%@%'") == [(0,)], table
    assert tenant.sql("SELECT COUNT(title) FROM calls") == [(0,)]
    tenant.synced(resources=resources)
    tenant.check_of(*resources)


SCENARIOS: list[Scenario] = [
    first_sync,
    empty_company,
    late_data_and_edits,
    shrinking_lists,
    new_columns,
    other_streams,
    private_calls_leave,
    masks_that_come_and_go,
    fresh_machine,
    two_pipelines,
    values_stay_exact,
    upkeep.interrupted_backfill,
    upkeep.reconcile_that_marks,
    upkeep.reconcile_that_purges,
    upkeep.purge_of_a_person,
    upkeep.webhook_drain,
]


def _recent(tenant: WarehouseTenant) -> list[str]:
    """Ids of the calls of the last five days, oldest first."""
    since = tenant.now - timedelta(days=5)
    return [call.id for call in tenant.sandbox.world.visible_calls().values() if call.started >= since]
