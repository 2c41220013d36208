"""How long the windows of a plan are: by what the last one held, and by what Gong refuses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from gong_source.ranges import Range

MANY = 100
"""Records of a window that is longer than a chunk, beyond which it is read in shorter ones: a page holds as many."""

LONG = 24
"""Chunks of a gap that may well begin years before the company did: it is asked for as a whole first."""

SURE = 2
"""Chunks in a row that hold something, after which several are read at a time: the next are likely to hold more."""

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Held:
    """What came of a window.

    Attributes:
        records: How many it holds, as far as that is known.
        too_long: Whether it is too long to hold so many, and nothing of it was handed over.
    """

    records: int
    too_long: bool = False


class WindowLength:
    """How long the next window of one selection is.

    It is as long as would hold half a page at the rate of the last one, at most four times that one's length, and no
    shorter than a chunk. A window that is too long for what it holds is cut in halves, of which the first is asked for
    next: years before a company's first call cost a request for each doubling.

    Where long windows are only asked whether they hold anything, and the newest come first, the first question is about
    all there is. If there is anything, chunks are read up to one that is empty, and all before it is asked about again.
    If that holds more, it is a company with gaps, and windows grow and are halved as they are elsewhere.

    Attributes:
        alone: Whether the next window waits for those in flight: what comes of them decides on its length.
    """

    def __init__(
        self, chunk: timedelta, gap: timedelta, longest: timedelta | None = None, probed: bool = False
    ) -> None:
        """Begin with a chunk, or with all of a long gap.

        Args:
            chunk: Length of a window in which much is found.
            gap: What is to be read at a stretch; zero to begin with a chunk, however long it is.
            longest: Length of a window in which nothing is found; no bound where None.
            probed: Whether a window longer than a chunk is only asked whether it holds anything.
        """
        self._chunk = chunk
        self._leaps = probed
        self._in_a_row: int | None = None
        self._longest = max(chunk, longest or timedelta.max)
        self.alone = gap > LONG * chunk
        self._length = min(gap, self._longest) if self.alone else chunk
        self._halved: Range | None = None

    def next(self, gap: Range) -> timedelta:
        """Length of the next window.

        Args:
            gap: That it is cut from.
        """
        if self._halved is not None:
            rest = min(gap.end, self._halved.end) - max(gap.start, self._halved.start)
            if rest > timedelta(0):
                return max(self._chunk, min(self._length, rest // (2 * SECOND) * SECOND))
        return self._length

    def found(self, window: Range, records: int) -> None:
        """Take note of a window that was read.

        Args:
            window: What was read.
            records: How many it held.
        """
        if not records and window.length < self._length:
            return  # the end of a gap, or begun before the last one grew
        if self._leaps:
            self._in_a_row = (self._in_a_row or 0) + 1 if records else 0
            self._length = self._chunk if records else self._longest
            self.alone = self._in_a_row < SURE
            return
        most = 2.0 if window.length <= self._chunk else 4.0
        times = min(most, MANY / 2 / records) if records else most
        self._length = max(self._chunk, min(window.length * times, self._longest))
        self.alone = not records and self._length < self._longest

    def too_long(self, window: Range, records: int) -> None:
        """Take note of a window that goes back as it holds too much.

        Args:
            window: That was not read.
            records: How many it holds, as far as that is known.
        """
        full = records * (self._chunk / window.length) >= MANY  # chunk after chunk, and not at one end alone
        by_chunks = full or (self._leaps and self._in_a_row is None)
        self._halved = None if by_chunks else window
        self._length = self._chunk if by_chunks else max(self._chunk, window.length / 2)
        self.alone = not full
        self._leaps, self._in_a_row = by_chunks and self._leaps, 0

    def refused(self, window: Range) -> None:
        """Take note of a window that Gong does not take: none is to be as long.

        Args:
            window: That was not read.
        """
        self._longest = min(self._longest, max(self._chunk, window.length / 2))
        self._length = min(self._length, self._longest)
