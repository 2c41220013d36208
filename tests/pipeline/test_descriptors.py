"""Programs that are started without a standard input, output or error, or with an error that can't be written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from gong_source.cli.descriptors import lose_unwritten_errors
from tests.pipeline.harness import Tenant
from tests.pipeline.process import LONG, environment, live

SHELL = ["sh", "-c"]
PIPE = subprocess.PIPE
LISTING = "POST /v2/calls/extensive"


@pytest.fixture
def live_tenant(make_tenant: Callable[..., Tenant]) -> Tenant:
    """A company whose history ends now."""
    return live(make_tenant)


def begin(tenant: Tenant, words: str, closed: str) -> subprocess.Popen[str]:
    """A command that a shell starts with some descriptors closed."""
    line = f"exec {sys.executable} -m {words} {closed}"
    return subprocess.Popen(
        [*SHELL, line], env=environment(tenant), cwd=tenant.folder, stdout=PIPE, stderr=PIPE, text=True
    )


def end(tenant: Tenant, words: str, closed: str) -> tuple[int, str, str]:
    """The same to its end: exit code, standard output, standard error."""
    with begin(tenant, words, closed) as process:
        output, errors = process.communicate(timeout=LONG)
        return process.returncode, output, errors


@pytest.mark.parametrize("program", ["gong_source.cli sync", "pipelines.sync"])
def test_a_signal_is_told_to_no_file_of_a_run(program: str, live_tenant: Tenant) -> None:
    assert end(live_tenant, f"{program} --quiet --resources users", "")[0] == 0
    live_tenant.sandbox.control.fail("429", endpoint=LISTING, nth=1, retry_after=250)
    process = begin(live_tenant, f"{program} --quiet --json", "<&- >&- 2>&-")
    while not live_tenant.sandbox.counters.requests[LISTING]:
        assert process.poll() is None, "it ended before it asked for anything"
        time.sleep(0.05)
    standard = {os.readlink(f"/proc/{process.pid}/fd/{number}") for number in range(3)}
    process.send_signal(signal.SIGTERM)
    assert process.wait(LONG) == 128 + signal.SIGTERM
    process.communicate()
    assert standard == {os.devnull}
    with duckdb.connect(str(live_tenant.database), read_only=True) as connection:
        assert connection.sql("SELECT COUNT(*) FROM gong_data.users").fetchone() == (12,)


def test_a_run_without_standard_error_prints_its_report_alone(live_tenant: Tenant) -> None:
    words = "gong_source.cli sync --resources users,workspaces --json --log-level info"
    code, output, _ = end(live_tenant, words, "2>&-")
    assert code == 0
    assert json.loads(output)["rows"]["users"] == 12


def test_a_run_without_standard_output_tells_how_it_goes(live_tenant: Tenant) -> None:
    code, _, errors = end(live_tenant, "gong_source.cli sync --resources users,workspaces --json", ">&-")
    assert code == 0
    assert "Traceback" not in errors
    assert "users" in errors


@pytest.mark.parametrize("words", ["purge --email a@b.example --offline", "reset --drop users"])
def test_nobody_is_asked_without_standard_input(words: str, live_tenant: Tenant) -> None:
    code, _, errors = end(live_tenant, f"gong_source.cli {words}", "<&-")
    assert code == 2
    assert "There is no terminal to ask" in errors


def test_processes_that_are_started_have_all_three(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys; from gong_source.cli.descriptors import open_missing; open_missing(); "
        "subprocess.run([sys.executable, '-c', \"import os; open('told', 'w').write(os.readlink('/proc/self/fd/2'))\"])"
    )
    root = Path(__file__).resolve().parents[2]
    line = [*SHELL, 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-c", code]
    subprocess.run(line, env={**os.environ, "PYTHONPATH": str(root)}, check=True, timeout=LONG)
    assert (tmp_path / "told").read_text() == os.devnull


@pytest.mark.parametrize("into", ["/dev/full", "a pipe"])
def test_nothing_hangs_on_standard_error(into: str) -> None:
    if into == "a pipe":
        reader, errors = os.pipe()
        os.close(reader)
    else:
        errors = os.open(into, os.O_WRONLY)
    words = ["-m", "gong_source.cli", "sync", "--destination", "nowhere", "--json"]
    program = subprocess.run([sys.executable, *words], stdout=PIPE, stderr=errors, text=True, timeout=LONG, check=False)
    os.close(errors)
    assert (program.returncode, json.loads(program.stdout)["exit_code"]) == (2, 2)


def test_what_standard_error_has_no_room_for_is_lost_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with open(reader, "rb", buffering=0) as read, open(writer, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        lose_unwritten_errors()
        for text in ("x" * 2**18, "lost", "lost"):
            print(text, file=sys.stderr)
        assert b"lost" not in read.read(2**19)
        print("there is room", file=sys.stderr)
        assert read.read(100) == b"there is room\n"
