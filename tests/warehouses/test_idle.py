"""What an hour costs in which nothing happened in Gong."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from tests.warehouses.marks import WAREHOUSE
from tests.warehouses.tenant import WarehouseTenant
from tests.warehouses.warehouses import Warehouse

pytestmark = WAREHOUSE

MOST = 6
"""Statements that BigQuery bills; one that fails, and the declaration that dlt sends in place of nothing, are free."""

WRITTEN = ["_dlt_loads", "_gong_runs"]
"""All that is written by statements; the state travels in a load job, which is free."""


def test_bigquery_bills_few_statements(
    bigquery_warehouse: Warehouse, tenant_maker: Callable[..., WarehouseTenant]
) -> None:
    tenant = tenant_maker(bigquery_warehouse, calls=10)
    tenant.synced(list_refresh_hours=24)
    server = bigquery_warehouse.server
    assert server is not None
    server.new_statements()
    tenant.at(tenant.now + timedelta(hours=1))
    assert tenant.synced(list_refresh_hours=24).rows.total() == 0
    sent = [each["sql"].strip() for each in server.new_statements() if not each["failed"]]
    billed = [sql for sql in sent if not sql.startswith("DECLARE")]
    assert len(billed) <= MOST, "\n".join(billed)
    changing = [sql for sql in billed if not sql.startswith("SELECT")]
    assert [re.findall(r"INSERT INTO (?:`\w+`\.)*`(\w+)`", sql) for sql in changing] == [[name] for name in WRITTEN], (
        changing
    )
