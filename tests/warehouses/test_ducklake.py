"""DuckLake, in a process of its own: the wheel with its extension is for another version of DuckDB than the tests'."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipeline.process import ROOT
from tests.warehouses.environments import server_python

pytestmark = [pytest.mark.warehouse, pytest.mark.slow]

LONGEST = "test_scenario[a_life]"


@pytest.mark.parametrize("selected", [LONGEST, f"not {LONGEST}"])
def test_ducklake(selected: str, tmp_path: Path) -> None:
    """In two halves, for two workers."""
    packages = next(Path(server_python("ducklake")).parents[1].glob("lib/*/site-packages"))
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GONG_REQUIRE_"))}
    options = ["-q", "-n", "0", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "inner"), "-k", selected]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "tests/warehouses/in_ducklake.py"],
        cwd=ROOT,
        env={**variables, "PYTHONPATH": os.pathsep.join([str(packages), str(ROOT)])},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1500,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-10_000:]
