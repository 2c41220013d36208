"""A PostgreSQL server of the distribution's package, as a process of its own, ended by its process id."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.warehouses.server import held_ports

SERVICE = "postgres"
"""The user that the package makes; the server refuses to run as root."""

START_SECONDS = 300


def programs() -> Path | None:
    """The folder with the newest server's programs; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def running(bin_folder: Path) -> Iterator[str]:
    """A server without any security, for a database that is thrown away.

    Args:
        bin_folder: Where its programs are.

    Yields:
        The URL of a database.
    """
    as_service: dict[str, Any] = {"user": SERVICE, "group": SERVICE, "extra_groups": []} if os.getuid() == 0 else {}
    home = Path(tempfile.mkdtemp(prefix="gong-postgres-"))  # pytest's own folders are closed to other users
    if as_service:
        shutil.chown(home, SERVICE, SERVICE)
    data, log = home / "data", home / "log"
    options: dict[str, Any] = {"cwd": home, "stdin": subprocess.DEVNULL, **as_service}
    try:
        command = [
            bin_folder / "initdb",
            "-D",
            data,
            "-U",
            "loader",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "-N",
            "--locale=C.UTF-8",
        ]
        subprocess.run(command, check=True, capture_output=True, **options)
        with held_ports(1) as (port,), open(log, "wb") as output:
            settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
            command = [bin_folder / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())]
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **options)
            try:
                _wait(bin_folder, port, process, log)
                yield f"postgresql://loader:any@127.0.0.1:{port}/postgres"
            finally:
                process.send_signal(signal.SIGQUIT)  # at once: nothing is kept
                process.wait()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _wait(bin_folder: Path, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    ask = [bin_folder / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if subprocess.run(ask, check=False).returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-3000:]}")
