"""What is remembered to be read later than now: by a clock that was ahead, or this one is behind."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime, timedelta
from typing import Any

from gong_source.ranges import EARLIEST, Range, RangeSet, moved, parse_instant
from gong_source.streams.state import StreamState
from gong_source.streams.stream import Months, Stream, Windows
from gong_source.warehouse.store import Store

AHEAD = timedelta(days=1)
"""By how much a range may end later than now: a company's day can be over before that of UTC."""

CLOCK = "a clock was ahead when it was read, or that of this machine is behind now"


def forget_later(
    stream: Stream, state: StreamState, store: Store, columns: Container[str], now: datetime, lookback: timedelta
) -> RangeSet:
    """Forget what can't have been read yet, with a look-back before it.

    When a clock that was ahead read it, nobody knows; but its newest record was there.

    Args:
        stream: Any.
        state: What is remembered of it.
        store: The dataset.
        columns: That its root table has there.
        now: The current time, by a clock that may be behind.
        lookback: How late rows may arrive.

    Returns:
        What was forgotten.
    """
    read = state.at_all
    last = max((each.end for each in read), default=now)
    if last <= now + AHEAD:
        return RangeSet()
    time = stream.reads.time if isinstance(stream.reads, Windows) else "started"
    rows = store.rows(f"SELECT MAX({time}) FROM {{{stream.tables[0].name}}}") if time in columns else []
    newest = time_of(stream, rows[0][0]) if rows else None
    lost = read & RangeSet([Range(moved(min(now, newest or EARLIEST), -lookback), last)])
    state.forget(lost)
    return lost


def time_of(stream: Stream, told: Any) -> datetime | None:
    """The time of a record, or the first instant of its month, which is told as YYYY-MM.

    Args:
        stream: That it belongs to.
        told: The value of the column by which it is read.
    """
    is_month = isinstance(stream.reads, Windows) and isinstance(stream.reads.bounds, Months)
    return None if told is None else parse_instant(f"{told}-01" if is_month else told)
