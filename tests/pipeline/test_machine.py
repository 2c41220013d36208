"""Whatever its owner does to a pipeline: after the next sync the tables are as Gong shows them."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from gong_source.sandbox import Sandbox
from tests.pipeline.harness import NOW, FirstSyncs, Tenant
from tests.pipeline.machine import COMPANY, STEPS, Owner, play, streams_of

GROUPS = 20
SEQUENCES = int(os.environ.get("GONG_SEQUENCES", "0"))
"""Sequences in all: none unless told, as each takes seconds; `.ci/run` plays 200, `make soak` thousands."""

sequences = st.lists(st.sampled_from(STEPS), min_size=1, max_size=4)


@pytest.mark.slow
@pytest.mark.skipif(not SEQUENCES, reason="played by .ci/run and make soak, or where GONG_SEQUENCES says how many")
@pytest.mark.parametrize("group", range(GROUPS))
def test_the_tables_are_whole_after_anything(group: int, tmp_path: Path, first_syncs: FirstSyncs) -> None:
    number = 0

    @seed(group)
    @settings(
        max_examples=max(1, SEQUENCES // GROUPS),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(steps=sequences, dice=st.integers(0, 2**32))
    def some(steps: list, dice: int) -> None:  # type: ignore[type-arg]
        nonlocal number
        number += 1
        folder = tmp_path / str(number)
        folder.mkdir()
        with Sandbox(**COMPANY) as sandbox:
            sandbox.control.set_now(NOW)
            tenant = Tenant(sandbox, folder, days=61)
            tenant.chunk_days = 90
            first_syncs.bring(tenant, COMPANY)
            rolled = random.Random(dice)
            play(Owner(tenant, streams_of(rolled)), steps, rolled)
        shutil.rmtree(folder)

    some()
