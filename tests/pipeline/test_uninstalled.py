"""A copy of the package that no installer knows: one in a zip, as a job is given its code."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gong_source
from gong_source.runs import engine
from tests.pipeline.harness import Tenant
from tests.pipeline.process import LONG, environment, live

COMMAND = """
import importlib.metadata as metadata
import sys

known = metadata.Distribution.from_name

def from_name(name):
    if name == "gong-source":
        raise metadata.PackageNotFoundError(name)
    return known(name)

metadata.Distribution.from_name = from_name
from gong_source.cli.commands import main

assert ".zip" in sys.modules["gong_source"].__file__
main(sys.argv[1:], prog_name="gong-source")
"""


def zipped(folder: Path) -> Path:
    """The package in one file."""
    package = Path(gong_source.__file__).parent
    with zipfile.ZipFile(folder / "code.zip", "w") as file:
        for path in package.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                file.write(path, path.relative_to(package.parent))
    return folder / "code.zip"


def test_commands_run_out_of_a_zip(make_tenant: Callable[..., Tenant]) -> None:
    tenant = live(make_tenant, calls=4, users=3, days=5, sentences=1)
    env = {**environment(tenant), "PYTHONPATH": str(zipped(tenant.folder))}

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", COMMAND, *words],
            env=env,
            cwd=tenant.folder,
            capture_output=True,
            text=True,
            timeout=LONG,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert run("--version") == f"gong-source, version {gong_source.__version__}\n"
    assert json.loads(run("sync", "--json"))["rows"]["calls"] == 4
    assert tenant.sql("SELECT version, outcome FROM _gong_runs") == [(gong_source.__version__, "done")]
    run("report", "--out", "page.html")
    assert "<html" in (tenant.folder / "page.html").read_text()


@pytest.mark.parametrize("where", ["place_of", "note_run"])
def test_whatever_fails_at_a_runs_ends_its_measures_end(
    make_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    tenant, before = make_tenant(calls=2, users=2, days=3, sentences=1), gc.get_threshold()

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("UNFORESEEN")

    monkeypatch.setattr(engine, where, fail)
    with pytest.raises(RuntimeError, match="UNFORESEEN"):
        tenant.sync(resources=["users"])
    assert gc.get_threshold() == before
