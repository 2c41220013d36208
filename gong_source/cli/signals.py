"""Signals end a program at once: what is done and told then, and the exit code."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NamedTuple

from gong_source.cli.trouble import EXIT_SIGNAL, STOPPED, as_line, as_report, manner

SHOW_CURSOR = b"\x1b[?25h"
"""What a terminal has to be told where a live display is cut off."""

ENDING = (signal.SIGINT, signal.SIGTERM)
"""What a person or a scheduler ends a program with."""

HANGUP: signal.Signals | None = getattr(signal, "SIGHUP", None)
"""What a terminal sends that closes; Windows knows none."""


class _Ending(NamedTuple):
    message: Callable[[], str]
    act: Callable[[int], object]


_ENDINGS = [_Ending(lambda: STOPPED, lambda code: None)]
"""The last one counts."""


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Have SIGINT, SIGTERM and SIGHUP end the process at once, as long as the block lasts.

    What a command leaves is complete at every instant. An exception is no way to stop at any instant, though: Python
    drops it in a callback, and raised between the taking of a lock and its release, such as that of an import, it
    leaves other threads waiting for ever. While dlt normalizes and loads, it takes the signals, and stops after a job.
    """

    def end(number: int, _: FrameType | None) -> None:
        code, ending, message = EXIT_SIGNAL + number, _ENDINGS[-1], STOPPED
        with suppress(Exception):  # it ends either way
            message = ending.message()
        with suppress(Exception):
            ending.act(code)
        as_json, log_format = manner()
        with suppress(OSError):  # who reads it may be gone
            if os.isatty(2):
                os.write(2, SHOW_CURSOR)
            os.write(2, as_line(message, log_format).encode())
        with suppress(OSError):
            if as_json:
                os.write(1, as_report(message, code).encode())
        os._exit(code)

    with _handled(end):
        yield


@contextmanager
def at_signal(
    message: Callable[[], str] = lambda: STOPPED, act: Callable[[int], object] = lambda code: None
) -> Iterator[None]:
    """Say what comes of a signal that ends the program within the block. Both are called at any instant.

    Args:
        message: Gives what is told.
        act: Called with the exit code; it may wait for no lock.
    """
    _ENDINGS.append(_Ending(message, act))
    try:
        yield
    finally:
        _ENDINGS.pop()


@contextmanager
def stopping_in_order() -> Iterator[None]:
    """Have SIGINT, SIGTERM and SIGHUP raise KeyboardInterrupt within the block, for what has an order to stop in."""
    with _handled(signal.default_int_handler):
        yield


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    hears = HANGUP is not None and signal.getsignal(HANGUP) != signal.SIG_IGN  # nohup has it ignored
    before = {number: signal.signal(number, handler) for number in (*ENDING, *([HANGUP] if HANGUP and hears else []))}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
