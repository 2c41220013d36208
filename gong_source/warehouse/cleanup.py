"""Statements on the destination that no load can make: mark or delete calls, blank a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from dlt.common.destination.exceptions import DestinationUndefinedEntity
from dlt.destinations.sql_client import SqlClientBase
from dlt.pipeline.pipeline import Pipeline

from gong_source.ranges import Range
from gong_source.tables import CALL_CARRIERS, CALL_LISTS, CONTEXT_OBJECTS
from gong_source.warehouse.destination import sql_client, text_literal, time_literal

AT_ONCE = 500
"""Values in one IN list."""


class Cleanup:
    """Statements over one dataset; every one may be repeated, and a table that does not exist is passed over."""

    def __init__(self, client: SqlClientBase[Any]) -> None:
        """Work over an open connection.

        Args:
            client: dlt's SQL client of the destination.
        """
        self._client = client

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query; none where a table does not exist.

        Args:
            sql: With tables in braces, such as ``SELECT id FROM {calls}``.
        """
        try:
            return [tuple(row) for row in self._client.execute_sql(self._named(sql)) or ()]
        except DestinationUndefinedEntity:
            return []

    def execute(self, sql: str) -> None:
        """Run a statement; nothing happens where its table does not exist.

        Args:
            sql: With tables in braces.
        """
        try:
            self._client.execute_sql(self._named(sql))
        except DestinationUndefinedEntity:
            return

    def count(self, table: str, condition: str) -> int:
        """How many rows meet a condition.

        Args:
            table: Name of the table.
            condition: SQL.
        """
        found = self.rows(f"SELECT COUNT(*) FROM {{{table}}} WHERE {condition}")
        return int(found[0][0]) if found else 0

    def among(self, column: str, values: Sequence[str]) -> Iterator[str]:
        """Conditions that together cover all values of a column.

        Args:
            column: Name of the column.
            values: Text values.
        """
        for start in range(0, len(values), AT_ONCE):
            yield f"{column} IN ({', '.join(map(self.literal, values[start : start + AT_ONCE]))})"

    def literal(self, value: str) -> str:
        """Text as a SQL literal of the destination.

        Args:
            value: Any text.
        """
        return text_literal(self._client.capabilities, value)

    def between(self, column: str, window: Range) -> str:
        """A condition that a time lies in a range.

        Args:
            column: Name of the column.
            window: The range, [start, end).
        """
        return f"{column} >= {self._time(window.start)} AND {column} < {self._time(window.end)}"

    def mark_calls(self, call_ids: Sequence[str], deleted_at: datetime) -> None:
        """Set ``calls.deleted_at``.

        Args:
            call_ids: Ids of the calls.
            deleted_at: When they were found deleted.
        """
        for condition in self.among("id", call_ids):
            self.execute(f"UPDATE {{calls}} SET deleted_at = {self._time(deleted_at)} WHERE {condition}")

    def delete_calls(self, call_ids: Sequence[str], dry_run: bool = False) -> dict[str, int]:
        """Delete calls from every table that carries them.

        Args:
            call_ids: Ids of the calls.
            dry_run: Only count.

        Returns:
            Rows by table.
        """
        deleted: dict[str, int] = {}
        for table, column in CALL_CARRIERS.items():
            for condition in self.among(column, call_ids):
                deleted[table] = deleted.get(table, 0) + self.count(table, condition)
                if not dry_run:
                    self.execute(f"DELETE FROM {{{table}}} WHERE {condition}")
        return {table: rows for table, rows in deleted.items() if rows}

    def delete_orphans(self) -> None:
        """Delete parts without their whole: what is left of a call or transcript that was removed by hand."""
        for table in (*CALL_LISTS, CONTEXT_OBJECTS):
            self.execute(f"DELETE FROM {{{table.name}}} WHERE call_id NOT IN (SELECT id FROM {{calls}})")
        self.execute("DELETE FROM {transcript_sentences} WHERE call_id NOT IN (SELECT call_id FROM {transcripts})")

    def _time(self, instant: datetime) -> str:
        return time_literal(self._client.capabilities, instant)

    def _named(self, sql: str) -> str:
        names = {table: self._client.make_qualified_table_name(table) for table in (*CALL_CARRIERS, *_OTHERS)}
        for table, name in names.items():
            sql = sql.replace(f"{{{table}}}", name)
        return sql


_OTHERS = ("logs", "users", "call_deletions")


@contextmanager
def cleanup(pipeline: Pipeline) -> Iterator[Cleanup]:
    """A connection to a pipeline's dataset.

    Args:
        pipeline: With a destination and a dataset name.
    """
    with sql_client(pipeline) as client:
        yield Cleanup(client)
