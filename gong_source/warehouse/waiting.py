"""A DuckDB file that another process has open: DuckDB lets only one write, or several read."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import duckdb
from dlt.destinations.exceptions import DestinationConnectionError
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials
from dlt.destinations.job_client_impl import SqlJobClientBase

from gong_source.errors import GongDestinationError
from gong_source.wording import chain_of, in_a_line

logger = logging.getLogger("gong_source")

PATIENCE = 60.0
"""Seconds that a file is waited for: longer than a query takes, and than another command loads a package."""

POLL = 0.25
"""Seconds between two attempts."""

LOCKED = re.compile(
    r'lock on file "(?P<file>[^"]+)": Conflicting lock is held in (?P<who>.+?\(PID \d+\))'
    r'|Cannot open file "(?P<windows>[^"]+)": The process cannot access the file'  # names nobody
)
"""How DuckDB says it."""


@contextmanager
def opened(client: SqlJobClientBase, reads: bool = False) -> Iterator[None]:
    """A client of dlt's with its connection open; a file that another process has open is waited for.

    Args:
        client: Of any destination.
        reads: Whether nothing is written: then a file will do that may not be written, or that others read meanwhile.

    Raises:
        GongDestinationError: Another process still had the file open when the patience was over.
        DestinationConnectionError: The destination can't be reached.
    """
    with ExitStack() as ends:
        try:
            patiently(lambda: ends.enter_context(_connected(client, reads)))
        except Exception as error:
            if not client.sql_client.is_dbapi_exception(error):
                raise
            kind, dataset = type(client.sql_client).__name__, client.sql_client.dataset_name
            raise DestinationConnectionError(kind, dataset, str(error), error) from error  # dlt leaves some as they are
        yield


@contextmanager
def _connected(client: SqlJobClientBase, reads: bool) -> Iterator[None]:
    """Open for writing even where nothing is written: a process may have the same file open in one way only."""
    with ExitStack() as ends:
        try:
            ends.enter_context(client)  # type: ignore[arg-type]  # dlt says that an __exit__ always gets an error
        except DestinationConnectionError:
            credentials = getattr(client.sql_client, "credentials", None)
            if not reads or not isinstance(credentials, DuckDbCredentials) or credentials.read_only:
                raise
            credentials.read_only = True
            try:
                ends.enter_context(client)  # type: ignore[arg-type]
            finally:
                credentials.read_only = False
        yield


def patiently(attempt: Callable[[], object]) -> None:
    """Open a file, again and again while another process has it open.

    Args:
        attempt: Opens it.

    Raises:
        GongDestinationError: Another process still had the file open when the patience was over.
        Exception: Whatever else the attempt raises.
    """
    until, told = time.monotonic() + PATIENCE, False
    while True:
        try:
            attempt()
            return
        except (DestinationConnectionError, duckdb.IOException) as error:
            holder = holder_of(error)
            if holder is None:
                raise
            if time.monotonic() >= until:
                raise GongDestinationError(
                    f"{holder}, and still is after {PATIENCE:.0f} s. DuckDB lets one process write a file, and nobody "
                    "read it meanwhile: close it there, then run the same command again."
                ) from error
        if not told:
            logger.warning("%s; waiting up to %.0f s for it.", holder, PATIENCE)
            told = True
        time.sleep(POLL)


def unreachable(error: BaseException) -> str:
    """A destination that can't be reached, as a sentence; empty where that is not what failed.

    Args:
        error: Any error, whose causes are looked at too.
    """
    for each in chain_of(error):
        if isinstance(each, DestinationConnectionError):  # whose own words are on credentials, whatever is the reason
            said = in_a_line(each.inner_exc, None).rstrip(".")  # which host or file: no rows were asked for
            return f"The destination can't be reached: {said}. Once it can, the same command goes on."
    return ""


def holder_of(error: BaseException) -> str | None:
    """Which file is open where, as a sentence without its end; None where that is not what failed.

    Args:
        error: Any error, whose causes are looked at too.
    """
    inner = getattr(error, "inner_exc", None)
    for each in (*chain_of(error), *([inner] if inner else [])):
        if isinstance(each, duckdb.IOException) and (found := LOCKED.search(str(each))):
            who = found["who"] or "which Windows does not name"
            return f"{found['file'] or found['windows']} is open in another process, {who}"
    return None
