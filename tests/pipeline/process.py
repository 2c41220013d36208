"""The commands as processes, against a company whose history ends now, and where it stays that time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from tests.pipeline.harness import Tenant

ROOT = Path(__file__).resolve().parents[2]

LONG = 300
"""Seconds after which a process counts as hanging; a sync takes some, and on a busy machine several times as many."""


def live(make_tenant: Callable[..., Tenant], **options: Any) -> Tenant:
    """A company whose history ends now: processes have the real clock.

    The company's stands still, so that no day ends there, and nothing is reviewed, between a sync and the look at it.
    """
    now = datetime.now(timezone.utc)
    tenant = make_tenant(end=now - timedelta(minutes=10), **options)
    tenant.at(now)
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
    return python(tenant, "-m", "pipelines.sync", *arguments, **more)


def python(tenant: Tenant, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run Python to its end, as of ``-c`` and some code, where a command would run."""
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment(tenant, **more),
        cwd=tenant.folder,
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
    )


def start(
    tenant: Tenant,
    *arguments: str,
    folder: Path | None = None,
    encoding: str = "utf-8",
    stderr: int = subprocess.PIPE,
    **variables: str | None,
) -> subprocess.Popen[str]:
    """Begin ``gong-source``, with some variables of the environment set or, as None, removed."""
    env = {**environment(tenant), "PYTHONIOENCODING": encoding, **variables}
    return subprocess.Popen(
        [sys.executable, "-m", "gong_source.cli", *arguments],
        env={name: value for name, value in env.items() if value is not None},
        cwd=folder or tenant.folder,
        stdout=subprocess.PIPE,
        stderr=stderr,
        encoding=encoding,
    )


def run(tenant: Tenant, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """The same to its end."""
    with start(tenant, *arguments, **options) as process:
        stdout, stderr = process.communicate(timeout=LONG)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def check(tenant: Tenant, report: dict[str, Any]) -> None:
    """Compare with what the API shows for the range that the report tells; AccessLog goes with the processes' clock."""
    ((start, end),) = report["ranges"]["calls"]["*"]
    assert datetime.fromisoformat(start[:19] + "+00:00") == tenant.start
    tenant.check(truth=tenant.truth(end=datetime.fromisoformat(end[:19] + "+00:00")), skip=("logs",))
