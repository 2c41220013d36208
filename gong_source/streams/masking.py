"""Where less is to be known of people than before: what is stored shows it no longer, at once.

What Gong still shows is loaded anew, as the settings say; but a log entry that is too old, a call that was deleted and
an earlier version of a user can't be.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from gong_source.streams.context import ReadContext
from gong_source.streams.current import package_id
from gong_source.streams.leaving import ask_again
from gong_source.streams.less import MASKED
from gong_source.streams.question import Question, key_of
from gong_source.streams.source_state import SourceState
from gong_source.streams.state import StreamState
from gong_source.streams.stream import EachOf, Stream
from gong_source.tables import CONTENT_HASH, LOAD_ID, Table
from gong_source.tables.excluded import is_excluded
from gong_source.tables.identity import KINDS
from gong_source.warehouse.masks import MaskNote, blank, blank_rejected, note_emptied, note_masks


def mask_stored(names: Collection[str], context: ReadContext, source_state: SourceState) -> list[str]:
    """Empty what is not to be known any more in the rows that are there, also of streams that the run does not read.

    Which tables are there is the destination's to say: a state that was forgotten, or that of another pipeline, tells
    nothing of their rows. Rows that any pipeline of the dataset brought since the new masks began are left as they are.
    What other pipelines emptied, or a run that was killed before its state was saved, counts as not read.

    Args:
        names: Of the streams that the run reads.
        context: Settings and streams.
        source_state: What is remembered of how the rows were masked; it is told of the masks at hand.

    Returns:
        The other streams that something was emptied of: their states are to be written too.
    """
    load_id = package_id()
    masks = context.masks()
    now: dict[str, Any] = {
        "people": _key(masks["pii"], masks["pii_key"]),
        "excluded": sorted(masks["exclude_columns"] or ()),
    }
    begin: list[str] = []
    beside: list[str] = []
    for stream in context.streams:
        state, notes = source_state.of(stream.name), source_state.mask_notes(stream.name)
        for note in notes:
            _believe(note, state)
        was = _remembered(state, notes)
        since = _begun(notes, now["people"], was["people"])
        emptied = _mask(stream, source_state, was, now, since or load_id, load_id)
        if stream.name not in names and not emptied:
            continue
        if since is None:
            begin.append(stream.name)
        if stream.name not in names:
            beside.append(stream.name)
        if now != was:
            state.raw[MASKED] = now
    note_masks(source_state.store, begin, now["people"], load_id)
    return beside


def _mask(
    stream: Stream, source_state: SourceState, was: dict[str, Any], now: dict[str, Any], since: str, load_id: str
) -> bool:
    """Empty what the masks at hand hide and those that a stream is remembered by did not; whether there was any."""
    newly = set(now["excluded"]) - set(was["excluded"])
    people = was["people"] != now["people"] != UNMASKED
    if not (newly or people) or not any(source_state.columns(table.name) for table in stream.tables):
        return False
    state = source_state.of(stream.name)
    if newly:
        _empty_columns(stream, newly, source_state, load_id)
        state.narrow(lambda question: _without(question, now["excluded"]))
    if people:
        _empty_people(stream, source_state, since)
        state.narrow(lambda question: _blanked(question, now["people"]))
    return True


def _key(pii: Any, pii_key: Any) -> str:
    return key_of({"pii": pii, "pii_key": pii_key})


UNMASKED = _key("keep", None)


def _remembered(state: StreamState, notes: Collection[MaskNote]) -> dict[str, Any]:
    """What a stream's rows were masked by; nothing where no note tells of it: the rows may be those of a backup."""
    was: dict[str, Any] = state.raw.get(MASKED) or {}
    confirmed = {UNMASKED, *(note.masks for note in notes)}
    return was if was.get("people") in confirmed else {"people": UNMASKED, "excluded": []}


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
    chosen = _chosen(stream, source_state, lambda table, name: is_excluded(table.name, name, excluded))
    if chosen:
        note_emptied(source_state.store, stream.name, load_id, excluded)
        _empty(stream, source_state, chosen, load_id)


def _empty_people(stream: Stream, source_state: SourceState, since: str) -> None:
    blank_rejected(source_state.store, stream.name)
    if chosen := _chosen(stream, source_state, _tells):
        note_emptied(source_state.store, stream.name, since)
        source_state.of(stream.name).narrow(_without_people, before=since)
        _empty(stream, source_state, chosen, since)


Chosen = list[tuple[Table, list[str]]]
"""Tables, with the columns of each."""


def _chosen(stream: Stream, source_state: SourceState, is_chosen: Callable[[Table, str], bool]) -> Chosen:
    """Columns that are there and may be NULL, of those that are chosen."""
    each = ((table, _optional(table, source_state)) for table in stream.tables)
    chosen = [(table, [name for name in names if is_chosen(table, name)]) for table, names in each]
    return [(table, names) for table, names in chosen if names]


def _empty(stream: Stream, source_state: SourceState, chosen: Chosen, since: str) -> None:
    """Empty columns of the rows that are older than a package, and have what is read loaded anew."""
    store, root = source_state.store, stream.tables[0]
    for table, names in chosen:
        blank(store, table, names, _older(stream, table, source_state), since=since)
    if root.disposition != "scd2" and CONTENT_HASH in source_state.columns(root.name):
        blank(store, root, [CONTENT_HASH], _older(stream, root, source_state), since=since)
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


def _older(stream: Stream, table: Table, source_state: SourceState) -> str:
    """A condition that a row is older than the masks; versions are kept, whoever brought them.

    So is a row of a list whose record is not there: it came with what somebody deleted.
    """
    root = stream.tables[0]
    if table.disposition == "scd2" or not source_state.columns(root.name):
        return "1 = 1"
    if any(column.name == LOAD_ID for column in table.columns):
        return f"{LOAD_ID} < {{since}}"
    newer = f"SELECT {root.primary_key[0]} FROM {{{root.name}}} WHERE {LOAD_ID} >= {{since}}"
    return f"{table.merge_key} NOT IN ({newer})"
