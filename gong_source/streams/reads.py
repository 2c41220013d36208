"""What was read of one selection, and what of it need not be read again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from gong_source.ranges import Range, RangeSet


@dataclass(frozen=True)
class Reads:
    """The ranges that were read, and those of them that are settled.

    A row can arrive up to a look-back after its time. What was read that long after its time is settled: it need not be
    read again. This counts from the time of *reading*, not from now, so that a pause between runs forgets nothing.

    A larger look-back opens the last days up to it again, also those that were settled under a smaller one; what is
    older stays settled. So nothing but two sets of ranges has to be remembered, however many runs there were.

    Attributes:
        covered: Everything that was read at all.
        settled: What was read a look-back after its time, by the look-back of that read.
    """

    covered: RangeSet = field(default_factory=RangeSet)
    settled: RangeSet = field(default_factory=RangeSet)

    def add(self, window: Range, read_at: datetime, lookback: timedelta) -> Reads:
        """These reads and one more.

        Args:
            window: What was read to its end.
            read_at: When its first page was asked for.
            lookback: How late rows may arrive, for this read.
        """
        read = RangeSet([window])
        return Reads(self.covered | read, (self.settled | read).until(read_at - lookback))

    def settled_at(self, now: datetime, lookback: timedelta) -> RangeSet:
        """What a run need not read again: all but what it must still, or once more, look back on.

        Args:
            now: When the run begins.
            lookback: How late rows may arrive, for this run.
        """
        return self.settled.until(now - lookback)

    def without(self, forgotten: RangeSet) -> Reads:
        """These reads as if some ranges had not been read.

        Args:
            forgotten: What is to be read anew.
        """
        return Reads(self.covered - forgotten, self.settled - forgotten)

    def to_state(self) -> dict[str, list[list[str]]]:
        """As texts, fit for dlt's state."""
        return {"covered": self.covered.to_state(), "settled": self.settled.to_state()}

    @classmethod
    def from_state(cls, value: Any) -> Reads:
        """The reverse of :meth:`to_state`; None is nothing read."""
        entry = value or {}
        return cls(RangeSet.from_state(entry.get("covered")), RangeSet.from_state(entry.get("settled")))
