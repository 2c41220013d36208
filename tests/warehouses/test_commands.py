"""Every command as people type it, each in a process on a machine that has seen no other."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import orjson
import pytest

from gong_source.webhook.inbox import Inbox, Received
from gong_source.webhook.verify import parse
from tests.pipeline.process import environment, live
from tests.warehouses.marks import WAREHOUSE
from tests.warehouses.tenant import CALLS, SOME, WarehouseTenant
from tests.warehouses.warehouses import Warehouse

pytestmark = WAREHOUSE


class Shell:
    """Runs commands against a company and a warehouse."""

    def __init__(self, tenant: WarehouseTenant) -> None:
        self._tenant = tenant
        self._machines = 0

    def run(self, module: str, *arguments: str) -> Any:
        """What a command that must succeed prints as JSON."""
        tenant = self._tenant
        self._machines += 1
        machine = tenant.folder / f"machine{self._machines}"
        machine.mkdir()
        variables = environment(tenant, CALL_PARTS=json.dumps(list(tenant.parts)))
        where = ["--destination", tenant.warehouse.name, "--dataset-name", tenant.dataset]
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments, *where],
            env={**variables, **tenant.warehouse.variables(), "DLT_DATA_DIR": str(machine)},
            cwd=machine,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout if module == "gong_source.cli" else done.stdout.splitlines()[-1])


@pytest.fixture(params=["bigquery", "snowflake"])
def company(request: pytest.FixtureRequest, tenant_maker: Callable[..., WarehouseTenant]) -> WarehouseTenant:
    """A company whose history ends now, as processes have the real clock."""
    warehouse: Warehouse = request.getfixturevalue(f"{request.param}_warehouse")
    tenant: Any = live(lambda **options: tenant_maker(warehouse, calls=40, **options))  # type: ignore[arg-type]
    assert isinstance(tenant, WarehouseTenant)
    tenant.parts = SOME
    return tenant


def test_all_commands_on_fresh_machines(company: WarehouseTenant) -> None:
    shell, control, world = Shell(company), company.sandbox.control, company.sandbox.world
    start, middle = company.start.date().isoformat(), (company.now - timedelta(days=20)).date().isoformat()
    only_calls = ("--resources", ",".join(CALLS))
    past = shell.run(
        "pipelines.backfill", "--start-date", start, "--end-date", middle, "--chunk-days", "30", *only_calls, "--json"
    )
    assert past["packages"]
    recent = shell.run("pipelines.sync", "--start-date", middle, "--resources", ",".join((*CALLS, "users")), "--json")
    assert past["rows"]["calls"] + recent["rows"]["calls"] == len(world.visible_calls()) == len(company.ids("calls"))

    control.reset_counters()
    again = shell.run("pipelines.sync", "--start-date", middle, *only_calls, "--json")
    assert again["rows"].get("calls", 0) < recent["rows"]["calls"], "only the look-back is read again"

    (new,) = control.add_calls(1, company.now - timedelta(minutes=30))
    inbox = company.folder / "inbox"
    keep(inbox, new, world.calls[new].data)
    drained = shell.run("pipelines.webhook", "--drain", "--inbox", str(inbox), *only_calls, "--json")
    assert drained["found"]["loaded"] == 1
    assert new in company.ids("calls")

    control.delete_calls([first := next(iter(world.visible_calls()))])
    whole = ("--start-date", start, "--end-date", company.now.isoformat())
    repaired = shell.run("pipelines.reconcile", *whole, "--on-delete", "purge", "--json")
    assert repaired["found"]["deleted"] == 1
    assert first not in company.ids("calls")
    compare(company)

    user = next(row for row in company.rows("users") if row["email_address"])
    purged = shell.run("gong_source.cli", "purge", "--email", user["email_address"], "--offline", "--yes")
    assert purged["blanked"]["users"] == 1
    (blank,) = [row for row in company.rows("users") if row["id"] == user["id"]]
    assert blank["email_address"] is None


def keep(inbox: Path, call_id: str, call: dict[str, Any]) -> None:
    """Put an event into the inbox, as the receiver does."""
    body = orjson.dumps({"callData": call, "isTest": False})
    with closing(Inbox(inbox)) as box:
        box.put([Received(parse(body).body_sha256, call_id, int(time.time() * 1e6), body)])


def compare(company: WarehouseTenant) -> None:
    """All rows with what the API shows for the loaded range."""
    end, company.now = company.now, datetime.now(timezone.utc)  # the truth reads logs too, of the last 14 days only
    company.check_of(*CALLS, truth=company.truth(end=end))
