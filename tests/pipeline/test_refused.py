"""A workspace or owner that Gong refuses costs no other its rows, and its own stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

import pytest

from gong_source.errors import GongForbiddenError, GongNotFoundError
from tests.pipeline.harness import NOW, Tenant

LISTED = ["library_folders", "permission_profiles", "coaching"]
"""Asked for workspace by workspace."""
STREAMS = [*LISTED, "library_folder_calls", "permission_profile_users"]


@pytest.fixture
def small(make_tenant: Callable[..., Tenant]) -> Tenant:
    return make_tenant(days=30, calls=60, users=8, sentences=3)


def test_one_workspace_that_is_refused_costs_no_other_its_rows_and_keeps_its_own(small: Tenant) -> None:
    control, (odd, other) = small.sandbox.control, small.sandbox.world.workspaces
    hours = iter(range(10))

    def counted(refused: int) -> Counter[tuple[str, Any]]:
        small.at(NOW + timedelta(hours=next(hours)))
        report = small.synced(resources=STREAMS, list_refresh_hours=0)
        assert report.rejected == (dict.fromkeys(LISTED, 1) if refused else {})
        return Counter((name, row["workspace_id"]) for name in LISTED for row in small.rows(name))

    control.set_raw(odd, "id", b'"gone"')
    some = counted(refused=1)
    told = small.sql("SELECT record_id, selection, reason FROM _gong_rejected")
    assert {row[:2] for row in told} == {("gone", "gone")}
    assert all("HTTP 40" in row[2] for row in told)
    control.clear_raw()
    whole = counted(refused=0)
    assert small.sql("SELECT * FROM _gong_rejected") == []
    assert some == Counter({key: n for key, n in whole.items() if key[1] == other})
    assert whole.keys() == {(name, workspace) for name in LISTED for workspace in (odd, other)}
    control.set_raw(odd, "id", b'"gone"')
    assert counted(refused=1) == whole


@pytest.mark.parametrize(("kind", "error"), [("403", GongForbiddenError), ("404", GongNotFoundError)])
def test_all_workspaces_refused_are_an_error(small: Tenant, kind: str, error: type[Exception]) -> None:
    for endpoint in ("GET /v2/library/folders", "GET /v2/coaching"):
        small.sandbox.control.fail(kind, endpoint=endpoint, times=None)
    report = small.sync(resources=["library_folders", "coaching", "workspaces"])
    assert {name: type(each) for name, each in report.failures.items()} == {"library_folders": error, "coaching": error}
    assert not report.rejected
    assert "coaching" not in report.ranges


@pytest.mark.parametrize("odd", ["workspace", "managers"])
def test_coaching_that_nobody_asked_for_stays(small: Tenant, odd: str) -> None:
    control, world = small.sandbox.control, small.sandbox.world
    small.synced(resources=["coaching"])
    there = sorted(row["id"] for row in small.rows("coaching"))
    for key in [next(iter(world.workspaces))] if odd == "workspace" else list(world.users):
        control.set_raw(key, "id" if odd == "workspace" else "managerId", b"null")
    small.at(NOW + timedelta(days=1))
    assert small.synced(resources=["coaching"]).rejected == ({"workspaces": 1} if odd == "workspace" else {})
    assert sorted(row["id"] for row in small.rows("coaching")) == there


class TestOwner:
    """One whose flows and tasks are asked for, as each request tells of one owner alone."""

    OWNED = ("flows", "flow_folders", "flow_steps", "tasks")

    @pytest.fixture
    def owner(self, small: Tenant) -> str:
        """Who has flows, folders and tasks that nobody else sees; another one has no seat from the beginning."""
        world = small.sandbox.world
        owners = [each["owners"][0] for each in world.flow_folders if each["visibility"] == "Personal"]
        owner = next(key for key, user in world.users.items() if user["emailAddress"] in owners)
        world.seatless.add(next(key for key in world.users if key != owner))
        return owner

    def held(self, small: Tenant, days: int, rejected: Collection[str] = ()) -> dict[str, set[str]]:
        """Keys after a sync some days later, which sets these aside."""
        small.at(NOW + timedelta(days=days))
        report = small.synced(resources=list(self.OWNED))
        assert report.rejected.keys() == set(rejected)
        return {name: {row.get("key") or row["id"] for row in small.rows(name)} for name in self.OWNED}

    def test_one_that_is_refused_keeps_its_rows_for_a_week(self, small: Tenant, owner: str) -> None:
        world = small.sandbox.world
        whole = self.held(small, 0)
        world.seatless.add(owner)
        assert self.held(small, 1, self.OWNED) == whole
        told = small.sql("SELECT stream, selection, record_id, reason FROM _gong_rejected")
        assert {(*row[:3], "HTTP 404" in row[3]) for row in told} == {(name, owner, owner, True) for name in self.OWNED}
        world.seatless.remove(owner)
        assert self.held(small, 2) == whole
        assert small.sql("SELECT * FROM _gong_rejected") == []
        world.seatless.add(owner)
        assert self.held(small, 3, self.OWNED) == self.held(small, 9, self.OWNED) == whole
        less = self.held(small, 10)
        assert all(less[name] < whole[name] for name in self.OWNED)
        assert small.sql("SELECT * FROM _gong_rejected") == []

    def test_one_that_was_never_answered_about_keeps_nothing(self, small: Tenant, owner: str) -> None:
        """Told neither then nor later, it is no reason to take what else is missing for what was refused."""
        world = small.sandbox.world
        world.seatless.add(owner)
        first = self.held(small, 0)
        gone = next(flow for flow in world.flows if flow["id"] in first["flows"])
        world.flows.remove(gone)
        assert first["flows"] - self.held(small, 1)["flows"] == {gone["id"]}

    def test_one_that_is_listed_as_something_odd_keeps_its_rows(self, small: Tenant, owner: str) -> None:
        whole = self.held(small, 0)
        small.sandbox.control.set_raw(owner, "id", b"null")
        assert self.held(small, 1, ["users"]) == whole

    @pytest.mark.parametrize("address", [b"null", b'"ann"'])
    def test_one_who_comes_without_an_address_keeps_its_rows(self, small: Tenant, owner: str, address: bytes) -> None:
        whole = self.held(small, 0)
        small.sandbox.control.set_raw(owner, "emailAddress", address)
        assert self.held(small, 1, ("flows", "flow_folders", "flow_steps")) == whole

    def test_nothing_is_taken_for_gone_where_all_come_without(self, small: Tenant) -> None:
        small.synced(resources=list(self.OWNED))
        there = {name: small.sql(f"SELECT count(*) FROM {name}") for name in self.OWNED}
        for user in small.sandbox.world.users:
            small.sandbox.control.set_raw(user, "emailAddress", b"null")
        small.at(NOW + timedelta(days=1))
        assert small.sync(resources=list(self.OWNED)).failures.keys() == {"flows", "flow_folders", "flow_steps"}
        assert {name: small.sql(f"SELECT count(*) FROM {name}") for name in self.OWNED} == there

    def test_its_flows_keep_their_steps_where_these_are_read_alone(self, small: Tenant, owner: str) -> None:
        def steps(rejected: dict[str, int]) -> list[Any]:
            assert small.synced(resources=["flow_steps"]).rejected == rejected
            return sorted(row["key"] for row in small.rows("flow_steps"))

        whole = steps({})
        small.sandbox.world.seatless.add(owner)
        assert steps({"flow_steps": 1}) == whole
