"""The end of a program: Python would give back object after object, and the system takes them all at once."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

OTHERS = atexit._ncallbacks()
"""What was registered for the end of the process before this was imported, as by a tracer that started the program."""


@contextmanager
def left_at_once() -> Iterator[None]:
    """Have the process end with the SystemExit that the block raises, without giving back what it holds.

    Its threads have ended by then, and all has been done that was to be done at the end of the process: what is
    registered first is done last. So where others were first, and with any other end, the end is Python's own.
    """
    status: list[int] = []

    def leave() -> None:
        if status:
            try:
                sys.stdout.flush()
                sys.stderr.flush()
            except (OSError, ValueError):
                return  # of which Python tells in its own way
            os._exit(status[0])

    if not OTHERS:
        atexit.register(leave)
    try:
        yield
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            status.append(end.code or 0)
        raise
