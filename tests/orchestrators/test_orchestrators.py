"""What ``pipelines`` has for orchestrators, each run by the orchestrator itself, in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gong_source.streams.table import StreamTable
from tests.pipeline.conftest import make_tenant  # noqa: F401  a fixture
from tests.pipeline.harness import Tenant
from tests.pipeline.process import ROOT, environment, live
from tests.warehouses.environments import server_python

pytestmark = [pytest.mark.warehouse, pytest.mark.slow]


@pytest.fixture
def tenant(make_tenant: Callable[..., Tenant]) -> Tenant:  # noqa: F811
    """A company with 40 calls whose history ends now."""
    return live(make_tenant, calls=40, users=5, sentences=1)


class Shell:
    """Runs an orchestrator's command, which finds ours as a person would have set it up."""

    def __init__(self, tenant: Tenant, name: str, **variables: str) -> None:
        (settings := tenant.folder / ".dlt").mkdir()
        (settings / "secrets.toml").write_text(f'destination.duckdb.credentials = "{tenant.database.name}"')
        (elsewhere := tenant.folder / "elsewhere").mkdir()
        self._folder = elsewhere
        self._bin = Path(server_python(name)).parent
        first = next(iter(months(tenant)))
        ours = ("PYTHONPATH", "DESTINATION__DUCKDB__CREDENTIALS")
        self._variables = {
            **{name: value for name, value in environment(tenant).items() if name not in ours},
            "HOME": str(tenant.folder),
            "GONG_FOLDER": str(tenant.folder),
            "PATH": f"{self._bin}:{os.environ['PATH']}",
            "GONG_SOURCE": f"env PYTHONPATH={ROOT} {sys.executable} -m gong_source.cli",
            "GONG_TARGET": "--destination duckdb --dataset-name gong_data",
            "GONG_HISTORY": f"{first}-01",
            **variables,
        }

    def run(self, *command: str, code: int = 0, **variables: str) -> str:
        """What a command says that must end with this code."""
        done = subprocess.run(
            [self._bin / command[0], *command[1:]],
            cwd=self._folder,
            env={**self._variables, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, done.stdout[-5000:]
        return done.stdout


def months(tenant: Tenant) -> dict[str, list[str]]:
    """Ids of the calls that Gong shows, by month."""
    found: dict[str, list[str]] = {}
    for call in tenant.sandbox.world.visible_calls().values():
        found.setdefault(f"{call.started:%Y-%m}", []).append(call.id)
    return found


def loaded(tenant: Tenant) -> set[str]:
    return {row[0] for row in tenant.sql("SELECT id FROM calls")}


def test_airflow_runs_every_dag(tenant: Tenant) -> None:
    folder = tenant.folder / "airflow"
    shell = Shell(
        tenant,
        "airflow",
        AIRFLOW_HOME=str(folder),
        AIRFLOW__CORE__DAGS_FOLDER=str(ROOT / "pipelines"),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__UNIT_TEST_MODE="False",
    )
    shell.run("airflow", "db", "migrate")
    shell.run("airflow", "pools", "set", "gong", "1", "Gong's quota")
    (_, of_first), (second, _), *_ = months(tenant).items()
    shell.run("airflow", "dags", "test", "gong_backfill", f"{second}-01")  # as of when its month is over
    assert loaded(tenant) == set(of_first)
    shell.run("airflow", "dags", "test", "gong_sync")
    assert loaded(tenant) == set(tenant.sandbox.world.visible_calls())
    tenant.sandbox.control.edit_call(of_first[0], "metaData.title", "edited long after")
    shell.run("airflow", "dags", "test", "gong_reconcile")
    assert tenant.sql(f"SELECT title FROM calls WHERE id = '{of_first[0]}'") == [("edited long after",)]


def test_dagster_has_an_asset_for_each_stream_and_loads_it(tenant: Tenant) -> None:
    shell = Shell(tenant, "dagster", DAGSTER_HOME=str(tenant.folder), DAGSTER_DISABLE_TELEMETRY="yes")
    file = str(ROOT / "pipelines" / "dagster_defs.py")
    listed = shell.run("dagster", "asset", "list", "-f", file)
    assert set(listed.split()) >= {f"gong/{stream.name}" for stream in StreamTable().read if stream.default}
    assert "calls_basic" not in listed, "which is not loaded"
    (first, of_first), *_ = months(tenant).items()

    def materialize(select: str, *more: str, **options: Any) -> str:
        return shell.run("dagster", "asset", "materialize", "-f", file, "--select", select, *more, **options)

    told = materialize("gong/users", code=1, GONG_TARGET="--destination mysql")
    assert "gong-source ended with 2: {'run': \"There is no destination 'mysql'" in told
    materialize("gong/calls", "--partition", f"{first}-01")
    assert loaded(tenant) == set(of_first)
    materialize("gong/users,gong/workspaces")
    assert tenant.sql("SELECT COUNT(*) FROM users") == [(len(tenant.sandbox.world.users),)]
    materialize("gong/users,gong/workspaces", SOURCES__GONG__DAILY_REQUESTS="1")  # the next hour goes on
    assert tenant.sql("SELECT outcome FROM _gong_runs ORDER BY started DESC LIMIT 1") == [("stopped",)]
    assert tenant.sql("SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'scorecards'") == [(0,)]
