"""Date-range arithmetic: what was read, what is missing, and in which pieces to read it.

All instants are timezone-aware UTC datetimes; all ranges are half open, [start, end). Nothing here does I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pendulum

UTC = timezone.utc

EARLIEST = datetime.min.replace(tzinfo=UTC)
"""The first instant that there is."""

_USUAL = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d{3}(?:\d{3})?)?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII)
"""What every Python from 3.10 on reads alike, but for the Z."""

_ISO = re.compile(
    r"\d{4}(?:-\d\d-\d\d|\d{4}|-?\d{3}|-?W(?!00)\d\d-?\d)"
    r"(?:[T ]\d\d(?::?\d\d(?::?\d\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
"""A day of the calendar, of the year or of a week, with or without a time."""


@dataclass(frozen=True, order=True)
class Range:
    """One range of time, [start, end)."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Refuse naive instants and ranges that end before they start.

        Raises:
            ValueError: For either.
        """
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a range needs timezone-aware instants")
        if self.end < self.start:
            raise ValueError(f"range ends before it starts: {self.start} > {self.end}")

    def __str__(self) -> str:
        """Both ends as Gong takes them."""
        return f"{iso(self.start)} .. {iso(self.end)}"

    @property
    def empty(self) -> bool:
        """Whether no instant lies in the range."""
        return self.start == self.end

    @property
    def length(self) -> timedelta:
        """End minus start."""
        return self.end - self.start

    def split(self, longest: timedelta) -> Iterator[Range]:
        """Cut into consecutive pieces of at most ``longest``, earliest first.

        Args:
            longest: The longest piece; positive.

        Yields:
            The pieces; nothing for an empty range.
        """
        if longest <= timedelta(0):
            raise ValueError("pieces must have a positive length")
        start = self.start
        while start < self.end:
            end = min(start + longest, self.end)
            yield Range(start, end)
            start = end


class RangeSet:
    """An immutable set of instants, kept as sorted, disjoint, non-adjacent ranges."""

    def __init__(self, ranges: Iterable[Range] = ()) -> None:
        """Normalise any ranges into the shortest equal list.

        Args:
            ranges: In any order, overlapping or touching as they like; empty ones are dropped.
        """
        merged: list[Range] = []
        for item in sorted(r for r in ranges if not r.empty):
            if merged and item.start <= merged[-1].end:
                merged[-1] = Range(merged[-1].start, max(merged[-1].end, item.end))
            else:
                merged.append(item)
        self.ranges: tuple[Range, ...] = tuple(merged)

    def __iter__(self) -> Iterator[Range]:
        """Earliest range first."""
        return iter(self.ranges)

    def __bool__(self) -> bool:
        """Whether any instant is in the set."""
        return bool(self.ranges)

    def __eq__(self, other: object) -> bool:
        """Equal when the same instants are in both."""
        return isinstance(other, RangeSet) and self.ranges == other.ranges

    def __hash__(self) -> int:
        """Hash of the normal form."""
        return hash(self.ranges)

    def __repr__(self) -> str:
        """The ranges, readable."""
        return f"RangeSet({', '.join(map(str, self.ranges))})"

    def __contains__(self, instant: datetime) -> bool:
        """Whether the instant lies in one of the ranges."""
        return any(r.start <= instant < r.end for r in self.ranges)

    def __or__(self, other: RangeSet) -> RangeSet:
        """Union."""
        return RangeSet((*self.ranges, *other.ranges))

    def __sub__(self, other: RangeSet) -> RangeSet:
        """The instants of this set that are not in the other."""
        left: list[Range] = list(self.ranges)
        for cut in other.ranges:
            pieces: list[Range] = []
            for item in left:
                if cut.end <= item.start or cut.start >= item.end:
                    pieces.append(item)
                    continue
                if item.start < cut.start:
                    pieces.append(Range(item.start, cut.start))
                if cut.end < item.end:
                    pieces.append(Range(cut.end, item.end))
            left = pieces
        return RangeSet(left)

    def __and__(self, other: RangeSet) -> RangeSet:
        """The instants that are in both."""
        return self - (self - other)

    def to_state(self) -> list[list[str]]:
        """As lists of ISO texts, fit for dlt's state."""
        return [[iso(r.start), iso(r.end)] for r in self.ranges]

    @classmethod
    def from_state(cls, value: Any) -> RangeSet:
        """The reverse of :meth:`to_state`; None is the empty set."""
        return cls(Range(parse_instant(start), parse_instant(end)) for start, end in value or ())


def days_of(instants: Iterable[datetime | None]) -> RangeSet:
    """The days, of UTC, that instants lie in.

    Args:
        instants: None is in no day.
    """
    starts = {at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) for at in instants if at}
    return RangeSet(Range(start, moved(start, timedelta(days=1))) for start in starts)


def settled_part(read: Range, read_at: datetime, lookback: timedelta) -> RangeSet:
    """The part of a range that need not be read again.

    A call can become visible up to a look-back after it took place, so what was read less than a look-back after
    its time is read again; it counts from the time of *reading*, not from now, so that a pause forgets nothing.

    Args:
        read: The range that was read.
        read_at: When its first page was asked for.
        lookback: How late a row may arrive.
    """
    limit = read_at - lookback
    return RangeSet([Range(read.start, min(read.end, limit))] if limit > read.start else [])


def moved(instant: datetime, by: timedelta) -> datetime:
    """An instant so much later or earlier, or the last or first that there is.

    Args:
        instant: In UTC.
        by: How much later; less than nothing for earlier.
    """
    try:
        return instant + by
    except OverflowError:
        return (datetime.min if by < timedelta(0) else datetime.max).replace(tzinfo=UTC)


def iso(instant: datetime) -> str:
    """An instant as Gong's filters take it, in UTC with a ``Z``.

    Fractions are kept only where there are any, so that whole seconds stay whole.
    """
    text = instant.astimezone(UTC).isoformat(timespec="microseconds" if instant.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def parse_instant(value: Any) -> datetime:
    """A date, datetime or ISO 8601 text as a UTC instant; a date alone is midnight UTC, no zone means UTC.

    Args:
        value: Text in any form of ISO 8601 that names a day, a ``date`` or a ``datetime``, also pendulum's.

    Raises:
        ValueError: It is something else, or the instant is not between the years 1 and 9999 in UTC.
    """
    moment = _read(value.strip()) if isinstance(value, str) else value
    if isinstance(moment, datetime):
        moment = _plain(moment)
    elif isinstance(moment, date):
        moment = datetime(moment.year, moment.month, moment.day)
    else:
        raise ValueError(f"not a date or time in ISO 8601: {value!r}")
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise ValueError(f"out of range in UTC: {value!r}") from error


def _read(text: str) -> date | None:
    """The date or time that a text names, or None."""
    if _USUAL.fullmatch(text):  # Gong's own form, read for every call: pendulum takes twenty times as long
        with suppress(ValueError):  # Python 3.10 does not know Z
            return datetime.fromisoformat(text)
    text = text.upper()
    if not _ISO.fullmatch(text):  # pendulum reads more: "now", durations, intervals, a time or a month alone
        return None
    try:
        read = pendulum.parse(text, exact=True)
    except ValueError:
        return None
    return read if isinstance(read, date) else None


def _plain(moment: datetime) -> datetime:
    """A datetime of Python's own, whatever subclass it was."""
    if type(moment) is datetime:
        return moment
    clock = (moment.hour, moment.minute, moment.second, moment.microsecond)
    return datetime(moment.year, moment.month, moment.day, *clock, tzinfo=moment.tzinfo, fold=moment.fold)


def ago(instant: datetime, now: datetime) -> str:
    """How long ago an instant was, for people: "3 hours ago", or "in 3 hours".

    Args:
        instant: What to tell of.
        now: The current time.
    """
    words = pendulum.instance(instant).diff_for_humans(pendulum.instance(now), absolute=True)
    return f"in {words}" if instant > now else f"{words} ago"
