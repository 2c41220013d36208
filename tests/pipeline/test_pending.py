"""A load package that an interrupted run left: finished where nothing happened since, else dropped and read again."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed
from dlt.pipeline.pipeline import Pipeline

from gong_source.runs import purge_person, run_backfill
from gong_source.source import build_source, make_context
from gong_source.wording import chain_of
from tests.pipeline.harness import Tenant, assert_same

CALLS: dict[str, Any] = {"resources": ["calls", "transcripts"]}
TABLES = ("calls", "calls__parties", "transcripts", "transcript_sentences")
EXTENSIVE = "POST /v2/calls/extensive"


@pytest.fixture
def small(make_settled: Callable[..., Tenant]) -> Tenant:
    """A company of few calls, synced once, with a new call since."""
    tenant = make_settled(calls=40, users=4, sentences=3)
    tenant.at(tenant.now + timedelta(hours=2))
    tenant.sandbox.control.add_calls(1, started=tenant.now - timedelta(hours=1))
    return tenant


def left(tenant: Tenant, normalized: bool = True, **more: Any) -> Pipeline:
    """A pipeline whose process was killed before it loaded what it had read of calls."""
    settings = tenant.settings(**more)
    context = make_context(settings.pop("start_date"), None, clock=lambda: tenant.now, **settings)
    pipeline = tenant.pipeline()
    pipeline.activate()
    pipeline.extract(build_source(context).with_resources(*CALLS["resources"]))
    if normalized:
        pipeline.normalize()
    assert pipeline.has_pending_data
    return pipeline


def half_loaded(tenant: Tenant) -> Pipeline:
    """The same, killed when the rows of some tables were there: a column can't be merged into until it is put right."""
    pipeline = left(tenant)
    tenant.sql("ALTER TABLE transcript_sentences RENAME text TO aside")
    tenant.sql("ALTER TABLE transcript_sentences ADD COLUMN text INTEGER[]")
    with pytest.raises(PipelineStepFailed) as failed:
        pipeline.load()
    assert any(isinstance(error, duckdb.Error) or "Conversion" in str(error) for error in chain_of(failed.value))
    tenant.sql("ALTER TABLE transcript_sentences DROP COLUMN text")
    tenant.sql("ALTER TABLE transcript_sentences RENAME aside TO text")
    assert pipeline.has_pending_data
    return pipeline


def assert_whole(tenant: Tenant) -> None:
    truth = tenant.truth_of_calls()
    for name in TABLES:
        assert_same(name, tenant.rows(name), truth[name])
    assert not tenant.sql("SELECT load_id FROM _dlt_loads GROUP BY load_id HAVING count(*) > 1")


def title(tenant: Tenant, call: str) -> str:
    ((found,),) = tenant.sql(f"SELECT title FROM calls WHERE id = '{call}'")
    return str(found)


def latest(tenant: Tenant) -> str:
    (((found,)),) = tenant.sql("SELECT id FROM calls WHERE NOT is_private ORDER BY started DESC LIMIT 1")
    return str(found)


def extracted(tenant: Tenant) -> Pipeline:
    """The same, killed before it was normalized."""
    return left(tenant, normalized=False)


@pytest.mark.parametrize("leave", [extracted, left, half_loaded])
def test_it_is_finished_where_nothing_happened_since(small: Tenant, leave: Callable[[Tenant], Pipeline]) -> None:
    pipeline = leave(small)
    (waiting,) = pipeline.list_normalized_load_packages() or pipeline.list_extracted_load_packages()
    small.synced(**CALLS)
    assert_whole(small)
    assert small.sql(f"SELECT status FROM _dlt_loads WHERE load_id = '{waiting}'") == [(0,)]
    assert small.requests(EXTENSIVE) <= 1, "nothing but the look-back is read"


@pytest.mark.parametrize("leave", [left, half_loaded])
@pytest.mark.parametrize("other", ["sync of another machine", "another pipeline"])
def test_it_is_read_again_where_another_loaded_since(
    small: Tenant, other: str, leave: Callable[[Tenant], Pipeline], caplog: pytest.LogCaptureFixture
) -> None:
    edited = latest(small)
    small.sandbox.control.edit_call(edited, "metaData.title", "OLD")
    leave(small)
    small.sandbox.control.edit_call(edited, "metaData.title", "NEW")
    if other == "another pipeline":
        options = small.settings(end_date=small.now, **CALLS)
        assert run_backfill(small.pipeline("gong_backfill"), clock=lambda: small.now, **options).exit_code == 0
    else:
        small.synced(pipeline=small.pipeline(home=small.folder / "other"), **CALLS)
    small.at(small.now + timedelta(days=20))
    with caplog.at_level(logging.WARNING, logger="gong_source"):
        small.synced(**CALLS)
    assert "What an interrupted run left is dropped" in caplog.text
    assert title(small, edited) == "NEW"
    assert_whole(small)


def test_it_is_not_loaded_twice_from_a_restored_folder(small: Tenant, tmp_path: Path) -> None:
    edited = latest(small)
    small.sandbox.control.edit_call(edited, "metaData.title", "OLD")
    left(small)
    shutil.copytree(small.home, tmp_path / "kept")
    small.synced(**CALLS)
    assert title(small, edited) == "OLD"
    small.sandbox.control.edit_call(edited, "metaData.title", "NEW")
    small.synced(**CALLS)
    shutil.rmtree(small.home)
    shutil.copytree(tmp_path / "kept", small.home)
    small.synced(**CALLS)
    assert title(small, edited) == "NEW"
    assert_whole(small)


def test_it_does_not_bring_back_who_was_purged_since(small: Tenant) -> None:
    """A purge loads nothing."""
    ((email, call),) = small.sql(
        "SELECT email_address, call_id FROM calls__parties WHERE affiliation = 'External' LIMIT 1"
    )
    there = f"SELECT count(*) FROM calls__parties WHERE email_address = '{email}'"
    small.sandbox.control.edit_call(call, "metaData.title", "OLD")
    left(small, lookback_days=90)
    purge_person(small.pipeline(home=small.folder / "other"), emails=[email])
    small.synced(**CALLS)
    assert small.sql(there) == [(0,)]


def test_it_is_not_loaded_into_another_dataset(small: Tenant, make_settled: Callable[..., Tenant]) -> None:
    """One pipelines folder, and a file in each working folder."""
    other = make_settled(calls=30, users=4, sentences=3, seed=11)
    before = other.sql("SELECT id FROM calls ORDER BY id")
    left(small)
    other.home = small.home
    other.synced(**CALLS)
    assert other.sql("SELECT id FROM calls ORDER BY id") == before
