"""The layout of a verified source, as ``dlt init`` takes it and as its script runs in a new project."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from gong_source.sandbox import Sandbox
from verified_source.__main__ import relative, write


def test_imports_hold_under_any_name() -> None:
    code = "from gong_source.api import GongClient\nif True:\n    from gong_source import errors\n"
    assert relative(code, 1) == "from .api import GongClient\nif True:\n    from . import errors\n"
    assert relative(code, 3).startswith("from ...api import")


@pytest.mark.slow
def test_a_project_takes_it_and_runs_it(tmp_path: Path) -> None:
    repository, project = tmp_path / "made", tmp_path / "project"
    project.mkdir()
    write(repository)
    assert not any("from gong_source" in path.read_text() for path in repository.rglob("*.py"))
    with Sandbox(calls=10, days=10, users=5, sentences=3) as sandbox:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "DLT_DATA_DIR": str(tmp_path / "data"),
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "SOURCES__GONG__BASE_URL": sandbox.url,
            "SOURCES__GONG__CREDENTIALS__ACCESS_KEY": sandbox.access_key,
            "SOURCES__GONG__CREDENTIALS__ACCESS_KEY_SECRET": sandbox.access_key_secret,
            "SOURCES__GONG__REQUESTS_PER_SECOND": "0",
        }
        init = ["-m", "dlt._workspace.cli._dlt", "--non-interactive", "init", "gong", "duckdb", "--location"]
        for arguments in ([*init, str(repository)], ["gong_pipeline.py"]):
            done = subprocess.run([sys.executable, *arguments], cwd=project, env=env, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
    assert (project / "gong" / "README.md").exists()
    assert "dlt[" in (project / "requirements.txt").read_text()
    with duckdb.connect(str(project / "gong.duckdb")) as connection:
        assert connection.execute("SELECT count(*) FROM gong_data.users").fetchall() == [(5,)]
