"""Where less is to be known of people than before: what is stored shows it no longer, at once.

What Gong still shows is loaded anew, as the settings say; but a log entry that is too old, a call that was deleted and
an earlier version of a user can't be.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from dlt.common.storages.load_package import create_load_id

from gong_source.streams.context import ReadContext
from gong_source.streams.current import load_package
from gong_source.streams.each_of import ask_again
from gong_source.streams.question import Question, key_of
from gong_source.streams.source_state import SourceState
from gong_source.streams.state import StreamState
from gong_source.streams.stream import EachOf, Stream
from gong_source.tables import CONTENT_HASH, LOAD_ID, Table
from gong_source.tables.excluded import is_excluded
from gong_source.tables.identity import KINDS
from gong_source.warehouse.masks import MaskNote, blank, blank_rejected, note_emptied, note_masks

MEMORY = "masked"
"""Where a stream's state keeps what its rows were masked by."""


def mask_stored(names: Collection[str], context: ReadContext, source_state: SourceState) -> None:
    """Empty what is not to be known any more in the rows that are there.

    Rows that any pipeline of the dataset brought since the new masks began are left as they are. What other pipelines
    emptied, or a run that was killed before its state was saved, counts as not read.

    Args:
        names: Of the streams at hand.
        context: Settings and streams.
        source_state: What is remembered of how the rows were masked; it is told of the masks at hand.
    """
    package = load_package()
    load_id = package["load_id"] if package else create_load_id()  # newer than all that was loaded
    masks, store = context.masks(), source_state.store
    people, excluded = _key(masks["pii"], masks["pii_key"]), sorted(masks["exclude_columns"] or ())
    begin: list[str] = []
    for stream in (each for each in context.streams if each.name in names):
        state, notes = source_state.of(stream.name), source_state.mask_notes(stream.name)
        for note in notes:
            _believe(note, state)
        was = state.raw.get(MEMORY) or {"people": UNMASKED, "excluded": []}
        loaded = bool(state.loads or state.filled)
        if (newly := set(excluded) - set(was["excluded"])) and loaded:
            _empty_columns(stream, newly, source_state, load_id)
            state.narrow(lambda question: _without(question, excluded))
        since = _begun(notes, people, was["people"])
        if since is None:
            begin.append(stream.name)
        if was["people"] != people != UNMASKED and (loaded or stream.tables[0].disposition == "scd2"):
            _empty_people(stream, source_state, since or load_id)
            state.narrow(lambda question: _blanked(question, people))
        if (now := {"people": people, "excluded": excluded}) != was:
            state.raw[MEMORY] = now
    note_masks(store, begin, people, load_id)


def _key(pii: Any, pii_key: Any) -> str:
    return key_of({"pii": pii, "pii_key": pii_key})


UNMASKED = _key("keep", None)


def _begun(notes: Collection[MaskNote], people: str, was: str) -> str | None:
    """Since which package the masks at hand hold; None where they begin now, empty where they always did."""
    begins = sorted((note.load_id, note.masks) for note in notes if note.masks)
    if not begins:
        return "" if people == was else None
    return begins[-1][0] if begins[-1][1] == people else None


def _believe(note: MaskNote, state: StreamState) -> None:
    """What is older than what was emptied answers no question about that."""
    if note.masks:
        return
    if note.columns:
        state.narrow(lambda question: _without(question, note.columns), before=note.load_id)
    else:
        state.narrow(_without_people, before=note.load_id)
    if state.raw.get("read", {}).get("load", note.load_id) < note.load_id:
        del state.raw["read"]


def _empty_columns(stream: Stream, excluded: set[str], source_state: SourceState, load_id: str) -> None:
    note_emptied(source_state.store, stream.name, load_id, excluded)
    _empty(stream, source_state, lambda table, name: is_excluded(table.name, name, excluded), load_id)


def _empty_people(stream: Stream, source_state: SourceState, since: str) -> None:
    note_emptied(source_state.store, stream.name, since)
    source_state.of(stream.name).narrow(_without_people, before=since)
    blank_rejected(source_state.store, stream.name)
    _empty(stream, source_state, _tells, since)


def _empty(stream: Stream, source_state: SourceState, chosen: Callable[[Table, str], bool], since: str) -> None:
    """Empty columns of the rows that are older than a package, and have what is read loaded anew."""
    store, root, is_empty = source_state.store, stream.tables[0], True
    for table in stream.tables:
        if names := [name for name in _optional(table, source_state) if chosen(table, name)]:
            blank(store, table, names, _older(stream, table), since=since)
            is_empty = False
    if is_empty:
        return
    if root.disposition != "scd2" and CONTENT_HASH in source_state.columns(root.name):
        blank(store, root, [CONTENT_HASH], _older(stream, root), since=since)
    if isinstance(stream.reads, EachOf):
        ask_again(store, stream)


def _without(question: Question, excluded: Iterable[str]) -> Question:
    return {**question, "exclude_columns": sorted({*excluded, *(question.get("exclude_columns") or ())})}


def _without_people(question: Question) -> Question:
    return {**question, "pii": "blank", "pii_key": None}


def _blanked(question: Question, people: str) -> Question:
    """What is masked in another way was emptied: it answers no question about people, not even one that drops them."""
    masked = _key(question.get("pii"), question.get("pii_key"))
    return question if masked == people else _without_people(question)


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
