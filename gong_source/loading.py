"""How a load package gets into DuckDB: within this process, so with as little of its memory and processor as it takes.

dlt opens a connection for every file and every merge, thirty and more for a package. DuckDB reads its catalog whenever
the first connection opens, and writes all that changed into its file whenever the last one closes: a good part of what
a load costs. So one is held open meanwhile. DuckDB would then keep in memory what it was given, as dlt has it wait for
1 GB; here it writes as soon as :data:`UNWRITTEN` has gathered. What was measured is in ``docs/performance.md``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import duckdb
from dlt.pipeline.pipeline import Pipeline

from gong_source.destination import sql_client
from gong_source.destinations import type_of

logger = logging.getLogger("gong_source")

UNWRITTEN = 32 * 2**20
"""Bytes of new rows that DuckDB holds in memory before they are written into its file."""

LOOK_EVERY = 0.05
"""Seconds between two looks at how much that is."""

HELD = "SELECT coalesce(sum(memory_usage_bytes), 0) FROM duckdb_memory() WHERE tag = 'IN_MEMORY_TABLE'"

FILE = "SELECT path FROM duckdb_databases() WHERE database_name = current_database()"
"""Empty for a database that is in memory for good."""


@contextmanager
def sparing(pipeline: Pipeline) -> Iterator[None]:
    """Load with little memory and processor time, as long as the block lasts; other destinations than DuckDB just load.

    DuckDB works with one thread: for packages of this size a second one costs a third more processor time and a fifth
    more memory, for a load that is faster than Gong's rate lets the next package come either way. A number of threads
    in dlt's configuration of the destination counts more.

    Args:
        pipeline: With a destination and something to load.
    """
    if type_of(pipeline.destination) != "duckdb":
        yield
        return
    with sql_client(pipeline) as client:
        connection: duckdb.DuckDBPyConnection = client.native_connection
        threads = _value(connection, "SELECT current_setting('threads')")
        connection.execute("SET threads = 1")
        try:
            with _written_early(connection.cursor()) if _value(connection, FILE) else nullcontext():
                yield
        finally:
            connection.execute(f"SET threads = {threads}")


@contextmanager
def _written_early(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Have new rows written into the file as they gather, by a thread of its own."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(LOOK_EVERY):
            try:
                if _value(connection, HELD) >= UNWRITTEN:
                    connection.execute("CHECKPOINT")
            except duckdb.TransactionException:
                continue  # a transaction that must end first; the next look may find it ended
            except duckdb.Error as error:
                logger.info("DuckDB did not write what it holds in memory: %s", error)
                return  # the load meets the same trouble and tells of it

    watcher = threading.Thread(target=watch, name="gong-checkpoints", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        connection.close()


def _value(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    ((value,),) = connection.execute(query).fetchall()  # one that is not read to its end keeps its transaction open
    return value
