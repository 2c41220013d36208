"""Calls that leave the tables: what else of them goes, and what has to be asked for again where it is wanted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from gong_source.ranges import RangeSet
from gong_source.streams.context import ReadContext
from gong_source.streams.less import NOT_PRIVATE
from gong_source.streams.question import some_private
from gong_source.streams.source_state import SourceState
from gong_source.streams.state import StreamState
from gong_source.streams.stream import Calls, EachOf, Stream
from gong_source.tables import CALL_CARRIERS
from gong_source.warehouse.literals import Value
from gong_source.warehouse.queries import delete_calls
from gong_source.warehouse.store import Store


def take_private_away(
    source_state: SourceState,
    context: ReadContext,
    call_ids: Collection[str],
    *,
    cleared: Collection[str] = (),
    days: RangeSet | None = None,
    media_folder: str | None = None,
) -> None:
    """Delete private calls from every table, and have all that is left read again by whom private calls are wanted.

    Args:
        source_state: Its store, and what is remembered of the streams.
        context: Shared by the run.
        call_ids: Ids of private calls.
        cleared: Streams that hold no private call any more.
        days: As of :func:`private_left`.
        media_folder: As of :func:`~gong_source.warehouse.queries.delete_calls`.
    """
    remove_calls(source_state.store, context.streams, call_ids, media_folder=media_folder)
    if call_ids or cleared:
        private_left(source_state, context, cleared=cleared, days=days)


def private_left(
    source_state: SourceState, context: ReadContext, *, cleared: Collection[str] = (), days: RangeSet | None = None
) -> None:
    """Note that private calls are gone, for every stream that carries calls.

    Args:
        source_state: What is remembered of the streams.
        context: Shared by the run.
        cleared: Streams that hold no private call any more.
        days: That the calls were recorded on, where that is known: no other day of a stream of calls is read again.
    """
    context.private_left = True
    for stream in _with_private(context.streams):
        state = source_state.of(stream.name)
        if stream.name in cleared:
            state.private_went()
        elif days is not None and isinstance(stream.reads, Calls):
            state.hold_less(days, NOT_PRIVATE)
        else:
            state.narrow(some_private)


def tell_unread(context: ReadContext, source: Mapping[str, Any]) -> None:
    """Have streams that a run does not read, and whose state is not written, remember that private calls are gone.

    Args:
        context: Shared by the run.
        source: dlt's live state of the source.
    """
    for stream in _with_private(context.streams) if context.private_left else ():
        if raw := source.get("resources", {}).get(stream.name):
            StreamState(raw, {}).narrow(some_private)


def remove_calls(
    store: Store,
    streams: Iterable[Stream],
    call_ids: Collection[str],
    carriers: Mapping[str, str] = CALL_CARRIERS,
    media_folder: str | None = None,
) -> None:
    """Delete calls, and have the next sync ask again about the records that named them.

    Args:
        store: The dataset.
        streams: All that there are.
        call_ids: Ids of calls.
        carriers: Tables that they leave, with the column that names the call.
        media_folder: As of :func:`~gong_source.warehouse.queries.delete_calls`.
    """
    ask_about(store, streams, call_ids)  # their rows tell which records those are
    delete_calls(store, call_ids, carriers, media_folder=media_folder)


def ask_about(store: Store, streams: Iterable[Stream], call_ids: Collection[str]) -> None:
    """Have the next sync ask again about the records that name some calls: what is in them has moved.

    Args:
        store: The dataset.
        streams: All that there are.
        call_ids: Ids of calls.
    """
    for stream in naming(streams, store.tables()) if call_ids else ():
        root = stream.tables[0]
        named = f"SELECT {root.merge_key} FROM {{{root.name}}} WHERE {root.call_column} IN ({{call_ids}})"
        ask_again(store, stream, f"key IN ({named})", call_ids=call_ids)


def ask_again(store: Store, stream: Stream, condition: str = "1 = 1", **values: Value) -> None:
    """Have the next run ask again about records that were asked about: as if they had moved.

    What was asked about is still remembered: a record that goes meanwhile takes its rows along.

    Args:
        store: The dataset.
        stream: One that is read for each record of another stream.
        condition: SQL on ``key``: which records.
        **values: Of the condition.
    """
    store.execute(f"UPDATE {{{stream.tables[-1].name}}} SET moved = '' WHERE {condition}", **values)


def naming(streams: Iterable[Stream], there: Collection[str]) -> list[Stream]:
    """Streams whose tables are there, that name calls and are read for each record of another stream, when it moved.

    Args:
        streams: All that there are.
        there: Names of the tables that are there.
    """
    return [
        stream
        for stream in streams
        if isinstance(stream.reads, EachOf)
        and stream.tables[0].call_column
        and {table.name for table in stream.tables} <= set(there)
    ]


def _with_private(streams: Iterable[Stream]) -> list[Stream]:
    """Those whose ranges are remembered as read with private calls or without."""
    return [stream for stream in streams if stream.by_time and "include_private_calls" in stream.question]
