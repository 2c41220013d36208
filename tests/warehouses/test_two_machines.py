"""One pipeline on two machines at the same time, against all advice: what one took from the other comes again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from dlt.destinations.sql_jobs import SqlMergeFollowupJob

from gong_source.runs import run_backfill
from tests.pipeline.process import ROOT
from tests.warehouses.marks import WAREHOUSE
from tests.warehouses.tenant import CALLS, WarehouseTenant
from tests.warehouses.warehouses import Postgres

pytestmark = WAREHOUSE

OTHER = """
import json, sys
from datetime import datetime
import dlt
from gong_source.runs import run_sync
told = json.loads(sys.argv[1])
pipeline = dlt.pipeline("gong", destination="postgres", dataset_name=told["dataset"], pipelines_dir=told["home"])
report = run_sync(pipeline, clock=lambda: datetime.fromisoformat(told["now"]), **told["settings"])
sys.exit(report.exit_code)
"""


def test_machines_that_share_staging_tables_lose_nothing(
    postgres_warehouse: Postgres,
    tenant_maker: Callable[..., WarehouseTenant],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One has filled the staging tables and is about to merge; the other empties and fills them, and merges its own."""
    tenant = tenant_maker(postgres_warehouse, calls=20)
    middle = tenant.start + timedelta(days=20)
    others: list[str] = []
    generate = SqlMergeFollowupJob.generate_sql

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        if not others:
            others.append("ran")
            told = {
                "dataset": tenant.dataset,
                "home": str(tenant.folder / "other"),
                "now": tenant.now.isoformat(),
                "settings": {**tenant.settings(resources=list(CALLS)), "start_date": middle.isoformat()},
            }
            command = [sys.executable, "-c", OTHER, json.dumps(told)]
            subprocess.run(command, cwd=ROOT, env={**os.environ, **postgres_warehouse.variables()}, check=True)
        return generate(*args, **kwargs)

    monkeypatch.setattr(SqlMergeFollowupJob, "generate_sql", interrupted)
    run_backfill(
        tenant.pipeline(),
        end_date=middle,
        resources=CALLS,
        clock=lambda: tenant.now,
        **tenant.settings(),
    )
    assert others == ["ran"]
    earlier = f"SELECT count(*) FROM calls WHERE started < '{middle.isoformat()}'"
    assert tenant.sql(earlier) == [(0,)], "lost, though the package was completed: what the other machine took away"
    tenant.synced(resources=CALLS)
    assert "this pipeline ran on another machine at the same time" in caplog.text
    tenant.check_of(*CALLS)
    caplog.clear()
    tenant.at(tenant.now + timedelta(hours=1))
    tenant.synced(resources=CALLS)
    assert "Read again" not in caplog.text
