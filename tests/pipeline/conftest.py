"""Tenants for the pipeline tests."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gong_source.sandbox import Sandbox
from gong_source.streams import load_package
from tests.pipeline.harness import NOW, FirstSyncs, Tenant


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A load package ends with what is read, however long that takes: else a slow machine would make several."""
    for name in ("CHUNK_SECONDS", "PACKAGE_SECONDS"):
        monkeypatch.setattr(load_package, name, math.inf)


@pytest.fixture
def make_tenant(tmp_path: Path) -> Iterator[Callable[..., Tenant]]:
    """Makes companies; their servers stop with the test."""
    running: list[Sandbox] = []

    def make(days: int = 60, **options: Any) -> Tenant:
        folder = tmp_path / f"tenant{len(running)}"
        folder.mkdir()
        options = {"calls": 120, "users": 12, "sentences": 6, "end": NOW, **options}
        sandbox = Sandbox(days=days, **options)
        sandbox.start()
        running.append(sandbox)
        sandbox.control.set_now(NOW)
        tenant = Tenant(sandbox, folder, days=days + 1)
        tenant.chunk_days = 90  # a load package has its price: several only where a test turns on them
        return tenant

    yield make
    for sandbox in running:
        sandbox.stop()


@pytest.fixture
def tenant(make_tenant: Callable[..., Tenant]) -> Tenant:
    """A company with 120 calls in 60 days."""
    return make_tenant()


@pytest.fixture
def chunk_by_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A load package ends with each chunk or after some rows, as it does where Gong is slow."""
    monkeypatch.setattr(load_package, "CHUNK_SECONDS", 0.0)
    monkeypatch.setattr(load_package, "WORTH_ROWS", 1000)  # chunks that end together would make one package


@pytest.fixture(scope="session")
def first_syncs(tmp_path_factory: pytest.TempPathFactory) -> FirstSyncs:
    """What first syncs left, for all tests."""
    return FirstSyncs(tmp_path_factory.mktemp("first-syncs"))


@pytest.fixture
def make_settled(make_tenant: Callable[..., Tenant], first_syncs: FirstSyncs) -> Callable[..., Tenant]:
    """Makes companies whose warehouse is as their first sync left it."""

    def make(**options: Any) -> Tenant:
        tenant = make_tenant(**options)
        first_syncs.bring(tenant, options)
        return tenant

    return make


@pytest.fixture
def settled(make_settled: Callable[..., Tenant]) -> Tenant:
    """A company with 120 calls in 60 days, synced once: for what happens after a first sync."""
    return make_settled()
