"""A sandbox, clients that talk to it over HTTP, and what the examples refer to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gong_source.api import GongClient
from gong_source.config import load_settings
from gong_source.sandbox import Sandbox
from tests.actions import examples

ROOT = Path(__file__).resolve().parents[2]
FAST = {
    "requests_per_second": 0,
    "daily_requests": 0,
    "retry_patience": 2,
    "connect_timeout": 300,
    "read_timeout": 300,
    "max_retry_wait": 5,
}


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch):
    """Between attempts; how long they really are is tested where they are decided."""
    monkeypatch.setattr("gong_source.api.retry.FIRST_WAIT", 0.02)


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with Sandbox(calls=40, users=6, end="2026-03-01T12:00:00Z", sentences=6, page_size=15) as sandbox:
        sandbox.control.set_now("2026-03-01T12:00:00Z")
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    """The shared sandbox, with nothing written, no faults and counters at zero."""
    running.written.__init__()
    running.oauth.__init__()
    running.control.reset_counters()
    yield running
    running.control.clear_faults()
    running.control.allow_scopes()


@pytest.fixture
def connect() -> Iterator[Callable[..., GongClient]]:
    """Makes clients, and closes them."""
    clients = []

    def make(sandbox: Sandbox, **overrides: Any) -> GongClient:
        key = {"access_key": sandbox.access_key, "access_key_secret": sandbox.access_key_secret}
        settings = load_settings(**{"base_url": sandbox.url, "credentials": key, **FAST, **overrides})
        clients.append(GongClient(settings))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(sandbox: Sandbox, connect: Callable[..., GongClient]) -> GongClient:
    return connect(sandbox)


@pytest.fixture
def known(sandbox: Sandbox, client: GongClient, tmp_path: Path) -> dict[str, Any]:
    """What the placeholders of the examples stand for, made in the sandbox; counters are at zero again."""
    made = examples.prepare(sandbox, client, tmp_path)
    made["desk"] = sandbox.written
    sandbox.control.reset_counters()
    client.requests.clear()
    return made


@pytest.fixture
def env(sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    """The environment of a program that asks the sandbox."""
    told = {
        "BASE_URL": sandbox.url,
        "CREDENTIALS__ACCESS_KEY": sandbox.access_key,
        "CREDENTIALS__ACCESS_KEY_SECRET": sandbox.access_key_secret,
        "REQUESTS_PER_SECOND": "0",
        "DAILY_REQUESTS": "0",
    }
    home = {"PYTHONPATH": str(ROOT), "DLT_DATA_DIR": str(tmp_path), "RUNTIME__DLTHUB_TELEMETRY": "false"}
    return os.environ | home | {f"SOURCES__GONG__{name}": value for name, value in told.items()}
