"""What reads a stream: it submits jobs, and turns what they bring into rows and into what is remembered."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from gong_source.api import Page
from gong_source.ranges import Range
from gong_source.streams.read_ahead import Emit
from gong_source.streams.state import EVERYTHING
from gong_source.streams.window_length import MANY, Held
from gong_source.tables.arrow import Shaped


@dataclass(frozen=True)
class Window:
    """A range to read for one selection.

    Attributes:
        selection: Workspace id or log type; ``*`` for everything.
        range: What to read.
        number: Its number among the windows of the run.
    """

    selection: str
    range: Range
    number: int = 0

    @property
    def told(self) -> str:
        """The window in words."""
        return str(self.range) if self.selection == EVERYTHING else f"{self.selection}, {self.range}"


@dataclass(frozen=True)
class JobFailed:
    """Event: a job ended with an error.

    Attributes:
        lane: Kind of the job.
        error: What it raised.
    """

    lane: str
    error: BaseException


class Jobs(ABC):
    """Where a reader submits its jobs."""

    @abstractmethod
    def submit(self, lane: str, job: Callable[[Emit], None]) -> None:
        """Add a job for the threads, from any thread; never blocks.

        Args:
            lane: Its kind: one of the reader's lanes.
            job: Called with a function that hands over one event.
        """


class Reader(ABC):
    """Reads one stream, or several that are read together.

    Attributes:
        names: The streams that it hands rows over for.
        lanes: Kinds of jobs, with how many may work side by side at the most.
        unpaced: Those that ask nothing of Gong, so that its rate does not bound them.
        chunks: Chunks with rows that were read to their end.
        stopped: Whether no further job begins.
        wanted: Whether anybody takes its rows.
    """

    names: tuple[str, ...] = ()
    lanes: Mapping[str, int] = {}
    unpaced: frozenset[str] = frozenset()
    chunks = 0
    stopped = False
    wanted = True

    def plan(self) -> None:  # noqa: B027  most ask nothing
        """Decide what is read, and register what the destination is to be asked: all readers' questions go together."""

    @abstractmethod
    def begin(self, jobs: Jobs) -> None:
        """Take the answers and submit the first jobs.

        Args:
            jobs: Takes jobs, now and whenever an event is handled.
        """

    @abstractmethod
    def handle(self, event: object, load_id: str) -> list[Shaped]:
        """Turn an event into rows and into what is remembered.

        Args:
            event: From one of its jobs.
            load_id: The load package that will carry the rows.
        """

    def share(self, lane: str, width: int) -> int:
        """How many jobs of a lane to run side by side now.

        Args:
            lane: One of its kinds.
            width: As many as use the whole rate.
        """
        return width

    @property
    def more(self) -> bool:
        """Whether chunks are left to read."""
        return False

    @property
    def ending(self) -> bool:
        """Whether each of its jobs that will ever be is submitted."""
        return not self.more

    def finish(self, load_id: str) -> list[Shaped]:
        """Rows that are known only once everything was read; called once, unless the reader failed.

        Args:
            load_id: The load package that will carry them.
        """
        return []

    def settle(self, load_id: str) -> list[Shaped]:
        """Rows that what was read still owes, once nothing more comes; called in place of finish if the reader stopped.

        Args:
            load_id: The load package that will carry them.
        """
        return []

    def close(self) -> None:  # noqa: B027  # most readers hold nothing
        """Let go of what is held while its jobs work; called once they have ended, whether or not it failed."""

    def fail(self, failed: JobFailed) -> tuple[str, ...]:
        """Stop what can't go on.

        Args:
            failed: Which job, and why.

        Returns:
            The streams that get no further rows.
        """
        self.stopped = True
        return self.names


def hand_over(pages: Iterable[Page], shape: Callable[[Page], object], emit: Emit) -> int:
    """Shape page after page and hand each over, without keeping a page while its event waits to be taken.

    Args:
        pages: Of a walk.
        shape: Makes an event of a page on which anything is listed.
        emit: Hands over one event.

    Returns:
        How much was listed.
    """
    listed = 0

    def shaped(page: Page) -> object:
        nonlocal listed
        listed += len(page.items)
        return shape(page)

    for event in map(shaped, filter(lambda page: page.records or page.others, pages)):
        emit(event)
    return listed


def hand_over_window(
    pages: Iterator[Page], window: Window, chunk: timedelta, shape: Callable[[Page], object], emit: Emit
) -> Held:
    """Hand the pages of a window over, unless it turns out to hold more than one so long should.

    Args:
        pages: Of a walk.
        window: What is walked.
        chunk: Length that a window with many records has at the most.
        shape: As for :func:`hand_over`.
        emit: Hands over one event.
    """
    first = next(pages, None)
    if first is None:
        return Held(0)
    if window.range.length > chunk and (first.total or 0) > MANY:
        return Held(first.total or 0, too_long=True)
    listed = hand_over(iter([first]), shape, emit)
    del first
    return Held(listed + hand_over(pages, shape, emit))
