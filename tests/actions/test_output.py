"""What was done is told although its result can't be printed: real programs, whose output nobody takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gong_source.api.raw import only_reads
from tests.actions.examples import by_name, fill

REPORT = """
import sys
from gong_source.cli.ending import finish
from gong_source.errors import GongQuotaExceeded
from gong_source.report import RunReport
finish(lambda: RunReport(failures={"calls": GongQuotaExceeded("all of it")}), sys.argv[1] == "json")
"""


def ended(words: list[str], env: dict[str, str], into: str) -> tuple[int, str]:
    """Status and errors of a program whose output goes to a full disk, or to a pipe that nobody reads any more."""
    if into == "/dev/full":
        output = os.open(into, os.O_WRONLY)
    else:
        reader, output = os.pipe()
        os.close(reader)
    done = subprocess.run(
        [sys.executable, *words], env=env, stdout=output, stderr=subprocess.PIPE, text=True, timeout=300, check=False
    )
    os.close(output)
    return done.returncode, done.stderr


INTO = pytest.mark.parametrize(
    ("into", "why"), [("/dev/full", "No space left on device"), ("a pipe", "Broken pipe")], ids=["full", "pipe"]
)


@INTO
def test_a_write_that_was_done_is_told_with_its_id(
    into: str, why: str, env: dict[str, str], known: dict[str, Any], tmp_path: Path
) -> None:
    before = set(known["desk"].calls)
    content = tmp_path / "call.json"
    content.write_text(json.dumps(fill(by_name("create_call").arguments, known)))
    words = ["-m", "gong_source.cli", "calls", "create-call", "--from-file", str(content)]
    status, errors = ended(words, env, into)
    (made,) = set(known["desk"].calls) - before
    assert status == 1
    assert f"Error: The output can't be written: {why}. Gong has done what was asked for" in errors
    assert made in errors
    assert len(errors.splitlines()) == 1


def test_who_reads_a_list_may_leave_when_they_have_enough(env: dict[str, str]) -> None:
    words = ["-m", "gong_source.cli", "read", "list-users"]
    assert ended(words, env, "a pipe") == (1, "")
    assert ended(words, env, "/dev/full") == (1, "Error: The output can't be written: No space left on device.\n")


READS = {
    "get": ["GET", "/v2/users"],
    "known": ["POST", "/v2/users/extensive", "--json", '{"filter": {}}'],
    "told": ["POST", "/v2/users/extensive", "--json", '{"filter": {}}', "--reads"],
}


@pytest.mark.parametrize("words", READS.values(), ids=READS)
def test_a_raw_request_that_only_reads_is_no_deed(words: list[str], env: dict[str, str]) -> None:
    words = ["-m", "gong_source.cli", "raw", *words]
    assert ended(words, env, "/dev/full") == (1, "Error: The output can't be written: No space left on device.\n")


@pytest.mark.parametrize(
    ("words", "acts"),
    [
        (("get", "/v2/users"), False),
        (("POST", "/v2/tasks"), False),
        (("POST", "/v2/new"), True),
        (("POST", "/v2/new", True), False),
        (("GET", "/v2/new", False), True),
        (("DELETE", "/v2/meetings/1"), True),
    ],
)
def test_what_a_raw_request_may_do(words: tuple[str, str], acts: bool) -> None:
    assert only_reads(*words) is not acts


@INTO
@pytest.mark.parametrize("form", ["json", "text"])
def test_a_run_that_is_over_is_told_without_its_report(form: str, into: str, why: str, env: dict[str, str]) -> None:
    status, errors = ended(["-c", REPORT, form], env, into)
    assert status == 75
    assert f"{why}. The run itself ended with the exit code 75" in errors
