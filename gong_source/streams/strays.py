"""What is there of calls that are not, over all that is stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from gong_source.errors import GongError
from gong_source.ranges import parse_instant
from gong_source.streams.calls.by_id import hidden_among
from gong_source.streams.context import ReadContext
from gong_source.streams.leaving import naming
from gong_source.tables import CALL_DELETIONS, CALLS, LOAD_ID, TABLES, Table
from gong_source.tables.media import CALL_MEDIA
from gong_source.warehouse.files import Folder
from gong_source.warehouse.store import Store

DELETED = (
    "SELECT d.call_id, l.inserted_at FROM {call_deletions} AS d JOIN {_dlt_loads} AS l ON l.load_id = d._dlt_load_id "
    "WHERE d.call_id NOT IN (SELECT id FROM {calls} WHERE deleted_at IS NULL)"
)
"""Query for the calls that left and did not come back, as private ones or deleted, and when that was written down."""


def brought_back(context: ReadContext, store: Store, carriers: Mapping[str, str]) -> set[str]:
    """Calls that a reconcile found deleted, of which something came after it, and that Gong shows no longer.

    A run of another pipeline that had listed them before has brought it. What was there before was kept, as the
    settings of that reconcile say. Records that name a call beside what they are about do not count: Gong lists some of
    them without their call.

    Args:
        context: Settings and client; failures of the streams are collected in it.
        store: The dataset.
        carriers: Tables that deleted calls leave, with the column that names the call.

    Raises:
        GongDestinationError: The folder of recordings can't be listed.
    """
    there = store.tables()
    if not {CALLS.name, CALL_DELETIONS.name} <= there:
        return set()
    tables = [table for table in TABLES if table.name in there & carriers.keys() - {CALLS.name} and _is_of_calls(table)]
    found = {call_id for table in tables for call_id in _came_late(store, table)}
    if context.settings.media_folder and CALL_MEDIA.name in carriers:
        found |= _on_disk(store, Folder(context.settings.media_folder))
    return _hidden(context, found, {context.streams.of_table(table.name) for table in tables})


def _is_of_calls(table: Table) -> bool:
    return table.record_key == table.call_column and any(column.name == LOAD_ID for column in table.columns)


def _came_late(store: Store, table: Table) -> list[str]:
    """Those of which rows of a table were loaded after they had left."""
    rows = store.rows(
        f"SELECT DISTINCT t.{table.call_column} FROM {{{table.name}}} AS t "
        f"JOIN {{_dlt_loads}} AS c ON c.load_id = t.{LOAD_ID} JOIN ({DELETED}) AS gone "
        f"ON gone.call_id = t.{table.call_column} WHERE c.inserted_at > gone.inserted_at"
    )
    return [row[0] for row in rows]


def _on_disk(store: Store, folder: Folder) -> set[str]:
    """Those whose recording a run left that was killed before it wrote the row."""
    gone = {call_id: parse_instant(when) for call_id, when in store.rows(DELETED)}
    named = {row[0] for row in store.rows("SELECT DISTINCT call_id FROM {call_media}")} if gone else set()
    return folder.came_after({call_id: when for call_id, when in gone.items() if call_id not in named})


def named(context: ReadContext, store: Store) -> set[str]:
    """Calls that records of other streams name, that are not among those loaded, and that Gong shows no longer.

    Args:
        context: Settings and client; failures of the streams are collected in it.
        store: The dataset.
    """
    there = store.tables()
    known = " WHERE {column} NOT IN (SELECT id FROM {{calls}})" if CALLS.name in there else ""
    found: set[str] = set()
    streams = naming(context.streams, there)
    for stream in streams:
        table, column = stream.tables[0].name, stream.tables[0].call_column
        rows = store.rows(f"SELECT DISTINCT {column} FROM {{{table}}}{known.format(column=column)}")
        found |= {str(row[0]) for row in rows if row[0]}
    return _hidden(context, found, {stream.name for stream in streams})


def _hidden(context: ReadContext, call_ids: Collection[str], streams: Iterable[str]) -> set[str]:
    """Those that Gong does not show; that it can't be asked is a failure of some streams alone."""
    try:
        return hidden_among(context.client, call_ids)
    except GongError as error:
        context.fail(streams, error)
        return set()
