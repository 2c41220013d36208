"""The commands as people type them: processes, exit codes, what they print, and kill -9."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.harness import Tenant

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def live_tenant(make_tenant: Callable[..., Tenant]) -> Tenant:
    """A company whose history ends now: processes have the real clock."""
    now = datetime.now(timezone.utc)
    tenant = make_tenant(end=now - timedelta(minutes=10))
    tenant.sandbox.control.set_now(None)
    tenant.now = now
    tenant.start = (now - timedelta(days=61)).replace(hour=0, minute=0, second=0, microsecond=0)
    return tenant


def environment(tenant: Tenant, **more: str) -> dict[str, str]:
    """Environment of a command; the credentials are the sandbox's unless told otherwise."""
    names = {
        "BASE_URL": tenant.sandbox.url,
        "CREDENTIALS__ACCESS_KEY": tenant.sandbox.access_key,
        "CREDENTIALS__ACCESS_KEY_SECRET": tenant.sandbox.access_key_secret,
        "REQUESTS_PER_SECOND": "0",
        "START_DATE": tenant.start.date().isoformat(),
        **more,
    }
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "DLT_DATA_DIR": str(tenant.folder / "dlt-home"),
        "DESTINATION__DUCKDB__CREDENTIALS": str(tenant.database),
        **{f"SOURCES__GONG__{name}": value for name, value in names.items() if value},
    }


def sync(tenant: Tenant, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m pipelines.sync`` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "pipelines.sync", *arguments],
        env=environment(tenant, **more),
        cwd=tenant.folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def check(tenant: Tenant, report: dict[str, Any]) -> None:
    """Compare with what the API shows for the range that the report tells; AccessLog moves on with the clock."""
    ((start, end),) = report["ranges"]["calls"]["*"]
    assert datetime.fromisoformat(start[:19] + "+00:00") == tenant.start
    tenant.check(truth=tenant.truth(end=datetime.fromisoformat(end[:19] + "+00:00")), skip=("logs",))


def test_sync_prints_tables_and_json(live_tenant: Tenant) -> None:
    done = sync(live_tenant, "--destination", "duckdb", "--dataset-name", "gong_data", "--json")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.strip().splitlines()
    report = json.loads(line)
    assert report["rows"]["calls"] == 230
    assert report["requests"]["POST /v2/calls/extensive"] >= 3
    assert report["ranges"]["calls"]["*"][0][0] == live_tenant.start.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert report["seconds"] > 0
    assert "calls__parties" in done.stderr
    check(live_tenant, report)


def test_missing_credentials_are_one_sentence_and_exit_2(live_tenant: Tenant) -> None:
    done = sync(live_tenant, CREDENTIALS__ACCESS_KEY_SECRET="")
    assert done.returncode == 2
    assert "set access_key_secret under [sources.gong.credentials]" in done.stderr
    assert "SOURCES__GONG__CREDENTIALS__ACCESS_KEY_SECRET" in done.stderr
    assert "Traceback" not in done.stderr
    assert live_tenant.sandbox.access_key not in done.stderr


def test_wrong_usage_exits_2(live_tenant: Tenant) -> None:
    assert sync(live_tenant, "--resources", "deals").returncode == 2
    assert sync(live_tenant, "--nonsense").returncode == 2
    assert sync(live_tenant, "--start-date", "yesterday").returncode == 2
    done = sync(live_tenant, BASE_URL="http://api.gong.io")
    assert done.returncode == 2
    assert "https" in done.stderr


def test_failures_exit_1_and_tell_no_secret(live_tenant: Tenant) -> None:
    done = sync(live_tenant, "--json", CREDENTIALS__ACCESS_KEY_SECRET="a-wrong-secret")
    assert done.returncode == 1
    assert "HTTP 401" in done.stderr
    assert "Traceback" not in done.stderr
    assert "a-wrong-secret" not in done.stdout + done.stderr
    assert json.loads(done.stdout.strip().splitlines()[-1])["exit_code"] == 1


def test_a_used_up_quota_exits_75(live_tenant: Tenant) -> None:
    live_tenant.sandbox.control.set_quota(daily_requests=3, retry_after=3600)
    assert sync(live_tenant).returncode == 75


def test_settings_come_from_toml_files(live_tenant: Tenant) -> None:
    folder = live_tenant.folder / ".dlt"
    folder.mkdir()
    (folder / "config.toml").write_text(
        f'[sources.gong]\nbase_url = "{live_tenant.sandbox.url}"\nrequests_per_second = 0\n'
        f"start_date = {live_tenant.start.date().isoformat()}\n[runtime]\ndlthub_telemetry = false\n"
    )
    (folder / "secrets.toml").write_text(
        f'[sources.gong.credentials]\naccess_key = "{live_tenant.sandbox.access_key}"\n'
        f'access_key_secret = "{live_tenant.sandbox.access_key_secret}"\n'
    )
    nothing = (
        "BASE_URL",
        "CREDENTIALS__ACCESS_KEY",
        "CREDENTIALS__ACCESS_KEY_SECRET",
        "REQUESTS_PER_SECOND",
        "START_DATE",
    )
    done = sync(live_tenant, "--resources", "users,workspaces", **dict.fromkeys(nothing, ""))
    assert done.returncode == 0, done.stderr
    assert len(live_tenant.rows("users")) == 12


@pytest.mark.slow
def test_kill_9_at_any_instant_loses_nothing(live_tenant: Tenant) -> None:
    """Kills at random instants, sometimes with only the destination left; then the same command once more."""
    live_tenant.sandbox.control.set_latency(0.05)
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    instants = random.Random(seed)
    for number in range(6):
        process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.sync"],
            env=environment(live_tenant, CHUNK_DAYS="7"),
            cwd=live_tenant.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(instants.uniform(1.0, 5.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        if number % 3 == 2:
            shutil.rmtree(live_tenant.folder / "dlt-home", ignore_errors=True)
    done = sync(live_tenant, "--json", CHUNK_DAYS="7")
    assert done.returncode == 0, done.stderr
    check(live_tenant, json.loads(done.stdout.strip().splitlines()[-1]))
