"""A machine that dies, a Gong that dies, a full disk, a signal, a locked file: exact tables after the rerun."""

from __future__ import annotations

import json
import random
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from gong_source.cli.metrics import SUCCESS, write_metrics
from gong_source.report import RunReport
from tests.pipeline.harness import Tenant
from tests.pipeline.process import LONG, ROOT, check, environment, live, python, sync

SMALL_CHUNKS = {"CHUNK_DAYS": "15"}


@pytest.fixture
def tenant(make_tenant: Callable[..., Tenant]) -> Tenant:
    """A company whose history ends now, with answers slow enough to be killed in between."""
    tenant = live(make_tenant, calls=300, sentences=20)
    tenant.sandbox.control.set_latency(0.03)
    return tenant


def start(tenant: Tenant, *words: str, **options: Any) -> subprocess.Popen[str]:
    """Begin a sync and return at once."""
    return subprocess.Popen(
        [sys.executable, "-m", "pipelines.sync", "--json", *words],
        env=environment(tenant, **SMALL_CHUNKS),
        cwd=tenant.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def assert_rerun_is_exact(tenant: Tenant) -> None:
    """The same command once more makes the tables equal to what the API shows."""
    done = sync(tenant, "--json", **SMALL_CHUNKS)
    assert done.returncode == 0, done.stderr
    check(tenant, json.loads(done.stdout.strip().splitlines()[-1]))


@pytest.fixture(scope="module")
def start_up() -> float:
    """Seconds until a sync begins to do anything, on this machine and with what else runs on it."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "pipelines.sync", "--help"], cwd=ROOT, capture_output=True, check=True)
    return time.monotonic() - began


@pytest.mark.slow
@pytest.mark.parametrize("half", ["first", "second"])
def test_thirty_kills_lose_nothing(tenant: Tenant, start_up: float, half: str) -> None:
    """SIGKILL through extract, normalize and load; every fourth time only the destination is left."""
    seed = random.randrange(10**6)
    print(f"seed {seed}, start-up {start_up:.1f} s")
    instants = random.Random(seed)
    killed = completed = 0
    latest = start_up + 3.5
    while killed < 15:
        process = start(tenant)
        try:
            process.communicate(timeout=instants.uniform(min(0.6 * start_up, latest / 2), latest))
            completed += 1
            latest *= 0.9  # the machine has got faster
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            killed += 1
        if completed > killed // 5:  # begin again from nothing, so that there is something to interrupt
            completed = 0
            tenant.database.unlink(missing_ok=True)
            Path(f"{tenant.database}.wal").unlink(missing_ok=True)
            shutil.rmtree(tenant.folder / "dlt-home", ignore_errors=True)
        if killed % 4 == 3:
            shutil.rmtree(tenant.folder / "dlt-home", ignore_errors=True)
    assert_rerun_is_exact(tenant)


def test_a_sandbox_that_dies_and_comes_back(tenant: Tenant) -> None:
    process = start(tenant)
    time.sleep(2.0)
    address = urlsplit(tenant.sandbox.url)
    tenant.sandbox.stop()
    with socket.socket() as kept:  # else another company could be served at its address, by another test
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind((address.hostname, address.port))
        _, errors = process.communicate(timeout=LONG)
    tenant.sandbox.start()
    assert process.returncode in (0, 1)
    if process.returncode:
        assert "FAILED" in errors
        assert "connect" in errors
        assert "Traceback" not in errors
    assert_rerun_is_exact(tenant)


def test_a_full_disk_is_an_error_and_loses_nothing(tenant: Tenant) -> None:
    """A limit on the size of files stands for a disk that is full in the middle of a load."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))

    process = start(tenant, preexec_fn=limit)
    _, errors = process.communicate(timeout=LONG)
    assert process.returncode == 1, errors
    assert_rerun_is_exact(tenant)


@pytest.mark.slow
def test_sigterm_at_any_instant_stops_at_once_and_the_exit_code_tells(tenant: Tenant, start_up: float) -> None:
    """From the first import on; a thread that was left waiting for a lock would keep the process alive."""
    for instant in range(8):
        process = start(tenant)
        time.sleep(0.3 + instant * (start_up + 2.0) / 8)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=LONG)
        assert process.returncode in (0, 143, -signal.SIGTERM), errors
        assert "Traceback" not in errors
    assert_rerun_is_exact(tenant)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_long_wait_for_gong(tenant: Tenant, number: signal.Signals) -> None:
    """And the metrics tell it."""
    metrics = tenant.folder / "sync.prom"
    write_metrics(metrics, {}, RunReport(), 0, 0.0)
    (success,) = [line for line in metrics.read_text().splitlines() if line.startswith(SUCCESS)]
    tenant.sandbox.control.fail("429", endpoint="POST /v2/calls/extensive", nth=1, retry_after=250)
    process = start(tenant, "--metrics", str(metrics))
    while not tenant.sandbox.counters.requests["POST /v2/calls/extensive"]:
        assert process.poll() is None, "it ended before it asked for anything"
        time.sleep(0.05)
    process.send_signal(number)
    output, errors = process.communicate(timeout=200)
    shutil.rmtree(tenant.folder / "dlt-home" / "gong-quota")  # else the rerun sits out what is left of the wait
    assert process.returncode == 128 + number
    assert "stopped by a signal" in errors
    assert "Traceback" not in errors
    assert json.loads(output)["exit_code"] == 128 + number
    told = metrics.read_text()
    assert re.search(rf"^gong_source_run_exit_code\{{.*\}} {128 + number}.0$", told, re.MULTILINE)
    assert re.search(r"^gong_source_run_success\{.*\} 0.0$", told, re.MULTILINE)
    assert re.search(rf"^{SUCCESS}\{{.*\}} {success.split()[-1]}$", told, re.MULTILINE), "which stays"
    assert_rerun_is_exact(tenant)


def test_a_locked_database_is_told_clearly(tenant: Tenant) -> None:
    code = (
        f"import duckdb, time; c = duckdb.connect({str(tenant.database)!r}); print('held', flush=True); time.sleep(300)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        impatient = (
            "from gong_source.cli import main; from gong_source.warehouse import waiting; "
            "waiting.PATIENCE = 2.0; main('sync')"
        )
        done = python(tenant, "-c", impatient)
        assert done.returncode == 1
        assert "lock" in done.stderr
        assert str(holder.pid) in done.stderr
        assert "Traceback" not in done.stderr
    finally:
        holder.kill()
        holder.communicate()
    assert_rerun_is_exact(tenant)
