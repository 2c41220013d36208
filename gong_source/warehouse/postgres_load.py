"""dlt's loads into PostgreSQL: an empty text stays one, what is refused counts as such, and no merge crosses another.

In dlt's CSV files a text stands in quotes and NULL does not, which the server tells apart by itself; but dlt names all
columns that may be NULL in ``FORCE_NULL``, so that the server reads an empty text as NULL. And whatever the server
answers, dlt takes for a destination that can't be reached, and sends the file once more.

Of two merges that replace the same rows at the same time, as of a sync and a backfill beside it, the second waits for
the first and then does not see what that one has put there: rows would be doubled. So each waits before it begins.

https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

from dlt.common.destination import AnyDestination
from dlt.destinations.exceptions import DatabaseTerminalException
from dlt.destinations.job_client_impl import SqlLoadJob

from gong_source.warehouse.load_jobs import change_jobs


class _NoneNullable:
    """A schema as ``FORCE_NULL`` is made from it."""

    def __init__(self, schema: Any) -> None:
        self._schema = schema

    def get_table_columns(self, table_name: str) -> dict[str, Any]:
        columns = self._schema.get_table_columns(table_name)
        return {name: {**column, "nullable": False} for name, column in columns.items()}


def load_exactly(destination: AnyDestination) -> None:
    """Have a destination's clients load CSV files as they are written, and merge a table one after the other.

    Args:
        destination: PostgreSQL; it may have been told before.
    """
    change_jobs(destination, _change)


def _change(job: Any) -> None:
    from dlt.destinations.impl.postgres.postgres import PostgresCsvCopyJob  # needs psycopg2

    if isinstance(job, PostgresCsvCopyJob):
        job.run = partial(_run, job, job.run)  # type: ignore[method-assign]
    elif isinstance(job, SqlLoadJob):
        job._split_fragments = partial(_locking, job, job._split_fragments)  # type: ignore[method-assign]


def _locking(job: Any, split: Callable[[str], list[str]], sql: str) -> list[str]:
    """The statements of a merge, which are a transaction, after a lock that keeps out writers and no readers."""
    client = job._job_client
    own, _ = client.create_dataset_names(client.schema, client.config)
    with client.sql_client.with_alternative_dataset_name(own):
        table = client.sql_client.make_qualified_table_name(job.load_table_name)
    return [f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE;", *split(sql)]


def _run(job: Any, run: Any) -> None:
    from psycopg2 import DataError, IntegrityError  # type: ignore[import-untyped]

    client = job._job_client
    job._job_client = copy.copy(client)
    job._job_client.schema = _NoneNullable(client.schema)
    try:
        run()
    except (DataError, IntegrityError) as error:  # it would be so at every try
        raise DatabaseTerminalException(error) from error
    finally:
        job._job_client = client
