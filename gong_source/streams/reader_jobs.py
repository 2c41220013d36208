"""The jobs that readers submit: each event is told apart by its reader, and so is each error."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from gong_source.streams.read_ahead import Closed, Emit, ReadAhead
from gong_source.streams.reader import JobFailed, Jobs, Reader


@dataclass(frozen=True)
class Arrived:
    """An event of a reader's job.

    Attributes:
        reader: Whose job it was.
        event: What came.
    """

    reader: Reader
    event: object


class ReaderJobs(Jobs):
    """Submits the jobs of one reader; their errors are events, and none begins once the reader has stopped."""

    def __init__(self, reader: Reader, ahead: ReadAhead) -> None:
        """Nothing is submitted yet.

        Args:
            reader: Whose jobs they are.
            ahead: The threads.
        """
        self._reader = reader
        self._ahead = ahead
        self._left = 0
        self._skipped = False
        self._lock = threading.Lock()

    @property
    def are_done(self) -> bool:
        """Whether all jobs so far were done, and all that they handed over was taken."""
        return not self._left and not self._skipped

    def taken(self) -> None:
        """Note that an event of a job was taken."""
        self._count(-1)

    def _count(self, more: int) -> None:
        with self._lock:
            self._left += more

    def submit(self, lane: str, job: Callable[[Emit], None]) -> None:
        """Add a job of the reader's.

        Args:
            lane: Its kind.
            job: Called in a thread with a function that hands one event over.
        """

        def bounded(emit: Emit) -> None:
            try:
                self._do(lane, job, emit)
            finally:
                self._count(-1)

        self._count(1)
        try:
            self._ahead.submit(lane, bounded)
        except RuntimeError:
            self._count(-1)
            raise

    def _do(self, lane: str, job: Callable[[Emit], None], emit: Emit) -> None:
        if self._reader.stopped:
            self._skipped = True
            return
        hand = partial(self._hand, emit)
        try:
            job(hand)
        except Closed:
            if self._reader.wanted:
                raise
        except Exception as error:
            hand(JobFailed(lane, error))

    def _hand(self, emit: Emit, event: object) -> None:
        if not self._reader.wanted:
            raise Closed
        self._count(1)
        emit(Arrived(self._reader, event))
