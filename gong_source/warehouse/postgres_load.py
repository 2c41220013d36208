"""dlt's ``COPY`` into PostgreSQL: an empty text stays one, and a value that is refused counts as such.

In dlt's CSV files a text stands in quotes and NULL does not, which the server tells apart by itself; but dlt names all
columns that may be NULL in ``FORCE_NULL``, so that the server reads an empty text as NULL. And whatever the server
answers, dlt takes for a destination that can't be reached, and sends the file once more.
"""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

from dlt.common.destination import AnyDestination
from dlt.destinations.exceptions import DatabaseTerminalException

from gong_source.warehouse.load_jobs import change_jobs


class _NoneNullable:
    """A schema as ``FORCE_NULL`` is made from it."""

    def __init__(self, schema: Any) -> None:
        self._schema = schema

    def get_table_columns(self, table_name: str) -> dict[str, Any]:
        columns = self._schema.get_table_columns(table_name)
        return {name: {**column, "nullable": False} for name, column in columns.items()}


def keep_empty_texts(destination: AnyDestination) -> None:
    """Have a destination's clients load CSV files as they are written.

    Args:
        destination: PostgreSQL; it may have been told before.
    """
    change_jobs(destination, _keep)


def _keep(job: Any) -> None:
    from dlt.destinations.impl.postgres.postgres import PostgresCsvCopyJob  # needs psycopg2

    if isinstance(job, PostgresCsvCopyJob):
        job.run = partial(_run, job, job.run)  # type: ignore[method-assign]


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
