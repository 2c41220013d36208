"""What a window is asked for in: one request, or one for each day or month of it, and for each of something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from gong_source.api import Page
from gong_source.api.endpoints import Cursor
from gong_source.ranges import UTC, Range, iso, moved
from gong_source.streams.reader import Window
from gong_source.streams.stream import Days, Instants, Lists, Months, Stream, Windows
from gong_source.tables.arrow import JsonDict

FURTHEST_EAST = timedelta(hours=14)
FURTHEST_WEST = timedelta(hours=12)
"""How far local days run before and behind those of UTC."""
MOST_BEHIND = 2
"""How many days the day in the west may be behind that in the east, at the most."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Piece:
    """One request of a window.

    Attributes:
        name: Tells it from the other pieces of a selection; empty where the window is one piece.
        tries: How it is asked for, in ever smaller ways; the next where Gong refuses one.
        beside: Fields that every record of the answer gets, as Gong does not tell them; of days, the first.
        optional: Whether Gong may refuse it: the day may not be over in the company.
    """

    name: str
    tries: tuple[dict[str, Any], ...]
    beside: JsonDict = field(default_factory=dict)
    optional: bool = False


def pieces_of(stream: Stream, window: Window, now: datetime, lists: Lists) -> Iterator[Piece]:
    """The requests of a window; none where Gong keeps nothing of it any more.

    Args:
        stream: One that is read by windows.
        window: What is asked for.
        now: The current time.
        lists: The records of other streams.
    """
    way = stream.reads
    assert isinstance(way, Windows), "streams of other ways have no such windows"
    start = window.range.start
    if (kept := way.kept(window.selection, now)) is not None:
        start = max(start, kept)  # since the run began, Gong may have dropped some of it
    if start >= window.range.end:
        return
    bounds = BOUNDS[type(way.bounds)](way.bounds, Range(start, window.range.end), now)
    yield from _pieces(stream, way, window, bounds, lists)


def probes_of(stream: Stream, window: Window, now: datetime, lists: Lists) -> Iterator[Piece]:
    """The requests that tell whether a window holds anything: its days or months together.

    Args:
        stream: One that has such requests.
        window: What is asked for.
        now: The current time.
        lists: The records of other streams.
    """
    way = stream.reads
    assert isinstance(way, Windows), "streams of other ways have no such windows"
    if isinstance(way.bounds, Months):
        first, after = months_of(window.range)[0][0], months_of(window.range)[-1][1]
        limits = {way.bounds.start: iso(first), way.bounds.end: iso(min(after, now))}
        bounds: list[Bound] = [(f"{first:%Y-%m}", [limits], False)]
    else:
        assert isinstance(way.bounds, Days), "instants are no pieces"
        together = _days(replace(way.bounds, one_by_one=False), window.range, now)
        bounds = [(tries[0][way.bounds.start], tries, optional) for _, tries, optional in together]
    yield from _pieces(stream, replace(way, beside=way.probe or {}), window, bounds, lists)


def _pieces(stream: Stream, way: Windows, window: Window, bounds: Sequence[Bound], lists: Lists) -> Iterator[Piece]:
    each: Sequence[JsonDict] = [*way.each(window.selection, lists)] if way.each else [{}]
    for label, tries, optional in bounds:
        for more in each:
            name = " ".join(filter(None, [label, *more.values()]))
            requests = tuple(_request(stream, way, window, {**limits, **more}) for limits in tries)
            first = label or (tries[0][way.bounds.start] if isinstance(way.bounds, Days) and _by_days(stream) else "")
            yield Piece(name, requests, {**more, **({way.time: first} if first else {})}, optional)


def _request(stream: Stream, way: Windows, window: Window, limits: JsonDict) -> dict[str, Any]:
    chosen = {way.select: window.selection} if way.select else {}
    asked = {**way.fixed, **chosen, **limits}
    return {"body": {**way.beside, "filter": asked}} if stream.endpoint.cursor is Cursor.BODY else {"params": asked}


Bound = tuple[str, list[JsonDict], bool]
"""Name of a day or month, the limits to try, and whether Gong may refuse them all."""


def _instants(bounds: Instants, window: Range, now: datetime) -> list[Bound]:
    return [("", [{bounds.start: iso(window.start), bounds.end: iso(window.end)}], False)]


def _days(bounds: Days, window: Range, now: datetime) -> list[Bound]:
    """All days in one request, or each in one of its own."""
    first, last = days_of(bounds, window, now)
    sure = (now - FURTHEST_WEST).date()
    if not bounds.one_by_one:
        ends = [last - behind * DAY for behind in range(min(MOST_BEHIND + 1, (last - first).days))]
        tries = [{bounds.start: first.isoformat(), bounds.end: end.isoformat()} for end in ends]
        return [("", tries, first >= sure)] if tries else []
    days = [first + number * DAY for number in range((last - first).days)]
    return [
        (day.isoformat(), [{bounds.start: day.isoformat(), bounds.end: (day + DAY).isoformat()}], day >= sure)
        for day in days
    ]


def _months(bounds: Months, window: Range, now: datetime) -> list[Bound]:
    return [
        (f"{first:%Y-%m}", [{bounds.start: iso(first), bounds.end: iso(min(after, now))}], False)
        for first, after in months_of(window)
        if first < now
    ]


BOUNDS: dict[type, Callable[[Any, Range, datetime], list[Bound]]] = {
    Instants: _instants,
    Days: _days,
    Months: _months,
}


def days_of(bounds: Days, window: Range, now: datetime) -> tuple[date, date]:
    """The days that a window touches in any time zone, [first, last), as late as Gong may take them.

    Args:
        bounds: Of the stream.
        window: Of instants.
        now: The current time.
    """
    first = moved(window.start, -FURTHEST_WEST).date()
    after = moved(window.end, FURTHEST_EAST + DAY).date()
    return first, min(after, (now + FURTHEST_EAST).date() + bounds.latest * DAY)


def months_of(window: Range) -> list[tuple[datetime, datetime]]:
    """The months that a window touches, each with its first instant and that of the next.

    Args:
        window: Of instants.
    """
    months = []
    first = datetime(window.start.year, window.start.month, 1, tzinfo=UTC)
    while first < window.end:
        after = datetime(first.year + first.month // 12, first.month % 12 + 1, 1, tzinfo=UTC)
        months.append((first, after))
        first = after
    return months


@dataclass(frozen=True)
class Span:
    """Rows that the answers for a range may bring.

    Attributes:
        first: The first value of the stream's time column.
        last: The value after the last.
        margin: How far beyond these rows may come along that are not all there.
    """

    first: datetime | str
    last: datetime | str
    margin: timedelta = timedelta(0)

    def holds(self, time: datetime | str) -> bool:
        """Whether a value of the time column lies in the span itself."""
        return bool(self.first <= time < self.last)  # type: ignore[operator]  # all are instants, or all texts


def span_of(stream: Stream, window: Range, now: datetime) -> Span:
    """Which rows the answers for a range may bring.

    Args:
        stream: One that is read by windows.
        window: What is asked for.
        now: The current time.
    """
    way = stream.reads
    assert isinstance(way, Windows), "streams of other ways have no such windows"
    if isinstance(way.bounds, Months):
        months = months_of(window)
        return Span(f"{months[0][0]:%Y-%m}", f"{months[-1][1]:%Y-%m}")
    if not isinstance(way.bounds, Days):
        return Span(window.start, window.end)
    if _by_days(stream):
        first, last = days_of(way.bounds, window, now)
        return Span(first.isoformat(), last.isoformat())
    return Span(window.start, window.end, margin=2 * DAY + FURTHEST_EAST)


def _by_days(stream: Stream) -> bool:
    """Whether rows belong to a window by a day as text."""
    way = stream.reads
    return isinstance(way, Windows) and any(
        column.name == way.time and column.type == "text" for column in stream.tables[0].columns
    )


def with_fields(page: Page, fields: JsonDict) -> Page:
    """A page whose records have further fields.

    Args:
        page: Of a walk.
        fields: What Gong does not tell in each record.
    """
    return replace(page, records=[{**record, **fields} for record in page.records]) if fields else page
