"""A merge is a transaction on BigQuery too.

dlt sends the statements of a merge as one script, each of which is committed by itself: whoever asks between the two
misses rows that are being replaced, all of them where one load replaces a table. BigQuery has transactions, but queues
none: where two change a table it cancels one, which is sent again here; dlt alone would give it up after the second.

https://cloud.google.com/bigquery/docs/transactions
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from dlt.common.destination import AnyDestination
from dlt.destinations.exceptions import DatabaseTransientException
from dlt.destinations.job_client_impl import SqlLoadJob

from gong_source.warehouse.load_jobs import change_jobs

logger = logging.getLogger("gong_source")

CANCELLED = "due to concurrent update"
"""How BigQuery ends "Transaction is aborted" and "Could not serialize access to table"."""

TRIES = 8
"""How often a merge is sent that others cancel; with the pauses between, some four minutes."""

PAUSE = 2.0
"""Seconds before the second time, about what a merge takes; doubled each time, and up to half as long again."""


def merge_in_transactions(destination: AnyDestination) -> None:
    """Have a destination's clients merge each table in a transaction.

    Args:
        destination: BigQuery; it may have been told before.
    """
    change_jobs(destination, _enclose)


def _enclose(job: Any) -> None:
    if isinstance(job, SqlLoadJob):
        job._split_fragments = partial(_enclosed, job, job._split_fragments)  # type: ignore[method-assign]
        job.run = partial(until_not_cancelled, job.run)  # type: ignore[method-assign]


def _enclosed(job: SqlLoadJob, split: Callable[[str], list[str]], sql: str) -> list[str]:
    """The statements, in a transaction unless they make tables, which none can."""
    statements = split(sql)
    if job._string_contains_ddl_statements(sql):
        return statements
    return ["BEGIN TRANSACTION", *statements, "COMMIT TRANSACTION"]


def until_not_cancelled(run: Callable[[], None], sleep: Callable[[float], None] = time.sleep) -> None:
    """Send a merge again where another one of the same table cancelled it.

    Args:
        run: Sends it.
        sleep: Waits for some seconds.

    Raises:
        DatabaseTransientException: It was cancelled each time.
    """
    for number in range(TRIES):
        try:
            run()
        except DatabaseTransientException as error:
            if CANCELLED not in str(error) or number + 1 == TRIES:
                raise
            pause = PAUSE * 2**number * random.uniform(1, 1.5)  # noqa: S311  two that met must not meet again
            logger.info("BigQuery cancelled a merge beside another one of its table; sent again in %.0f s.", pause)
            sleep(pause)
        else:
            return
