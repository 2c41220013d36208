"""Which windows to read, how long each may be, and how one after the other is read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gong_source.errors import GongBadRequestError
from gong_source.ranges import Range, RangeSet
from gong_source.streams.context import ReadContext
from gong_source.streams.read_ahead import Emit
from gong_source.streams.reader import Window


class WindowPlan:
    """Which windows are still to be read. They grow while they are found empty; for several threads.

    A window has the length of a chunk. Where nothing is found the next one is twice as long, so that years before a
    company's first call cost a few requests; where much is found in a long one, it is read chunk by chunk after all.
    """

    def __init__(self, gaps: Mapping[str, Iterable[Range]], chunk: timedelta, newest_first: bool = False) -> None:
        """Plan.

        Args:
            gaps: What to read, by selection: disjoint ranges in the order of time, each read by windows of its own.
            chunk: Length of a window in which something is found.
            newest_first: Whether the end of the range comes first.
        """
        self._gaps = {selection: found for selection, ranges in gaps.items() if (found := list(ranges))}
        self._lengths = dict.fromkeys(self._gaps, chunk)
        self._chunk = chunk
        self._newest_first = newest_first
        self._changed = threading.Condition()
        self._number = 0
        self._in_flight = 0
        self._untaken = 0
        self._closed = False

    def __iter__(self) -> Iterator[Window]:
        """The windows, each handed out once, over all threads that iterate."""
        while (window := self.take()) is not None:
            yield window

    @property
    def left(self) -> bool:
        """Whether there is anything that was not read to its end, or that nobody has taken yet."""
        return self._in_flight > 0 or self._untaken > 0 or any(self._gaps.values())

    def taken(self) -> None:
        """Note that a window that was read has been dealt with."""
        with self._changed:
            self._untaken -= 1

    def take(self, wait: bool = True) -> Window | None:
        """The next window; None where none is left.

        Args:
            wait: Whether to wait for what others read just now: it may turn out too long, and come back.
        """
        with self._changed:
            if wait:
                self._changed.wait_for(lambda: self._closed or any(self._gaps.values()) or not self._in_flight)
            open_gaps = {selection: gaps for selection, gaps in self._gaps.items() if gaps}
            if self._closed or not open_gaps:
                return None
            if self._newest_first:
                selection = max(open_gaps, key=lambda each: open_gaps[each][-1].end)
                gap = open_gaps[selection].pop()
                cut = max(gap.start, _minus(gap.end, self._lengths[selection]))
                rest, piece = Range(gap.start, cut), Range(cut, gap.end)
                open_gaps[selection] += [rest] if not rest.empty else []
            else:
                selection = min(open_gaps, key=lambda each: open_gaps[each][0].start)
                gap = open_gaps[selection].pop(0)
                cut = min(gap.end, _plus(gap.start, self._lengths[selection]))
                piece, rest = Range(gap.start, cut), Range(cut, gap.end)
                open_gaps[selection][:0] = [rest] if not rest.empty else []
            self._number += 1
            self._in_flight += 1
            return Window(selection, piece, self._number)

    def close(self) -> None:
        """Hand out no more windows, as one could not be read."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def found(self, window: Window, anything: bool) -> None:
        """Tell what was found in a window, after which the length of the next is chosen.

        Args:
            window: That was read.
            anything: Whether it held a record.
        """
        with self._changed:
            self._in_flight -= 1
            self._untaken += 1
            self._changed.notify_all()
            if anything:
                self._lengths[window.selection] = self._chunk
            elif window.range.length >= self._lengths[window.selection]:
                self._lengths[window.selection] *= 2

    def too_long(self, window: Window) -> bool:
        """Give a window back to be read in shorter ones; False where it is none to be cut.

        Args:
            window: That was not read.
        """
        if window.range.length <= self._chunk:
            return False
        with self._changed:
            self._in_flight -= 1
            self._changed.notify_all()
            self._lengths[window.selection] = max(self._chunk, window.range.length / 4)
            gaps = RangeSet([*self._gaps[window.selection], window.range])
            self._gaps[window.selection] = list(gaps)
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
    read: Callable[[Window, Emit], bool | None],
    emit: Emit,
) -> None:
    """Read windows of a plan until none is left: what each of several jobs does.

    Args:
        plan: Shared by the jobs.
        context: Its clock, and its bound on requests.
        stopped: Whether the stream has failed meanwhile.
        read: Reads a window and hands its pages over; whether anything was found, None where it is too long.
        emit: Hands over one event.
    """
    try:
        for window in plan:
            if stopped():
                plan.close()
                return
            context.check_requests()
            read_at = context.clock()
            found = _read_one(plan, window, read, emit)
            if found is not None:
                plan.found(window, found)
                emit(WindowRead(window, read_at, found))
    except BaseException:
        plan.close()
        raise


def _read_one(plan: WindowPlan, window: Window, read: Callable[[Window, Emit], bool | None], emit: Emit) -> bool | None:
    """Read a window; None where it goes back to be read in shorter ones."""
    try:
        found = read(window, emit)
    except GongBadRequestError:
        if not plan.too_long(window):
            raise
        return None
    if found is None:
        plan.too_long(window)
    return found


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
