"""The process is as it was once the last run of several has ended."""

from __future__ import annotations

import subprocess
import sys

import pytest

OVERLAPPING = """
import gc, sys
import pyarrow as pa
from gong_source.importing import is_frozen
from gong_source.warehouse.allocators import OBJECTS_BETWEEN_COLLECTIONS, frugal

if frozen := sys.argv[1] == "frozen":
    gc.freeze()
state = lambda: (gc.get_threshold(), pa.default_memory_pool().backend_name, is_frozen())
before = state()
first, second = frugal(), frugal()
for _ in range(2):
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_threshold()[0] == OBJECTS_BETWEEN_COLLECTIONS
    assert is_frozen()
    second.__exit__(None, None, None)
    assert state() == before, (state(), before)
    assert is_frozen() == frozen
    first, second = frugal(), frugal()
"""


@pytest.mark.parametrize("who", ["frozen", "free"])
def test_runs_that_overlap_leave_the_process_as_it_was(who: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OVERLAPPING, who], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
