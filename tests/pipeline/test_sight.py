"""A key that sees no calls gets the same answers as a time without any: what it read is not settled for ever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gong_source.runs import run_backfill, run_reconcile
from tests.pipeline.harness import NOW, Tenant, assert_same

CALLS: dict[str, Any] = {"resources": ["calls", "transcripts"]}
EXTENSIVE = "POST /v2/calls/extensive"
HOUR = timedelta(hours=1)


def blind(tenant: Tenant) -> None:
    """Have the key lose its access to calls, as Gong tells it; other endpoints go on naming them."""
    for endpoint in (EXTENSIVE, "GET /v2/calls", "POST /v2/calls/transcript", "POST /v2/calls/users-access"):
        text = "No calls found corresponding to the provided filters"
        tenant.sandbox.control.fail("404", endpoint, times=None, text=text)


@pytest.mark.parametrize("stream", ["calls", "calls_basic"])
@pytest.mark.parametrize("reads_again", [True, False], ids=["reading again", "all settled"])
def test_a_key_that_loses_its_calls_settles_nothing_and_is_told_of(
    make_tenant: Callable[..., Tenant], stream: str, reads_again: bool
) -> None:
    tenant = make_tenant(calls=60, users=4, sentences=2)
    asked: dict[str, Any] = {"resources": [stream, "transcripts", "answered_scorecards"], "lookback_days": 2}
    then = NOW - timedelta(days=20)
    tenant.at(then if reads_again else NOW)
    tenant.synced(end_date=then, **asked)
    blind(tenant)
    missed = "Gong shows none of the calls that are there, of 2026-05-"
    for hour, told in enumerate((missed, missed) if reads_again else ("Gong shows no call of 2026-05-", "")):
        tenant.at(NOW + hour * HOUR)
        assert str(tenant.synced(**asked).notices.get(stream, "")).startswith(told)
    tenant.sandbox.control.clear_faults()
    tenant.at(NOW + 2 * HOUR)
    assert not tenant.synced(**asked).notices
    tenant.check(only=(stream, "transcripts"))
    if stream == "calls":
        tenant.synced(**asked)
        assert tenant.requests(EXTENSIVE) == 1, "all but the look-back is settled now"


def test_a_key_that_never_saw_a_call_is_told_of_and_its_ranges_are_read_once_it_does(
    make_tenant: Callable[..., Tenant],
) -> None:
    tenant = make_tenant(calls=60, users=6, sentences=2)
    blind(tenant)
    for hour in range(2):
        tenant.at(NOW + hour * HOUR)
        told = str(tenant.synced().notices["calls"])
        assert "answered_scorecards" in told
        assert "gong-source check" in told
    assert tenant.requests(EXTENSIVE) == 1, "however often it is asked, no more than the look-back is"
    tenant.sandbox.control.clear_faults()
    for hour in range(2, 4):
        tenant.at(NOW + hour * HOUR)
        assert not tenant.synced().notices
    tenant.check()
    tenant.synced()
    assert tenant.requests(EXTENSIVE) == 1


@pytest.mark.parametrize(("stream", "told"), [("answered_scorecards", False), ("coaching", True)])
def test_calls_of_other_workspaces_tell_nothing_of_a_chosen_one(
    make_tenant: Callable[..., Tenant], stream: str, told: bool
) -> None:
    """Scorecards are the company's, coaching comes by workspace: only this one says that the key may see too little."""
    tenant = make_tenant(calls=40, users=6, sentences=2)
    blind(tenant)
    chosen = min(tenant.sandbox.world.workspaces)
    report = tenant.synced(resources=["calls", stream], workspace_ids=[chosen])
    assert report.rows[stream]
    assert bool(report.notices) is told


def media(tenant: Tenant) -> dict[str, Any]:
    return {"resources": "all", "media_folder": str(tenant.folder / "media")}


def reconciled(tenant: Tenant) -> None:
    settings = {**tenant.settings(), "start_date": tenant.now - timedelta(days=20), "end_date": tenant.now}
    assert run_reconcile(tenant.pipeline(), clock=lambda: tenant.now, **settings).exit_code == 0


def backfilled(tenant: Tenant) -> None:
    """By another pipeline, a part of the past alone."""
    settings = {**tenant.settings(resources=["calls"]), "start_date": NOW - timedelta(days=30)}
    end = {"end_date": NOW - timedelta(days=15), "clock": lambda: tenant.now}
    assert run_backfill(tenant.pipeline("gong_backfill"), **{**settings, **end}).exit_code == 0


FIRST: dict[str, Callable[[Tenant], Any]] = {
    "a run of calls alone": lambda tenant: tenant.synced(resources=["calls"]),
    "a run of transcripts alone": lambda tenant: tenant.synced(resources=["transcripts"]),
    "a run of a past range": lambda tenant: tenant.synced(resources=["calls"], end_date=NOW - timedelta(days=40)),
    "a reconcile": reconciled,
    "a backfill beside": backfilled,
    "everything": lambda tenant: tenant.synced(**media(tenant)),
}


@pytest.mark.parametrize("brings_first_calls", FIRST.values(), ids=FIRST.keys())
def test_whatever_brings_the_first_calls_all_that_lists_calls_reads_again(
    make_tenant: Callable[..., Tenant], brings_first_calls: Callable[[Tenant], Any]
) -> None:
    tenant = make_tenant(calls=20, users=3, sentences=2)
    blind(tenant)
    tenant.synced(**media(tenant))
    tenant.sandbox.control.clear_faults()
    tenant.at(NOW + 2 * HOUR)
    brings_first_calls(tenant)
    for hours in (26, 27):
        tenant.at(NOW + hours * HOUR)
        tenant.synced(**media(tenant))
    whole(tenant)


def whole(tenant: Tenant) -> None:
    truth = tenant.truth(more=True)
    for table in ("calls", "calls_basic", "transcripts", "call_access"):
        assert_same(table, tenant.rows(table), truth[table])
    assert tenant.sql("SELECT COUNT(DISTINCT call_id) FROM call_media") == [(len(truth["calls"]),)]


def test_nothing_is_settled_and_nothing_goes_while_the_key_sees_no_calls(make_tenant: Callable[..., Tenant]) -> None:
    tenant = make_tenant(calls=20, users=3, sentences=2)
    tenant.synced(**media(tenant))
    before = tenant.rows("call_access")
    assert before
    tenant.sandbox.control.add_calls(1, NOW + HOUR)
    blind(tenant)
    for day in (3, 20):
        tenant.at(NOW + timedelta(days=day))
        tenant.synced(**media(tenant))
        assert_same("call_access", tenant.rows("call_access"), before)
    tenant.sandbox.control.clear_faults()
    tenant.at(NOW + timedelta(days=21))
    tenant.synced(**media(tenant))
    whole(tenant)


@pytest.mark.parametrize("seen_before", [True, False])
def test_what_may_be_private_while_the_key_sees_no_calls_comes_once_it_does(
    make_tenant: Callable[..., Tenant], seen_before: bool
) -> None:
    tenant, naming = make_tenant(calls=20, users=3, sentences=1), ("answered_scorecards", "daily_activity_calls")
    asked: dict[str, Any] = {"resources": ["calls", *naming], "include_private_calls": False}
    private = [key for key, call in tenant.sandbox.world.calls.items() if call.data["metaData"]["isPrivate"]]
    tenant.sandbox.control.delete_calls(private)
    if seen_before:
        tenant.synced(**asked)
    blind(tenant)
    then = NOW + timedelta(days=14 if seen_before else 1)
    tenant.at(then)
    assert ", ".join(naming) in str(tenant.synced(**asked).notices["calls"]) or seen_before
    tenant.sandbox.control.clear_faults()
    for hour in range(1 if seen_before else 2):  # the first call, then what was read before it
        tenant.at(then + hour * HOUR)
        tenant.synced(**asked)
    truth = tenant.truth(more=True)
    for table in ("calls", *naming):
        assert_same(table, tenant.rows(table), truth[table])


def test_past_intervals_of_a_time_in_which_the_key_saw_no_calls_are_read_again(
    make_tenant: Callable[..., Tenant],
) -> None:
    tenant = make_tenant(calls=30, users=3, sentences=2)
    for past, sees in ((40, True), (30, False), (20, True), (0, True)):
        if not sees:
            blind(tenant)
        tenant.synced(end_date=NOW - timedelta(days=past), **CALLS)
        tenant.sandbox.control.clear_faults()
    tenant.check(only=("calls", "transcripts"))


def test_a_company_without_calls_is_quiet_and_its_first_call_comes_alone(make_tenant: Callable[..., Tenant]) -> None:
    tenant = make_tenant(calls=0, users=4)
    for hour in range(2):
        tenant.at(NOW + hour * HOUR)
        assert not tenant.synced().notices
    assert tenant.requests(EXTENSIVE) == 1
    tenant.sandbox.control.add_calls(1, NOW, available_at=NOW + HOUR)
    for hour in range(2, 5):
        tenant.at(NOW + hour * HOUR)
        tenant.synced(**CALLS)
        tenant.check(only=("calls",))
    assert tenant.requests(EXTENSIVE) == 1
