"""Rows that hold less than others that were read before: what asked for more is read again, of the days they lie in.

A sync replaces what was read of its windows. But a reconcile, a drain and a run that is killed in mid-window load rows
and mark no range as read, and other pipelines of the dataset remember what they read themselves.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gong_source.config import CALL_PARTS
from gong_source.ranges import UTC, Range, RangeSet, days_of, moved, parse_instant
from gong_source.streams.question import Question, covers, some_private
from gong_source.streams.state import StreamState
from gong_source.streams.stream import Calls, Snapshot, Stream, Windows
from gong_source.tables.arrow import Shaped
from gong_source.warehouse.questions import CARRYING, WANTED_AGAIN, WHOLE, QuestionNote

logger = logging.getLogger("gong_source")

MOST: Question = {"call_parts": CALL_PARTS, "exclude_columns": ()}
"""The most that can be asked for, where more of a setting is more."""

MASKED = "masked"
"""Where a stream's state keeps what its rows were masked by."""

MORE = "more"
"""Where a stream's state keeps whether its rows are of further records too; not there where nobody knows."""

ENOUGH = 20
"""Rows of a part of records after which its table can hardly have become empty by what Gong shows: a part may vanish
from the only record that had it."""

PRIVATE = "include_private_calls"
"""The setting that says nothing of a call that is not private."""


def days_in(stream: Stream, part: Shaped) -> RangeSet:
    """The days or months of the records whose rows are in a part; none where what was read is not remembered by time.

    Args:
        stream: That the part belongs to.
        part: Rows of any of its tables; those of the root tell.
    """
    way = stream.reads
    time = way.time if isinstance(way, Windows) else "started"
    if not isinstance(way, (Windows, Calls)) or part.table is not stream.tables[0]:
        return RangeSet()
    if time not in part.data.column_names:
        return RangeSet()
    times = part.data[time]
    if pa.types.is_timestamp(times.type):
        days = pc.floor_temporal(times.cast(pa.timestamp("us")), unit="day").unique()
        return days_of(day and day.replace(tzinfo=UTC) for day in days.to_pylist())
    return RangeSet(each for name in times.unique().to_pylist() for each in _named(name))


def _named(name: str | None) -> Iterator[Range]:
    """A day or month by its name, as instants: whoever reads any of it again asks for all of it."""
    with suppress(ValueError):
        if name and len(name) == len("2026-05"):
            first = parse_instant(f"{name}-01")
            yield Range(first, moved(first, timedelta(days=31)).replace(day=1))
        elif name:
            yield from days_of([parse_instant(name)])


def believe_less(notes: Iterable[QuestionNote], stream: Stream, state: StreamState) -> None:
    """Forget what the notes of a dataset say is not there for the question that was asked.

    Args:
        notes: What other pipelines loaded for less, and whose private calls went.
        stream: Any.
        state: What is remembered of it.
    """
    for note in notes:
        days = RangeSet([note.range])
        if note.stream == stream.name:
            state.hold_less(days, note.question, note.load_id)
        elif note.stream in (CARRYING, WANTED_AGAIN) and stream.by_time and PRIVATE in stream.question:
            if isinstance(stream.reads, Calls) and note.range != WHOLE:
                state.hold_less(days, note.question, note.load_id)
            else:
                state.narrow(some_private, note.load_id)


def forget_all(raw: dict[str, Any]) -> None:
    """Forget what was read; not how the rows are masked, as they stay.

    Args:
        raw: A stream's state; changed in place.
    """
    for name in raw.keys() - {MASKED}:
        del raw[name]


def tell_lost(told: set[tuple[str, str, str]], said: str, name: str, why: str, lost: RangeSet) -> None:
    """Warn of what is read again, once in a run: a backfill confirms what it believes for its plan as well.

    Args:
        told: What was told in the run; completed here.
        said: What is the matter with the stream, whose name it has room for.
        name: Of the stream.
        why: Where that comes from.
        lost: What was forgotten of it; nothing where it is not remembered by time.
    """
    ranges = ", ".join(map(str, lost)) or "everything"
    if (loss := (name, why, ranges)) not in told:
        told.add(loss)
        logger.warning(f"{said} (%s). Read again: %s", *loss)


def held_by(question: Mapping[str, Any]) -> Question:
    """What rows answer: a private call is the same whether or not others are left out.

    Args:
        question: What they were read for.
    """
    return {name: value for name, value in question.items() if name != PRIVATE}


def told_to_others(question: Mapping[str, Any]) -> Question:
    """What other pipelines are told of a question: empty where none can ask for more.

    Of settings neither of which is more, such as masks, the later one holds: two pipelines would read all that there is
    in turn for ever.

    Args:
        question: What rows were read for.
    """
    told = {name: value for name, value in question.items() if name in MOST}
    return {} if covers(told, {name: MOST[name] for name in told}) else told


def filled_by(stream: Stream, rows: Mapping[str, int]) -> list[str]:
    """The tables of a stream that are missed where they are found empty, after what a run loaded.

    Args:
        stream: Any; whole lists are cheap to read once more.
        rows: Loaded by the run, by table.
    """
    parts = 1 if isinstance(stream.reads, Snapshot) else ENOUGH
    return [each.name for each in stream.tables if rows[each.name] >= (parts if "__" in each.name else 1)]
