"""What goes into the inbox and comes out of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from gong_source.errors import EXIT_LOCKED, GongError

FILE_NAME = "inbox.sqlite"


class InboxError(GongError):
    """The inbox can't be opened, read or written; what was not stored was not acknowledged."""


class InboxHeldError(InboxError):
    """Another process loads the inbox; nothing was done."""

    exit_code = EXIT_LOCKED


@dataclass(frozen=True)
class Received:
    """An event on its way into the inbox.

    Attributes:
        body_sha256: Tells the same body sent again.
        call_id: The call.
        received_at: When its request began, in microseconds since 1970.
        body: As received.
    """

    body_sha256: str
    call_id: str
    received_at: int
    body: bytes


@dataclass(frozen=True)
class Pending:
    """The latest pending event of a call, taken to be loaded.

    Attributes:
        seq: Its number.
        call_id: The call.
        received_at: When its request began, in microseconds since 1970.
        body: As received; empty where it was forgotten and only the call's id is left.
        alone: Whether no other event of the call is remembered, loaded or not.
    """

    seq: int
    call_id: str
    received_at: int
    body: bytes
    alone: bool


def inbox_file(path: str | os.PathLike[str]) -> Path:
    """The SQLite file that a path means.

    Args:
        path: A file (it exists, or ends in ``.sqlite``, ``.sqlite3`` or ``.db``), or else a directory.
    """
    chosen = Path(path)
    is_file = chosen.is_file() or (not chosen.is_dir() and chosen.suffix in (".sqlite", ".sqlite3", ".db"))
    return chosen if is_file else chosen / FILE_NAME
