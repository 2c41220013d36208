"""Standard input, output and error: where the program was started without one, and where an error can't be written."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any

STANDARD = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
"""By descriptor: its name in :mod:`sys`, and how it is opened."""


def open_missing() -> None:
    """Open what is missing, as of ``gong-source sync 2>&-``, as the null device; call it before anything opens a file.

    The next file to be opened would have the number, were it the database: what is written to standard error by its
    number, as by a signal's handler or by a library in C, would be written into it.
    """
    for number, (name, mode) in enumerate(STANDARD):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, since those below are open
            os.set_inheritable(number, True)  # a process that is started from here would be without one again
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115  it stays open


class _Losing(io.FileIO):
    """Loses what can't be written: the disk is full, nobody reads the pipe any more, the terminal was closed."""

    def write(self, data: Any) -> int:
        with suppress(OSError):
            return super().write(data) or len(data)  # where it would have to wait, nothing is written
        return len(data)


def lose_unwritten_errors() -> None:
    """Have no write to standard error fail: nothing of what a command does hangs on it.

    All of the program writes there by this stream, as dlt and Python itself do: what is told, logged, drawn and asked.
    Each write is tried: once there is room again, lines are there again.
    """
    told = sys.stderr
    with suppress(OSError, ValueError):  # somebody has put in its place what has no descriptor
        if isinstance(told, io.TextIOWrapper):
            raw = io.BufferedWriter(_Losing(told.fileno(), "w", closefd=False))
            sys.stderr = io.TextIOWrapper(raw, told.encoding, told.errors, line_buffering=True)
