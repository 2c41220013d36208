"""Looking on while a run goes on: what a display in another thread can know of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from gong_source.ranges import Range
from gong_source.report import RunReport
from gong_source.streams.context import ReadContext


@dataclass(frozen=True)
class View:
    """A run that goes on.

    Attributes:
        report: As of the last committed load package.
        context: Its counts of rows and requests move on all the time.
        asked: The range that is asked for; None where it is empty, or none is.
        before: What was covered when it began, as ``report.ranges`` has it.
    """

    report: RunReport
    context: ReadContext
    asked: Range | None
    before: dict[str, dict[str, list[list[str]]]]

    @property
    def requests(self) -> int:
        """Requests sent so far, retries included."""
        return self.context.client.requests.total()

    @property
    def rows(self) -> int:
        """Rows read so far, committed or not."""
        return sum(self.context.rows.copy().values())

    @property
    def used_today(self) -> int:
        """Requests of this UTC day, those of earlier runs included."""
        return self.context.client.quota.budget.used()[1]


class Watcher(Protocol):
    """Is told how a run goes, in the run's own thread."""

    def began(self, view: View) -> None:
        """The run is about to read.

        Args:
            view: Good until the run ends.
        """

    def committed(self, report: RunReport) -> None:
        """A load package is there.

        Args:
            report: What was done so far.
        """

    def waiting(self, seconds: float, why: str) -> None:
        """A request is not repeated before so many seconds; told in any thread.

        Args:
            seconds: How long.
            why: What happened.
        """


_watcher: ContextVar[Watcher | None] = ContextVar("gong_source_watcher", default=None)


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Have runs within the block tell a watcher how they go.

    Args:
        watcher: Of this thread's runs.
    """
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


def tell_began(view: View) -> None:
    """Tell whoever looks on that a run is about to read.

    Args:
        view: Of the run.
    """
    if (watcher := _watcher.get()) is not None:
        view.context.client.exchange.on_wait = watcher.waiting
        watcher.began(view)


def tell_committed(report: RunReport) -> None:
    """Tell whoever looks on that a load package is there.

    Args:
        report: What was done so far.
    """
    if (watcher := _watcher.get()) is not None:
        watcher.committed(report)
