"""What is stored of calls, transcripts and the library, and what is removed or marked there without a load."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gong_source.ranges import Range, parse_instant
from gong_source.tables import (
    CALL_CARRIERS,
    CALLS,
    CONTENT_HASH,
    TABLES,
    Table,
)
from gong_source.tables.arrow import VARIANT
from gong_source.tables.calls import CALLS_BASIC
from gong_source.tables.rejected import REJECTED
from gong_source.warehouse.overlaps import Worth
from gong_source.warehouse.rejected import delete_rejected, rejected_mentioning
from gong_source.warehouse.store import COMPLETED, Store
from gong_source.warehouse.together import Later


@dataclass(frozen=True)
class Wanted:
    """A call whose transcript is wanted.

    Attributes:
        call_id: Gong's id.
        started: When the call was recorded, or None where Gong did not say.
    """

    call_id: str
    started: datetime | None


WITHIN = "(started >= {start} AND started < {end} OR started IS NULL)"
"""A condition for what any window may bring: a call that tells no readable time too."""


@dataclass(frozen=True)
class StoredCall:
    """A row of ``calls``.

    Attributes:
        load_id: Load package that wrote it.
        committed_at: When that package was committed; None while it is not known to be.
        deleted: Whether a reconcile found the call deleted.
    """

    load_id: str
    committed_at: datetime | None
    deleted: bool


def call_hashes(store: Store, window: Range) -> Later[dict[str, int]]:
    """Content hashes of the calls that are there as Gong showed them; what is marked as deleted is not.

    Args:
        store: The dataset.
        window: By the start of the call.
    """
    rows = store.later(
        {"id": "text", "_content_hash": "bigint", "_dlt_load_id": "text"},
        f"{{calls}} WHERE {WITHIN} AND _content_hash IS NOT NULL AND deleted_at IS NULL AND " + COMPLETED,
        start=window.start,
        end=window.end,
    )
    worth = Worth(store, window.start)
    return lambda: worth.of([(row[0], int(row[1]), row[2]) for row in rows()])


def doubt(store: Store, table: Table, keys: Collection[str]) -> None:
    """Forget the content hashes of records, before other versions of them are loaded.

    Their tables are merged one by one. Where a machine goes away in between, the row of a record may be of one version
    and its lists of another; a hash that was still there would call such a record unchanged once Gong shows the first
    version again.

    Args:
        store: The dataset.
        table: With a row for each record.
        keys: Of the records.
    """
    if keys:
        key = table.primary_key[0]
        store.execute(f"UPDATE {{{table.name}}} SET {CONTENT_HASH} = NULL WHERE {key} IN ({{keys}})", keys=keys)


def doubt_all(store: Store, table: Table, condition: str = "1 = 1") -> None:
    """Forget the content hashes of all records, so that they are loaded again although Gong shows them as before.

    Args:
        store: The dataset.
        table: With a row for each record.
        condition: Of which rows, as a part of SQL.
    """
    store.execute(f"UPDATE {{{table.name}}} SET {CONTENT_HASH} = NULL WHERE {CONTENT_HASH} IS NOT NULL AND {condition}")


def transcripts(store: Store, which: Range | Collection[str]) -> Later[dict[str, datetime | None]]:
    """Calls whose transcript is there, with the start it was stored with.

    Args:
        store: The dataset.
        which: A range of starts of calls, or ids of calls.
    """
    columns, source = {"call_id": "text", "started": "timestamp"}, f"{{transcripts}} WHERE {COMPLETED} AND "
    if isinstance(which, Range):
        rows = store.later(columns, source + WITHIN, start=which.start, end=which.end)
    else:
        rows = store.later(columns, source + "call_id IN ({call_ids})", call_ids=which)
    return lambda: {row[0]: _instant(row[1]) for row in rows()}


def transcript_hashes(store: Store, since: datetime) -> Later[dict[str, int]]:
    """Content hashes of the transcripts that are there, of calls since an instant.

    Args:
        store: The dataset.
        since: By the start of the call.
    """
    rows = store.later(
        {"call_id": "text", "_content_hash": "bigint", "_dlt_load_id": "text"},
        "{transcripts} WHERE (started >= {since} OR started IS NULL) AND _content_hash IS NOT NULL AND " + COMPLETED,
        since=since,
    )
    worth = Worth(store, since)
    return lambda: worth.of([(row[0], int(row[1]), row[2]) for row in rows()])


def calls_without_transcript(store: Store, table: str, window: Range, workspace: str | None) -> list[Wanted]:
    """Calls that are there and whose transcript is not.

    Args:
        store: The dataset.
        table: ``calls`` or ``calls_basic``.
        window: By the start of the call.
        workspace: Only calls of this workspace.
    """
    sql = f"SELECT id, started FROM {{{table}}} WHERE {store.between('started', window)} AND {COMPLETED}"
    if workspace is None:
        rows = store.rows(sql)
    else:
        rows = store.rows(sql + " AND workspace_id = {workspace}", workspace=workspace)
    there = transcripts(store, window)()
    return [Wanted(row[0], _instant(row[1])) for row in rows if row[0] not in there]


def stored_calls(store: Store, call_ids: Collection[str]) -> dict[str, StoredCall]:
    """The stored ones of some calls.

    Args:
        store: The dataset.
        call_ids: Ids of calls.
    """
    rows = store.rows(
        "SELECT c.id, c._dlt_load_id, l.inserted_at, c.deleted_at FROM {calls} AS c "
        "LEFT JOIN {_dlt_loads} AS l ON l.load_id = c._dlt_load_id AND l.status = 0 WHERE c.id IN ({call_ids})",
        call_ids=call_ids,
    )
    return {row[0]: StoredCall(row[1], _instant(row[2]), row[3] is not None) for row in rows}


def private_calls(store: Store, columns: Mapping[str, Iterable[str]]) -> Later[set[str]]:
    """Ids of the calls that are there and private, whoever loaded them; a call is, where what Gong told is no boolean.

    Args:
        store: The dataset.
        columns: Of each table that is there.
    """
    asked = []
    for table in (CALLS.name, CALLS_BASIC.name):
        told = {"is_private": "is_private", "is_private" + VARIANT: f"is_private{VARIANT} IS NOT NULL"}
        if conditions := [condition for column, condition in told.items() if column in columns.get(table, ())]:
            asked.append(store.later({"id": "text"}, f"{{{table}}} WHERE {' OR '.join(conditions)}"))
    return lambda: {row[0] for rows in asked for row in rows()}


def workspaces_stored(store: Store) -> Later[set[str]]:
    """Ids of the workspaces that are there.

    Args:
        store: The dataset.
    """
    rows = store.later({"id": "text"}, f"{{workspaces}} WHERE {COMPLETED}")
    return lambda: {row[0] for row in rows()}


def workspaces_of_calls(store: Store) -> set[str]:
    """Ids of the workspaces that the calls are in that are there.

    Args:
        store: The dataset.
    """
    tables = (CALLS.name, CALLS_BASIC.name)
    found = [store.rows(f"SELECT DISTINCT workspace_id FROM {{{table}}}") for table in tables]
    return {row[0] for rows in found for row in rows if row[0]}


def mark_calls(store: Store, call_ids: Collection[str], deleted_at: datetime) -> None:
    """Set ``calls.deleted_at``.

    Args:
        store: The dataset.
        call_ids: Ids of calls.
        deleted_at: When they were found deleted.
    """
    store.execute(
        "UPDATE {calls} SET deleted_at = {deleted_at} WHERE id IN ({call_ids})",
        call_ids=call_ids,
        deleted_at=deleted_at,
    )


def delete_calls(
    store: Store,
    call_ids: Collection[str],
    carriers: Mapping[str, str] = CALL_CARRIERS,
    dry_run: bool = False,
    note: Callable[[], None] = lambda: None,
) -> dict[str, int]:
    """Delete calls from every table that carries them; the files of their recordings are to be deleted before.

    What was set aside and mentions them goes too.

    Args:
        store: The dataset.
        call_ids: Ids of calls.
        carriers: Tables, with the column that names the call.
        dry_run: Only count.
        note: Called before the first row goes, if any does.

    Returns:
        Rows by table.
    """
    there = store.tables() if call_ids else set()
    conditions = {table: f"{column} IN ({{call_ids}})" for table, column in carriers.items() if table in there}
    rows = {table: store.count(table, condition, call_ids=call_ids) for table, condition in conditions.items()}
    rejected = rejected_mentioning(store, set(call_ids)) if call_ids else set()
    going = {table: count for table, count in {**rows, REJECTED.name: len(rejected)}.items() if count}
    if dry_run or not going:
        return going
    note()
    for table, condition in conditions.items():
        if table in going:
            _delete_lists(store, table, condition, call_ids, there)
            store.execute(f"DELETE FROM {{{table}}} WHERE {condition}", call_ids=call_ids)
    delete_rejected(store, "id", rejected)
    return going


def _delete_lists(store: Store, table: str, condition: str, call_ids: Collection[str], there: set[str]) -> None:
    """Delete the rows of the lists in a table's rows, where these do not name the call themselves."""
    for child in TABLES:
        if child.name.startswith(f"{table}__") and child.path and not child.call_column and child.name in there:
            parents = f"SELECT {child.merge_key} FROM {{{table}}} WHERE {condition}"
            store.execute(f"DELETE FROM {{{child.name}}} WHERE {child.merge_key} IN ({parents})", call_ids=call_ids)


def delete_orphans(store: Store, tables: Sequence[Table], there: Container[str]) -> None:
    """Delete parts without their whole: of a record that was removed by hand, or of which a killed run merged no more.

    Args:
        store: The dataset.
        tables: One with a row for each record, then those of the parts.
        there: Names of the tables that are there.
    """
    root, *lists = tables
    for table in lists:
        whole = f"{table.merge_key} IN (SELECT {root.primary_key[0]} FROM {{{root.name}}})"
        if table.name in there:
            store.execute(f"DELETE FROM {{{table.name}}} WHERE NOT {whole if root.name in there else '1 = 0'}")


def _instant(value: Any) -> datetime | None:
    return None if value is None else parse_instant(value)
