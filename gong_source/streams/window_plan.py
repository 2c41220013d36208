"""Which windows to read, how long each may be, and how one after the other is read."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gong_source.errors import GongBadRequestError
from gong_source.ranges import Range, RangeSet
from gong_source.streams.context import ReadContext
from gong_source.streams.read_ahead import Emit
from gong_source.streams.reader import Window
from gong_source.streams.window_length import Held, WindowLength


class WindowPlan:
    """Which windows are still to be read, over all threads; :class:`WindowLength` says how long each is."""

    def __init__(
        self,
        gaps: Mapping[str, Iterable[Range]],
        chunk: timedelta,
        newest_first: bool = False,
        longest: timedelta | None = None,
        probed: bool = False,
    ) -> None:
        """Plan.

        Args:
            gaps: What to read, by selection: disjoint ranges in the order of time, each read by windows of its own.
            chunk: Length of a window in which something is found.
            newest_first: Whether the end of the range comes first.
            longest: Length of a window in which nothing is found; no bound where None.
            probed: Whether a window longer than a chunk is only asked whether it holds anything.
        """
        self._gaps = {selection: found for selection, ranges in gaps.items() if (found := list(ranges))}
        self._lengths = {
            selection: WindowLength(
                chunk,
                max(each.length for each in found) if probed or not newest_first else timedelta(0),
                longest,
                probed,
            )
            for selection, found in self._gaps.items()
        }
        self._chunk = chunk
        self._newest_first = newest_first
        self._changed = threading.Condition()
        self._number = 0
        self._in_flight: Counter[str] = Counter()
        self._untaken = 0
        self._closed = False

    def __iter__(self) -> Iterator[Window]:
        """The windows, each handed out once, over all threads that iterate."""
        while (window := self.take()) is not None:
            yield window

    @property
    def left(self) -> bool:
        """Whether there is anything that was not read to its end, or that nobody has taken yet."""
        return self._untaken > 0 or self._in_flight.total() > 0 or any(self._gaps.values())

    def taken(self) -> None:
        """Note that a window that was read has been dealt with."""
        with self._changed:
            self._untaken -= 1

    def take(self, wait: bool = True) -> Window | None:
        """The next window; None where none is left.

        Args:
            wait: Whether to wait for what others read just now: it may turn out too long, and come back, or decide how
                long the next one is.
        """
        with self._changed:
            if wait:
                self._changed.wait_for(lambda: self._closed or self._open() or not self._in_flight.total())
            if self._closed or not (ready := self._open()):
                return None
            if self._newest_first:
                selection = max(ready, key=lambda each: self._gaps[each][-1].end)
                gap = self._gaps[selection].pop()
                cut = max(gap.start, _minus(gap.end, self._lengths[selection].next(gap)))
                rest, piece = Range(gap.start, cut), Range(cut, gap.end)
                self._gaps[selection] += [rest] if not rest.empty else []
            else:
                selection = min(ready, key=lambda each: self._gaps[each][0].start)
                gap = self._gaps[selection].pop(0)
                cut = min(gap.end, _plus(gap.start, self._lengths[selection].next(gap)))
                piece, rest = Range(gap.start, cut), Range(cut, gap.end)
                self._gaps[selection][:0] = [rest] if not rest.empty else []
            self._number += 1
            self._in_flight[selection] += 1
            return Window(selection, piece, self._number)

    def _open(self) -> list[str]:
        """Selections of which a window may be read now."""
        return [
            selection
            for selection, gaps in self._gaps.items()
            if gaps and not (self._lengths[selection].alone and self._in_flight[selection])
        ]

    def close(self) -> None:
        """Hand out no more windows, as one could not be read."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def found(self, window: Window, records: int) -> None:
        """Tell what was found in a window, after which the length of the next is chosen.

        Args:
            window: That was read.
            records: How many it held.
        """
        with self._changed:
            self._lengths[window.selection].found(window.range, records)
            self._in_flight[window.selection] -= 1
            self._untaken += 1
            self._changed.notify_all()

    def too_long(self, window: Window, held: Held | None = None) -> bool:
        """Give a window back to be read in shorter ones; False where it is none to be cut.

        Args:
            window: That was not read.
            held: What it holds; None where Gong refused it, which does for all selections.
        """
        if window.range.length <= self._chunk:
            return False
        with self._changed:
            for length in self._lengths.values() if held is None else ():
                length.refused(window.range)
            if held is not None:
                self._lengths[window.selection].too_long(window.range, held.records)
            self._gaps[window.selection] = list(RangeSet([*self._gaps[window.selection], window.range]))
            self._in_flight[window.selection] -= 1
            self._changed.notify_all()
        return True


@dataclass(frozen=True)
class WindowRead:
    """Event: a window was read to its end.

    Attributes:
        window: Which.
        read_at: When its first page was asked for.
        found: Whether it held any record.
    """

    window: Window
    read_at: datetime
    found: bool = False


def read_windows(
    plan: WindowPlan,
    context: ReadContext,
    stopped: Callable[[], bool],
    read: Callable[[Window, Emit], Held],
    emit: Emit,
    owed: Callable[[], int] | None = None,
) -> None:
    """Read windows of a plan until none is left: what each of several jobs does.

    Args:
        plan: Shared by the jobs.
        context: Its clock, and its bound on requests.
        stopped: Whether the stream has failed meanwhile.
        read: Reads a window and hands its pages over, unless it turns out too long.
        emit: Hands over one event.
        owed: How many requests it takes until what was begun is complete.
    """
    try:
        for window in plan:
            if stopped():
                plan.close()
                return
            context.check_requests(owed() if owed else 0)
            read_at = context.clock()
            held = _read_one(plan, window, read, emit)
            if held is not None:
                plan.found(window, held.records)
                emit(WindowRead(window, read_at, held.records > 0))
    except BaseException:
        plan.close()
        raise


def _read_one(plan: WindowPlan, window: Window, read: Callable[[Window, Emit], Held], emit: Emit) -> Held | None:
    """Read a window; None where it goes back to be read in shorter ones."""
    try:
        held = read(window, emit)
    except GongBadRequestError:
        if not plan.too_long(window):
            raise
        return None
    if held.too_long:
        plan.too_long(window, held)
        return None
    return held


def _plus(instant: datetime, length: timedelta) -> datetime:
    try:
        return instant + length
    except OverflowError:
        return datetime.max.replace(tzinfo=instant.tzinfo)


def _minus(instant: datetime, length: timedelta) -> datetime:
    try:
        return instant - length
    except OverflowError:
        return datetime.min.replace(tzinfo=instant.tzinfo)
