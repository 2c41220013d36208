"""What the destination holds of some calls, and which load packages were committed lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dlt.common.destination.exceptions import DestinationUndefinedEntity, SqlClientNotAvailable
from dlt.destinations.sql_client import SqlClientBase
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongDestinationError
from gong_source.ranges import parse_instant
from gong_source.warehouse.destination import SCHEMA, sql_client, text_literal, time_literal


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


class Stored:
    """Questions to a dataset; what does not exist yet is empty."""

    def __init__(self, pipeline: Pipeline) -> None:
        """Nothing is asked yet.

        Args:
            pipeline: With a destination and a dataset name.
        """
        self._pipeline = pipeline

    def calls(self, ids: Sequence[str]) -> dict[str, StoredCall]:
        """The stored ones of some calls.

        Args:
            ids: Ids of calls.
        """
        rows = self._rows(
            "SELECT c.id, c._dlt_load_id, l.inserted_at, c.deleted_at FROM {calls} AS c "
            "LEFT JOIN {_dlt_loads} AS l ON l.load_id = c._dlt_load_id WHERE c.id IN ({ids})",
            ids,
        )
        return {row[0]: StoredCall(row[1], _instant(row[2]), row[3] is not None) for row in rows}

    def transcripts(self, ids: Sequence[str]) -> dict[str, datetime | None]:
        """The calls among some whose transcript is stored, with the start it was stored with.

        Args:
            ids: Ids of calls.
        """
        rows = self._rows("SELECT call_id, started FROM {transcripts} WHERE call_id IN ({ids})", ids)
        return {row[0]: _instant(row[1]) for row in rows}

    def loads_since(self, instant: datetime) -> dict[str, datetime]:
        """Load packages of the source that were committed since then, and when.

        Args:
            instant: By the clock of who loaded them.
        """
        rows = self._rows(
            f"SELECT load_id, inserted_at FROM {{_dlt_loads}} WHERE schema_name = '{SCHEMA}' "
            "AND inserted_at >= {since}",
            since=instant,
        )
        return {row[0]: parse_instant(row[1]) for row in rows}

    def _rows(self, sql: str, ids: Sequence[str] = (), since: datetime | None = None) -> list[tuple[Any, ...]]:
        try:
            with sql_client(self._pipeline) as client:
                return [tuple(row) for row in client.execute_sql(_named(client, sql, ids, since)) or ()]
        except DestinationUndefinedEntity:
            return []
        except SqlClientNotAvailable as error:
            raise GongDestinationError(
                "This destination can't be asked which calls it holds, so an older event could overwrite a newer row. "
                "Use duckdb, bigquery, snowflake or another SQL destination."
            ) from error


def _named(client: SqlClientBase[Any], sql: str, ids: Sequence[str], since: datetime | None) -> str:
    names = {name: client.make_qualified_table_name(name) for name in ("calls", "transcripts", "_dlt_loads")}
    names["ids"] = ", ".join(text_literal(client.capabilities, call_id) for call_id in ids)
    if since is not None:
        names["since"] = time_literal(client.capabilities, since)
    return sql.format(**names)


def _instant(value: Any) -> datetime | None:
    return None if value is None else parse_instant(value)
