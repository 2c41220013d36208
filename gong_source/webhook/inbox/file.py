"""The inbox's file itself: how it is opened, and how what was removed from its tables leaves it."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

BUSY_SECONDS = 10.0
"""How long a process waits for another one that writes."""


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
