"""A load that is cut off at any of its files, or misses what somebody took from the staging dataset: done once more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from dlt.common.destination.client import RunnableLoadJob

from tests.warehouses.marks import WAREHOUSE
from tests.warehouses.tenant import SOME, WarehouseTenant
from tests.warehouses.warehouses import Warehouse

pytestmark = WAREHOUSE

STREAMS = ("calls", "users", "users_history")


@pytest.fixture(params=["duckdb", "bigquery", "snowflake", "postgres"])
def tenant(request: pytest.FixtureRequest, tenant_maker: Callable[..., WarehouseTenant]) -> WarehouseTenant:
    """A company that was synced once, and changed since."""
    warehouse: Warehouse = request.getfixturevalue(f"{request.param}_warehouse")
    tenant = tenant_maker(warehouse, calls=4, users=3, days=4)
    tenant.parts = SOME
    tenant.synced(resources=STREAMS)
    change(tenant)
    return tenant


def change(tenant: WarehouseTenant) -> None:
    """An hour later, all that was loaded has another title."""
    for call in tenant.sandbox.world.calls:
        tenant.sandbox.control.edit_call(call, "metaData.title", f"At {tenant.now}")
    for user in tenant.sandbox.world.users:
        tenant.sandbox.control.edit_user(user, "title", f"At {tenant.now}")
    tenant.at(tenant.now + timedelta(hours=1))


def lose_connections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Tables whose rows are committed and then the connection is lost, as often as a table is named."""
    left: list[str] = []
    own = RunnableLoadJob.run_managed

    def run_managed(job: Any, *args: Any) -> None:
        run = job.run

        def cut() -> None:
            run()
            if (table := job.load_table_name) in left and not job._file_name.endswith(".sql"):
                left.remove(table)
                raise ConnectionError("lost")

        job.run = cut
        own(job, *args)

    monkeypatch.setattr(RunnableLoadJob, "run_managed", run_managed)
    return left


def assert_exact(tenant: WarehouseTenant) -> None:
    """All rows are there, once."""
    tenant.check_of(*STREAMS)
    versions = "SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids FROM users_history WHERE _dlt_valid_to IS NULL"
    assert tenant.sql(versions) == [(3, 3)]
    for table, key in (("_dlt_pipeline_state", "_dlt_load_id"), ("_dlt_loads", "load_id")):
        assert tenant.sql(f"SELECT {key} FROM {table} GROUP BY {key} HAVING COUNT(*) > 1") == []


def test_no_file_is_loaded_twice_wherever_the_connection_is_lost(
    tenant: WarehouseTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, and the same run loads all of it; again and again, and the next one does.

    Of these tables nobody tells rows apart once they are there twice: parts of a call, what is appended, versions.
    """
    left = lose_connections(monkeypatch)
    for table in ("calls__parties", "_dlt_pipeline_state"):
        left.append(table)
        tenant.synced(resources=STREAMS)
        assert not left
        change(tenant)
    left += ["users_history"] * 2
    assert tenant.sync(resources=STREAMS).exit_code == 1
    left.clear()
    tenant.synced(resources=STREAMS)
    assert_exact(tenant)


def test_what_somebody_took_from_the_staging_dataset_is_made_again(tenant: WarehouseTenant) -> None:
    """Two tables, a column, and one that tells rows apart; where staging tables are merged from."""
    with tenant.pipeline().sql_client() as client:
        with client.with_staging_dataset():
            users, history, calls, parties = map(
                client.make_qualified_table_name, ("users", "users_history", "calls", "calls__parties")
            )
        client.execute_sql(f"DROP TABLE {users}")
        client.execute_sql(f"DROP TABLE {parties}")
        client.execute_sql(f"ALTER TABLE {history} DROP COLUMN id")
        client.execute_sql(f"ALTER TABLE {calls} DROP COLUMN title")
    tenant.synced(resources=STREAMS)
    assert_exact(tenant)
