"""``_gong_questions`` in the destination: of which days a pipeline has loaded rows for less than others may ask.

A pipeline that loads fewer parts of calls, or fewer columns, replaces the rows of another one that has read their range
and would not read it again.

What a pipeline tells itself is that private calls are about to go: a run that is killed afterwards leaves no state that
tells. It tells the others once it wants them again: to pipelines of which one never does it would be told for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from gong_source.ranges import UTC, Range, RangeSet, iso, parse_instant
from gong_source.warehouse.own_tables import make_table
from gong_source.warehouse.store import Store
from gong_source.warehouse.together import Later

TABLE = "_gong_questions"
COLUMNS = ("pipeline", "stream", "load_id", "range_start", "range_end", "question")

CARRYING = "*"
"""In place of a stream: every one that carries calls."""

WANTED_AGAIN = "**"
"""The same, once the pipeline wants private calls again: it is told to the others."""

WHOLE = Range(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
"""All days."""


@dataclass(frozen=True)
class QuestionNote:
    """What rows were loaded for.

    Attributes:
        stream: Its name; or that private calls of every stream went.
        load_id: The package that brought them; or of what came before.
        range: Days that they lie in.
        question: What they answer, as far as more of it is more.
    """

    stream: str
    load_id: str
    range: Range
    question: Mapping[str, Any]


def question_notes(store: Store, pipeline_name: str) -> Later[list[QuestionNote]]:
    """What other pipelines loaded less for, which remember it themselves, and a pipeline's own private calls that went.

    Args:
        store: The dataset.
        pipeline_name: Of the pipeline.
    """
    told_to = "(pipeline <> {own} AND stream <> {carrying}) OR (pipeline = {own} AND stream IN ({carrying}, {again}))"
    columns, source = dict.fromkeys(COLUMNS[1:], "text"), f"{{{TABLE}}} WHERE {told_to}"
    rows = store.later(columns, source, own=pipeline_name, carrying=CARRYING, again=WANTED_AGAIN)

    def told() -> list[QuestionNote]:
        return [
            QuestionNote(name, load_id, Range(parse_instant(start), parse_instant(end)), orjson.loads(question))
            for name, load_id, start, end, question in rows()
        ]

    return told


def note_question(store: Store, stream: str, load_id: str, days: RangeSet, question: Mapping[str, Any]) -> None:
    """Write down what rows are loaded for, in place of what was noted of their days before.

    Args:
        store: The dataset.
        stream: Its name.
        load_id: The package that brings them.
        days: That they lie in; at least one.
        question: What they answer.
    """
    assert store.pipeline is not None, "without one nothing is loaded"
    make_table(store, TABLE, dict.fromkeys(COLUMNS, "text"))
    own = {"pipeline": store.pipeline.pipeline_name, "stream": stream, "load_id": load_id}
    text = orjson.dumps(question, option=orjson.OPT_SORT_KEYS).decode()
    starts = {f"start{number}": iso(each.start) for number, each in enumerate(days)}
    ends = {f"end{number}": iso(each.end) for number, each in enumerate(days)}
    bounds = list(zip(starts, ends, strict=True))
    rows = ", ".join(f"({{pipeline}}, {{stream}}, {{load_id}}, {{{s}}}, {{{e}}}, {{question}})" for s, e in bounds)
    insert = f"INSERT INTO {{{TABLE}}} ({', '.join(COLUMNS)}) VALUES {rows}"
    store.execute(insert, **own, **starts, **ends, question=text)
    within = " OR ".join(f"(range_start >= {{{s}}} AND range_end <= {{{e}}})" for s, e in bounds)
    older = f"pipeline = {{pipeline}} AND stream = {{stream}} AND load_id < {{load_id}} AND ({within})"
    store.execute(f"DELETE FROM {{{TABLE}}} WHERE {older}", **own, **starts, **ends)


def note_private_left(store: Store, load_id: str, days: RangeSet | None = None) -> None:
    """Write down that private calls are about to go, which the pipeline may have read before.

    Args:
        store: The dataset; it may not be there yet.
        load_id: The package at hand.
        days: That the calls were recorded on, where that is known: no other day of a stream of calls is read again.
    """
    if store.is_anywhere:
        note_question(store, CARRYING, load_id, days or RangeSet([WHOLE]), {"include_private_calls": False})


def tell_wanted_again(store: Store) -> None:
    """Tell the other pipelines of the dataset that private calls left which they may have read before.

    Args:
        store: The dataset, with a note of the pipeline's own that they were about to go.
    """
    assert store.pipeline is not None, "without one nothing is loaded"
    own = {"own": store.pipeline.pipeline_name, "carrying": CARRYING, "again": WANTED_AGAIN}
    store.execute(
        f"UPDATE {{{TABLE}}} SET stream = {{again}} WHERE pipeline = {{own}} AND stream = {{carrying}}", **own
    )
