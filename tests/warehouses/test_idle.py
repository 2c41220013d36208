"""What an hour costs in which nothing happened in Gong; ``docs/warehouses.md`` reckons with these numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from gong_source.streams.table import StreamTable
from tests.pipeline.process import ROOT
from tests.warehouses.marks import WAREHOUSE
from tests.warehouses.tenant import WarehouseTenant
from tests.warehouses.warehouses import Warehouse

pytestmark = WAREHOUSE

MOST = 6
"""Statements that BigQuery bills; one that fails, and the declaration that dlt sends in place of nothing, are free."""

MOST_ON_SNOWFLAKE = MOST + 7
"""Whether the schema is there, and the state: its file is staged, copied and removed, in a transaction. On BigQuery
that is a load job, which is free."""

WRITTEN = ["_dlt_loads", "_gong_runs"]
"""All that is written by statements, beside the state."""

OTHERS = 14
"""Tables that BigQuery's statements name, all together, beside those of the one that asks which are empty."""


@pytest.fixture
def idle_hour(tenant_maker: Callable[..., WarehouseTenant]) -> Callable[[Warehouse], list[str]]:
    """Gives the statements of a sync that finds what the one an hour before has left."""

    def statements(warehouse: Warehouse) -> list[str]:
        tenant, server = tenant_maker(warehouse, calls=10), warehouse.server
        assert server is not None
        tenant.synced(list_refresh_hours=24)
        server.new_statements()
        tenant.at(tenant.now + timedelta(hours=1))
        assert tenant.synced(list_refresh_hours=24).rows.total() == 0
        return [each["sql"].strip() for each in server.new_statements() if not each["failed"]]

    return statements


def inserted(statements: list[str]) -> list[str]:
    """Tables that rows are inserted into."""
    found = (re.search(r"""INSERT INTO (?:[`"]\w+[`"]\.)*[`"](\w+)[`"]""", sql) for sql in statements)
    return [match[1].lower() for match in found if match]


def test_bigquery_bills_few_statements(
    bigquery_warehouse: Warehouse, idle_hour: Callable[[Warehouse], list[str]]
) -> None:
    billed = [sql for sql in idle_hour(bigquery_warehouse) if not sql.startswith("DECLARE")]
    assert len(billed) <= MOST, "\n".join(billed)
    changing = [sql for sql in billed if not sql.startswith("SELECT")]
    assert inserted(changing) == WRITTEN
    assert len(changing) == len(WRITTEN)

    # at least 10 MB are billed for each table that a query names
    named = [set(re.findall(r"(?:`\w+`\.)+(?:`(\w+)`|INFORMATION_SCHEMA)", sql)) for sql in billed]
    (emptiness,) = [tables for sql, tables in zip(billed, named, strict=True) if " LIMIT 1) AS first" in sql]
    loaded = {table.name for stream in StreamTable().read if stream.default for table in stream.tables}
    own = {"_dlt_loads", "_dlt_pipeline_state"}
    assert own <= emptiness <= loaded | own
    assert sum(map(len, named)) - len(emptiness) <= OTHERS
    most = len(loaded | own)
    told = ROOT.joinpath("docs", "warehouses.md").read_text(encoding="utf-8")
    assert f"{most} tables" in told
    assert f"{most + OTHERS} in all" in told


def test_snowflake_is_sent_few_statements(
    snowflake_warehouse: Warehouse, idle_hour: Callable[[Warehouse], list[str]]
) -> None:
    sent = idle_hour(snowflake_warehouse)
    files = [sql for sql in sent if sql.startswith("PUT")]
    for again in files[1:]:  # the emulator's own, of the one file by its name, beside a connector before version 5
        assert "file:///" not in again
        sent.remove(again)
    assert len(sent) <= MOST_ON_SNOWFLAKE, "\n".join(sent)
    assert inserted(sent) == WRITTEN
    (copied,) = [sql for sql in sent if sql.startswith("COPY")]
    assert '"_DLT_PIPELINE_STATE"' in copied
    assert f"{MOST_ON_SNOWFLAKE} statements" in ROOT.joinpath("docs", "warehouses.md").read_text(encoding="utf-8")
