"""An emulator as a process of its own, on a free port, ended by its process id."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.warehouses.environments import SERVERS, server_python

START_SECONDS = 300


class Server:
    """A running emulator, and the statements it was sent."""

    def __init__(self, url: str, port: int, statements: Path) -> None:
        self.url = url
        self.port = port
        self._statements = statements
        self._offset = 0

    def new_statements(self) -> list[dict[str, Any]]:
        """What was sent since the last time: ``sql``, and whether it ``failed``."""
        if not self._statements.exists():
            return []
        with open(self._statements, encoding="utf-8") as file:
            file.seek(self._offset)
            records = [json.loads(line) for line in iter(file.readline, "")]
            self._offset = file.tell()
        return records


@contextmanager
def running(name: str, folder: Path, ports: int) -> Iterator[Server]:
    """Start an emulator and stop it at the end.

    Args:
        name: ``bigquery`` or ``snowflake``.
        folder: For its log and what it keeps.
        ports: How many ports it listens on; the first is the one to talk to.
    """
    statements, log = folder / "statements.jsonl", folder / "server.log"
    environment = {"HOME": str(folder), "PATH": os.environ.get("PATH", ""), "TMPDIR": str(folder)}
    with held_ports(ports) as numbers, open(log, "wb") as output:
        command = [server_python(name), str(SERVERS / f"{name}_server.py"), *map(str, numbers), str(statements)]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait(process, numbers[0], log)
            yield Server(f"http://127.0.0.1:{numbers[0]}", numbers[0], statements)
        finally:
            process.kill()  # it keeps nothing, and BigQuery's waits ten seconds for clients that are gone
            process.wait()


@contextmanager
def held_ports(count: int) -> Iterator[list[int]]:
    """Ports that servers may listen on, and that no other process is given meanwhile.

    Args:
        count: How many.
    """
    with ExitStack() as ends:
        holders = [ends.enter_context(socket.socket()) for _ in range(count)]
        for holder in holders:
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            holder.bind(("127.0.0.1", 0))
        yield [holder.getsockname()[1] for holder in holders]


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"the emulator did not start:\n{log.read_text(errors='replace')[-3000:]}")
