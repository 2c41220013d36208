"""``gong-source dbt-sources`` in a real dbt project: every test that it declares holds, and the model is built."""

from __future__ import annotations

import json
import os
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from gong_source.tables import CALL_LISTS, CONTEXT_OBJECTS, TABLES, TRANSCRIPT_SENTENCES, TRANSCRIPTS
from gong_source.views import View, views
from gong_source.views.dbt import sources_yaml
from tests.pipeline.harness import Tenant
from tests.views.company import Odd
from tests.views.test_commands import copy, gong_source  # noqa: F401  a fixture
from tests.warehouses.environments import server_python

PARTS = [table.name for table in (*CALL_LISTS, CONTEXT_OBJECTS, TRANSCRIPTS, TRANSCRIPT_SENTENCES)]
"""What comes with a call: each row refers to one that is there."""

PROJECT = {
    "dbt_project.yml": "name: tiny\nversion: '1.0'\nprofile: tiny\nmodel-paths: [models]\n",
    "profiles.yml": "tiny:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: gong.duckdb, schema: marts}\n",
    "models/hosts.sql": "SELECT user_id, sum(calls) AS calls FROM {{ source('gong', 'v_rep_weekly') }} GROUP BY 1",
}


@pytest.mark.warehouse
@pytest.mark.slow
def test_dbt_builds_and_finds_the_call_that_is_missing(company: Tenant, odd: Odd, copy: Path):  # noqa: F811
    folder = copy.parent
    (folder / "models").mkdir()
    for name, text in PROJECT.items():
        (folder / name).write_text(text)
    gong_source("dbt-sources", "--out", "models/sources.yml")
    done = subprocess.run(
        [Path(server_python("dbt")).with_name("dbt"), "build", "--profiles-dir", "."],
        cwd=folder,
        env={"HOME": str(folder), "PATH": os.environ["PATH"], "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert "Deprecat" not in done.stdout.replace("This version of dbt is deprecated", ""), done.stdout
    results = json.loads((folder / "target" / "run_results.json").read_text())["results"]
    tests = json.loads((folder / "target" / "manifest.json").read_text())["nodes"]
    found: dict[str, set[str]] = {"pass": set(), "success": set(), "warn": set(), "fail": set()}
    for one in results:
        test = tests[one["unique_id"]].get("test_metadata", {"name": "model", "kwargs": {"model": "none"}})
        found[one["status"]] |= {test["name"], *re.findall(r"source\('gong', '(\w+)'\)", test["kwargs"]["model"])}
    holding = {name for name in PARTS if company.sql(f"SELECT 1 FROM {name} WHERE call_id = '{odd.orphan}'")}
    assert found["fail"] == {"relationships", *holding}, done.stdout
    assert {"relationships", "calls"} <= found["warn"], "the host who is no user"
    assert {"unique", "not_null", "calls"} <= found["pass"]
    assert len(results) > 100


@cache
def described(company: Tenant) -> dict[str, Any]:
    (source,) = yaml.safe_load(sources_yaml(company.pipeline()))["sources"]
    return {table["name"]: table for table in source["tables"]}


def test_the_key_that_the_page_of_tables_tells_is_unique(company: Tenant):
    doubled = {
        table.name: company.sql(f"SELECT {key}, count(*) FROM {table.name} GROUP BY ALL HAVING count(*) > 1")
        for table in TABLES
        if table.name in described(company) and table.disposition != "scd2"
        for key in [", ".join(re.findall(r"`(\w+)`", table.key))]
    }
    assert doubled.keys() >= {"calls", "calls__context__objects", "transcript_sentences"}
    assert not any(doubled.values()), doubled


@pytest.mark.parametrize("view", views(), ids=lambda view: view.name)
def test_views_are_described_with_their_keys(company: Tenant, view: View):
    table = described(company)[view.name]
    assert table["description"] == view.description
    assert {column["name"]: column["description"] for column in table["columns"]} == view.columns
    assert {column["name"] for column in table["columns"] if "data_tests" in column} == set(view.key)


def test_only_what_exists_is_there(company: Tenant):
    tables = described(company)
    assert {"calls", "calls__parties", "transcript_sentences", "users", "_dlt_loads"} <= tables.keys()
    assert "calls_basic" not in tables
    assert "freshness" in tables["_dlt_loads"]["config"]
    names = {column["name"] for table in tables.values() for column in table.get("columns", ())}
    assert "_removed" not in names
