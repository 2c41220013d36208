"""What Gong does not show any more goes, also where not all that a run reads could be read, or was set aside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from gong_source.runs import run_reset
from tests.pipeline.harness import NOW, Tenant

ANSWERED = "POST /v2/stats/activity/scorecards"
CARDS = "answered_scorecards"
EARLY, LATE = NOW - timedelta(days=45), NOW - timedelta(days=20)


@pytest.fixture
def forgotten(settled: Tenant) -> Tenant:
    """A company of whose early scorecards some are gone, and nothing is known of what was read of them."""
    settled.chunk_days = 20
    early = [row for row in settled.rows(CARDS) if row["review_time"] < EARLY]
    assert len(early) > 2
    for row in early[1:]:
        settled.sandbox.control.delete_answered_scorecard(row["answered_scorecard_id"])
    run_reset(settled.pipeline(), [CARDS])
    return settled


def ids(tenant: Tenant) -> set[str]:
    return {row["answered_scorecard_id"] for row in tenant.rows(CARDS)}


def shown(tenant: Tenant) -> set[str]:
    return {row["answered_scorecard_id"] for row in tenant.truth(wanted={CARDS})[CARDS]}


@pytest.mark.parametrize("how", ["429", "500"])
def test_what_is_gone_of_a_window_goes_though_a_later_one_is_not_read(forgotten: Tenant, how: str) -> None:
    control = forgotten.sandbox.control
    control.fail(how, ANSWERED, nth=2, times=None, **({"retry_after": 36_000} if how == "429" else {}))
    assert forgotten.sync(resources=[CARDS], retry_patience=0).exit_code == (75 if how == "429" else 1)
    control.clear_faults()
    forgotten.at(NOW + timedelta(hours=1))
    forgotten.synced(resources=[CARDS])
    assert ids(forgotten) == shown(forgotten)


def test_a_record_without_its_id_costs_only_its_own_window_what_is_gone_of_it(forgotten: Tenant) -> None:
    """That window is read again until the record comes whole."""
    late = sorted(row["answered_scorecard_id"] for row in forgotten.rows(CARDS) if row["review_time"] > LATE)
    forgotten.sandbox.control.delete_answered_scorecard(late[0])
    expected = shown(forgotten)
    forgotten.sandbox.control.replace_bytes(f'"{late[1]}"', '""', ANSWERED)
    forgotten.synced(resources=[CARDS])
    assert ids(forgotten) == expected | {late[0]}
    forgotten.sandbox.control.clear_faults()
    forgotten.at(NOW + timedelta(hours=1))
    forgotten.synced(resources=[CARDS])
    assert ids(forgotten) == expected


def test_a_workspace_that_is_read_costs_another_none_of_its_rows(make_tenant: Callable[..., Tenant]) -> None:
    tenant = make_tenant(calls=40, days=20)
    first, second = sorted(tenant.sandbox.world.workspaces)[:2]
    streams = ["calls", "call_access", "coaching", "users"]
    tenant.synced(resources=streams, workspace_ids=[first])
    there = {table: tenant.rows(table) for table in ("call_access", "coaching")}
    assert all(there.values())
    tenant.synced(resources=streams, workspace_ids=[first, second])
    for table, rows in there.items():
        kept = [row for row in tenant.rows(table) if row["workspace_id"] == first]
        assert len(kept) == len(rows), table


@pytest.mark.parametrize("chosen", [True, False], ids=["of workspaces", "of all"])
def test_what_is_gone_goes(make_tenant: Callable[..., Tenant], chosen: bool) -> None:
    tenant = make_tenant(calls=40, days=20)
    more = {"workspace_ids": sorted(tenant.sandbox.world.workspaces)} if chosen else {}
    tenant.synced(resources=["call_access"], **more)
    rows = sorted(tenant.rows("call_access"), key=lambda row: row["started"])
    latest = rows[-1]["call_id"]
    tenant.sandbox.control.hide_calls([latest])
    tenant.at(NOW + timedelta(days=2))
    tenant.synced(resources=["call_access"], **more)
    assert {row["call_id"] for row in tenant.rows("call_access")} == {row["call_id"] for row in rows} - {latest}


def test_tasks_of_a_user_who_is_not_asked_about_any_more_stay(make_tenant: Callable[..., Tenant]) -> None:
    """Of all others, what Gong lists no more goes."""
    tenant = make_tenant(calls=10, users=6, days=5)
    world, control = tenant.sandbox.world, tenant.sandbox.control
    owners = {str(task["userId"]) for task in world.tasks.values() if world.users[str(task["userId"])]["active"]}
    left, unlisted, *_, other = sorted(owners)
    tenant.synced(resources=["tasks"])
    before = {row["id"]: row for row in tenant.rows("tasks")}
    gone = next(key for key, row in before.items() if row["user_id"] == other)
    del world.tasks[gone]
    control.edit_user(left, "active", False)
    del world.users[unlisted]
    tenant.at(tenant.now + timedelta(hours=25))
    tenant.synced(resources=["tasks"])
    assert {row["id"]: row for row in tenant.rows("tasks")} == {key: before[key] for key in before.keys() - {gone}}
