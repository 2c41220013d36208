"""Whose data a dataset holds: the destination tells, whatever the pipelines folder remembers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from gong_source import GongClient, gong_source
from gong_source.errors import GongConfigError
from gong_source.runs import purge_person, run_reconcile
from gong_source.runs.backfill import plan_backfill
from gong_source.runs.verify import run_verify
from tests.pipeline.harness import NOW, Tenant, assert_same
from tests.webhook.test_drain import Hooks

CALLS: dict[str, Any] = {"resources": ["calls", "transcripts"]}
EVERYTHING: dict[str, Any] = {}
EXTENSIVE = "POST /v2/calls/extensive"
WORKSPACES = "GET /v2/workspaces"
COUNTED = ("calls", "transcripts", "_dlt_loads")


@pytest.fixture
def other(make_settled: Callable[..., Tenant]) -> Tenant:
    """Another company, synced once."""
    other = make_settled(calls=30, users=4, sentences=3, seed=11)
    other.sandbox.control._app.access.access_key = "THEIRS"  # else both are the same but for the port
    return other


def counts(tenant: Tenant) -> list[int]:
    return [tenant.sql(f"SELECT count(*) FROM {table}")[0][0] for table in COUNTED]


def assert_refused(other: Tenant, name: str, **settings: Any) -> None:
    refused = other.sync(pipeline=other.pipeline(name), **settings)
    assert refused.exit_code == 2, refused.as_text()
    assert {str(error)[:46] for error in refused.failures.values()} == {
        "This pipeline holds the data of another compan"
    }
    assert set(other.counted) == {WORKSPACES}


@pytest.mark.parametrize("streams", [EVERYTHING, CALLS], ids=["with workspaces", "calls alone"])
def test_another_company_is_refused_under_another_name(
    make_tenant: Callable[..., Tenant], other: Tenant, streams: dict[str, Any]
) -> None:
    """Also one that the pipelines folder knows by that name, from a dataset of its own."""
    tenant = make_tenant(calls=20, users=4, sentences=2)
    tenant.synced(**streams)
    before = counts(tenant)
    other.synced(pipeline=other.pipeline("gong_eu"), **CALLS)
    other.database = tenant.database
    for name in ("gong_emea", "gong_eu"):
        assert_refused(other, name, **CALLS)
        assert counts(tenant) == before
    assert_refused(other, "gong_emea")
    tenant.synced(**streams)
    tenant.synced(pipeline=tenant.pipeline("second"), **CALLS)


def test_two_companies_share_a_folder_of_pipelines(make_settled: Callable[..., Tenant], other: Tenant) -> None:
    """Each has a file of its own, and both pipelines have the default name: neither is refused, nor read anew."""
    tenant = make_settled(calls=40, users=4, sentences=3)
    other.home = tenant.home
    for _ in range(2):
        for one in (tenant, other, other, tenant):
            one.synced(**CALLS)
            assert one.requests(EXTENSIVE) <= 1, "nothing but the look-back is read"
            assert counts(one)[0] == len(one.truth_of_calls()["calls"])


def test_a_key_is_refused_in_the_file_of_another_company(make_settled: Callable[..., Tenant], other: Tenant) -> None:
    """What the pipelines folder remembers is the key's own company."""
    tenant = make_settled(calls=40, users=4, sentences=3)
    before = counts(tenant)
    other.synced(**CALLS)
    other.database = tenant.database
    assert_refused(other, "gong", **CALLS)
    assert counts(tenant) == before


def test_a_workspace_that_the_key_sees_later_is_told_once_with_how_to_load_its_past(
    make_tenant: Callable[..., Tenant],
) -> None:
    tenant = make_tenant(calls=60, users=6, sentences=2)
    later = list(tenant.sandbox.control._world.workspaces)[-1]
    tenant.sandbox.control.hide_workspace(later)
    assert not tenant.synced().notices, "the first run has no past"
    tenant.sandbox.control.show_workspace(later)
    tenant.at(tenant.now + timedelta(days=1))
    report = tenant.synced()
    (told,) = [str(error) for name, error in report.notices.items() if name == "workspaces"]
    assert f"lists {later}, and did not the last time" in told
    missing = len(tenant.truth_of_calls()["calls"]) - tenant.sql("SELECT count(*) FROM calls")[0][0]
    assert missing > 0, "what lies before the look-back"
    tenant.sql(f"DELETE FROM workspaces WHERE id = '{later}'")
    tenant.at(tenant.now + timedelta(days=1))
    assert not tenant.synced().notices
    start, end = re.findall(r"-date (\S{10})\b", told)
    dates = {"start_date": start, "end_date": end, "clock": lambda: tenant.now}
    assert run_reconcile(tenant.pipeline(), **tenant.settings(**dates)).found["missing"] == missing
    for name in ("calls", "transcripts"):
        assert_same(name, tenant.rows(name), tenant.truth_of_calls()[name])


def test_the_base_url_may_change_where_the_workspaces_of_calls_tell_the_company(
    make_tenant: Callable[..., Tenant], other: Tenant
) -> None:
    """No workspace was ever listed; where Gong lists them, those are compared that the calls are in."""
    tenant = make_tenant(calls=20, users=4, sentences=2)
    url, control = tenant.sandbox.url, tenant.sandbox.control
    moved: dict[str, Any] = {"base_url": url.replace("127.0.0.1", "localhost"), **CALLS}
    control.deny_scopes(["api:workspaces:read"])
    tenant.synced(**CALLS)
    refused = tenant.sync(**moved)
    assert refused.exit_code == 2
    told = str(refused.failures["calls"])
    assert "loaded from 127.0.0.1" in told
    assert "give it the scope api:workspaces:read" in told
    other.database = tenant.database
    assert_refused(other, "gong_emea", **CALLS)
    control.allow_scopes()
    for requests in (1, 0):
        tenant.synced(**moved)
        assert tenant.requests(WORKSPACES) == requests, "what they are is remembered"


def test_the_base_url_may_change_where_workspaces_were_learnt(make_tenant: Callable[..., Tenant]) -> None:
    """Nothing that is there names one before; the way that the error tells leads there."""
    tenant = make_tenant(calls=20, users=4, sentences=2)
    moved = {"base_url": tenant.sandbox.url.replace("127.0.0.1", "localhost"), "resources": ["users"]}
    tenant.sandbox.control.deny_scopes(["api:workspaces:read"])
    tenant.synced(resources=["users"])
    tenant.sandbox.control.allow_scopes()
    refused = tenant.sync(**moved)
    assert "run gong-source sync --resources workspaces at 127.0.0.1" in str(refused.failures["users"])
    tenant.synced(resources=["workspaces"])
    tenant.synced(**moved)


def drain(tenant: Tenant, settings: dict[str, Any]) -> None:
    hooks = Hooks(tenant)
    hooks.receive(hooks.body(next(iter(tenant.sandbox.world.calls))), ago=7200)
    failures = hooks.drain("gong_webhook", **settings).failures
    assert hooks.pending() == len(failures), "an event that was refused stays"
    for error in failures.values():
        raise error


def reconcile(tenant: Tenant, settings: dict[str, Any]) -> None:
    run_reconcile(tenant.pipeline(), end_date=NOW, clock=lambda: NOW, max_delete_share=1.0, **settings)


def dry_run(tenant: Tenant, settings: dict[str, Any]) -> None:
    given = {**settings, "start_date": tenant.start - timedelta(days=9), "end_date": tenant.start}
    plan_backfill(tenant.pipeline("gong_backfill"), resources=["calls"], clock=lambda: NOW, **given)


def verify(tenant: Tenant, settings: dict[str, Any]) -> None:
    assert not run_verify(tenant.pipeline("another"), 1, clock=lambda: NOW, **settings).problems


def purge(tenant: Tenant, settings: dict[str, Any]) -> None:
    with GongClient.from_config(**settings) as client:
        purge_person(tenant.pipeline(), emails=["ann@customer.example"], client=client)


def test_nothing_is_held_against_another_company(make_tenant: Callable[..., Tenant], other: Tenant) -> None:
    """What it does not show counts neither as gone nor as nobody's; the company's own key needs no further request."""
    tenant = make_tenant(calls=40, users=4, sentences=3)
    tenant.synced(**CALLS)
    before, theirs = counts(tenant), other.sandbox
    credentials = {"access_key": "THEIRS", "access_key_secret": theirs.access_key_secret}
    for command in (drain, reconcile, dry_run, verify, purge):
        theirs.control.reset_counters()
        with pytest.raises(GongConfigError, match="holds the data of another company"):
            command(tenant, tenant.settings(base_url=theirs.url, credentials=credentials))
        assert counts(tenant) == before, command
        assert dict(theirs.counters.requests) == {WORKSPACES: 1}, command
        tenant.sandbox.control.reset_counters()
        command(tenant, tenant.settings())
        assert WORKSPACES not in tenant.sandbox.counters.requests, command
        before = counts(tenant)


@pytest.mark.parametrize("at_once", [True, False], ids=["one run", "two extractions"])
def test_two_companies_are_not_mixed_before_anything_is_loaded(
    make_tenant: Callable[..., Tenant], at_once: bool
) -> None:
    first, second = make_tenant(calls=6, users=3), make_tenant(calls=4, users=2, seed=9)
    one = gong_source(**first.settings(end_date=NOW)).with_resources("calls", "workspaces")
    clone = gong_source.clone(name="gong_emea")
    other = clone(**second.settings(end_date=NOW)).with_resources("calls", "workspaces")
    pipeline = first.pipeline()
    if not at_once:
        pipeline.extract(one)
    with pytest.raises(PipelineStepFailed, match="the data of another company"):
        pipeline.extract([one, other] if at_once else other)
    first.synced(resources=["calls", "workspaces"])
    first.check(only=("calls", "workspaces"))
