"""The sandbox as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

import gong_source.sandbox

ROOT = Path(gong_source.sandbox.__file__).parents[2]
PROGRAM = "from gong_source.sandbox import serve; serve(calls=5, users=2, sentences=2)"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_announces_itself_and_ends_on_a_signal(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout
        line = process.stdout.readline()
        found = re.fullmatch(r"sandbox at (http://127\.0\.0\.1:\d+)\n", line)
        assert found
        assert requests.get(f"{found[1]}/v2/users", timeout=300).status_code == 401
        pasted = "".join(process.stdout.readline() for _ in range(4))
        shell = subprocess.run(["sh", "-c", pasted + "env"], capture_output=True, text=True, check=True)
        given = dict(line.split("=", 1) for line in shell.stdout.splitlines() if line.startswith("SOURCES__GONG__"))
        assert given.pop("SOURCES__GONG__BASE_URL") == found[1]
        key = tuple(given[f"SOURCES__GONG__CREDENTIALS__ACCESS_KEY{part}"] for part in ("", "_SECRET"))
        assert requests.get(f"{found[1]}/v2/users", auth=key, timeout=300).status_code == 200
        process.send_signal(number)
        rest, complaints = process.communicate(timeout=120)
    assert (process.returncode, rest, complaints) == (0, "", "")
