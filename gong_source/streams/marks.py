"""What was read: ranges, each with the load package that carried its rows.

A mark is believed only while the destination holds its package, so packages stay told apart. Adjacent marks become one,
of the later package, once as much was read after them: whoever restores an older destination has some more read again,
and years of hourly runs leave a dozen marks. Those that no later run has found confirmed yet wait for that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from gong_source.ranges import Range, RangeSet, iso, parse_instant, settled_part

MOST_UNCONFIRMED = 200
"""Marks that are kept apart until a later run; a run of very many packages joins the oldest before that."""


@dataclass(frozen=True)
class Mark:
    """A range that was read.

    Attributes:
        range: What was read.
        load_id: The load package that carried its rows.
        settled: Whether it was read so late that a look-back need not read it again.
    """

    range: Range
    load_id: str
    settled: bool


class Marks:
    """What was read of one selection, as disjoint marks in the order of time."""

    def __init__(self, marks: Iterable[Mark] = ()) -> None:
        """Keep marks.

        Args:
            marks: Disjoint ones, in any order.
        """
        self._marks = _ordered(marks)

    def __bool__(self) -> bool:
        """Whether anything was read."""
        return bool(self._marks)

    def __iter__(self) -> Iterator[Mark]:
        """The earliest first."""
        return iter(self._marks)

    @property
    def covered(self) -> RangeSet:
        """What was read at all."""
        return RangeSet(mark.range for mark in self._marks)

    @property
    def settled(self) -> RangeSet:
        """What need not be read again."""
        return RangeSet(mark.range for mark in self._marks if mark.settled)

    @property
    def loads(self) -> set[str]:
        """The load packages that carried the rows."""
        return {mark.load_id for mark in self._marks}

    def add(
        self,
        window: Range,
        load_id: str,
        read_at: datetime,
        lookback: timedelta,
        confirmed: Collection[str] | None = None,
    ) -> None:
        """Note that a window was read to its end; what was known of it before is replaced.

        Args:
            window: What was read.
            load_id: The package that carries its rows.
            read_at: When its first page was asked for.
            lookback: How late rows may arrive.
            confirmed: Packages that the destination holds as a whole, as it told when the run began; None for all.
        """
        settled = self.settled | settled_part(window, read_at, lookback)
        self.remove(RangeSet([window]))
        fresh = RangeSet([window])
        marks = [Mark(part, load_id, True) for part in fresh & settled]
        marks += [Mark(part, load_id, False) for part in fresh - settled]
        self._marks = _compacted(_ordered([*self._marks, *marks]), confirmed)

    def remove(self, ranges: RangeSet) -> None:
        """Forget ranges.

        Args:
            ranges: What counts as not read from now on.
        """
        self._marks = list(self.outside(ranges))

    def outside(self, ranges: RangeSet) -> Iterator[Mark]:
        """The marks, without some ranges.

        Args:
            ranges: What is left out.
        """
        for mark in self._marks:
            yield from (replace(mark, range=part) for part in RangeSet([mark.range]) - ranges)

    def drop_loads(self, gone: Collection[str]) -> RangeSet:
        """Forget what came with load packages that the destination does not hold.

        Args:
            gone: Their ids.

        Returns:
            What was forgotten.
        """
        lost = RangeSet(mark.range for mark in self._marks if mark.load_id in gone)
        self._marks = [mark for mark in self._marks if mark.load_id not in gone]
        return lost

    def unsettle(self, since: datetime) -> None:
        """Have a look-back read again what lies after an instant.

        Args:
            since: Where the look-back begins.
        """
        marks: list[Mark] = []
        for mark in self._marks:
            if not mark.settled or mark.range.end <= since:
                marks.append(mark)
                continue
            cut = max(mark.range.start, since)
            marks += [
                replace(mark, range=Range(mark.range.start, cut)),
                replace(mark, range=Range(cut, mark.range.end), settled=False),
            ]
        self._marks = _ordered(marks)

    def to_state(self) -> list[list[Any]]:
        """As lists of texts, fit for dlt's state."""
        return [[iso(mark.range.start), iso(mark.range.end), mark.load_id, int(mark.settled)] for mark in self._marks]

    @classmethod
    def from_state(cls, value: Any) -> Marks:
        """The reverse of :meth:`to_state`; None is no mark.

        Args:
            value: Of the state.
        """
        return cls(
            Mark(Range(parse_instant(start), parse_instant(end)), load_id, bool(settled))
            for start, end, load_id, settled in value or ()
        )


def _ordered(marks: Iterable[Mark]) -> list[Mark]:
    return sorted((mark for mark in marks if not mark.range.empty), key=lambda mark: mark.range.start)


def _compacted(marks: list[Mark], confirmed: Collection[str] | None) -> list[Mark]:
    """Join neighbours of one kind that are no longer, together, than the time that was read after them.

    What is lost with a package is then at most twice as long as what came after it.
    """
    if confirmed is not None and len(marks) > MOST_UNCONFIRMED:
        confirmed = None
    last = max((mark.range.end for mark in marks), default=None)
    joined: list[Mark] = []
    for mark in marks:
        while joined and last is not None and _joins(joined[-1], mark, last, confirmed):
            one = joined.pop()
            load_id = max(one.load_id, mark.load_id, key=_age)
            mark = Mark(Range(one.range.start, mark.range.end), load_id, mark.settled)
        joined.append(mark)
    return joined


def _joins(one: Mark, other: Mark, last: datetime, confirmed: Collection[str] | None) -> bool:
    if one.settled != other.settled or one.range.end != other.range.start:
        return False
    if one.load_id == other.load_id:
        return True
    if confirmed is not None and not (one.load_id in confirmed and other.load_id in confirmed):
        return False
    return other.range.end - one.range.start <= last - other.range.end


def _age(load_id: str) -> float:
    """The time in a load id of dlt: seconds since 1970 when its package was begun."""
    try:
        return float(load_id)
    except ValueError:
        return 0.0
