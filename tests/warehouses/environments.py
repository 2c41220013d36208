"""The emulators' own environments: made from pins by the first test that needs them, kept for the next run."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVERS = Path(__file__).parent / "servers"
HOME = Path(os.environ.get("GONG_EMULATOR_ENVS") or Path(__file__).parents[2] / ".venv-emulators")
"""Where they are kept."""

OLDEST = (3, 11)
"""What the pins need; an older interpreter that runs the tests makes them with a newer one."""

ADDED = ("ducklake",)
"""Environments that the tests' own interpreter takes packages from before its own: they are made with it."""

INSTALL = ("install", "-qq", "--disable-pip-version-check", "--no-input", "--no-deps", "--no-compile", "-r")
"""The pins are complete, so nothing is resolved; what a server imports is compiled then."""


def server_python(name: str) -> str:
    """The interpreter of a server's environment, which is made if it is not there yet.

    Args:
        name: ``bigquery`` or ``snowflake``.
    """
    pins = SERVERS / f"requirements-{name}.txt"
    interpreter = os.path.realpath(sys.executable) if name in ADDED else _interpreter()
    digest = hashlib.sha256(pins.read_bytes() + interpreter.encode()).hexdigest()[:12]
    home = HOME / f"{name}-{digest}"
    python, ready = home / "bin" / "python", home / ".ready"
    with locked(name):
        if not ready.exists():
            shutil.rmtree(home, ignore_errors=True)
            _run(interpreter, "-m", "venv", "--without-pip", str(home))
            _run(sys.executable, "-m", "pip", "--python", str(python), *INSTALL, str(pins))
            ready.touch()
    return str(python)


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One process at a time makes what others wait for.

    Args:
        name: Of what is made.
    """
    HOME.mkdir(parents=True, exist_ok=True)
    with open(HOME / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _interpreter() -> str:
    """The Python that runs the tests, or a newer one from the path where that is too old."""
    if sys.version_info >= OLDEST:
        return os.path.realpath(sys.executable)
    names = [f"python3.{minor}" for minor in range(OLDEST[1], 15)]
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        raise RuntimeError(f"the emulators need Python {'.'.join(map(str, OLDEST))} or newer, and none is on the path")
    return os.path.realpath(found)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
