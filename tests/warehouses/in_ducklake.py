"""What DuckLake has to stand; run by ``test_ducklake.py`` in a process whose DuckDB has the extensions."""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import dropwhile
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest
from click.testing import CliRunner
from dlt.destinations.job_client_impl import SqlLoadJob

from gong_source.cli.commands import main
from gong_source.runs import purge_person, run_reconcile, run_sync
from gong_source.runs.verify import run_verify
from gong_source.views import create_views, view_names
from tests.warehouses.scenarios import SCENARIOS, Scenario
from tests.warehouses.tenant import CALLS, WarehouseTenant
from tests.warehouses.warehouses import DuckLake

KILLED = 9
RESOURCES = (*CALLS, "users", "workspaces")
PARTS = ("parties", "context", "brief", "call_outcome", "questions")
PACKAGES = ("duckdb_extension_ducklake", "duckdb_extension_sqlite_scanner")
WRITTEN = {"_dlt_loads", "_dlt_pipeline_state", "_gong_runs"}
"""What an hour writes in which nothing happened."""
OF_THE_LAKE = ("row_id", "rowid", "begin_snapshot", "end_snapshot", "xmin")
"""Columns that the tables of a catalog have already, in SQLite or PostgreSQL."""

connect = duckdb.connect


def connect_quickly(*args: Any, config: dict[str, Any] | None = None, **options: Any) -> duckdb.DuckDBPyConnection:
    """DuckDB would check the signatures of 70 MB of extensions in each of some hundred connections."""
    return connect(*args, config={**(config or {}), "allow_unsigned_extensions": "true"}, **options)


duckdb.connect = connect_quickly  # type: ignore[assignment]  # this process is for these tests alone


@pytest.fixture(scope="session")
def extensions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where DuckDB finds its extensions in place of its site: those of the wheels."""
    home = tmp_path_factory.mktemp("extensions")
    with duckdb.connect() as connection:
        ((platform,),) = connection.execute("PRAGMA platform").fetchall()
    folder = home / f"v{duckdb.__version__}" / platform
    folder.mkdir(parents=True)
    for package in map(importlib.import_module, PACKAGES):
        (file,) = Path(str(package.__file__)).parent.glob("extensions/*/*.duckdb_extension")
        folder.joinpath(file.name).symlink_to(file)
    return home


@pytest.fixture
def lake(tmp_path: Path, extensions: Path) -> DuckLake:
    return DuckLake(tmp_path, extensions)


@pytest.fixture
def tenant(tenant_maker: Callable[..., WarehouseTenant], lake: DuckLake) -> WarehouseTenant:
    return tenant_maker(lake, calls=25)


def test_a_life_in_a_lake(tenant: WarehouseTenant, lake: DuckLake, monkeypatch: pytest.MonkeyPatch) -> None:
    """One story, as each load takes its time: what is loaded by one step is changed by the next."""
    tenant.parts = PARTS
    killed_while_it_loads(tenant)
    edits_a_lost_table_and_a_deletion(tenant, lake)
    an_idle_hour(tenant, lake)
    no_reader_saw_an_empty_table(tenant, lake)
    commands(tenant, lake, monkeypatch)
    a_purge(tenant)
    fields_with_names_of_the_catalogs_columns(tenant)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_scenario(tenant_maker: Callable[..., WarehouseTenant], lake: DuckLake, scenario: Scenario) -> None:
    scenario(tenant_maker(lake))


def killed_while_it_loads(tenant: WarehouseTenant) -> None:
    """A machine that is gone once the calls of a package were merged, and the same machine again."""
    arguments = (tenant.warehouse, tenant.dataset, tenant.home, tenant.settings(resources=RESOURCES), tenant.now)
    process = multiprocessing.get_context("spawn").Process(target=sync_until_one_merge, args=arguments)
    process.start()
    process.join()
    assert process.exitcode == KILLED
    assert tenant.sql("SELECT COUNT(*) FROM _dlt_loads") == [(0,)]
    tenant.synced(resources=RESOURCES)
    tenant.check_of(*RESOURCES)


def sync_until_one_merge(lake: DuckLake, dataset: str, home: Path, settings: dict[str, Any], now: datetime) -> None:
    """What the killed process does."""
    merge = SqlLoadJob.run

    def merge_and_die(job: SqlLoadJob) -> None:
        merge(job)
        if job._file_name.startswith("calls."):  # all of them are there, and will be merged once more
            os._exit(KILLED)

    SqlLoadJob.run = merge_and_die  # type: ignore[method-assign]
    pipeline = dlt.pipeline("gong", destination=lake.destination(), dataset_name=dataset, pipelines_dir=str(home))
    run_sync(pipeline, clock=lambda: now, **settings)


def edits_a_lost_table_and_a_deletion(tenant: WarehouseTenant, lake: DuckLake) -> None:
    """An edited call and user arrive with a sync, which makes a dropped table anew; a deleted call leaves."""
    control = tenant.sandbox.control
    deleted, edited = list(tenant.sandbox.world.visible_calls())[-2:]
    control.edit_call(edited, "metaData.title", "Renamed: 'quoted' \u2028 🎧 end")
    control.edit_call(edited, "parties", tenant.sandbox.world.calls[edited].data["parties"][:1])
    control.edit_user(next(iter(tenant.sandbox.world.users)), "title", "Head of everything")
    with lake.connection(tenant.dataset) as connection:
        connection.execute("DROP TABLE transcript_sentences")
    tenant.at(tenant.now + timedelta(hours=1))
    tenant.synced(resources=RESOURCES)
    tenant.check_of(*RESOURCES)
    control.delete_calls([deleted])
    options = tenant.settings(clock=lambda: tenant.now, end_date=tenant.now)
    report = run_reconcile(tenant.pipeline(), on_delete="purge", **options)
    assert (report.exit_code, report.found["deleted"]) == (0, 1), report.as_text()
    tenant.check_of(*RESOURCES)


def an_idle_hour(tenant: WarehouseTenant, lake: DuckLake) -> None:
    """Nothing is written but that there was a run: each snapshot tells what it changed."""
    with lake.connection(tenant.dataset) as connection:
        ((last,),) = connection.execute("SELECT max(snapshot_id) FROM lake.snapshots()").fetchall()
    tenant.at(tenant.now + timedelta(hours=1))
    assert tenant.synced(resources=RESOURCES).rows.total() == 0
    with lake.connection(tenant.dataset) as connection:
        known = "SELECT table_id::VARCHAR, table_name FROM __ducklake_metadata_lake.ducklake_table"
        names = dict(connection.execute(known).fetchall())
        changes = connection.execute(f"SELECT changes FROM lake.snapshots() WHERE snapshot_id > {last}").fetchall()
    assert len(changes) == len(WRITTEN)
    assert {names[table] for (change,) in changes for tables in change.values() for table in tables} == WRITTEN


def no_reader_saw_an_empty_table(tenant: WarehouseTenant, lake: DuckLake) -> None:
    """At no moment: the lake has a snapshot of each."""
    with lake.connection(tenant.dataset) as connection:
        snapshots = connection.execute("SELECT snapshot_id FROM lake.snapshots() ORDER BY 1").fetchall()
        for table in ("calls", "calls__parties", "users", "workspaces"):
            counted = [counted_at(connection, table, snapshot) for (snapshot,) in snapshots]
            filled = list(dropwhile(lambda rows: not rows, counted))
            assert len(filled) > 10
            assert all(filled), table


def counted_at(connection: duckdb.DuckDBPyConnection, table: str, snapshot: int) -> int:
    """Rows that a table had; none where it was not there yet."""
    try:
        ((rows,),) = connection.execute(f"SELECT COUNT(*) FROM {table} AT (VERSION => {snapshot})").fetchall()
    except duckdb.CatalogException:
        return 0
    return int(rows)


def commands(tenant: WarehouseTenant, lake: DuckLake, monkeypatch: pytest.MonkeyPatch) -> None:
    """What people type, found by the environment: where the lake is, its views, and whether it is sound."""
    for name, value in lake.variables().items():
        monkeypatch.setenv(name, value)
    where = ["--destination", "ducklake", "--dataset-name", tenant.dataset]
    status = json.loads(typed("status", *where, "--json"))
    assert status["where"].keys() == {"destination", "catalog", "files", "dataset"}
    assert {name for name, each in status["streams"].items() if each["rows"]} >= set(RESOURCES)
    assert status["streams"]["calls"]["rows"] == len(tenant.ids("calls"))
    typed("views", *where)
    assert tenant.sql("SELECT COUNT(*) FROM v_transcript") == tenant.sql("SELECT COUNT(*) FROM transcript_sentences")
    assert create_views(tenant.pipeline()) == view_names(), "which are left alone"
    problems = run_verify(tenant.pipeline(), **tenant.settings(clock=lambda: tenant.now)).problems
    assert problems == []
    monkeypatch.setenv("DESTINATION__DUCKLAKE__CREDENTIALS__CATALOG", "postgresql://loader:UNMISTAKABLE@localhost:9/x")
    for command in ("status", "views"):
        refused = CliRunner().invoke(main, [command, *where])
        assert refused.exit_code == 1
        assert "The destination can't be reached" in refused.output
        assert "UNMISTAKABLE" not in refused.output


def typed(*words: str) -> str:
    """What a command that must succeed prints."""
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    return result.output


def a_purge(tenant: WarehouseTenant) -> None:
    """Somebody's address is nowhere, and everybody else's stays."""
    addresses = "SELECT DISTINCT email_address FROM calls__parties WHERE email_address IS NOT NULL ORDER BY 1"
    ((email,), *others) = tenant.sql(addresses)
    purge_person(tenant.pipeline(), emails=[email])
    assert tenant.sql(addresses) == others
    assert tenant.sql(f"SELECT COUNT(*) FROM users WHERE email_address = '{email}'") == [(0,)]


def fields_with_names_of_the_catalogs_columns(tenant: WarehouseTenant) -> None:
    """They have other columns, and stop no load."""
    call = list(tenant.sandbox.world.visible_calls())[-1]
    for number, name in enumerate(OF_THE_LAKE):
        tenant.sandbox.control.edit_call(call, f"metaData.{name}", number)
    tenant.at(tenant.now + timedelta(hours=1))
    tenant.synced(resources=["calls"])
    columns = ", ".join(f"{name}_x" for name in OF_THE_LAKE)
    assert tenant.sql(f"SELECT {columns} FROM calls WHERE id = '{call}'") == [tuple(range(len(OF_THE_LAKE)))]
