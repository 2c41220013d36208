"""Processes that are measured: a server of the made-up API, and commands with what they cost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATASET = "gong_data"


@dataclass(frozen=True)
class Cost:
    """What a command cost.

    Attributes:
        seconds: Wall time, start of the process to its end.
        cpu: Processor seconds, user and system, over all threads.
        peak_mb: Most resident memory; never less than this process itself took before, as Linux hands that on.
        output: Its standard output.
    """

    seconds: float
    cpu: float
    peak_mb: float
    output: str

    @property
    def report(self) -> dict[str, Any]:
        """The JSON object of its last line."""
        found: dict[str, Any] = json.loads(self.output.strip().splitlines()[-1])
        return found


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        url: Its address.
        pid: Its process.
    """

    url: str
    pid: int

    def get(self, path: str) -> dict[str, Any]:
        """Ask for counters or reset them.

        Args:
            path: ``/counters`` or ``/reset``.
        """
        with urllib.request.urlopen(self.url + path) as response:
            found: dict[str, Any] = json.load(response)
            return found

    def cpu(self) -> float:
        """Processor seconds the server used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(**options: Any) -> Iterator[Server]:
    """A server in a process of its own, for as long as the block lasts.

    Args:
        **options: Options of :mod:`benchmarks.server`.
    """
    arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.server", *arguments], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield Server(json.loads(process.stdout.readline())["url"], process.pid)
    finally:
        process.terminate()
        process.wait()


def run(arguments: Sequence[str], environment: Mapping[str, str] | None = None, check: bool = True) -> Cost:
    """Run a Python command as a process of its own and measure it.

    Args:
        arguments: What follows the interpreter.
        environment: Variables to add.
        check: Whether to raise when it fails.

    Raises:
        RuntimeError: The command failed.
    """
    with tempfile.TemporaryFile() as output:
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdout=output,
            stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
        )
        assert process.stderr is not None
        errors = process.stderr.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stderr.close()
        seconds = time.monotonic() - began
        output.seek(0)
        text = output.read().decode()
    if check and process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}:\n{text}\n{errors}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)


class Workplace:
    """A directory for one destination file and dlt's working files, and the sync that fills it."""

    def __init__(self, directory: Path, url: str, **settings: object) -> None:
        """Choose where and from whom to sync.

        Args:
            directory: Holds everything.
            url: Of the server.
            **settings: Fields of the source's settings, for the environment.
        """
        self.directory = directory
        self.database = directory / "gong.duckdb"
        self.environment = {
            "DLT_DATA_DIR": str(directory / "dlt"),
            "DESTINATION__DUCKDB__CREDENTIALS": str(self.database),
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "SOURCES__GONG__BASE_URL": url,
            "SOURCES__GONG__CREDENTIALS__ACCESS_KEY": "key",
            "SOURCES__GONG__CREDENTIALS__ACCESS_KEY_SECRET": "secret",
            **{f"SOURCES__GONG__{name.upper()}": str(value) for name, value in settings.items()},
        }

    def sync(self, *arguments: str) -> Cost:
        """Run ``python -m pipelines.sync``.

        Args:
            *arguments: Further options.
        """
        return run(["-m", "pipelines.sync", "--json", *arguments], self.environment)

    @contextmanager
    def as_it_is(self) -> Iterator[Callable[[], None]]:
        """Keep a copy of everything as long as the block lasts; what is given puts it back."""
        with tempfile.TemporaryDirectory(prefix="gong-bench-") as copy:
            shutil.copytree(self.directory, copy, dirs_exist_ok=True)

            def put_back() -> None:
                shutil.rmtree(self.directory)
                shutil.copytree(copy, self.directory)

            yield put_back


@contextmanager
def workplace(url: str, **settings: object) -> Iterator[Workplace]:
    """A fresh directory that is removed at the end.

    Args:
        url: Of the server.
        **settings: As in :class:`Workplace`.
    """
    with tempfile.TemporaryDirectory(prefix="gong-bench-") as directory:
        yield Workplace(Path(directory), url, **settings)
