"""The note on a company's quota that all who use it read and write: threads, and the processes of one machine.

A request is noted before it is sent, so those of a killed process count too. The file is small, is locked for no longer
than it takes to read and write it, and can be deleted at any time. Where no file can be kept, each process counts for
itself.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

logger = logging.getLogger("gong_source.api")

SIZE = 256
"""Bytes of the file; all of it is written at once, so that no other length can be left over."""

PATIENCE = 0.5
"""Seconds to wait for a process that holds the lock; only one that was stopped in mid write takes so long."""


@dataclass
class Note:
    """What is known of a company's quota.

    Attributes:
        day: UTC day of the count, as ISO text.
        used: Requests made on it.
        next_start: When the next request may start by the rate of the last one, in seconds of the clock.
        at: When the last one started, or a pause was noted; a clock that shows less was set back.
        paused: Until when nobody may start, whatever the rate, as Gong asked for it.
    """

    day: str = ""
    used: int = 0
    next_start: float = 0.0
    at: float = 0.0
    paused: float = 0.0


class Notebook:
    """Keeps one note for the threads of this process."""

    def __init__(self) -> None:
        """Nothing is noted yet."""
        self._lock = threading.Lock()
        self._note = Note()

    @contextmanager
    def hold(self) -> Iterator[Note]:
        """The note, for the caller alone; what is changed in it is kept."""
        with self._lock:
            yield self._note


class SharedNotebook(Notebook):
    """Keeps one note for all processes that are given the same file."""

    def __init__(self, path: Path) -> None:
        """Make the file.

        Args:
            path: Where it is.

        Raises:
            OSError: It can't be made, or others than the user could write it.
        """
        super().__init__()
        self.path = path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = path.parent.stat()
        if folder.st_uid != os.getuid() or folder.st_mode & 0o022:
            raise PermissionError(f"{path.parent} can be written by others")
        os.close(self._open())

    @contextmanager
    def hold(self) -> Iterator[Note]:
        """The note, for the caller alone among all processes; what is changed in it is kept."""
        with self._lock:
            handle = self._locked()
            try:
                if handle is not None:
                    self._note = latest(self._note, _read(handle))
                yield self._note
                if handle is not None:
                    _write(handle, self._note)
            finally:
                if handle is not None:
                    os.close(handle)  # which gives the lock up too

    def _open(self) -> int:
        return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)

    def _locked(self) -> int | None:
        """The file, locked; None where that can't be had, and this process counts for itself."""
        import fcntl  # no such thing on Windows, where no shared notebook is made

        try:
            handle = self._open()
        except OSError as error:
            logger.debug("the shared note on the quota can't be opened: %s", error.strerror)
            return None
        end = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if not isinstance(error, BlockingIOError) or time.monotonic() > end:
                    os.close(handle)
                    return None
                time.sleep(0.001)
            else:
                return handle


def latest(own: Note, other: Note | None) -> Note:
    """What two notes on one quota say together.

    Args:
        own: Of this process.
        other: As found in the file; None where nothing can be read there.
    """
    if other is None or other.day < own.day:
        return own
    used = max(own.used, other.used) if other.day == own.day else other.used
    return replace(other, used=used)


def _read(handle: int) -> Note | None:
    try:
        found = json.loads(os.pread(handle, SIZE, 0))
        seconds = [float(found[name]) for name in ("next_start", "at")] + [float(found.get("paused", 0.0))]
        note = Note(str(found["day"]), int(found["used"]), *seconds)
        return note if all(map(math.isfinite, seconds)) else None
    except (OSError, ValueError, TypeError, KeyError):  # new, or spoilt: it is written anew
        return None


def _write(handle: int, note: Note) -> None:
    try:
        os.pwrite(handle, json.dumps(asdict(note)).encode().ljust(SIZE), 0)
    except OSError as error:
        logger.debug("the shared note on the quota can't be written: %s", error.strerror)


def open_notebook(origin: str, identity: str, data: Path) -> Notebook:
    """The notebook of all who use one key with one host.

    Args:
        origin: Scheme, host and port.
        identity: What tells the key from others; nothing of it can be read from the file or its name.
        data: Directory to keep it in; that for temporary files where this can't be written.
    """
    name = hashlib.sha256(f"{origin} {identity}".encode()).hexdigest()[:24]
    if os.name == "posix":
        for folder in (data / "gong-quota", Path(tempfile.gettempdir()) / f"gong-quota-{os.getuid()}"):
            try:
                return SharedNotebook(folder / f"{name}.json")
            except OSError as error:
                logger.debug("no shared note on the quota in %s: %s", folder, error)
    return Notebook()
