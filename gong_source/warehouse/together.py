"""Several queries in one statement: a warehouse takes a second for each, and bills each by itself, whatever it asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any, TypeVar

from dlt.common.destination.exceptions import DestinationUndefinedEntity
from dlt.destinations.exceptions import DatabaseTerminalException
from dlt.destinations.job_client_impl import SqlJobClientBase

T = TypeVar("T")

Later = Callable[[], T]
"""Gives an answer once it is wanted."""

MOST_TEXT = 200_000
"""Characters of one statement; BigQuery takes a million."""

NO_SUCH_COLUMN = re.compile(
    r"not found in FROM clause|does not have a column named"  # DuckDB
    r"|Unrecognized name|Name .+ not found inside"  # BigQuery
    r"|invalid identifier"  # Snowflake
    r"|column .+ does not exist",  # PostgreSQL
    re.IGNORECASE,
)
"""A missing column is one of many reasons for dlt's ``DatabaseTerminalException``; a missing table or dataset is told
by ``DatabaseUndefinedRelation``, a ``DestinationUndefinedEntity``, with all four."""


class Question:
    """A query with columns ``c0``, ``c1`` and so on, and its rows once they were asked for."""

    def __init__(self, types: Sequence[str], statements: Sequence[str]) -> None:
        """Nothing is asked yet.

        Args:
            types: Of the columns, as dlt names them.
            statements: SQL; all rows of all of these are the answer.
        """
        self.types = types
        self.statements = statements
        self.rows: list[tuple[Any, ...]] | None = None

    def take(self) -> list[tuple[Any, ...]]:
        """The rows; they are not kept."""
        rows, self.rows = self.rows, None
        assert rows is not None, "asked before, and taken once"
        return rows


def ask(questions: Sequence[Question], client: SqlJobClientBase) -> None:
    """Have questions answered, in as few statements as they fit into.

    Args:
        questions: All that is to be known.
        client: The destination's, connected.
    """
    group: list[Question] = []
    for question in questions:
        if group and sum(map(_length, (*group, question))) > MOST_TEXT:
            _ask_group(group, client)
            group = []
        group.append(question)
    _ask_group(group, client)


def _length(question: Question) -> int:
    return sum(map(len, question.statements))


def _ask_group(questions: Sequence[Question], client: SqlJobClientBase) -> None:
    """One statement; where a table or column is missing in it, one for each question."""
    if len(questions) > 1:
        with absent_is_empty():
            found = client.sql_client.execute_sql(_union(questions, client)) or ()
            slots = _slots(questions)
            for question in questions:
                question.rows = []
            places = [[1 + slots.index(slot) for slot in _numbered(question.types)] for question in questions]
            for row in found:
                number = int(row[0])
                questions[number].rows.append(tuple(row[place] for place in places[number]))  # type: ignore[union-attr]
            return
    for question in questions:
        question.rows = []
        for statement in question.statements:
            with absent_is_empty():
                question.rows += map(tuple, client.sql_client.execute_sql(statement) or ())


def _union(questions: Sequence[Question], client: SqlJobClientBase) -> str:
    slots = _slots(questions)
    parts = []
    for number, question in enumerate(questions):
        own = {slot: f"c{place}" for place, slot in enumerate(_numbered(question.types))}
        values = [own.get(slot) or f"CAST(NULL AS {sql_type(slot[0], client)})" for slot in slots]
        chosen = ", ".join([f"{number} AS question", *(f"{value} AS a{n}" for n, value in enumerate(values))])
        parts += [f"SELECT {chosen} FROM ({statement}) AS q{number}" for statement in question.statements]
    return " UNION ALL ".join(parts)


def _slots(questions: Sequence[Question]) -> list[tuple[str, int]]:
    """Columns that hold those of each question, by type: the columns of a union have one type each."""
    return sorted(set(chain.from_iterable(_numbered(question.types) for question in questions)))


def _numbered(types: Sequence[str]) -> list[tuple[str, int]]:
    return [(kind, types[:place].count(kind)) for place, kind in enumerate(types)]


def sql_type(kind: str, client: SqlJobClientBase) -> str:
    """A type in a destination's words.

    Args:
        kind: As dlt names it.
        client: The destination's.
    """
    column: Any = {"name": "", "data_type": kind}
    table: Any = {"name": "", "columns": {}}
    return client.type_mapper.to_destination_type(column, table)


@contextmanager
def absent_is_empty(changes: bool = False) -> Iterator[None]:
    """A statement over a table or column that is not there finds nothing.

    Args:
        changes: Whether it changes rows. Then a column must be there: without one nothing of the statement is done.
    """
    try:
        yield
    except DestinationUndefinedEntity:
        pass
    except DatabaseTerminalException as error:
        if changes or not NO_SUCH_COLUMN.search(str(error)):
            raise
