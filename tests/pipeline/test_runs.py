"""``_gong_runs``: what each run leaves behind of itself."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from importlib.metadata import version
from typing import Any

import duckdb
import pytest

from gong_source import gong_source
from gong_source.report import RunReport
from gong_source.runs import purge_person, run_reconcile, run_sync
from tests.pipeline.harness import DATASET, Tenant


def runs(tenant: Tenant) -> list[dict[str, Any]]:
    """Rows of the table, the oldest first."""
    found = sorted(tenant.rows("_gong_runs"), key=lambda row: row["started"])
    for row in found:
        for name in ("streams", "ranges", "requests_by_endpoint", "rows_by_table"):
            row[name] = json.loads(row[name])
    return found


@pytest.mark.usefixtures("one_day")
def test_every_run_leaves_a_row_however_it_ends(settled: Tenant) -> None:
    """One for each: done, stopped, failed; a sync, a reconcile, a purge; and dlt's refresh takes none of them."""
    (first,) = runs(settled)
    assert (first["pipeline"], first["command"], first["version"]) == ("gong", "sync", version("gong-source"))
    assert (first["outcome"], first["message"]) == ("done", "")
    assert first["rows_by_table"]["calls"] == len(settled.rows("calls"))
    assert sum(first["rows_by_table"].values()) == first["rows"]
    assert sum(first["requests_by_endpoint"].values()) == first["requests"]
    assert {"calls", "transcripts", "users", "logs"} <= set(first["streams"])
    assert first["ranges"]["calls"]["*"][0][0].startswith(f"{settled.start:%Y-%m-%d}")
    assert timedelta(0) < first["ended"] - first["started"] < timedelta(hours=1)
    assert abs(datetime.now(timezone.utc) - first["ended"]) < timedelta(days=1), "by the real clock"

    settled.at(settled.now + timedelta(hours=1))
    email = next(user["emailAddress"] for user in settled.sandbox.world.users.values() if user.get("emailAddress"))
    settled.sandbox.control.fail("400", endpoint="GET /v2/users", times=1, text=f"{email} is not known")
    failed = settled.sync(resources=["users", "workspaces"])
    stopped = settled.sync(resources=["users"], daily_requests=1)
    run_reconcile(settled.pipeline(), rolling=1, clock=lambda: settled.now, **settled.settings(start_date=None))
    purge_person(settled.pipeline(), emails=[email])
    purge_person(settled.pipeline(), emails=[email], dry_run=True)
    assert (failed.exit_code, stopped.exit_code) == (1, 75)
    found = runs(settled)[1:]
    assert [(row["command"], row["outcome"]) for row in found] == [
        ("sync", "failed"),
        ("sync", "stopped"),
        ("reconcile", "done"),
        ("purge", "done"),
    ]
    assert "GET /v2/users" in found[0]["message"]
    assert "<e-mail> is not known" in found[0]["message"]
    assert found[1]["message"].startswith("STOPPED users: Gong quota used up")
    assert found[3]["rows_by_table"]["users"] == 1
    assert email not in json.dumps(found, default=str)
    assert settled.sandbox.access_key_secret not in json.dumps(found, default=str)

    settled.pipeline().run(gong_source(**settled.settings()).with_resources("workspaces"), refresh="drop_sources")
    assert len(runs(settled)) == 5, "dlt's refresh leaves it alone"
    assert "_gong_runs" not in settled.pipeline().default_schema.tables


def test_who_is_told_of_a_package_can_look_at_the_file(settled: Tenant) -> None:
    """By a connection of their own, which DuckDB grants nobody beside one that writes."""
    found: list[int] = []

    def look(report: RunReport) -> None:
        with duckdb.connect(str(settled.database), read_only=True) as connection:
            found.append(len(connection.execute(f"SELECT 1 FROM {DATASET}._dlt_loads").fetchall()))

    before = len(settled.rows("_dlt_loads"))
    settled.at(settled.now + timedelta(hours=1))
    report = run_sync(settled.pipeline(), on_package=look, clock=lambda: settled.now, **settled.settings())
    assert report.exit_code == 0
    assert found == [*range(before + 1, before + 1 + report.packages)]
