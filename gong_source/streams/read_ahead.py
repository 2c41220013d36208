"""Reading ahead: jobs in threads fill one bounded buffer, which the loader empties at its own pace; and single tasks.

One dlt pipeline can't extract in one thread while another normalizes; but requests can wait for Gong while packages
are normalized and loaded. So the readers live longer than a package, and what they may run ahead is bounded.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Result = TypeVar("Result")
Emit = Callable[[Any], None]
Job = Callable[[Emit], None]


@dataclass(frozen=True)
class Failed:
    """A job ended with an error.

    Attributes:
        lane: Lane of the job.
        error: What it raised.
    """

    lane: str
    error: BaseException


@dataclass(frozen=True)
class _Finished:
    lane: str


class Closed(Exception):
    """Raised inside a job when nobody wants its events any more."""


class Within:
    """Counts the threads that are within a block.

    Attributes:
        threads: How many are.
    """

    def __init__(self) -> None:
        """Nobody is."""
        self.threads = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        """One more."""
        with self._lock:
            self.threads += 1

    def __exit__(self, *error: object) -> None:
        """One less."""
        with self._lock:
            self.threads -= 1


class _Lane:
    """Threads that take jobs of one kind, as many at a time as its width allows at the moment."""

    def __init__(self, name: str, width: Callable[[], int]) -> None:
        self.name = name
        self.width = width
        self.jobs: deque[Job] = deque()
        self.active = 0


class ReadAhead:
    """Runs jobs and hands over their events."""

    def __init__(
        self,
        lanes: dict[str, tuple[int, Callable[[], int]]],
        buffer: int,
        weigh: Callable[[Any], int] = lambda event: 1,
    ) -> None:
        """Start the threads.

        Args:
            lanes: By name: the most threads, and how many of them may work at the moment.
            buffer: Weight of the events that may wait to be taken; with so much waiting, a job goes on only when some
                were taken.
            weigh: The weight of an event.
        """
        self._events: deque[tuple[Any, int]] = deque()
        self._buffer = buffer
        self._weigh = weigh
        self._weight = 0
        self._changed = threading.Condition()
        self._closed = False
        self._outstanding = 0
        self._lanes = {name: _Lane(name, width) for name, (_, width) in lanes.items()}
        self._threads = [
            threading.Thread(target=self._work, args=(self._lanes[name],), name=f"gong-{name}-{n}", daemon=True)
            for name, (most, _) in lanes.items()
            for n in range(most)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, lane: str, job: Job) -> None:
        """Add a job, from any thread; jobs of a lane start in the order they were added. Never blocks.

        Args:
            lane: Its kind.
            job: Called in a thread with a function that hands one event over.
        """
        with self._changed:
            self._outstanding += 1
            self._lanes[lane].jobs.append(job)
            self._changed.notify_all()

    def drop(self, lane: str) -> None:
        """Forget the jobs of a lane that have not begun.

        Args:
            lane: Its kind.
        """
        with self._changed:
            self._outstanding -= len(self._lanes[lane].jobs)
            self._lanes[lane].jobs.clear()

    def take(self, before_wait: Callable[[], None] = lambda: None) -> Any | None:
        """The next event, :class:`Failed` among them; None when all jobs are done.

        Args:
            before_wait: Called where no event is there yet.

        To be called, like :meth:`drop`, from one thread at a time.
        """
        while self._outstanding:  # a job that adds others is outstanding itself
            if not self._events:
                before_wait()
            with self._changed:
                self._changed.wait_for(lambda: self._events)
                event, weight = self._events.popleft()
                self._weight -= weight
                self._outstanding -= isinstance(event, (_Finished, Failed))
                self._changed.notify_all()
            if not isinstance(event, _Finished):
                return event
        return None

    @property
    def crowded(self) -> bool:
        """Whether so much waits to be taken that jobs may soon be held back."""
        return 2 * self._weight >= self._buffer

    @property
    def all_begun(self) -> bool:
        """Whether no job waits for its turn."""
        return not any(lane.jobs for lane in self._lanes.values())

    def close(self) -> None:
        """Stop: jobs end at their next event. Waits a moment for the threads."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=0.2)

    def _work(self, lane: _Lane) -> None:
        while (job := self._next_job(lane)) is not None:
            outcome: Any = _Finished(lane.name)
            try:
                job(self._emit)
            except Closed:
                return
            except BaseException as error:
                outcome = Failed(lane.name, error)
            with self._changed:
                lane.active -= 1
                self._put(outcome, 0)

    def _next_job(self, lane: _Lane) -> Job | None:
        with self._changed:
            while not self._closed:
                if lane.jobs and lane.active < lane.width():
                    lane.active += 1
                    return lane.jobs.popleft()
                self._changed.wait(0.2)  # the width may grow without notice
        return None

    def _emit(self, event: Any) -> None:
        """Hand an event over, and hold its job back while too much waits to be taken."""
        with self._changed:
            if not self._closed:
                self._put(event, self._weigh(event))
            del event  # the buffer's alone: what is taken is not kept here
            self._changed.wait_for(lambda: self._closed or self._weight < self._buffer)
            if self._closed:
                raise Closed

    def _put(self, event: Any, weight: int) -> None:
        self._events.append((event, weight))
        self._weight += weight
        self._changed.notify_all()
