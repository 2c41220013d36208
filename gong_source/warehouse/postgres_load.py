"""An empty text stays one in PostgreSQL: dlt's ``COPY`` has the server read it as NULL.

In dlt's CSV files a text stands in quotes and NULL does not, which the server tells apart by itself; but dlt names all
columns that may be NULL in ``FORCE_NULL``.
"""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

from dlt.common.destination import AnyDestination

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
    client = job._job_client
    job._job_client = copy.copy(client)
    job._job_client.schema = _NoneNullable(client.schema)
    try:
        run()
    finally:
        job._job_client = client
