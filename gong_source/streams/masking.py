"""Where less is to be known of people than before: what is stored shows it no longer, at once.

What Gong still shows is loaded anew, as the settings say; but a log entry that is too old, a call that was deleted and
an earlier version of a user can't be.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from dlt.common.storages.load_package import create_load_id

from gong_source.streams.context import ReadContext
from gong_source.streams.question import Question, key_of
from gong_source.streams.source_state import SourceState
from gong_source.streams.stream import Stream
from gong_source.tables import LOAD_ID, Table
from gong_source.tables.excluded import is_excluded
from gong_source.tables.identity import KINDS
from gong_source.warehouse.masks import blank, blank_rejected, mask_begins, note_masks

MEMORY = "masked"
"""Where a stream's state keeps what its rows were masked by."""


def mask_stored(names: Collection[str], context: ReadContext, source_state: SourceState) -> None:
    """Empty what is not to be known any more in the rows that are there.

    Rows that any pipeline of the dataset brought since the new masks began are left as they are.

    Args:
        names: Of the streams at hand.
        context: Settings and streams.
        source_state: What is remembered of how the rows were masked; it is told of the masks at hand.
    """
    masks = context.masks()
    people, excluded = _key(masks["pii"], masks["pii_key"]), sorted(masks["exclude_columns"] or ())
    changed = []
    for stream in (each for each in context.streams if each.name in names):
        state = source_state.of(stream.name)
        was = state.raw.get(MEMORY) or {"people": UNMASKED, "excluded": []}
        newly = set(excluded) - set(was["excluded"])
        if was["people"] != people:
            changed.append((stream, bool(state.loads)))
        if newly and state.loads:
            _blank_columns(stream, newly, source_state)
            state.narrow(lambda question: _without(question, excluded))
        if (now := {"people": people, "excluded": excluded}) != was:
            state.raw[MEMORY] = now
    _mask_people(changed, people, source_state)


def _key(pii: Any, pii_key: Any) -> str:
    return key_of({"pii": pii, "pii_key": pii_key})


UNMASKED = _key("keep", None)


def _blank_columns(stream: Stream, excluded: set[str], source_state: SourceState) -> None:
    for table in stream.tables:
        names = [name for name in _optional(table, source_state) if is_excluded(table.name, name, excluded)]
        blank(source_state.store, table.name, names)


def _mask_people(changed: list[tuple[Stream, bool]], people: str, source_state: SourceState) -> None:
    """Of some streams, and whether anything was loaded by other masks."""
    if not changed:
        return
    store, now = source_state.store, create_load_id()
    begun = mask_begins(store, people)
    note_masks(store, [stream.name for stream, _ in changed if stream.name not in begun], people, now)
    for stream, loaded in changed:
        if people == UNMASKED or not (loaded or stream.tables[0].disposition == "scd2"):
            continue
        source_state.of(stream.name).narrow(lambda question: _blanked(question, people))
        blank_rejected(store, stream.name)
        for table in stream.tables:
            names = [name for name in _optional(table, source_state) if _tells(table, name)]
            blank(store, table.name, names, _older(stream, table), since=begun.get(stream.name, now))


def _without(question: Question, excluded: list[str]) -> Question:
    return {**question, "exclude_columns": sorted({*excluded, *(question.get("exclude_columns") or ())})}


def _blanked(question: Question, people: str) -> Question:
    """What is masked in another way was emptied: it answers no question about people, not even one that drops them."""
    masked = _key(question.get("pii"), question.get("pii_key"))
    return question if masked == people else {**question, "pii": "blank", "pii_key": None}


def _optional(table: Table, source_state: SourceState) -> list[str]:
    """Columns that are there and may be NULL."""
    own = {column.name for column in table.columns if column.required}
    return [name for name in source_state.columns(table.name) if name not in own and not name.startswith("_")]


def _tells(table: Table, name: str) -> bool:
    """Whether a column tells of people: by its declaration, or because nobody declared it."""
    declared = {column.name: column for column in table.columns}
    return name not in declared or declared[name].personal in (*KINDS, "json")


def _older(stream: Stream, table: Table) -> str:
    """A condition that a row is older than the masks; versions are kept, whoever brought them."""
    root = stream.tables[0]
    if table.disposition == "scd2":
        return "1 = 1"
    if any(column.name == LOAD_ID for column in table.columns):
        return f"{LOAD_ID} < {{since}}"
    return f"{table.merge_key} IN (SELECT {root.primary_key[0]} FROM {{{root.name}}} WHERE {LOAD_ID} < {{since}})"
