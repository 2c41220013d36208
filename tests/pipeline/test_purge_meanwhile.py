"""Who is purged while a run of another pipeline is going on does not come back with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from dlt.pipeline.pipeline import Pipeline

from gong_source.runs import purge_person, run_backfill
from gong_source.source import build_source, make_context
from gong_source.tables.personal import pseudonym
from gong_source.warehouse.store import Store
from gong_source.warehouse.suppression import Suppression
from tests.pipeline.harness import Tenant

KEY = "k" * 40
OLD = timedelta(days=14)
"""Older calls than that are not loaded by the sync."""


@pytest.fixture
def tenant(make_tenant: Callable[..., Tenant]) -> Tenant:
    """A small company of which the last days were synced."""
    tenant = make_tenant(calls=40, users=6, sentences=3, days=20)
    tenant.synced(start_date=tenant.now - OLD, resources=["calls", "users"])
    return tenant


def old_calls(tenant: Tenant) -> dict[str, Any]:
    """Calls that are not loaded yet, by id."""
    calls = {key: call.data_at(tenant.now) for key, call in tenant.sandbox.world.calls.items()}
    there = {key for (key,) in tenant.sql("SELECT id FROM calls")}
    return {key: call for key, call in calls.items() if key not in there}


def addresses(calls: dict[str, Any], affiliation: str) -> list[str]:
    """Addresses of the participants of calls, those of most calls first."""
    found = [p["emailAddress"] for c in calls.values() for p in c["parties"] if p.get("affiliation") == affiliation]
    return sorted({each for each in found if each}, key=lambda each: (-found.count(each), each))


def mentions(tenant: Tenant, text: str) -> set[str]:
    """Tables in which some text stands anywhere."""
    tables = [table for (table,) in tenant.sql("SHOW TABLES") if not table.startswith(("_dlt", "_gong_suppressed"))]
    return {table for table, rows in tenant.all_rows(tables).items() if text.lower() in repr(rows).lower()}


def during(pipeline: Pipeline, purge: Callable[[], object]) -> Pipeline:
    """A pipeline whose runs are overtaken by a purge when all was read and nothing loaded."""
    normalize = pipeline.normalize

    def overtaken() -> object:
        purge()
        return normalize()

    pipeline.normalize = overtaken  # type: ignore[method-assign,assignment]
    return pipeline


@pytest.mark.parametrize("pii", [{}, {"pii": "hash", "pii_key": KEY}], ids=["keep", "hash"])
def test_a_backfill_brings_back_nobody(tenant: Tenant, pii: dict[str, str]) -> None:
    """An outsider, a user, and a call that Gong's references list."""
    calls = old_calls(tenant)
    call_id, (stranger, *_), (user, *_) = min(calls), addresses(calls, "External"), addresses(calls, "Internal")
    tenant.sandbox.control.edit_call(max(calls), "metaData.ownerEmail", stranger)  # which nobody declared
    tenant.sandbox.control.edit_call(max(calls), "parties.0.name", f"by {user}.")
    purged: dict[str, Any] = {"emails": [stranger, user], "calls": [call_id], "pii_key": pii.get("pii_key")}
    pipeline = during(tenant.pipeline("gong_backfill"), lambda: purge_person(tenant.pipeline(), **purged))
    options = tenant.settings(end_date=tenant.now, resources=["calls", "logs"], **pii)
    report = run_backfill(pipeline, clock=lambda: tenant.now, **options)
    assert report.exit_code == 0, report.as_text()

    for person in (stranger, user):
        assert mentions(tenant, person) == mentions(tenant, pseudonym(KEY, "email", person)) == set()
    for table, column in (("calls", "id"), ("calls__parties", "call_id"), ("calls__topics", "call_id")):
        assert tenant.sql(f"SELECT count(*) FROM {table} WHERE {column} = '{call_id}'") == [(0,)]
    assert tenant.sql("SELECT count(*) FROM calls") == [(len(tenant.sandbox.world.calls) - 1,)]
    assert tenant.sql("SELECT count(*) > 0 FROM calls__parties WHERE email_address IS NOT NULL") == [(True,)]


def test_a_package_that_waited_brings_back_nobody(tenant: Tenant) -> None:
    """It was killed before it loaded, and the purge is still at work: no run of it was written down yet."""
    calls = old_calls(tenant)
    call_id, (stranger, *_) = min(calls), addresses(calls, "External")
    settings = tenant.settings()
    pipeline = tenant.pipeline()
    pipeline.activate()
    context = make_context(settings.pop("start_date"), None, clock=lambda: tenant.now, **settings)
    pipeline.extract(build_source(context).with_resources("calls"))
    pipeline.normalize()
    (waiting,) = pipeline.list_normalized_load_packages()
    with Store(tenant.pipeline("other")) as store:
        Suppression().record(store, [("email", stranger)], (), [call_id])
    tenant.synced(resources=["calls"])
    old = ", ".join(f"'{each}'" for each in calls)
    theirs = f"SELECT count(*) FROM calls__parties WHERE email_address = '{stranger}' AND call_id IN ({old})"
    assert tenant.sql(theirs) == [(0,)]
    assert tenant.sql(f"SELECT count(*) FROM calls WHERE id IN ({old})") == [(len(calls) - 1,)]
    assert tenant.sql(f"SELECT status FROM _dlt_loads WHERE load_id = '{waiting}'") == [(0,)]
