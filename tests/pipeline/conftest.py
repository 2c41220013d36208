"""Tenants for the pipeline tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gong_source.sandbox import Sandbox
from tests.pipeline.harness import NOW, Tenant


@pytest.fixture
def make_tenant(tmp_path: Path) -> Iterator[Callable[..., Tenant]]:
    """Makes companies; their servers stop with the test."""
    running: list[Sandbox] = []

    def make(days: int = 60, **options: Any) -> Tenant:
        folder = tmp_path / f"tenant{len(running)}"
        folder.mkdir()
        options = {"calls": 230, "users": 12, "sentences": 6, "end": NOW, **options}
        sandbox = Sandbox(days=days, **options)
        sandbox.start()
        running.append(sandbox)
        sandbox.control.set_now(NOW)
        return Tenant(sandbox, folder, days=days + 1)

    yield make
    for sandbox in running:
        sandbox.stop()


@pytest.fixture
def tenant(make_tenant: Callable[..., Tenant]) -> Tenant:
    """A company with 230 calls in 60 days."""
    return make_tenant()
