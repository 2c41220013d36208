"""A program ends at once, with its status, and with nothing undone that was to be done."""

from __future__ import annotations

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


def ended(end: str, stdout: int = subprocess.PIPE) -> tuple[int, list[str], str]:
    """Status, lines and errors of a program."""
    program = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(end=end)],
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
