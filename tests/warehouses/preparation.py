"""Makes what the emulators need, beside the tests that need none of it: ``python -m tests.warehouses.preparation``.

A failure shows where it is needed: the fixtures make what is missing, and fail with the reason.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.warehouses.environments import server_python
from tests.warehouses.googlesql import prepare_service

ROOT = Path(__file__).parents[2]


def start() -> subprocess.Popen[bytes]:
    """Begin in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.warehouses.preparation"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End it, with the installers it started; what is half made is made anew next time."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    process.wait()


if __name__ == "__main__":
    os.nice(10)  # the tests that run meanwhile have their own idea of time
    server_python("snowflake")
    server_python("bigquery")
    server_python("dbt")
    server_python("ducklake")
    server_python("airflow")
    server_python("dagster")
    server_python("marimo")
    prepare_service()
