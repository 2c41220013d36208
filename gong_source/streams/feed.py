"""A feed reads the windows of a run ahead of the loader and cuts what comes into load packages."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from gong_source.api import Page
from gong_source.errors import GongQuotaExceeded
from gong_source.ranges import Range, RangeSet
from gong_source.streams.context import ReadContext
from gong_source.streams.read_ahead import Emit, Failed, ReadAhead
from gong_source.streams.state import SourceState
from gong_source.tables.arrow import Shaped, concat

MOST_WINDOWS = 8
"""Windows read side by side at the most."""

UNPACED = 2
"""Jobs of a kind side by side where nothing limits the rate: decoding holds the interpreter, so more of them only hold
more pages in memory."""

BUFFER = 24 * 2**20
"""Bytes of rows that may wait for the loader: at three pages a second enough for the load of a package into DuckDB."""

BATCH_ROWS = 50_000
"""Rows handed to dlt at once: each hand-over has a price per table, whatever its size."""


@dataclass(frozen=True)
class Window:
    """A range to read for one selection.

    Attributes:
        selection: Workspace id or log type; ``*`` for everything.
        range: What to read.
    """

    selection: str
    range: Range


@dataclass(frozen=True)
class WindowRead:
    """Event: a window was read to its end.

    Attributes:
        window: Which.
        read_at: When its first page was asked for.
        number: Its number among the windows of the run.
    """

    window: Window
    read_at: datetime
    number: int = 0


@dataclass(frozen=True)
class Batch:
    """Rows on their way to the resources that load them."""

    parts: list[Shaped]


class Feed(ABC):
    """Base of the feeds: threads read, one consumer turns events into batches and keeps the state.

    Attributes:
        done: Whether everything was handed over.
        windows_per_package: Windows after which a package ends.
    """

    windows_per_package = 1

    def __init__(self, context: ReadContext) -> None:
        """Nothing is read before the first package is asked for.

        Args:
            context: Shared by the run.
        """
        self.context = context
        self.done = False
        self._reader: ReadAhead | None = None
        self._windows_left = 0

    def begin(self, state: SourceState) -> ReadAhead:
        """Start to read, if nobody did so before.

        Args:
            state: Tells what is read already; not necessarily the one that is written.

        Returns:
            What reads.
        """
        if self._reader is None:
            self._reader = ReadAhead(self._lanes(), BUFFER, weight_of)
            self._start(state)
        return self._reader

    def package(self, state: SourceState) -> Iterator[Batch]:
        """The batches of the next load package; with no bound on packages, of all.

        A package ends when windows were read through and others are left, or when it holds enough rows.

        Args:
            state: Of this package; what is marked in it is true once the package is loaded.

        Yields:
            Batches; the first is empty, so that tables are made even where nothing comes.
        """
        limit = self.context.package_rows
        finished = False
        try:
            yield Batch([])
            self.context.asked(state)  # keeps the start of the first run, also where reading began before
            reader = self.begin(state)
            rows, windows_before = 0, self._windows_left
            waiting: list[Shaped] = []
            while (event := reader.take()) is not None:
                parts = self._failed(event) if isinstance(event, Failed) else self._handle(event, state)
                rows += count_rows(parts)
                waiting += parts
                if count_rows(waiting) >= BATCH_ROWS:
                    yield _joined(waiting)
                    waiting = []
                chunk_read = 0 < self._windows_left <= windows_before - self.windows_per_package
                if limit and (chunk_read or rows >= limit):
                    yield _joined(waiting)
                    finished = True
                    return
            yield _joined(waiting)
            self._finish(state)
            self.done = True
        finally:
            self.context.note_requests(state)
            if not finished:
                self.close()

    @property
    def crowded(self) -> bool:
        """Whether what was read should be taken before long."""
        return self._reader is not None and self._reader.crowded

    def close(self) -> None:
        """End the threads; a feed that was closed early is not ``done``."""
        if self._reader is not None:
            self._reader.close()

    def submit(self, lane: str, job: Callable[..., None]) -> None:
        """Add a job for the threads.

        Args:
            lane: Its kind.
            job: Called with a function that hands over one event.
        """
        assert self._reader is not None, "jobs are added once the feed has started"

        def bounded(emit: Emit) -> None:
            self.context.check_requests()
            job(emit)

        self._reader.submit(lane, bounded)

    def drop(self, *lanes: str) -> None:
        """Forget jobs that have not begun.

        Args:
            lanes: Their kinds.
        """
        for lane in lanes:
            if self._reader is not None:
                self._reader.drop(lane)

    def width(self) -> int:
        """Windows worth reading side by side: as many as slow pages need to use the whole rate, no more.

        Each window ends with a page that is only part full, and each open one is read again after a crash.
        """
        per_second = self.context.settings.requests_per_second
        if not per_second:
            return UNPACED
        latency = self.context.client.latency or 1.0  # until the first answer tells
        return max(1, min(MOST_WINDOWS, math.ceil(per_second * latency * 1.2)))

    def windows(self, selection: str, wanted: RangeSet) -> list[Window]:
        """Cut what is wanted into windows of at most a chunk, in the order of the run.

        Args:
            selection: Workspace id or log type.
            wanted: What to read.
        """
        pieces = [piece for gap in wanted for piece in gap.split(self.context.settings.chunk)]
        return [Window(selection, piece) for piece in sorted(pieces, reverse=self.context.newest_first)]

    def _failed(self, failed: Failed) -> list[Shaped]:
        """Stop what can't go on; a used-up quota stops everything."""
        if isinstance(failed.error, GongQuotaExceeded):
            self.drop(*self._lanes())
        self._on_failure(failed)
        return []

    @abstractmethod
    def _lanes(self) -> dict[str, tuple[int, Callable[[], int]]]:
        """The kinds of jobs: most threads and current width of each."""

    @abstractmethod
    def _start(self, state: SourceState) -> None:
        """Plan the run and submit the first jobs."""

    @abstractmethod
    def _handle(self, event: object, state: SourceState) -> list[Shaped]:
        """Turn an event into rows and state."""

    @abstractmethod
    def _on_failure(self, failed: Failed) -> None:
        """Drop what depends on the failed job and record the error."""

    def _finish(self, state: SourceState) -> None:  # noqa: B027  a hook; most feeds need none
        """Called once, after the last event."""


def hand_over(pages: Iterable[Page], shape: Callable[[Page], object], emit: Emit) -> None:
    """Shape page after page and hand each over, without keeping a page while its event waits to be taken.

    Args:
        pages: Of a walk.
        shape: Makes an event of a page that has records.
        emit: Hands over one event.
    """
    for event in map(shape, filter(lambda page: page.records, pages)):
        emit(event)


def count_rows(parts: list[Shaped]) -> int:
    """Rows in all parts together.

    Args:
        parts: Shaped rows of any tables.
    """
    return sum(part.data.num_rows for part in parts)


def weight_of(event: object) -> int:
    """Bytes of the rows that an event brings.

    Args:
        event: Any event of a feed; most bring rows as ``parts``.
    """
    return sum(part.data.nbytes for part in getattr(event, "parts", ()))


def _joined(parts: list[Shaped]) -> Batch:
    """One part for each table."""
    by_table: dict[str, list[Shaped]] = {}
    for part in parts:
        by_table.setdefault(part.table.name, []).append(part)
    return Batch([concat(same) for same in by_table.values()])
