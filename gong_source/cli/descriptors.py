"""Standard input, output and error, where the program was started without one: ``gong-source sync 2>&-``."""

from __future__ import annotations

import os
import sys

STANDARD = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
"""By descriptor: its name in :mod:`sys`, and how it is opened."""


def open_missing() -> None:
    """Open what is missing as the null device; call it before anything else opens a file.

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
