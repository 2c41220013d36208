"""The inbox's file itself: how it is opened, and how what was removed from its tables leaves it."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gong_source.webhook.inbox.schema import has_tables, make_tables

BUSY_SECONDS = 10.0
"""How long a process waits for another one that writes."""

Files = tuple[tuple[int, int] | None, ...]
"""Device and inode of the file, its log and its index, None where there is none: what was moved or removed while it is
open takes what is written, and nobody finds it there."""


def open_file(path: Path) -> tuple[sqlite3.Connection, Files]:
    """Open or make it, with the tables; a name that is new is on the disk.

    Args:
        path: The file, in a folder that is there.

    Returns:
        The connection, and what :func:`files_at` gives as long as the path leads to what it has open.

    Raises:
        OSError: The folder can't be written.
        sqlite3.Error: It can't be made, or is no inbox.
    """
    _make_file(Path(os.path.realpath(path)))
    db = connect(path)
    try:
        if not has_tables(db):
            with transaction(db):
                make_tables(db)
        sync_directory(path.parent)
        return db, files_at(path)
    except BaseException:
        db.close()
        raise


def _make_file(path: Path) -> None:
    """For its owner alone, or for the group too that may write its folder; SQLite's files beside it take after it."""
    if not path.exists():
        shared = path.parent.stat().st_mode & stat.S_IWGRP
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o660 if shared else 0o600))


def files_at(path: Path) -> Files:
    """Which files a path leads to now.

    Args:
        path: The file.
    """
    return tuple(map(_identity, (f"{os.path.realpath(path)}{end}" for end in ("", "-wal", "-shm"))))


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Commit what the block does, or take it back.

    Args:
        db: In no transaction.

    Raises:
        sqlite3.Error: Nothing of it was stored.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def connect(path: Path) -> sqlite3.Connection:
    """Open it, so that what is committed is on the disk, and what is deleted is overwritten.

    Args:
        path: The file; made where it is not there.

    Raises:
        sqlite3.Error: It can't be made, or is no database.
    """
    db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False)
    try:
        for setting in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            db.execute(f"PRAGMA {setting}")
    except sqlite3.Error:
        db.close()
        raise
    return db


def wipe(db: sqlite3.Connection) -> str:
    """Leave nothing in the file and its log but what the tables show.

    Pages that were freed before every connection overwrote them hold what was on them, and so does the log until it is
    begun anew.

    Args:
        db: In no transaction.

    Returns:
        Why that can't be done now; empty where it is done.
    """
    try:
        db.execute("VACUUM")
        (busy, *_) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        return f"it can't be written anew: {error}"
    return "another process reads or writes it" if busy else ""


def sync_directory(path: Path) -> None:
    """Have the names in a directory on the disk, so that a new file is found after a power cut.

    Args:
        path: The directory.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
