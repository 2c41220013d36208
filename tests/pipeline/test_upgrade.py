"""A dataset that the last release made is gone on with: its state is carried over, and its tables become whole."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.pipeline.harness import DATASET, Tenant
from tests.pipeline.process import ROOT

RELEASE = "24cf8c238d261c5769d65acc1c9c7e5a59163da5"
"""The last commit of 0.1.0."""

SYNC = """
import json, sys
from datetime import datetime
import dlt
from gong_source.runs import run_sync
told = json.loads(sys.argv[1])
pipeline = dlt.pipeline(
    "gong",
    destination=dlt.destinations.duckdb(told["database"]),
    dataset_name=told["dataset"],
    pipelines_dir=told["home"],
)
report = run_sync(pipeline, clock=lambda: datetime.fromisoformat(told["now"]), **told["settings"])
print(report.as_text())
sys.exit(report.exit_code)
"""


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it was released, from the history of the repository."""
    command = ["git", "archive", "--format=zip", RELEASE, "gong_source"]
    packed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        pytest.skip(f"the commit of the last release is not in this copy of the repository: {packed.stderr!r}")
    folder = tmp_path_factory.mktemp("release")
    with zipfile.ZipFile(io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder)
    return folder


def synced_by(release: Path, tenant: Tenant) -> None:
    """A sync with the code of the release, in a process of its own."""
    settings = tenant.settings(start_date=tenant.start.isoformat())
    del settings["list_refresh_hours"]  # a setting of later
    told = {
        "database": str(tenant.database),
        "dataset": DATASET,
        "home": str(tenant.home),
        "now": tenant.now.isoformat(),
        "settings": settings,
    }
    done = subprocess.run(
        [sys.executable, "-c", SYNC, json.dumps(told)],
        cwd=release,
        env={**os.environ, "PYTHONPATH": str(release), "DLT_DATA_DIR": str(tenant.folder / "old-home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("fresh_machine", [False, True])
def test_what_the_last_release_remembered_is_remembered(
    make_tenant: Callable[..., Tenant], release: Path, fresh_machine: bool
) -> None:
    tenant = make_tenant(calls=60)
    control, calls = tenant.sandbox.control, tenant.sandbox.world.calls
    newest = sorted(calls, key=lambda key: calls[key].started)[-3:]
    control.hide_transcripts(newest)
    tenant.at(tenant.now - timedelta(days=1))
    synced_by(release, tenant)
    tenant.at(tenant.now + timedelta(days=1))
    control.release_transcripts(newest)
    control.add_calls(1, started=tenant.now - timedelta(days=3))
    control.edit_call(newest[0], "metaData.title", "Edited after the upgrade")
    if fresh_machine:
        tenant.home = tenant.folder / "another-home"
    report = tenant.synced()
    tenant.check()
    loaded = report.rows["calls"]
    assert loaded < 30, "ranges that the release had read count as read"
    assert report.ranges["calls"]["*"][0][0].startswith(tenant.start.date().isoformat())
    settled = tenant.synced()
    assert not settled.rows["calls"] + settled.rows["transcripts"], settled.as_text()
