"""The state of release 0.1.0, which hung on the source and not on the tables, carried over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gong_source.ranges import Range, RangeSet
from gong_source.streams.context import ReadContext
from gong_source.streams.marks import Mark, Marks
from gong_source.streams.question import key_of

OLD_KEYS = ("ranges", "awaited", "no_transcript", "library", "awaited_asked_at")


def carry_over(
    source: dict[str, Any], resources: dict[str, Any], context: ReadContext, newest_load: Callable[[], str]
) -> None:
    """Move what a stream remembers to its own state; what was asked for then is taken to be what is asked for now.

    That release did not keep which package carried a range, so all stand and fall with the newest that is there.

    Args:
        source: dlt's state of the source; changed in place.
        resources: dlt's states of its resources; changed in place.
        context: Settings and streams.
        newest_load: Asks for the newest load package that is completed; empty where there is none.
    """
    if "ranges" not in source:
        return
    load_id = newest_load()
    for name, selections in source["ranges"].items():
        if name not in context.streams or not load_id:
            continue
        question = context.question(context.streams[name])
        state = resources.setdefault(name, {})
        state.setdefault("questions", {})[key_of(question)] = question
        ranges = state.setdefault("ranges", {})
        for selection, entry in selections.items():
            ranges.setdefault(selection, {})[key_of(question)] = _marks(entry, load_id).to_state()
    if load_id:
        ledger = {key: source[key] for key in ("awaited", "no_transcript", "awaited_asked_at") if key in source}
        if ledger:
            resources.setdefault("transcripts", {}).update(ledger)
    for key in OLD_KEYS:
        source.pop(key, None)


def _marks(entry: dict[str, Any], load_id: str) -> Marks:
    settled = RangeSet.from_state(entry.get("settled"))
    covered = RangeSet.from_state(entry.get("covered"))
    return Marks(
        [
            *(Mark(Range(part.start, part.end), load_id, True) for part in covered & settled),
            *(Mark(Range(part.start, part.end), load_id, False) for part in covered - settled),
        ]
    )
