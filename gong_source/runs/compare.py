"""What differs between Gong and the destination, over a range of calls."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gong_source.api.endpoints import CALL_GONE_TEXT, GET_CALL
from gong_source.errors import GongNotFoundError
from gong_source.ranges import Range, parse_instant
from gong_source.streams.calls.listing import calls_request
from gong_source.streams.calls.parts import is_private
from gong_source.streams.calls.repair import Deletion, Repairs
from gong_source.streams.calls.rows import call_fault
from gong_source.streams.context import MOST_WINDOWS, ReadContext
from gong_source.streams.reader import Window
from gong_source.streams.set_aside import Place
from gong_source.tables import CALLS, CALLS_BASIC
from gong_source.tables.arrow import JsonDict, as_text, shape
from gong_source.tables.calls import BASIC_COLUMNS
from gong_source.tables.excluded import is_excluded
from gong_source.warehouse.dialects import type_of
from gong_source.warehouse.nul import without_nul
from gong_source.warehouse.queries import Wanted
from gong_source.warehouse.store import COMPLETED, Store

Row = dict[str, Any]


@dataclass
class Comparison:
    """What was found.

    Attributes:
        repairs: What has to be done.
        gone: Calls of the destination that Gong did not list, with their start; not confirmed yet.
        listed: Calls that Gong listed.
        stored: Calls that the destination holds in the range, those marked as deleted aside.
    """

    repairs: Repairs = field(default_factory=Repairs)
    gone: dict[str, datetime | None] = field(default_factory=dict)
    listed: int = 0
    stored: int = 0


def compare(context: ReadContext, store: Store, whole: Range, *, purging: bool) -> Comparison:
    """List a range from Gong as cheaply as it can be, 100 calls a request, and compare it with the destination.

    Args:
        context: Settings and client.
        store: The destination.
        whole: The range, by the start of the calls.
        purging: Whether calls that are only marked as deleted count as there.

    Raises:
        GongError: Gong or the destination can't be asked.
    """
    chunks = list(whole.split(context.settings.chunk))
    result = Comparison()
    with ThreadPoolExecutor(MOST_WINDOWS) as threads:
        for chunk, (calls, odd) in zip(chunks, threads.map(lambda piece: _listed(context, piece), chunks), strict=True):
            result.repairs.odd |= odd
            _compare_chunk(context, store, chunk, calls, result, purging)
    moved = set(result.repairs.missing)
    result.gone = {call_id: started for call_id, started in result.gone.items() if call_id not in moved}
    return result


def confirm_gone(context: ReadContext, comparison: Comparison) -> None:
    """Ask for every call that was not listed by its id: only a 404 that says so of the call makes it deleted.

    One that Gong shows is loaded again.

    Args:
        context: Settings and client.
        comparison: Its ``repairs`` are completed.

    Raises:
        GongError: Gong can't be asked, or answers something else.
    """

    def is_gone(call_id: str) -> bool:
        try:
            context.client.request(GET_CALL, path=(call_id,), window=f"call {call_id}")
        except GongNotFoundError as error:
            if not re.search(CALL_GONE_TEXT, error.message, re.IGNORECASE):
                raise
            return True
        return False

    ids = list(comparison.gone)
    with ThreadPoolExecutor(MOST_WINDOWS) as threads:
        for call_id, gone in zip(ids, threads.map(is_gone, ids), strict=True):
            if gone:
                comparison.repairs.deletions.append(Deletion(call_id, comparison.gone[call_id], "deleted"))
            else:
                comparison.repairs.changed.append(call_id)


def listed_calls(context: ReadContext, chunk: Range) -> dict[str, JsonDict]:
    """Calls of a chunk by id, with their basic fields, as Gong lists them.

    Args:
        context: Settings and client.
        chunk: By the start of the calls.

    Raises:
        GongError: Gong can't be asked.
    """
    return _listed(context, chunk)[0]


def _listed(context: ReadContext, chunk: Range) -> tuple[dict[str, JsonDict], bool]:
    """Calls of a chunk by id, with their basic fields; and whether there were others, which can't be loaded.

    Those are set aside, unless whoever loaded the chunk did that: here they are not told with all their parts.
    """
    calls: dict[str, JsonDict] = {}
    stream, rejected, odd = context.streams["calls"], context.rejected, False
    known = rejected.known_in(stream.name, chunk)
    for selection in context.workspaces():
        request = calls_request(stream, Window(selection, chunk))
        for page in context.client.pages(stream.endpoint, window=str(chunk), keep_others=True, **request):
            fit = [call for call in page.records if not call_fault(call)]
            odd = odd or len(fit) < len(page.items)
            calls.update({as_text(call["metaData"]["id"]): call["metaData"] for call in fit})
            rejected.sifted(stream, fit if known else page.items, Place(selection, chunk), call_fault)
    return calls, odd


def _compare_chunk(
    context: ReadContext, store: Store, chunk: Range, calls: dict[str, JsonDict], result: Comparison, purging: bool
) -> None:
    names = _names(context)
    stored = _stored(context, store, chunk, names)
    calls = {key: call for key, call in calls.items() if key not in context.purged(store).calls}
    kept = {key: call for key, call in calls.items() if context.settings.include_private_calls or not is_private(call)}
    fresh = _rows(kept, names, type_of(store.pipeline.destination if store.pipeline else None))
    marked = {key for key, row in stored.items() if row["deleted_at"] is not None}
    result.listed += len(calls)
    result.stored += len(stored) - len(marked)
    repairs = result.repairs
    repairs.missing += [key for key in fresh if key not in stored]
    repairs.changed += [
        key
        for key, row in fresh.items()
        if key in stored and (key in marked or any(row[name] != stored[key][name] for name in names))
    ]
    repairs.deletions += [
        Deletion(key, row["started"], "private") for key, row in stored.items() if key in calls and key not in kept
    ]
    there = _transcripts(store, chunk)
    repairs.transcripts += [Wanted(key, row["started"]) for key, row in fresh.items()]
    repairs.spoken.update({key: found.started for key, found in there.items() if key in fresh})
    repairs.hashes.update(
        {key: found.hash for key, found in there.items() if found.hash and key in fresh and found.fits(fresh[key])}
    )
    result.gone.update(
        {key: started for key, started in _held(context, store, chunk, there, purging).items() if key not in calls}
    )


def _held(
    context: ReadContext, store: Store, chunk: Range, spoken: dict[str, _Spoken], purging: bool
) -> dict[str, datetime | None]:
    """Calls of a chunk of which anything is there, with their start: whole or not, or a transcript without its call."""
    found = store.rows(
        f"SELECT id, started, workspace_id, deleted_at FROM {{calls}} WHERE {store.between('started', chunk)}"
    )
    ids = {row[0] for row in found}
    held = {key: told.started for key, told in spoken.items() if key not in ids}
    chosen = set(context.settings.workspace_ids or ())
    for key, started, workspace, deleted in found:
        if (not chosen or workspace in chosen) and (purging or deleted is None):
            held[key] = parse_instant(started)
    return held


def _names(context: ReadContext) -> tuple[str, ...]:
    """The columns that are compared: the basic fields, but for those that are not loaded."""
    excluded = context.settings.exclude_columns or ()
    return tuple(column.name for column in BASIC_COLUMNS if not is_excluded(CALLS.name, column.name, excluded))


def _stored(context: ReadContext, store: Store, chunk: Range, names: Sequence[str]) -> dict[str, Row]:
    """Rows of ``calls`` in a chunk, by id: the basic fields and the mark of deletion."""
    condition = store.between("started", chunk)
    if context.settings.workspace_ids:
        condition += " AND " + _either(store.among("workspace_id", context.settings.workspace_ids))
    found = store.rows(f"SELECT {', '.join(names)}, deleted_at FROM {{calls}} WHERE {condition} AND {COMPLETED}")
    return {row[0]: _plain(dict(zip((*names, "deleted_at"), row, strict=True))) for row in found}


@dataclass(frozen=True)
class _Spoken:
    """A transcript as it is stored.

    Attributes:
        started: The start of its call.
        whole: Whether all its sentences are there.
        hash: Content hash, or None.
    """

    started: datetime | None
    whole: bool
    hash: int | None

    def fits(self, call: Row) -> bool:
        return self.whole and self.started == call["started"]


def _transcripts(store: Store, chunk: Range) -> dict[str, _Spoken]:
    """Stored transcripts of a chunk, by call."""
    held = (
        "SELECT call_id, COUNT(*) AS sentences FROM {transcript_sentences} "
        f"WHERE {store.between('started', chunk)} GROUP BY call_id"
    )
    found = store.rows(
        "SELECT t.call_id, t.started, t.sentence_count, COALESCE(h.sentences, 0), t._content_hash FROM {transcripts} t "
        f"LEFT JOIN ({held}) h ON h.call_id = t.call_id WHERE {store.between('t.started', chunk)} AND {COMPLETED}"
    )
    return {
        row[0]: _Spoken(
            None if row[1] is None else parse_instant(row[1]), row[2] == row[3], None if row[4] is None else int(row[4])
        )
        for row in found
    }


def _rows(calls: dict[str, JsonDict], names: Sequence[str], destination_type: str) -> dict[str, Row]:
    """The basic fields, none of them JSON, as a load would write them."""
    data = shape(CALLS_BASIC, [{"metaData": call} for call in calls.values()], {}).data
    rows = without_nul(destination_type, data.select(list(names)), json=()).to_pylist()
    return {row["id"]: _plain(row) for row in rows}


def _plain(row: Row) -> Row:
    """Instants in UTC, however the destination's client gives them."""
    return {name: parse_instant(value) if isinstance(value, datetime) else value for name, value in row.items()}


def _either(conditions: Sequence[str] | Any) -> str:
    return "(" + " OR ".join(conditions) + ")"
