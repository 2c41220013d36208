"""What is there of windows that are read again, and is not shown any more: it goes, and by that the window is read."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gong_source.ranges import Range, RangeSet
from gong_source.streams.known import Inside
from gong_source.streams.pieces import span_of
from gong_source.streams.reader import Window
from gong_source.streams.stream import Stream


@dataclass(frozen=True)
class Owed:
    """A window that was read, and lacks something that is there: in one that is not read yet it may be shown.

    Attributes:
        window: Which.
        read_at: When its first page was asked for.
        keys: Of what it lacks.
    """

    window: Window
    read_at: datetime
    keys: tuple[str, ...]


class Unseen:
    """Tells what a window that was read lacks."""

    def __init__(self, stream: Stream, inside: Inside, now: datetime, gaps: Mapping[str, Iterable[Range]]) -> None:
        """Sort what is there.

        Args:
            stream: One that is read by windows.
            inside: Keys of what is there, with selection and time.
            now: The current time, as when they were asked for.
            gaps: What is read, by selection.
        """
        self._stream = stream
        self._now = now
        rows: Mapping[str, list[tuple[datetime | str, str]]] = defaultdict(list)
        for key, (selection, time) in inside.items():
            rows[selection].append((time, key))
        self._rows = {selection: sorted(found) for selection, found in rows.items()}
        self._times = {selection: [time for time, _ in found] for selection, found in self._rows.items()}
        self._unread = {selection: RangeSet(ranges) for selection, ranges in gaps.items()}
        self.owed: list[Owed] = []

    def of(self, window: Window) -> tuple[str, ...]:
        """Keys of what is there and belongs to a window.

        Args:
            window: Of the stream.
        """
        span, times = span_of(self._stream, window.range, self._now), self._times.get(window.selection, [])
        first, last = bisect_left(times, span.first), bisect_left(times, span.last)
        return tuple(key for _, key in self._rows.get(window.selection, [])[first:last])

    def was_read(self, window: Window) -> None:
        """Note that a window was read to its end, and nothing in it was refused or set aside.

        Args:
            window: Which.
        """
        self._unread[window.selection] -= RangeSet([window.range])

    def open(self) -> set[str]:
        """Keys of what may be shown yet: of days and months that touch what was not read."""
        return {
            key
            for selection, ranges in self._unread.items()
            for part in ranges
            for key in self.of(Window(selection, part))
        }
