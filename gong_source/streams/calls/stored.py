"""Calls that are there and lack transcripts: they are asked for without listing the calls once more."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from gong_source.ranges import Range, RangeSet
from gong_source.streams.reader import Window
from gong_source.streams.state import EVERYTHING
from gong_source.streams.window_length import MANY, Held
from gong_source.warehouse.queries import Wanted, calls_without_transcript
from gong_source.warehouse.store import Store


class StoredCalls:
    """Windows that need no request to Gong but for transcripts."""

    def __init__(self) -> None:
        """None yet."""
        self._ranges: dict[str, RangeSet] = {}
        self._wanted: dict[str, list[Wanted]] = {}

    @property
    def ranges(self) -> list[Range]:
        """All ranges, of all selections."""
        return [part for ranges in self._ranges.values() for part in ranges]

    def add(self, selection: str, ranges: RangeSet) -> None:
        """Note ranges of which the calls are there.

        Args:
            selection: Workspace id; ``*`` for all.
            ranges: By the start of the calls.
        """
        self._ranges[selection] = ranges

    def look(self, store: Store, table: str) -> None:
        """Ask the destination which calls of the ranges lack a transcript.

        Args:
            store: The dataset.
            table: Root table of the calls.
        """
        for selection, ranges in self._ranges.items():
            workspace = None if selection == EVERYTHING else selection
            found = [call for part in ranges for call in calls_without_transcript(store, table, part, workspace)]
            self._wanted[selection] = sorted(found, key=_start)

    def holds(self, window: Window) -> bool:
        """Whether a window lies in such a range.

        Args:
            window: Of a plan that has these ranges among others.
        """
        return not RangeSet([window.range]) - self._ranges.get(window.selection, RangeSet())

    def read(self, window: Window, chunk: timedelta, want: Callable[[list[Wanted], int], None]) -> Held:
        """Have the calls of a window that lack a transcript asked for, as if it had been listed.

        Args:
            window: One that :meth:`holds`.
            chunk: Length that a window with many calls has at the most.
            want: Takes the calls, and the number of their window.
        """
        wanted, span = self._wanted[window.selection], window.range
        calls = wanted[bisect_left(wanted, span.start, key=_start) : bisect_left(wanted, span.end, key=_start)]
        if window.range.length > chunk and len(calls) > MANY:
            return Held(len(calls), too_long=True)
        want(calls, window.number)
        return Held(len(calls))


def _start(call: Wanted) -> datetime:
    assert call.started is not None, "they are found by it"
    return call.started


def in_order(listed: Iterable[Range], stored: RangeSet) -> tuple[list[Range], RangeSet]:
    """All ranges of a selection in the order of time, and those that are stored and need not be listed.

    Args:
        listed: What is listed anyway.
        stored: What is there; what of it is listed is not among the second.
    """
    kept = list(listed)
    rest = stored - RangeSet(kept)
    return sorted([*kept, *rest], key=lambda each: each.start), rest
