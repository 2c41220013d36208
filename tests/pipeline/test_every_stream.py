"""Every stream, also those that are off by default: what it loads is what the API shows, now and later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import requests

from gong_source.runs.look import read_status
from gong_source.streams.all import STREAMS
from gong_source.streams.stream import Calls, EachOf, Recorded, Recordings, Windows
from tests.pipeline.harness import NOW, FirstSyncs, Tenant, assert_same
from tests.pipeline.truth.api import PlainApi, Rows
from tests.pipeline.truth.statistics import activity_rows, statistics_rows

OWN = [stream for stream in STREAMS if not isinstance(stream.reads, (Calls, Recorded, Recordings))]
"""Those that are tested here; what calls bring is tested on its own."""
TABLES = [table.name for stream in OWN for table in stream.tables if not table.name.endswith("__read")]
DAILY = {"list_refresh_hours": 24}
NAMES = [stream.name for stream in OWN]
STREAM_OF = {stream.name: stream for stream in OWN}


def check(tenant: Tenant) -> None:
    """Compare all their tables with what the API shows."""
    truth = tenant.truth(more=True)
    for name, found in tenant.all_rows(TABLES).items():
        assert_same(name, tenant.still_shown(name, found), truth[name])


@pytest.fixture
def everything(make_tenant: Callable[..., Tenant], first_syncs: FirstSyncs) -> Tenant:
    """A company whose every stream was loaded once, calls apart; some are asked for by call, others by day."""
    options = {"days": 30, "calls": 80}
    tenant = make_tenant(**options)
    first_syncs.bring(tenant, options, resources=NAMES, **DAILY)
    return tenant


def test_every_stream_equals_what_the_api_shows(everything: Tenant) -> None:
    check(everything)
    world = everything.sandbox.world
    world.trackers[0]["languageKeywords"] = [{"language": "fra", "keywords": ["cher"], "includeRelatedForms": True}]
    world.trackers[1]["languageKeywords"] = []
    for gone in (world.trackers, world.call_outcomes, world.briefs, world.targets):
        del gone[2:]
    world.targets[0]["name"] = "Renamed"
    next(users for users in world.profile_users.values() if users).pop()
    credentials = (everything.sandbox.access_key, everything.sandbox.access_key_secret)
    registered = {"ownerEmail": next(iter(world.users.values()))["emailAddress"], "name": "A CRM"}
    url = f"{everything.sandbox.url}/v2/crm/integrations"
    crm = requests.put(url, json=registered, auth=credentials, timeout=300).json()["integrationId"]
    fields = [
        {"uniqueName": "Amount", "label": "Amount", "type": "CURRENCY", "lastModified": "2026-06-01T01:00:00+01:00"},
        {"uniqueName": "Stage", "label": "Stage", "type": "PICKLIST", "orderedValueList": ["Open", "Won"]},
    ]
    params = {"integrationId": crm, "objectType": "DEAL"}
    url = f"{everything.sandbox.url}/v2/crm/entity-schema"
    requests.post(url, params=params, json=fields, auth=credentials, timeout=300).raise_for_status()
    del world.flows[1:4]
    world.flows[0]["steps"] = world.flows[0]["steps"][:1]
    world.written.tasks[next(iter(world.tasks))] = {**next(iter(world.tasks.values())), "status": "DONE", "flow": None}
    everything.at(everything.now + timedelta(hours=25))
    everything.synced(resources=NAMES, **DAILY)
    check(everything)


def test_the_newest_of_every_stream_is_told(everything: Tenant) -> None:
    """Days and months too, which are told as text."""
    streams = read_status(everything.pipeline(), now=everything.now).streams
    assert {name for name, status in streams.items() if status.newest} >= {"coaching", "daily_activity", "logs"}


def test_private_calls_are_in_no_table_where_they_are_not_wanted(everything: Tenant) -> None:
    """What was loaded of them goes at once, and what names them is loaded without them."""
    carriers = [table for stream in OWN for table in stream.tables if table.call_column and table.name != "logs"]
    private = {
        f"'{row[0]}'"
        for table in carriers
        for row in everything.sql(f"SELECT MAX({table.call_column}) FROM {table.name}")
    }
    for call in private:
        everything.sandbox.control.edit_call(call.strip("'"), "metaData.isPrivate", True)
    everything.synced(resources=NAMES, include_private_calls=False, **DAILY)
    for table in carriers:
        named = f"FROM {table.name} WHERE {table.call_column}"
        assert everything.sql(f"SELECT {table.call_column} {named} IN ({', '.join(private)})") == [], table.name
        assert everything.sql(f"SELECT COUNT(*) {named} IS NOT NULL")[0][0], table.name


def test_who_was_whose_manager_then_is_remembered(everything: Tenant) -> None:
    """Each version of a user has a row, from when to when; what only looks different is none."""
    control, names = everything.sandbox.control, ["users", "users_history"]
    boss, one, other, third = list(everything.sandbox.world.users)[:4]
    for user, manager in ((one, boss), (other, boss)):
        control.edit_user(user, "managerId", manager)
    everything.synced(resources=names)
    control.edit_user(one, "managerId", other)
    control.edit_user(third, "emailAliases", None)
    everything.synced(resources=names)
    user = everything.sandbox.world.users[other]
    everything.sandbox.world.users[other] = dict(reversed(user.items()))
    control.edit_user(one, "managerId", boss)
    assert everything.synced(resources=names).rows["users_history"] == 1
    assert everything.requests("GET /v2/users") == 1
    assert_same(
        "users_history",
        everything.still_shown("users_history", everything.rows("users_history")),
        everything.truth()["users"],
    )
    spans = everything.sql(
        f"SELECT manager_id, _dlt_valid_from, _dlt_valid_to FROM users_history WHERE id = '{one}' ORDER BY 2"
    )
    assert [manager for manager, _, _ in spans][-3:] == [boss, other, boss]
    assert [end for _, _, end in spans] == [*[start for _, start, _ in spans[1:]], None]


def daily_truth(tenant: Tenant) -> Rows:
    """What the API shows of the company's days."""
    with PlainApi(tenant.sandbox) as api:
        shown = statistics_rows(api, tenant.start, tenant.now)
        shown["daily_activity"] = activity_rows(api, tenant.start, tenant.now)
        return {name: shown[name] for name in ("daily_activity", "daily_activity_calls", "daily_interaction_stats")}


@pytest.mark.parametrize("hour", [0, 9, 23])
def test_the_days_of_the_company_are_whole(make_tenant: Callable[..., Tenant], hour: int) -> None:
    """Whatever the hour here, each day that is over there is told, once, and as it is after its calls went."""
    tenant = make_tenant(days=20, calls=60)
    names = ["daily_activity", "daily_activity_calls", "daily_interaction_stats"]
    started = {key: call.data["metaData"]["started"] for key, call in tenant.sandbox.world.calls.items()}
    recent = [key for key, when in started.items() if when > (tenant.now - timedelta(days=5)).isoformat()]
    assert len(recent) > 3
    for days, gone in ((0, []), (1, recent), (1, [])):
        tenant.sandbox.control.delete_calls(gone)
        tenant.at(tenant.now.replace(hour=hour) + timedelta(days=days))
        report = tenant.synced(resources=names)
        for name, expected in daily_truth(tenant).items():
            assert_same(name, tenant.rows(name), expected)
    assert not sum(report.rows.values()), "what was loaded of the days at the edge is not sent again"
    tenant.at(tenant.now + timedelta(hours=1))
    assert not tenant.synced(resources=names, **DAILY).requests
    earlier = {**DAILY, "start_date": tenant.start - timedelta(days=3)}
    requests = tenant.synced(resources=names, **earlier).requests
    assert set(requests) == {STREAM_OF[name].endpoint.name for name in names}, (
        "what was never asked for does not wait for a day"
    )


def test_what_did_not_change_is_not_loaded_again_nor_is_what_is_daily_asked_again(everything: Tenant) -> None:
    everything.synced(resources=["users"], **DAILY)  # a copy learns that the company of another address is the same
    everything.at(everything.now + timedelta(hours=1))
    report = everything.synced(resources=NAMES, **DAILY)
    assert {table for table, rows in report.rows.items() if rows} <= {"logs"}
    daily = {endpoint.name for stream in OWN if stream.daily for endpoint in (stream.endpoint,)}
    assert not daily & report.requests.keys()


def test_an_idle_hour_costs_few_requests(make_tenant: Callable[..., Tenant]) -> None:
    tenant = make_tenant(calls=40)
    tenant.synced(**DAILY)
    tenant.at(tenant.now + timedelta(hours=1))
    tenant.synced(**DAILY)
    assert len(tenant.sandbox.world.workspaces) == 2
    assert sum(tenant.counted.values()) <= 11, tenant.counted
    assert not tenant.requests("GET /v2/workspaces")


def test_workspaces_come_and_go(everything: Tenant) -> None:
    """A new one is found within a day; one that is gone stops nothing meanwhile."""
    world = everything.sandbox.world
    gone, kept = world.workspaces
    added = {**world.workspaces[kept], "id": "77", "name": "New"}
    lost = [folder for folder, workspace in world.folder_workspaces.items() if workspace == gone]
    for folder in lost:
        everything.sandbox.control.delete_folder(folder)
    del world.workspaces[gone]
    world.workspaces["77"] = added
    everything.sandbox.control.add_folder("Onboarding", workspace_id="77")
    everything.at(everything.now + timedelta(hours=1))
    everything.synced(resources=["library_folders", "library_folder_calls"], **DAILY)
    truth = everything.truth()
    assert_same("library_folders", everything.rows("library_folders"), truth["library_folders"])
    everything.at(everything.now + timedelta(hours=25))
    everything.synced(
        resources=["workspaces", "library_folders", "library_folder_calls", "permission_profiles"], **DAILY
    )
    for table in ("workspaces", "library_folders", "permission_profiles"):
        assert_same(table, everything.rows(table), truth[table])


def test_what_a_company_has_no_licence_for_is_a_notice_unless_it_was_named(make_tenant: Callable[..., Tenant]) -> None:
    tenant = make_tenant(calls=40, days=20)
    refused = ("GET /v2/settings/briefs", "GET /v2/crm/integrations", "GET /v2/flows", "GET /v2/flows/folders")
    for endpoint in (*refused, "POST /v2/tasks"):
        tenant.sandbox.control.fail("403", endpoint=endpoint, times=None)
    report = tenant.sync(resources=["all", "briefs"])
    assert report.exit_code == 1
    assert set(report.failures) == {"briefs"}
    notices = {"crm_integrations", "crm_schema_fields", "flows", "flow_folders", "flow_steps", "tasks"}
    notices.add("call_media")  # nobody has told where to put files
    assert set(report.notices) == set(report.as_dict()["notices"]) == notices
    assert any(line.startswith("NOT ALLOWED") and "crm_integrations" in line for line in report.as_text().splitlines())
    tenant.at(NOW + timedelta(hours=1))
    assert tenant.synced(resources=["all"], **DAILY).notices.keys() == {"briefs", *notices}
    status = read_status(tenant.pipeline(), timedelta(hours=3), now=tenant.now)
    never = {name for name, stream in status.streams.items() if stream.up_to is None}
    assert never == {"briefs", *notices}, "nobody has read them, and the others were"
    assert not status.late, "of what is off by default nothing is expected that was never there"
    assert status.streams["scorecards"].up_to == NOW, "the second run did not ask for them"
    tenant.sandbox.control.fail("403", endpoint="GET /v2/settings/trackers", times=None)
    assert set(tenant.sync(resources=["all"]).failures) == {"trackers"}, "a default sync would load it"


def test_a_daily_sync_that_starts_a_second_early_reads_what_is_daily(everything: Tenant) -> None:
    everything.at(everything.now + timedelta(hours=24) - timedelta(seconds=1))
    requests = everything.synced(resources=["daily_activity", "users", "permission_profiles"], **DAILY).requests
    assert {STREAM_OF[name].endpoint.name for name in ("daily_activity", "permission_profiles")} <= requests.keys()


@pytest.mark.parametrize("hours", [6, 11])
def test_what_days_and_months_tell_late_arrives_however_often_syncs_run(
    make_tenant: Callable[..., Tenant], hours: int
) -> None:
    """Once a day all that is younger than the look-back is read again; a backfill of earlier times does not count."""
    tenant = make_tenant(days=20, calls=60, users=4)
    now, names = tenant.now, [stream.name for stream in OWN if isinstance(stream.reads, Windows) and stream.daily]
    assert "daily_activity" in names
    tenant.at(now - timedelta(days=3))
    world, control = tenant.sandbox.world, tenant.sandbox.control
    late = [key for key, call in world.calls.items() if timedelta() < tenant.now - call.started < timedelta(days=3)]
    control.hide_calls(late)
    tenant.synced(resources=names, **DAILY)
    control.release_calls(late)
    began = tenant.now
    while tenant.now < began + timedelta(hours=26):
        tenant.at(tenant.now + timedelta(hours=hours))
        earlier = {"start_date": now - timedelta(days=20), "end_date": now - timedelta(days=15)}
        tenant.synced(resources=names, **DAILY, **earlier)
        tenant.synced(resources=names, **DAILY)
    days = began.date().isoformat()
    for name, truth in daily_truth(tenant).items():
        found, shown = ([row for row in rows if row["date"] < days] for rows in (tenant.rows(name), truth))
        assert_same(name, found, shown)


@pytest.mark.parametrize(
    ("beside", "words"),
    [
        ('"errors":["One shard did not answer"]', "One shard did not answer"),
        ('"records":{"cursor":"more"}', "the same page came back"),  # a list without pages has one all the same
    ],
    ids=["errors", "cursor"],
)
def test_what_tells_that_an_answer_is_not_whole_fails_its_stream_which_keeps_its_rows(
    everything: Tenant, beside: str, words: str
) -> None:
    tenant = everything
    control, asked = tenant.sandbox.control, {each.name: each for each in OWN if isinstance(each.reads, EachOf)}
    before = tenant.all_rows([table.name for stream in asked.values() for table in stream.tables])
    for stream in asked.values():
        old, new = '"requestId"', f'{beside},"requestId"'
        endpoint = stream.endpoint.name.replace("{}", "{id}")
        control.fail("replace", endpoint=endpoint, times=None, old=old, new=new)
    tenant.at(NOW + timedelta(days=40))
    report = tenant.sync(resources=NAMES, **DAILY)
    assert report.failures.keys() == asked.keys()
    assert all(words in str(error) for error in report.failures.values())
    assert tenant.all_rows(list(before)) == before
    control.clear_faults()
    tenant.at(NOW + timedelta(days=40, hours=1))
    assert tenant.sync(resources=NAMES, **DAILY).exit_code == 0
    assert all(tenant.requests(stream.endpoint.name.replace("{}", "{id}")) for stream in asked.values())
    check(tenant)
