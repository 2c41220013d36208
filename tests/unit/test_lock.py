"""One run at a time: who holds the lock is told, and it goes with its process, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import gong_source
from gong_source.errors import GongConfigError, GongLockedError
from gong_source.runs.lock import exclusive, locked

ROOT = Path(gong_source.__file__).parents[1]
HOLD = """
import sys, time
from types import SimpleNamespace
from gong_source.runs.lock import locked
with locked(SimpleNamespace(pipelines_dir=sys.argv[1], pipeline_name="gong")):
    print("held", flush=True)
    time.sleep(60)
"""


def pipeline(folder: Path, name: str = "gong") -> Any:
    """All that a lock asks of a pipeline."""
    return SimpleNamespace(pipelines_dir=str(folder), pipeline_name=name, default_schema_name=None)


def test_another_process_is_told_who_holds_it_and_a_kill_frees_it(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(GongLockedError, match=rf"gong is going on \(process {holder.pid}, since 20.*Z\)") as caught,
            locked(pipeline(tmp_path)),
        ):
            pass
        assert caught.value.exit_code == 73
        with locked(pipeline(tmp_path, "another")):
            pass
        with locked(pipeline(tmp_path / "elsewhere")):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with locked(pipeline(tmp_path)):
            pass


def test_waiting_takes_it_as_soon_as_it_is_free(tmp_path: Path) -> None:
    taken, free, told = threading.Event(), threading.Event(), []

    def hold() -> None:
        with locked(pipeline(tmp_path)):
            taken.set()
            free.wait(300)

    def on_wait(holder: str) -> None:
        told.append(holder)
        free.set()

    other = threading.Thread(target=hold)
    other.start()
    taken.wait()
    with pytest.raises(GongLockedError), locked(pipeline(tmp_path), wait=0.1):
        pass
    with locked(pipeline(tmp_path), wait=60, on_wait=on_wait):
        assert free.is_set()
    other.join()
    assert len(told) == 1
    assert str(os.getpid()) in told[0]


def test_a_run_inside_a_block_of_its_own_does_not_wait_for_itself(tmp_path: Path) -> None:
    @exclusive
    def run(pipeline: Any, *, fail: bool = False) -> str:
        if fail:
            raise ValueError("failed")
        return "done"

    with locked(pipeline(tmp_path)):
        assert run(pipeline(tmp_path)) == "done"
    assert run(pipeline=pipeline(tmp_path)) == "done"
    with pytest.raises(ValueError, match="failed"):
        run(pipeline(tmp_path), fail=True)
    assert run(pipeline(tmp_path)) == "done"


def test_a_folder_that_cannot_be_written_is_a_matter_of_configuration(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(GongConfigError, match="lock file"), locked(pipeline(tmp_path / "file" / "folder")):
        pass
