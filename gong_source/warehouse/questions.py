"""``_gong_questions`` in the destination: of which days a pipeline has loaded rows for less than others may ask.

A pipeline that loads fewer parts of calls, or fewer columns, replaces the rows of another one that has read their range
and would not read it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from gong_source.ranges import Range, RangeSet, iso, parse_instant
from gong_source.warehouse.own_tables import make_table
from gong_source.warehouse.store import Store
from gong_source.warehouse.together import Later

TABLE = "_gong_questions"
COLUMNS = ("pipeline", "stream", "load_id", "range_start", "range_end", "question")


@dataclass(frozen=True)
class QuestionNote:
    """What rows were loaded for.

    Attributes:
        stream: Its name.
        load_id: The package that brought them.
        range: Days that they lie in.
        question: What they answer, as far as more of it is more.
    """

    stream: str
    load_id: str
    range: Range
    question: Mapping[str, Any]


def question_notes(store: Store, pipeline_name: str) -> Later[list[QuestionNote]]:
    """Those of other pipelines.

    Args:
        store: The dataset.
        pipeline_name: Whose own are left out: it remembers them.
    """
    rows = store.later(dict.fromkeys(COLUMNS[1:], "text"), f"{{{TABLE}}} WHERE pipeline <> {{own}}", own=pipeline_name)

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
