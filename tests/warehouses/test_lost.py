"""A warehouse that can't be reached any more in the middle of a load."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from google.resumable_media.requests import _request_helpers

from tests.warehouses.line import Line
from tests.warehouses.marks import WAREHOUSE
from tests.warehouses.tenant import WarehouseTenant
from tests.warehouses.warehouses import BigQuery

pytestmark = WAREHOUSE


def test_a_connection_that_is_lost_during_a_load_is_told_of_soon(
    bigquery_warehouse: BigQuery, tenant_maker: Callable[..., WarehouseTenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = tenant_maker(bigquery_warehouse, calls=3)
    assert bigquery_warehouse.server is not None
    line = Line(bigquery_warehouse.server.port, b"/upload/")
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", f"http://127.0.0.1:{line.port}")
    # Google's client pauses 63 s in all before it gives up a file; what counts is how often dlt begins anew
    monkeypatch.setenv("DESTINATION__BIGQUERY__RETRY_DEADLINE", "2")
    pauses: list[float] = []
    monkeypatch.setattr(_request_helpers, "time", SimpleNamespace(sleep=pauses.append))
    report = tenant.sync(resources=["users"])
    assert line.cut
    assert len(pauses) <= 6 * 2, "two files are loaded side by side: the users and the state"
    assert report.exit_code == 1
    assert "users" in report.failures
    assert re.search("bigquery failed again and again during a load.*[Cc]onnection", str(report.failures["users"]))
