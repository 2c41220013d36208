"""How far a run is: bars in a terminal, lines with times elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Protocol

from gong_source.cli.figures import Figures
from gong_source.report import RunReport
from gong_source.runs.watch import View, Watcher, watched

BEAT = 15.0
"""Seconds after which a line tells that the run goes on, where no other did."""

NOTABLE = 3.0
"""Seconds from which a wait is worth a line of its own."""


class Show(Watcher, Protocol):
    """Shows what it is told."""

    def going_on(self) -> AbstractContextManager[None]:
        """Show it, as long as the block lasts."""


@contextmanager
def shown(say: Callable[[str], object], quiet: bool, bars: bool) -> Iterator[None]:
    """Show how the runs within the block go.

    Args:
        say: Prints a line, where there is no terminal.
        quiet: Show nothing.
        bars: Whether bars are allowed: nothing else draws into the terminal.
    """
    if quiet:
        yield
        return
    show: Show = Lines(say)
    if bars and sys.stderr.isatty():
        from gong_source.cli.bars import bars_in  # its library takes as long to import as a package to be extracted

        show = bars_in(sys.stderr) or show
    with show.going_on(), watched(show):
        yield


class Lines:
    """A line for each committed package and each notable wait, and one now and then."""

    def __init__(self, say: Callable[[str], object]) -> None:
        """Nothing is shown yet.

        Args:
            say: Prints a line.
        """
        self._say = say
        self._figures: Figures | None = None
        self._last = time.monotonic()
        self._ended = threading.Event()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Print a line now and then, as long as the block lasts."""
        clock = threading.Thread(target=self._beat, name="gong-progress", daemon=True)
        clock.start()
        try:
            yield
        finally:
            self._ended.set()
            clock.join()

    def began(self, view: View) -> None:
        """Take it from here."""
        self._figures = Figures(view)

    def committed(self, report: RunReport) -> None:
        """Tell of a package."""
        if self._figures:
            self._figures.committed(report)
            self._line(f"package {report.packages} is there, {self._figures.line()}")

    def waiting(self, seconds: float, why: str) -> None:
        """Tell of a wait."""
        if self._figures:
            self._figures.waiting(seconds, why)
            if seconds >= NOTABLE:
                self._line(f"waiting {seconds:.0f} s: {why}")

    def _beat(self) -> None:
        while not self._ended.wait(1.0):
            if self._figures and time.monotonic() - self._last >= BEAT:
                self._line(self._figures.line())

    def _line(self, text: str) -> None:
        self._last = time.monotonic()
        self._say(f"{datetime.now():%H:%M:%S} {text}")
