"""Datasets whose names are those of each other's staging datasets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pytest
from dlt.common.normalizers.naming.snake_case import NamingConvention
from dlt.pipeline.exceptions import PipelineStepFailed
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongConfigError
from gong_source.runs import purge_person
from gong_source.source import build_source, make_context
from gong_source.warehouse.staging import is_staging_of, staging_of
from tests.pipeline.harness import DATASET, Tenant

CALLS: dict[str, Any] = {"resources": ["calls", "transcripts"]}


@pytest.fixture
def small(make_tenant: Callable[..., Tenant]) -> Tenant:
    return make_tenant(calls=10, users=3, sentences=1)


def into(tenant: Tenant, dataset: str, name: str = "gong", machine: str = "one") -> Pipeline:
    pipeline = tenant.pipeline(name, home=tenant.folder / machine / dataset)
    pipeline.dataset_name = dataset
    return pipeline


def count(tenant: Tenant, dataset: str) -> int:
    with duckdb.connect(str(tenant.database)) as connection:
        ((found,),) = connection.execute(f"SELECT count(*) FROM {dataset}.calls").fetchall()
    return int(found)


@pytest.mark.parametrize("name", ["gong", "other"])
def test_a_dataset_is_not_emptied_by_the_loads_of_another(small: Tenant, name: str) -> None:
    staging = f"{DATASET}_staging" if name == "gong" else f"{DATASET}_staging_{name}"
    small.synced(pipeline=into(small, staging), **CALLS)
    before = count(small, staging)
    with pytest.raises(GongConfigError, match=f"would empty the dataset {staging}"):
        small.sync(pipeline=into(small, DATASET, name), **CALLS)
    small.synced(pipeline=into(small, DATASET, "third"), **CALLS)
    with pytest.raises(GongConfigError, match=f"would empty the dataset {staging}"):
        purge_person(into(small, DATASET, name), emails=["ada@example.com"])
    assert count(small, staging) == before > 0
    small.synced(pipeline=into(small, staging), **CALLS)


def test_a_staging_dataset_is_not_loaded_as_one_of_its_own(small: Tenant) -> None:
    small.synced(pipeline=into(small, DATASET), **CALLS)
    with pytest.raises(GongConfigError, match=f"the one that the dataset {DATASET} is merged from"):
        small.sync(pipeline=into(small, f"{DATASET}_staging"), **CALLS)
    small.synced(pipeline=into(small, f"{DATASET}_staging_eu"), **CALLS)  # no pipeline of that name loads there
    small.synced(pipeline=into(small, DATASET, machine="two"), **CALLS)


def test_each_pipeline_has_a_staging_dataset_of_its_own() -> None:
    """As dlt writes the names: without double underscores, capitals and blanks."""
    names = ("gong", "x", "_x", "__x", "x_", "X", "a_b", "_a_b", "a__b", "A_b", "Gong Prod", "gong_prod", "staging")
    written = [NamingConvention().normalize_table_identifier(staging_of(name) % DATASET) for name in names]
    assert len(set(written)) == len(names)
    for name, staging in zip(names, written, strict=True):
        assert [each for each in names if is_staging_of(DATASET, each, staging.upper())] == [name]


def test_a_script_is_refused_too(small: Tenant) -> None:
    """It runs the source by dlt itself."""
    staging = f"{DATASET}_staging"
    small.synced(pipeline=into(small, staging), **CALLS)
    before = count(small, staging)
    settings = small.settings()
    context = make_context(settings.pop("start_date"), None, clock=lambda: small.now, **settings)
    with pytest.raises(PipelineStepFailed, match=f"would empty the dataset {staging}"):
        into(small, DATASET).run(build_source(context).with_resources("calls"))
    assert count(small, staging) == before
