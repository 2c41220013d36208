"""Warehouses for the scenarios: DuckDB in a file, BigQuery and Snowflake as emulators in processes of their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gong_source.sandbox import Sandbox
from tests.pipeline.harness import NOW
from tests.warehouses import postgres, preparation
from tests.warehouses.googlesql import forget_service, prepare_service
from tests.warehouses.server import Server, running
from tests.warehouses.statements import BigQueryChecker, SnowflakeChecker
from tests.warehouses.tenant import WarehouseTenant
from tests.warehouses.warehouses import BigQuery, DuckDb, Postgres, Snowflake, Warehouse, service_account

pytest.register_assert_rewrite("tests.warehouses.scenarios", "tests.warehouses.upkeep")


PREPARATION = pytest.StashKey[Any]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """The emulators are made while other tests run."""
    if any(item.get_closest_marker("warehouse") for item in session.items) and not session.config.option.collectonly:
        session.stash[PREPARATION] = preparation.start()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if PREPARATION in session.stash:
        preparation.stop(session.stash[PREPARATION])


@pytest.fixture(scope="session")
def bigquery_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running("bigquery", tmp_path_factory.mktemp("bigquery"), ports=2) as server:
        yield server


@pytest.fixture(scope="session")
def google_account() -> Iterator[dict[str, str]]:
    with service_account() as account:
        yield account


@pytest.fixture(scope="session")
def snowflake_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running("snowflake", tmp_path_factory.mktemp("snowflake"), ports=1) as server:
        yield server


@pytest.fixture(scope="session")
def google_sql() -> Iterator[None]:
    """What judges BigQuery's statements."""
    prepare_service()
    yield
    forget_service()


@pytest.fixture(scope="session")
def bigquery_checker(google_sql: None) -> BigQueryChecker:
    return BigQueryChecker()


@pytest.fixture(scope="session")
def snowflake_checker() -> SnowflakeChecker:
    return SnowflakeChecker()


@contextmanager
def checked(warehouse: Warehouse) -> Iterator[Warehouse]:
    """The warehouse; whatever a test did with it, every statement that was sent must be sound."""
    yield warehouse
    wrong = warehouse.wrong_statements()
    assert not wrong, "\n\n".join(wrong[:5])


@pytest.fixture
def duckdb_warehouse(tmp_path: Path) -> Warehouse:
    return DuckDb(tmp_path)


@pytest.fixture
def bigquery_warehouse(
    bigquery_server: Server,
    bigquery_checker: BigQueryChecker,
    google_account: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Warehouse]:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", bigquery_server.url)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nothing listens there: Google's own hosts are not asked
    # dlt waits a second before it asks how a load job goes; the emulator's are done when it answers
    monkeypatch.setattr("dlt.destinations.impl.bigquery.bigquery.sleep", lambda seconds: time.sleep(seconds / 50))
    with checked(BigQuery(bigquery_server, bigquery_checker, google_account)) as warehouse:
        yield warehouse


@pytest.fixture
def snowflake_warehouse(
    snowflake_server: Server, snowflake_checker: SnowflakeChecker, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Warehouse]:
    monkeypatch.setenv("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true")  # it asks the hosts of three clouds
    with checked(Snowflake(snowflake_server, snowflake_checker)) as warehouse:
        yield warehouse


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    programs = postgres.programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with postgres.running(programs) as url:
        yield url


@pytest.fixture
def postgres_warehouse(postgres_url: str) -> Warehouse:
    return Postgres(postgres_url)


@pytest.fixture(params=["duckdb", "bigquery", "snowflake"])
def warehouse(request: pytest.FixtureRequest) -> Warehouse:
    """Each of the three, one after the other."""
    chosen: Warehouse = request.getfixturevalue(f"{request.param}_warehouse")
    return chosen


@pytest.fixture
def tenant_maker(tmp_path: Path) -> Iterator[Callable[..., WarehouseTenant]]:
    """Makes companies that load into a warehouse; their servers stop with the test."""
    made: list[Sandbox] = []

    def make(warehouse: Warehouse, days: int = 40, **options: Any) -> WarehouseTenant:
        folder = tmp_path / f"tenant{len(made)}"
        folder.mkdir()
        sandbox = Sandbox(days=days, **{"calls": 80, "users": 6, "sentences": 4, "end": NOW, **options})
        sandbox.start()
        made.append(sandbox)
        sandbox.control.set_now(NOW)
        return WarehouseTenant(warehouse, sandbox, folder, days=days + 1)

    yield make
    for sandbox in made:
        sandbox.stop()


@pytest.fixture
def tenant(warehouse: Warehouse, tenant_maker: Callable[..., WarehouseTenant]) -> WarehouseTenant:
    """A company with 80 calls in 40 days."""
    return tenant_maker(warehouse)
