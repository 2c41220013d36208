"""A pipeline's dataset: SQL over dlt's client, and the tables that exist."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from types import TracebackType
from typing import Any

from dlt.common.destination.exceptions import DestinationUndefinedEntity
from dlt.destinations.job_client_impl import SqlJobClientBase
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongDestinationError
from gong_source.ranges import Range
from gong_source.tables import TABLES
from gong_source.warehouse.column_types import tell_types
from gong_source.warehouse.dialects import type_of
from gong_source.warehouse.literals import AT_ONCE, Value, batches, literal
from gong_source.warehouse.together import Later, Question, absent_is_empty, ask
from gong_source.warehouse.waiting import opened

SCHEMA = "gong"

DLT_TABLES = ("_dlt_loads", "_dlt_pipeline_state", "_dlt_version")
"""Tables of dlt's own, which come with every load."""

COMPLETED = "_dlt_load_id IN (SELECT load_id FROM {_dlt_loads} WHERE status = 0)"
"""Condition on rows that are there: their load package came as a whole. Rows of a package that was never completed say
nothing, as what belongs to them in other tables may be missing."""


class Store:
    """One dataset; a table or column that does not exist yet is empty, and every statement may be repeated.

    Each call opens a connection of its own. As a context manager, a store opens one with the first call and keeps it
    for the others of that thread, until :meth:`rest` or the end of the block: a DuckDB file is kept from its readers
    as long as it is open, and to open it costs more than most questions.

    SQL is written with tables and values in braces, such as ``SELECT id FROM {calls} WHERE started < {end}`` with
    ``end=instant``: braces that no value has name a table. One value may be a collection of texts for an ``IN``, for
    which the SQL is run in batches.

    Attributes:
        vanishing: Tables that count as not there.
    """

    def __init__(self, pipeline: Pipeline | None, schema: str = SCHEMA, reads: bool = False) -> None:
        """Nothing is asked yet.

        Args:
            pipeline: With a destination and a dataset name, whether it knows the source's schema or not; None for an
                empty dataset.
            schema: Name of the source, where it was cloned under another one.
            reads: Whether nothing is written, so that a file will do that may only be read.
        """
        self.pipeline = pipeline
        self._clients = threading.local()
        self._keeper: int | None = None
        self.schema = schema
        self._reads = reads
        self._kept: SqlJobClientBase | None = None
        self._open = ExitStack()
        self.vanishing: set[str] = set()
        self._waiting: list[Question] = []

    def __enter__(self) -> Store:
        """Keep the connection that this thread opens next."""
        assert self._keeper is None, "one block at a time"
        self._keeper = threading.get_ident()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._keeper = None
        self.rest()

    def rest(self) -> None:
        """Close the connection that is kept, until the next call: before a wait, say."""
        self._kept = None
        self._open.close()

    def vanish(self, tables: Iterable[str]) -> None:
        """Have some tables count as not there: dlt is about to drop or empty them.

        Args:
            tables: Their names.
        """
        self.vanishing |= set(tables)

    @contextmanager
    def connection(self) -> Iterator[SqlJobClientBase]:
        """The destination's client of dlt, connected; the one that is kept open, if there is one.

        Raises:
            GongDestinationError: The destination speaks no SQL, or is a file that another process keeps open.
        """
        client = self._client()
        if self._keeper == threading.get_ident():
            if self._kept is not client:
                self.rest()
                self._open.enter_context(opened(client, self._reads))
                self._kept = client
            yield client
        else:
            with opened(client, self._reads):
                yield client

    def _client(self) -> SqlJobClientBase:
        """A client of this thread; to make one, dlt resolves its whole configuration."""
        assert self.pipeline is not None, "without one nothing is asked"
        schema = self.schema if self.schema in self.pipeline.schemas else None
        if (known := getattr(self._clients, "by_schema", {}).get(schema)) is not None:
            return known  # type: ignore[no-any-return]
        client = self.pipeline.destination_client(schema)  # type: ignore[arg-type]  # None is the default schema
        if not isinstance(client, SqlJobClientBase):
            raise GongDestinationError(
                "This destination can't be asked which rows it holds, and would append where rows must be replaced. "
                "Use duckdb, bigquery, snowflake, postgres or another SQL destination."
            )
        self._clients.by_schema = {schema: tell_types(client, type_of(self.pipeline.destination))}
        return client

    @property
    def is_anywhere(self) -> bool:
        """Whether there is a dataset at all."""
        return self.pipeline is not None

    def rows(self, sql: str, **values: Value) -> list[tuple[Any, ...]]:
        """Rows of a query.

        Args:
            sql: As described above.
            **values: Its values.
        """
        found: list[tuple[Any, ...]] = []
        if self.pipeline is None:
            return found
        with self.connection() as client:
            changes = not sql.startswith(("SELECT", "WITH"))
            for statement in self._statements(client, sql, values):
                with absent_is_empty(changes):
                    found += map(tuple, client.sql_client.execute_sql(statement) or ())
        return found

    def later(self, columns: Mapping[str, str], source: str, **values: Value) -> Later[list[tuple[Any, ...]]]:
        """Rows of a query that is sent together with all others that wait, as soon as the rows of one are wanted.

        Args:
            columns: SQL of each column, with its type as dlt names it.
            source: What follows FROM, as described above.
            **values: Its values.

        Returns:
            Gives the rows, once.
        """
        if self.pipeline is None:
            return list
        named = ", ".join(f"{column} AS c{number}" for number, column in enumerate(columns))
        statements = self._statements(self._client(), f"SELECT {named} FROM {source}", values)
        question = Question(tuple(columns.values()), statements)
        self._waiting.append(question)
        return partial(self._answered, question)

    def _answered(self, question: Question) -> list[tuple[Any, ...]]:
        if question in self._waiting:
            with self.connection() as client:
                ask(self._waiting, client)
            self._waiting = []
        return question.take()

    def _statements(self, client: SqlJobClientBase, sql: str, values: dict[str, Value]) -> list[str]:
        """The SQL with its names and values, once for each batch of these."""
        empty = self.vanishing if sql.startswith("SELECT") else set()
        found = []
        for batch in batches(values):
            literals = {name: literal(client.sql_client.capabilities, value) for name, value in batch.items()}
            found.append(sql.format_map(_Names(client, literals, empty)))
        return found

    def execute(self, sql: str, **values: Value) -> None:
        """Run a statement.

        Args:
            sql: As described above.
            **values: Its values.
        """
        self.rows(sql, **values)

    def count(self, table: str, condition: str, **values: Value) -> int:
        """How many rows meet a condition.

        Args:
            table: Name of the table.
            condition: SQL as described above.
            **values: Its values.
        """
        return sum(int(row[0]) for row in self.rows(f"SELECT COUNT(*) FROM {{{table}}} WHERE {condition}", **values))

    def among(self, column: str, values: Sequence[str]) -> Iterator[str]:
        """Conditions, as parts of further SQL, that together cover all values of a column.

        Args:
            column: SQL of the column.
            values: Text values.
        """
        for start in range(0, len(values), AT_ONCE):
            yield f"{column} IN ({self._part(values[start : start + AT_ONCE])})"

    def between(self, column: str, window: Range) -> str:
        """A condition, as a part of further SQL, that a time lies in a range.

        Args:
            column: SQL of the column.
            window: The range, [start, end).
        """
        return f"{column} >= {self._part(window.start)} AND {column} < {self._part(window.end)}"

    def _part(self, value: Value) -> str:
        """A literal within SQL that is yet to be completed."""
        client = self._client()
        return literal(client.sql_client.capabilities, value).replace("{", "{{").replace("}", "}}")

    def tables(self, more: Iterable[str] = ()) -> set[str]:
        """Names of the source's tables, and of dlt's own beside them, that exist.

        Args:
            more: Names of further tables to look for.
        """
        return set(self.columns(more))

    def columns(self, more: Iterable[str] = ()) -> dict[str, dict[str, str]]:
        """Columns of these tables with their types, as dlt names them; others by the destination's own names.

        Args:
            more: As in :meth:`tables`.
        """
        if self.pipeline is None:
            return {}
        names = dict.fromkeys([*(table.name for table in TABLES), *more, *DLT_TABLES])
        try:
            with self.connection() as client:
                folded = folding(client)
                found = [(name, columns) for name, columns in client.get_storage_tables(names) if columns]
        except DestinationUndefinedEntity:
            return {}
        there = [(name, columns) for name, columns in found if name not in self.vanishing]
        return {name: {folded(key): str(c.get("data_type")) for key, c in columns.items()} for name, columns in there}


def folding(client: SqlJobClientBase) -> Callable[[str], str]:
    """What gives the name by which a column goes here, however the destination spells it.

    PostgreSQL alone tells capitals from small letters, so that an owner's ``"Title"`` is no ``title``.

    Args:
        client: The destination's.
    """
    return str if client.sql_client.capabilities.sqlglot_dialect == "postgres" else str.lower


class _Names(dict[str, str]):
    """What stands for each pair of braces: a value, or else the table of that name, or nothing of a table's rows."""

    def __init__(self, client: SqlJobClientBase, literals: dict[str, str], empty: Collection[str]) -> None:
        super().__init__(literals)
        self._client = client
        self._empty = empty

    def __missing__(self, table: str) -> str:
        name = self._client.sql_client.make_qualified_table_name(table)
        return f"(SELECT * FROM {name} WHERE 1 = 0)" if table in self._empty else name
