"""A program ends at once, with its status, and with nothing undone that was to be done."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

PROGRAM = """
import atexit, sys, threading, time
from gong_source.cli.leaving import left_at_once

class Kept:
    def __del__(self):
        sys.stderr.write("given back")

kept = Kept()
with left_at_once():
    atexit.register(lambda: print("registered"))
    threading.Thread(target=lambda: (time.sleep(0.2), print("thread"))).start()
    print("text")
    {end}
"""


def ended(end: str, stdout: int = subprocess.PIPE, before: str = "") -> tuple[int, list[str], str]:
    """Status, lines and errors of a program, given its first and its last line."""
    program = subprocess.run(
        [sys.executable, "-c", before + PROGRAM.format(end=end)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": ""},
        text=True,
        timeout=60,
        check=False,
    )
    return program.returncode, (program.stdout or "").splitlines(), program.stderr


@pytest.mark.parametrize(("end", "status"), [("sys.exit()", 0), ("sys.exit(75)", 75), ("raise SystemExit(1)", 1)])
def test_all_is_done_and_nothing_given_back(end: str, status: int) -> None:
    assert ended(end) == (status, ["text", "thread", "registered"], "")


def test_what_others_registered_before_is_done() -> None:
    before = "import atexit; atexit.register(print, 'traced')"
    assert ended("sys.exit(75)", before=before) == (75, ["text", "thread", "registered", "traced"], "given back")


@pytest.mark.parametrize(
    ("end", "status", "told"),
    [("pass", 0, ""), ("sys.exit('what happened')", 1, "what happened"), ("1 / 0", 1, "ZeroDivisionError")],
)
def test_any_other_end_is_python_s_own(end: str, status: int, told: str) -> None:
    code, lines, errors = ended(end)
    assert (code, lines[1:]) == (status, ["thread", "registered"])
    assert told in errors
    assert errors.endswith("given back")


def test_who_reads_may_be_gone() -> None:
    with open("/dev/full", "w") as full:
        code, _, errors = ended("sys.exit(0)", stdout=full.fileno())
    assert code == 120, "as Python says it"
    assert "No space left on device" in errors


STOPPED = """
import os, signal, sys
from gong_source.cli import main

class Ends:
    def find_spec(self, name, *_):
        if name == "gong_source.cli.loading":
            os.kill(os.getpid(), signal.SIGTERM)

sys.meta_path.insert(0, Ends())
main()
"""


@pytest.mark.parametrize(
    "words", ["sync --json", "sync --json --log-format json", "sync", "raw GET /v2/users --json {}"]
)
def test_a_signal_while_modules_are_imported_is_told_as_it_was_asked_for(words: str) -> None:
    stopped = STOPPED.replace("loading", "build") if "raw" in words else STOPPED
    program = subprocess.run(
        [sys.executable, "-c", stopped, *words.split()], capture_output=True, text=True, timeout=60, check=False
    )
    assert program.returncode == 143
    assert ('"level": "error"' in program.stderr) is ("--log-format" in words), program.stderr
    if "sync --json" in words:
        assert json.loads(program.stdout)["exit_code"] == 143
    else:
        assert program.stdout == ""
