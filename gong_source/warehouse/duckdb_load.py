"""How a load package gets into DuckDB: within this process, so with as little of its memory and processor as it takes.

dlt opens a connection for every file and every merge, thirty and more for a package. DuckDB reads its catalog whenever
the first connection opens, and writes all that changed into its file whenever the last one closes: a good part of what
a load costs. So one is held open meanwhile. DuckDB would then keep in memory what it was given, as dlt has it wait for
1 GB; here it writes as soon as :data:`UNWRITTEN` has gathered.

Each time it writes, DuckDB also merges what earlier loads left as small row groups. For package after package that
comes to more than the loading itself, so it is done in one load of a run. And it keeps what it read from its file, for
a merge of rows the keys of all that are stored: a bound on its memory, :data:`LIMIT`, has it forget those first. It
grows with the columns there are, and what does not fit all the same is done again without it. What was measured is in
``docs/performance.md``.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import Any, TypeVar
from weakref import WeakSet

import duckdb
from dlt.common.destination.exceptions import DestinationException
from dlt.pipeline.pipeline import Pipeline

from gong_source.warehouse.dialects import type_of
from gong_source.warehouse.refused import told_of
from gong_source.warehouse.store import Store
from gong_source.wording import chain_of, in_a_line, is_full

logger = logging.getLogger("gong_source")

Result = TypeVar("Result")

UNWRITTEN = 32 * 2**20
"""Bytes of new rows that DuckDB holds in memory before they are written into its file."""

FEW = 4 * 2**20
"""Bytes of files that stay below that in memory: nobody has to look."""

LOOK_EVERY = 0.05
"""Seconds between two looks at how much that is."""

LIMIT = 64 * 2**20
"""Bytes that DuckDB may use during a load; what does not fit goes into files of its own beside the database."""

EACH = 96 * 2**10
"""Bytes that it may use for each column, where that comes to more: it holds a block for each column that it writes,
however few rows there are. Measured were 60 to 90 KB; Gong's own columns, less than 660, stay below :data:`LIMIT`."""

SHORT = re.compile(r"\([^()]+/[^()]+ used\)")
"""How DuckDB says that its memory does not suffice, whichever of its errors it makes of it."""

SMALL = 64 * 2**20
"""Bytes of a database whose texts are not squeezed. For each text column DuckDB works out how its texts would be
squeezed best (FSST), which takes 2 ms however few they are, and there are some 200 of these columns."""

_within: WeakSet[Pipeline] = WeakSet()
"""Pipelines for which a block of :func:`sparing` lasts."""

HELD = "SELECT coalesce(sum(memory_usage_bytes), 0) FROM duckdb_memory() WHERE tag = 'IN_MEMORY_TABLE'"

FILE = "SELECT path FROM duckdb_databases() WHERE database_name = current_database()"
"""Empty for a database that is in memory for good."""

SIZE = "SELECT block_size * total_blocks FROM pragma_database_size() WHERE database_name = current_database()"

UNITS = {"bytes": 0, "byte": 0, "KiB": 1, "MiB": 2, "GiB": 3, "TiB": 4}
"""How DuckDB writes an amount of memory: powers of 1,024."""


def load_sparingly(
    pipeline: Pipeline, load: Callable[[], Result], merging: bool = False, lasting: ExitStack | None = None
) -> Result:
    """Load within a bound on DuckDB's memory; where that does not suffice, without.

    Args:
        pipeline: With a destination and something to load.
        load: Loads it, or what a failed attempt left of it.
        merging: As in :func:`sparing`.
        lasting: Until when the destination is kept open for what follows, and what was loaded is then written; None to
            do that at once.

    Returns:
        What ``load`` does.

    Raises:
        GongDestinationError: The destination was lost meanwhile.
        GongLoadError: It refused what was to be loaded.
    """
    try:
        return _loaded(pipeline, load, merging, lasting)
    except Exception as failed:
        if not any(map(_is_short, chain_of(failed))):
            raise
    if lasting is not None:
        lasting.close()  # whatever is open, so that a database that DuckDB gave up is opened anew
    logger.warning("A load did not fit into the memory it was to keep to, and goes on with what it needs.")
    return _loaded(pipeline, load, bounded=False)


def _loaded(
    pipeline: Pipeline,
    load: Callable[[], Result],
    merging: bool = False,
    lasting: ExitStack | None = None,
    bounded: bool = True,
) -> Result:
    try:
        if lasting is not None:
            lasting.enter_context(sparing(pipeline, merging, bounded=False))
        with sparing(pipeline, merging, bounded):
            return load()
    except Exception as failed:
        if (told := told_of(pipeline, failed)) is not None:
            raise told from failed
        raise


def _is_short(error: BaseException) -> bool:
    """Whether an error, by itself, is DuckDB's that it has no memory left, or one that quotes it."""
    return isinstance(error, duckdb.OutOfMemoryException) or bool(SHORT.search(str(error)))


@contextmanager
def held(pipeline: Pipeline, store: Store) -> Iterator[None]:
    """Keep a DuckDB file from other processes as long as the block lasts, after waiting for one that has it open.

    Args:
        pipeline: With a destination; of another one than DuckDB no connection is kept, whose transaction could be in
            the way of what is loaded.
        store: The same dataset.
    """
    if type_of(pipeline.destination) == "duckdb":
        with store.connection():
            yield
    else:
        store.rest()
        yield


@contextmanager
def sparing(
    pipeline: Pipeline, merging: bool = False, bounded: bool = True, store: Store | None = None
) -> Iterator[None]:
    """Load with little memory and processor time, as long as the block lasts; other destinations than DuckDB just load.

    DuckDB works with one thread: for packages of this size a second one costs a third more processor time and a fifth
    more memory, for a load that is faster than Gong's rate lets the next package come either way. What dlt's
    configuration of the destination sets counts more. A block within another one bounds DuckDB's memory alone.

    Args:
        pipeline: With a destination and something to load.
        merging: Whether small row groups are merged at the end: once in a run is enough.
        bounded: Whether DuckDB's memory is bounded.
        store: The same dataset, where a connection to it is open.
    """
    if type_of(pipeline.destination) != "duckdb":
        yield
        return
    store = store or Store(pipeline)
    with ExitStack() as closed, store.connection() as client, ExitStack() as ends:
        connection: duckdb.DuckDBPyConnection = client.sql_client.native_connection
        is_file = bool(_value(connection, FILE))
        if pipeline not in _within:
            _within.add(pipeline)
            ends.callback(_within.discard, pipeline)
            tasks = _value(connection, "SELECT current_setting('max_vacuum_tasks')")
            ends.enter_context(_set(connection, threads=1, max_vacuum_tasks=0))
            if is_file:
                anew = partial(closed.callback, _write_anew, store)
                ends.enter_context(_written_by_and_by(pipeline, connection, tasks if merging else 0, anew))
        if is_file and bounded:
            ends.enter_context(_set(connection, memory_limit=_limit(pipeline, connection)))
        yield


@contextmanager
def _written_by_and_by(
    pipeline: Pipeline, connection: duckdb.DuckDBPyConnection, tasks: int, anew: Callable[[], object]
) -> Iterator[None]:
    """Have what is loaded written into the file: early where it may be much, all of it when the block ends."""
    with ExitStack() as ends:
        if _value(connection, SIZE) < SMALL:
            ends.enter_context(_set(connection, disabled_compression_methods="fsst"))
        ends.callback(_write_all, pipeline, connection, tasks, anew)
        if _may_be_much(pipeline):
            ends.enter_context(_written_early(connection.cursor()))
        yield


def _may_be_much(pipeline: Pipeline) -> bool:
    """Whether more than :data:`FEW` wait to be loaded, or what is yet to be normalized."""
    waiting = [pipeline.get_load_package_info(load_id) for load_id in pipeline.list_normalized_load_packages()]
    size = sum(job.file_size for package in waiting for jobs in package.jobs.values() for job in jobs)
    return size > FEW or bool(pipeline.list_extracted_load_packages())


@contextmanager
def _set(connection: duckdb.DuckDBPyConnection, **settings: object) -> Iterator[None]:
    """Settings of the database, as long as the block lasts."""
    before = {name: _value(connection, f"SELECT current_setting('{name}')") for name in settings}
    try:
        for name, value in settings.items():
            connection.execute(f"SET {name} = '{value}'")
        yield
    finally:
        with suppress(duckdb.FatalException):  # of a database that is given up no setting matters any more
            for name, value in before.items():
                connection.execute(f"SET {name} = '{value}'")


@contextmanager
def _written_early(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Have new rows written into the file as they gather, by a thread of its own."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(LOOK_EVERY):
            try:
                if _value(connection, HELD) >= UNWRITTEN:
                    connection.execute("CHECKPOINT")
            except (duckdb.TransactionException, duckdb.OutOfMemoryException):
                continue  # a transaction that must end first, or a load needs it all; the next look may find otherwise
            except duckdb.Error as error:
                if not _is_short(error):
                    _tell(error)
                return  # the load meets the same trouble and tells of it

    watcher = threading.Thread(target=watch, name="gong-checkpoints", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        connection.close()


def _limit(pipeline: Pipeline, connection: duckdb.DuckDBPyConnection) -> str:
    """What is to be allowed, as DuckDB takes it: no more than now."""
    columns = sum(len(table["columns"]) for schema in pipeline.schemas.values() for table in schema.tables.values())
    number, unit = _value(connection, "SELECT current_setting('memory_limit')").split()
    return f"{min(max(LIMIT, columns * EACH), int(float(number) * 1024 ** UNITS[unit]))}B"


def _write_all(
    pipeline: Pipeline, connection: duckdb.DuckDBPyConnection, tasks: int, anew: Callable[[], object]
) -> None:
    """Write what is left, with that many merges of row groups; closing the file writes what this can't.

    Where memory does not suffice, DuckDB gives up the database, until all connections to it are closed.
    """
    try:
        with _set(connection, max_vacuum_tasks=tasks, memory_limit=_limit(pipeline, connection)):
            connection.execute("CHECKPOINT")
    except duckdb.Error as error:
        if _is_short(error):
            anew()
        else:
            _tell(error)


def _write_anew(store: Store) -> None:
    """Open the database again, without a bound: it takes in what was committed, and writes it."""
    store.rest()
    try:
        with store.connection() as client:
            client.sql_client.native_connection.execute("CHECKPOINT")
    except (duckdb.Error, DestinationException) as error:
        _tell(chain_of(error)[-1])


def _tell(error: BaseException) -> None:
    if isinstance(error, duckdb.FatalException):
        logger.warning(
            "DuckDB could not write what was loaded into its file%s. What was committed stays in the file that ends in "
            ".wal, beside it, and is taken in when the database is opened again.",
            ": the disk is full" if is_full(error) else "",
        )
    else:
        logger.info("DuckDB did not write what it holds in memory: %s", in_a_line(error))


def _value(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    ((value,),) = connection.execute(query).fetchall()  # one that is not read to its end keeps its transaction open
    return value
