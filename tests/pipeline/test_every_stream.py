"""Every stream, also those that are off by default: what it loads is what the API shows, now and later."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests

from gong_source.streams.all import STREAMS
from gong_source.streams.stream import Calls, Recorded
from tests.pipeline.harness import Tenant, assert_same

OWN = [stream for stream in STREAMS if not isinstance(stream.reads, (Calls, Recorded))]
"""Those that are tested here; what calls bring is tested on its own."""
TABLES = [table.name for stream in OWN for table in stream.tables if not table.name.endswith("__read")]
NAMES = [stream.name for stream in OWN]


def check(tenant: Tenant) -> None:
    """Compare all their tables with what the API shows."""
    truth = tenant.truth()
    for name, found in tenant.all_rows(TABLES).items():
        assert_same(name, tenant.still_shown(name, found), truth[name])


@pytest.fixture
def everything(tenant: Tenant) -> Tenant:
    """A company whose every stream was loaded once, calls apart."""
    tenant.synced(resources=NAMES)
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
    requests.put(url, json=registered, auth=credentials, timeout=30).raise_for_status()
    everything.at(everything.now + timedelta(hours=25))
    everything.synced(resources=NAMES)
    check(everything)


def test_what_did_not_change_is_not_loaded_again_nor_is_what_is_daily_asked_again(everything: Tenant) -> None:
    everything.at(everything.now + timedelta(hours=1))
    report = everything.synced(resources=NAMES)
    assert {table for table, rows in report.rows.items() if rows} <= {"logs"}
    daily = {endpoint.name for stream in OWN if stream.daily for endpoint in (stream.endpoint,)}
    assert not daily & report.requests.keys()


def test_an_idle_hour_costs_few_requests(settled: Tenant) -> None:
    settled.at(settled.now + timedelta(hours=1))
    settled.synced()
    assert len(settled.sandbox.world.workspaces) == 2
    assert sum(settled.counted.values()) <= 11, settled.counted
    assert not settled.requests("GET /v2/workspaces")


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
    everything.synced(resources=["library_folders", "library_folder_calls"])
    truth = everything.truth()
    assert_same("library_folders", everything.rows("library_folders"), truth["library_folders"])
    everything.at(everything.now + timedelta(hours=25))
    everything.synced(resources=["workspaces", "library_folders", "library_folder_calls", "permission_profiles"])
    for table in ("workspaces", "library_folders", "permission_profiles"):
        assert_same(table, everything.rows(table), truth[table])
