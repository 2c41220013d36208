"""Calls that leave the tables: what else of them goes, and what has to be asked for again where it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial

from gong_source.ranges import RangeSet
from gong_source.streams.calls.by_id import private_among, unshown_among
from gong_source.streams.context import ReadContext
from gong_source.streams.current import package_id
from gong_source.streams.source_state import SourceState
from gong_source.streams.stream import EachOf, Stream
from gong_source.tables import CALL_CARRIERS, Table
from gong_source.tables.media import CALL_MEDIA
from gong_source.warehouse.literals import Value
from gong_source.warehouse.queries import delete_calls, delete_orphans
from gong_source.warehouse.questions import note_private_left
from gong_source.warehouse.recordings import Kept, delete_recordings, refuse
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
        days: As of :func:`remove_private`.
        media_folder: As of :func:`remove_calls`.

    Raises:
        GongFolderError: A recording can't be deleted; its call stays, and so does what is remembered.
    """
    refuse(remove_private(source_state.store, context.streams, call_ids, days=days, media_folder=media_folder))
    for name in cleared:
        tables = context.streams[name].tables
        there = [table.name for table in tables if source_state.columns(table.name)]
        delete_orphans(source_state.store, tables, there)  # nothing tells what they are of
        source_state.of(name).private_went()


def take_unshown_away(
    source_state: SourceState,
    context: ReadContext,
    table: Table,
    call_ids: Collection[str],
    *,
    cleared: Collection[str] = (),
) -> None:
    """Delete from every table the private ones of some calls, and from the table that names them what may be private.

    That is what Gong does not show and nobody was told of before: a call that was deleted stays with what names it.

    Args:
        source_state: Its store, and what is remembered of the streams.
        context: Where to ask.
        table: One whose rows name calls.
        call_ids: Ids of calls that it names.
        cleared: As of :func:`take_private_away`.
    """
    private = private_among(context.client, call_ids, context.privacy)
    unshown = unshown_among(context.client, call_ids, context.privacy) - private
    told = source_state.store.rows("SELECT id FROM {calls} WHERE id IN ({call_ids})", call_ids=sorted(unshown))
    unshown -= {row[0] for row in told}
    remove_private(source_state.store, context.streams, unshown, {table.name: table.call_column})
    take_private_away(source_state, context, private, cleared=cleared)


def remove_private(
    store: Store,
    streams: Iterable[Stream],
    call_ids: Collection[str],
    carriers: Mapping[str, str] = CALL_CARRIERS,
    days: RangeSet | None = None,
    media_folder: str | None = None,
) -> list[Kept]:
    """Delete private calls, once it is written down for the pipeline's runs to come, whatever becomes of this one.

    Args:
        store: The dataset.
        streams: All that there are.
        call_ids: Ids of private calls.
        carriers: As of :func:`remove_calls`.
        days: As of :func:`~gong_source.warehouse.questions.note_private_left`.
        media_folder: As of :func:`remove_calls`.

    Returns:
        As of :func:`remove_calls`.
    """
    note = partial(note_private_left, store, package_id(), days)
    return remove_calls(store, streams, call_ids, carriers, media_folder, note)


def remove_calls(
    store: Store,
    streams: Iterable[Stream],
    call_ids: Collection[str],
    carriers: Mapping[str, str] = CALL_CARRIERS,
    media_folder: str | None = None,
    note: Callable[[], None] = lambda: None,
) -> list[Kept]:
    """Delete calls and their recordings, and have the next sync ask again about the records that named them.

    Args:
        store: The dataset.
        streams: All that there are.
        call_ids: Ids of calls.
        carriers: Tables that they leave, with the column that names the call.
        media_folder: As of :func:`~gong_source.warehouse.recordings.delete_recordings`.
        note: As of :func:`~gong_source.warehouse.queries.delete_calls`.

    Returns:
        Recordings that can't be deleted. Their calls stay whole: whoever looks for such calls finds them again.
    """
    kept = delete_recordings(store, call_ids, media_folder) if CALL_MEDIA.name in carriers else []
    going = set(call_ids) - {each.call_id for each in kept}
    ask_about(store, streams, going)  # their rows tell which records those are
    delete_calls(store, going, carriers, note=note)
    return kept


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
