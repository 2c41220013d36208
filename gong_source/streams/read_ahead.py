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

    def __init__(self, name: str, most: int, width: Callable[[], int], lock: threading.RLock) -> None:
        self.name = name
        self.most = most
        self.width = width
        self.jobs: deque[Job] = deque()
        self.active = 0
        self.threads: list[threading.Thread] = []
        """Those that are not active look for a job, or wait for their turn to."""
        self.turn = threading.Condition(lock)


class ReadAhead:
    """Runs jobs and hands over their events."""

    def __init__(
        self,
        lanes: dict[str, tuple[int, Callable[[], int]]],
        buffer: int,
        weigh: Callable[[Any], int] = lambda event: 1,
    ) -> None:
        """Nothing is run yet; a thread starts where a job has none.

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
        self._lock = threading.RLock()  # a source that is left is closed where Python finds it, even in these threads
        self._arrived, self._room = threading.Condition(self._lock), threading.Condition(self._lock)
        self._closed = False
        self._outstanding = 0
        self._lanes = {name: _Lane(name, most, width, self._lock) for name, (most, width) in lanes.items()}

    def submit(self, lane: str, job: Job) -> None:
        """Add a job, from any thread; jobs of a lane start in the order they were added. Never blocks.

        Args:
            lane: Its kind.
            job: Called in a thread with a function that hands one event over.

        Raises:
            RuntimeError: The machine has not one thread to give to the lane.
        """
        wanted = self._lanes[lane]
        with self._lock:
            wanted.jobs.append(job)
            try:
                self._man(wanted)
            except RuntimeError:
                wanted.jobs.pop()
                raise
            self._outstanding += 1

    def drop(self, lane: str) -> None:
        """Forget the jobs of a lane that have not begun.

        Args:
            lane: Its kind.
        """
        with self._lock:
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
            with self._lock:
                self._arrived.wait_for(lambda: self._events)
                event, weight = self._events.popleft()
                self._weight -= weight
                self._outstanding -= isinstance(event, (_Finished, Failed))
                self._room.notify_all()
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
        with self._lock:
            self._closed = True
            self._room.notify_all()
            for lane in self._lanes.values():
                lane.turn.notify_all()
        own = {thread for lane in self._lanes.values() for thread in lane.threads}
        for thread in own - {threading.current_thread()}:
            thread.join(timeout=0.2)

    def _man(self, lane: _Lane) -> None:
        """Have a thread of the lane that is not active look for a job, or else a new one."""
        if not lane.jobs or self._closed:
            return
        if lane.active < len(lane.threads):
            lane.turn.notify()
        elif len(lane.threads) < lane.most:
            name = f"gong-{lane.name}-{len(lane.threads)}"
            lane.threads.append(threading.Thread(target=self._work, args=(lane,), name=name, daemon=True))
            try:
                lane.threads[-1].start()
            except RuntimeError:  # the machine has no more; those that are there do it all
                lane.threads.pop()
                if not lane.threads:
                    raise

    def _work(self, lane: _Lane) -> None:
        while (job := self._next_job(lane)) is not None:
            outcome: Any = _Finished(lane.name)
            try:
                job(self._emit)
            except Closed:
                return
            except BaseException as error:
                outcome = Failed(lane.name, error)
            with self._lock:
                lane.active -= 1
                self._put(outcome, 0)

    def _next_job(self, lane: _Lane) -> Job | None:
        with self._lock:
            while not self._closed:
                if lane.jobs and lane.active < lane.width():
                    lane.active += 1
                    job = lane.jobs.popleft()
                    self._man(lane)
                    return job
                lane.turn.wait(0.2 if lane.jobs else None)  # the width may grow without notice
        return None

    def _emit(self, event: Any) -> None:
        """Hand an event over, and hold its job back while too much waits to be taken."""
        with self._lock:
            if not self._closed:
                self._put(event, self._weigh(event))
            del event  # the buffer's alone: what is taken is not kept here
            self._room.wait_for(lambda: self._closed or self._weight < self._buffer)
            if self._closed:
                raise Closed

    def _put(self, event: Any, weight: int) -> None:
        self._events.append((event, weight))
        self._weight += weight
        self._arrived.notify()
        for lane in self._lanes.values():  # what arrives may let others begin
            self._man(lane)
