"""What every warehouse has to stand beside syncs: backfill, reconcile, purge, and the webhook's inbox."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import timedelta
from typing import Any

import orjson

from gong_source import GongClient
from gong_source.report import RunReport
from gong_source.runs import purge_person, run_backfill, run_reconcile
from gong_source.runs.drain import run_drain
from gong_source.warehouse.removal import remove_purged
from gong_source.warehouse.store import Store
from gong_source.warehouse.suppression import Suppression
from gong_source.webhook.inbox import Inbox, Received
from gong_source.webhook.verify import parse
from tests.pipeline.harness import NOW
from tests.pipeline.truth.api import Row, Rows
from tests.warehouses.tenant import CALLS, SOME, WarehouseTenant, without_calls


def a_backfill_beside_a_sync(tenant: WarehouseTenant) -> None:
    """Two pipelines load their ranges into one dataset, each with a state of its own.

    The backfill is cut short again and again, each time on a new machine, and equals one that was not.
    """
    tenant.parts = SOME
    middle = NOW - timedelta(days=12)

    def backfill(**more: Any) -> RunReport:
        options = _options(tenant, end_date=middle, chunk_days=3, resources=CALLS, **more)
        return run_backfill(tenant.pipeline("gong_backfill"), **options)

    for start in range(20):
        tenant.home = tenant.folder / f"machine{start}"
        report = backfill(max_requests=2)
        if report.exit_code == 0:
            break
        assert report.exit_code == 75, report.as_text()
    assert start, "it was cut short, with all windows that its threads had begun by then"
    tenant.check_of(*CALLS, truth=tenant.truth(end=middle))
    tenant.synced(start_date=middle, resources=CALLS)
    tenant.check_of(*CALLS)
    again = backfill()
    assert again.exit_code == 0
    assert "POST /v2/calls/extensive" not in again.requests
    tenant.check_of(*CALLS)


def reconcile_that_marks_and_purges(tenant: WarehouseTenant) -> None:
    """Calls that Gong deleted are marked, or leave every table; what slipped past the look-back is loaded."""
    calls = tenant.sandbox.control
    known = list(tenant.sandbox.world.visible_calls())
    calls.delete_calls(known[5:7])
    calls.edit_call(known[10], "metaData.title", "edited long after")
    report = _reconcile(tenant, on_delete="mark")
    assert (report.found["deleted"], report.found["changed"]) == (2, 1)
    marked = {row["id"] for row in tenant.rows("calls") if row["deleted_at"] is not None}
    assert marked == tenant.ids("call_deletions", "call_id") == set(known[5:7])
    assert tenant.sql(f"SELECT title FROM calls WHERE id = '{known[10]}'") == [("edited long after",)]
    assert _found_nothing(_reconcile(tenant, on_delete="mark"))
    calls.delete_calls(known[7:8])
    assert _reconcile(tenant, on_delete="purge").found["deleted"] == 3
    tenant.check_of(*CALLS)
    assert _found_nothing(_reconcile(tenant, on_delete="purge"))


def purge_of_a_person(tenant: WarehouseTenant) -> None:
    """Somebody from outside leaves with the calls that Gong lists for them; a user is blanked; all else stays."""
    truth = tenant.truth()
    outsider, gone = _outsider(truth)
    with GongClient.from_config(**tenant.settings()) as client:
        counted = purge_person(tenant.pipeline(), emails=[outsider.upper()], client=client, dry_run=True)
        tenant.check_of(*CALLS, truth=truth)
        done = purge_person(tenant.pipeline(), emails=[outsider.upper()], client=client)
    assert (done.deleted, done.blanked) == (counted.deleted, counted.blanked)
    assert done.deleted["calls"] == len(gone) > 0
    left = without_calls(truth, gone)
    tenant.check_of(*CALLS, truth=left)
    commenter = left["calls__comments"][0]["commenter_user_id"]
    (user,) = [row for row in tenant.rows("users") if row["id"] == commenter]
    purge_person(tenant.pipeline(), emails=[user["email_address"]])
    assert _without(tenant.rows("users"), "id", commenter) == _without(left["users"], "id", commenter)
    (blank,) = [row for row in tenant.rows("users") if row["id"] == commenter]
    assert not any(blank[name] for name in ("email_address", "first_name", "last_name", "phone_number"))
    comments = [row["comment"] for row in tenant.rows("calls__comments") if row["commenter_user_id"] == commenter]
    assert set(comments) == {None}
    assert tenant.sql(f"SELECT COUNT(*) FROM logs WHERE user_id = '{commenter}'") == [(0,)]
    ((load_id,),) = tenant.sql(f"SELECT _dlt_load_id FROM users WHERE id = '{commenter}'")
    with Store(tenant.pipeline()) as store:  # as if another run had read them before and loaded them after the purge
        put_back = "UPDATE {users} SET email_address = {email} WHERE id = {user}"
        store.execute(put_back, email=user["email_address"], user=commenter)
        remove_purged(store, Suppression.load(store)(), load_id)
    assert tenant.sql(f"SELECT COUNT(email_address) FROM users WHERE id = '{commenter}'") == [(0,)]
    assert tenant.ids("calls") == {row["id"] for row in left["calls"]}


def webhook_drain(tenant: WarehouseTenant) -> None:
    """Events that wait in the inbox become the rows that a sync would load, and the next sync agrees.

    Of a call that no look-back reads again, a drain with fewer parts has the next sync read them again.
    """
    tenant.at(tenant.now + timedelta(hours=3))
    control = tenant.sandbox.control
    hour = timedelta(hours=1)
    new = control.add_calls(2, tenant.now - hour, available_at=tenant.now, transcript_available_at=tenant.now)
    _drain(tenant, new)
    assert set(new) <= tenant.ids("calls")
    assert set(new) <= tenant.ids("transcripts", "call_id")
    tenant.check_of(*CALLS)
    tenant.synced(resources=CALLS)
    tenant.check_of(*CALLS)
    old = tenant.sql("SELECT id FROM calls WHERE brief IS NOT NULL ORDER BY started LIMIT 1")[0][0]
    _drain(tenant, [old], call_parts=["parties"])
    assert tenant.sql(f"SELECT brief FROM calls WHERE id = '{old}'") == [(None,)]
    tenant.synced(resources=CALLS)
    tenant.check_of(*CALLS)


def _drain(tenant: WarehouseTenant, ids: list[str], **more: Any) -> None:
    """Load events of calls."""
    inbox = tenant.folder / "inbox"
    with closing(Inbox(inbox)) as box:
        for call_id in ids:
            event = {"callData": tenant.sandbox.world.calls[call_id].data_at(tenant.now), "isTest": False}
            body = orjson.dumps(event)
            box.put([Received(parse(body).body_sha256, call_id, int(time.time() * 1e6), body)])
    report = run_drain(tenant.pipeline("gong_webhook"), inbox, **_options(tenant, start_date=None, **more))
    assert report.exit_code == 0, report.as_text()


def _outsider(truth: Rows) -> tuple[str, set[str]]:
    """The address of somebody whom nothing mentions but the calls that they were on, and these calls."""
    parties = [row for row in truth["calls__parties"] if row["affiliation"] == "External" and row["email_address"]]
    for address in sorted({row["email_address"] for row in parties}):
        gone = {row["call_id"] for row in parties if row["email_address"] == address}
        if address not in str(without_calls(truth, gone)):
            return address, gone
    raise AssertionError("everybody is mentioned elsewhere")


def _options(tenant: WarehouseTenant, **more: Any) -> dict[str, Any]:
    """Settings of a run that is not a sync."""
    return tenant.settings(clock=lambda: tenant.now, **more)


def _reconcile(tenant: WarehouseTenant, **more: Any) -> RunReport:
    """Reconcile the whole history."""
    report = run_reconcile(tenant.pipeline(), **_options(tenant, end_date=tenant.now, **more))
    assert report.exit_code == 0, report.as_text()
    return report


def _without(rows: list[Row], column: str, value: Any) -> list[str]:
    """Ids of the rows that hold another value."""
    return sorted(row["id"] for row in rows if row[column] != value and row["email_address"])


def _found_nothing(report: RunReport) -> bool:
    return not any(report.found[name] for name in ("missing", "changed", "deleted", "transcripts"))
