"""docs/explore.py as marimo runs it, without a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.pipeline.harness import Tenant
from tests.views.company import Truth
from tests.warehouses.environments import server_python

NOTEBOOK = Path(__file__).parents[2] / "docs" / "explore.py"


@pytest.mark.warehouse
@pytest.mark.slow
def test_every_cell_runs(company: Tenant, truth: Truth, tmp_path: Path):
    shutil.copy(NOTEBOOK, tmp_path)  # marimo keeps what it showed in a folder beside the notebook
    done = subprocess.run(
        [
            server_python("marimo"),
            "-m",
            "marimo",
            "export",
            "html",
            NOTEBOOK.name,
            "-o",
            "explore.html",
            "--no-include-code",
        ],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"], "GONG_DATABASE": str(company.database)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "failed" not in done.stderr, done.stderr
    page = (tmp_path / "explore.html").read_text()
    assert f"{len(truth.calls)} calls and " in page
    assert all(fields["name"].split()[0] in page for _, _, _, fields in truth.objects("Account"))
