"""Hundreds of syncs of a company that goes on, in one process: nothing grows but the tables."""

from __future__ import annotations

import gc
import os
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import mean

import orjson
import pytest

from tests.pipeline.harness import Tenant

SYNCS = int(os.environ.get("GONG_SOAK_SYNCS", "0"))
"""How many: none with the other tests; `make soak` makes 500. At least 8."""
STREAMS = ["users", "transcripts", "logs"]


@dataclass(frozen=True)
class Measured:
    """What must stay flat.

    Attributes:
        memory: Resident bytes of the process.
        files: Open files and sockets.
        threads: Running threads.
        state: Bytes of the pipeline's state.
        requests: Of the sync.
    """

    memory: int
    files: int
    threads: int
    state: int
    requests: int


def measured(tenant: Tenant, requests: int) -> Measured:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    state = len(orjson.dumps(tenant.pipeline().state, default=str))
    return Measured(
        pages * os.sysconf("SC_PAGE_SIZE"), len(os.listdir("/proc/self/fd")), threading.active_count(), state, requests
    )


def change(tenant: Tenant, dice: random.Random) -> None:
    """What an hour brings."""
    control, world = tenant.sandbox.control, tenant.sandbox.world
    control.add_calls(dice.randint(0, 2), started=tenant.now - timedelta(minutes=dice.randint(20, 50)))
    control.edit_user(dice.choice(sorted(world.users)), "title", f"Title {dice.random()}")
    if len(world.calls) > 60:
        control.delete_calls([min(world.calls, key=lambda key: world.calls[key].started)])


@pytest.mark.slow
@pytest.mark.skipif(not SYNCS, reason="made by make soak, or where GONG_SOAK_SYNCS says how many")
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="measures by Linux's /proc")
def test_nothing_grows_but_the_tables(make_tenant: Callable[..., Tenant]) -> None:
    tenant, dice = make_tenant(calls=20, users=4, days=10, sentences=2), random.Random(1)
    found: list[Measured] = []
    for _ in range(SYNCS):
        tenant.at(tenant.now + timedelta(hours=1))
        change(tenant, dice)
        report = tenant.synced(resources=STREAMS)
        found.append(measured(tenant, sum(report.requests.values())))
    quarter = SYNCS // 4
    early, late = found[quarter : 2 * quarter], found[-quarter:]  # the first ones load what later ones need
    for name, slack in {"memory": 40 * 2**20, "files": 4, "threads": 2, "state": 2000, "requests": 4}.items():
        before, after = (mean(getattr(each, name) for each in part) for part in (early, late))
        assert after <= before * 1.1 + slack, f"{name}: {before:,.0f} in the {quarter} early syncs, {after:,.0f} later"
