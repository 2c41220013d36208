"""What the source asks of the destination while it reads: which calls and transcripts are there already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dlt.common.data_writers.escape import escape_snowflake_literal, format_datetime_literal
from dlt.common.destination import DestinationCapabilitiesContext
from dlt.common.destination.exceptions import DestinationUndefinedEntity, SqlClientNotAvailable
from dlt.destinations.exceptions import DatabaseTerminalException
from dlt.destinations.sql_client import SqlClientBase
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongDestinationError
from gong_source.ranges import UTC, Range, parse_instant

SCHEMA = "gong"

COMPLETED = "_dlt_load_id IN (SELECT load_id FROM {_dlt_loads} WHERE status = 0)"
"""Condition on rows: their load package is there as a whole."""


@dataclass(frozen=True)
class Wanted:
    """A call whose transcript is wanted.

    Attributes:
        call_id: Gong's id.
        started: When the call was recorded, or None where Gong did not say.
    """

    call_id: str
    started: datetime | None


class Destination:
    """Small queries over the dataset of a pipeline; a table that does not exist yet is empty."""

    def __init__(self, pipeline: Pipeline) -> None:
        """Look at a pipeline's dataset; nothing is asked yet.

        Args:
            pipeline: With a destination and a dataset name.
        """
        self._pipeline = pipeline

    def call_hashes(self, window: Range) -> dict[str, int]:
        """Content hashes of the calls of a window that are there as Gong showed them.

        A row of a load package that was never completed says nothing: the tables of its parts may not have come. What a
        reconcile marked as deleted is not as Gong showed it.
        """
        try:
            rows = self._query(
                "SELECT id, _content_hash FROM {calls} WHERE started >= {start} AND started < {end} "
                "AND _content_hash IS NOT NULL AND deleted_at IS NULL AND " + COMPLETED,
                window,
            )
        except DatabaseTerminalException:  # no such column: an earlier release made the table; this run adds it
            return {}
        return {row[0]: int(row[1]) for row in rows}

    def transcripts(self, window: Range) -> dict[str, datetime | None]:
        """Calls of a window whose transcript is there, with the start it was stored with.

        A row of a load package that was never completed says nothing: its sentences may be missing.
        """
        rows = self._query(
            "SELECT call_id, started FROM {transcripts} WHERE started >= {start} AND started < {end} AND " + COMPLETED,
            window,
        )
        return {row[0]: None if row[1] is None else parse_instant(row[1]) for row in rows}

    def calls_without_transcript(self, table: str, window: Range, workspace: str | None) -> list[Wanted]:
        """Calls of a window that have no row in ``transcripts``.

        Args:
            table: ``calls`` or ``calls_basic``.
            window: By the start of the call.
            workspace: Only calls of this workspace.
        """
        sql = "SELECT id, started FROM {calls} WHERE started >= {start} AND started < {end}"
        rows = self._query(sql.replace("{calls}", f"{{{table}}}"), window, workspace)
        there = self.transcripts(window)
        return [Wanted(row[0], parse_instant(row[1])) for row in rows if row[0] not in there]

    def folders_of_calls(self, call_ids: list[str]) -> set[str]:
        """Library folders that hold rows of any of these calls."""
        wanted = set(call_ids)
        rows = self._query("SELECT DISTINCT folder_id, call_id FROM {library_folder_calls}")
        return {row[0] for row in rows if row[1] in wanted}

    def _query(self, sql: str, window: Range | None = None, workspace: str | None = None) -> list[Any]:
        try:
            with sql_client(self._pipeline) as client:
                names = {
                    name: client.make_qualified_table_name(name)
                    for name in ("calls", "calls_basic", "transcripts", "library_folder_calls", "_dlt_loads")
                }
                if window is not None:
                    start, end = (time_literal(client.capabilities, each) for each in (window.start, window.end))
                    names.update(start=start, end=end)
                statement = sql.format(**names)
                if workspace is not None:
                    statement += f" AND workspace_id = {text_literal(client.capabilities, workspace)}"
                return list(client.execute_sql(statement) or ())
        except DestinationUndefinedEntity:
            return []
        except SqlClientNotAvailable as error:
            raise GongDestinationError(
                "This destination can't be asked which transcripts it holds, and would append where rows must be "
                "merged. Use duckdb, bigquery, snowflake or another SQL destination."
            ) from error


def sql_client(pipeline: Pipeline) -> SqlClientBase[Any]:
    """Dlt's SQL client for a pipeline's dataset, to be opened by ``with``.

    Args:
        pipeline: With a destination and a dataset name, whether or not it knows the source's schema by now.

    Raises:
        SqlClientNotAvailable: The destination speaks no SQL.
    """
    schema = SCHEMA if SCHEMA in pipeline.schemas else None
    return pipeline.sql_client(schema)  # type: ignore[arg-type]  # None is the default schema


def time_literal(capabilities: DestinationCapabilitiesContext, instant: datetime) -> str:
    """An instant as a SQL literal that means the same in every session.

    Snowflake drops the offset of ``TIMESTAMP '...'`` and takes the rest for the session's own time zone; the plain text
    that dlt writes for it becomes the column's type, offset included.

    Args:
        capabilities: Of the destination, as dlt's SQL client has them.
        instant: Timezone-aware.
    """
    own: Callable[..., str] | None = capabilities.format_datetime_literal  # none where dlt's general form serves
    return str((own or format_datetime_literal)(instant.astimezone(UTC), 6, False))


def text_literal(capabilities: DestinationCapabilitiesContext, value: str) -> str:
    """Text as a SQL literal; dlt's capabilities name no way to write one for Snowflake.

    Args:
        capabilities: Of the destination, as dlt's SQL client has them.
        value: Any text.
    """
    own: Callable[..., str] | None = capabilities.escape_literal
    return str((own or escape_snowflake_literal)(value))
