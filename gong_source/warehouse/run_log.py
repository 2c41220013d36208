"""``_gong_runs``: a row for each run, in the dataset that it loaded into.

No schema of dlt's knows the table, so that nothing that dlt drops, empties or loads anew takes it along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import orjson
from dlt.common.destination.exceptions import DestinationUndefinedEntity
from dlt.destinations.job_client_impl import SqlJobClientBase

from gong_source.ranges import parse_instant
from gong_source.warehouse.literals import literal
from gong_source.warehouse.store import Store
from gong_source.warehouse.together import Later, sql_type
from gong_source.wording import redacted

TABLE = "_gong_runs"

REMOVING = ("purge", "reconcile")
"""Commands that remove rows by statements of their own."""

LONGEST = 2000
"""Characters of a message."""


@dataclass(frozen=True)
class RunRow:
    """One run.

    Attributes:
        pipeline: Name of the pipeline.
        command: ``sync``, ``backfill``, ``reconcile``, ``drain`` or ``purge``.
        version: Of this package.
        started: When it began.
        ended: When it was done.
        streams: What it was to load, without what it was only told that the key may not read; JSON in the table, like
            the mappings below.
        ranges: Covered ranges after it, by stream and selection.
        requests: Requests sent, retries included.
        rows: Rows loaded, or changed by a purge.
        outcome: ``done``, ``failed``, or ``stopped``, after which the same command goes on.
        message: What ended streams before they were done; without addresses and numbers of people.
        requests_by_endpoint: The same requests.
        rows_by_table: The same rows.
    """

    pipeline: str
    command: str
    version: str
    started: datetime
    ended: datetime
    streams: Sequence[str]
    ranges: Mapping[str, Any]
    requests: int
    rows: int
    outcome: str
    message: str
    requests_by_endpoint: Mapping[str, int]
    rows_by_table: Mapping[str, int]


TYPES = {"datetime": "timestamp", "int": "bigint"}
"""Types of columns as dlt names them, by annotation; all others are text."""


def write_run(store: Store, row: RunRow) -> bool:
    """Add a row: one statement, but for the first time in a dataset.

    Args:
        store: The dataset.
        row: The run.

    Returns:
        Whether it was added; there may be no dataset yet.

    Raises:
        GongDestinationError: The destination can't be asked.
        DestinationException: It refused.
    """
    with store.connection() as client:
        insert = _insert(client, row)
        try:
            client.sql_client.execute_sql(insert)
        except DestinationUndefinedEntity:
            try:
                client.sql_client.execute_sql(_create(client))
            except DestinationUndefinedEntity:
                return False
            client.sql_client.execute_sql(insert)
    return True


def _create(client: SqlJobClientBase) -> str:
    sql = client.sql_client
    columns = ", ".join(
        f"{sql.escape_column_name(field.name)} {sql_type(TYPES.get(str(field.type), 'text'), client)}"
        for field in fields(RunRow)
    )
    return f"CREATE TABLE IF NOT EXISTS {sql.make_qualified_table_name(TABLE)} ({columns})"


def _insert(client: SqlJobClientBase, row: RunRow) -> str:
    sql = client.sql_client
    names = ", ".join(sql.escape_column_name(field.name) for field in fields(row))
    values = ", ".join(literal(sql.capabilities, _plain(getattr(row, field.name))) for field in fields(row))
    return f"INSERT INTO {sql.make_qualified_table_name(TABLE)} ({names}) VALUES ({values})"


def _plain(value: Any) -> str | int | datetime:
    if isinstance(value, str):
        return redacted(value)[:LONGEST]
    if isinstance(value, (int, datetime)):
        return value
    return orjson.dumps(value).decode()


@dataclass(frozen=True)
class PastRun:
    """What is read back of a run.

    Attributes:
        pipeline: Name of the pipeline.
        command: What was run.
        ended: When it was done.
        streams: As in :class:`RunRow`.
        requests: Requests sent.
        outcome: As in :class:`RunRow`.
        message: What went wrong.
    """

    pipeline: str
    command: str
    ended: datetime
    streams: frozenset[str]
    requests: int
    outcome: str
    message: str


def runs_since(store: Store, instant: datetime) -> list[PastRun]:
    """Runs that ended since then, the latest first.

    Args:
        store: The dataset.
        instant: By the clock of who ran them.
    """
    rows = store.rows(
        f"SELECT pipeline, command, ended, streams, requests, outcome, message FROM {{{TABLE}}} "
        "WHERE ended >= {instant} ORDER BY ended DESC",
        instant=instant,
    )
    return [
        PastRun(row[0], row[1], parse_instant(row[2]), frozenset(orjson.loads(row[3])), int(row[4]), row[5], row[6])
        for row in rows
    ]


def removed_since(store: Store, instant: datetime) -> Later[bool]:
    """Whether a run ended since then that may have removed rows without a load.

    Args:
        store: The dataset.
        instant: By the clock of who ran them.
    """
    source = f"{{{TABLE}}} WHERE command IN ({{commands}}) AND ended >= {{instant}}"
    rows = store.later({"command": "text"}, source, commands=REMOVING, instant=instant)
    return lambda: bool(rows())
