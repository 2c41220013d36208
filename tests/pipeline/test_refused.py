"""A workspace that Gong refuses costs no other its rows, and its own stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
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
