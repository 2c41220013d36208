"""What went wrong with a load package: which errors end a run, and what dlt's exceptions hold."""

from __future__ import annotations

from dlt.extract.exceptions import ResourceExtractionError

from gong_source.errors import (
    GongConfigError,
    GongDestinationError,
    GongError,
    GongKeyRefusedError,
    GongQuotaExceeded,
    GongRedirectError,
    GongUnreachableError,
    chain_of,
)
from gong_source.streams.feeds import PARENTS

FATAL: tuple[type[GongError], ...] = (
    GongConfigError,
    GongDestinationError,
    GongKeyRefusedError,
    GongQuotaExceeded,
    GongRedirectError,
    GongUnreachableError,
)
"""Errors that every other resource would run into as well."""

FATAL_FOR_WHAT_WAS_READ = tuple(error for error in FATAL if error is not GongQuotaExceeded)
"""The same where what was read until then is still to be loaded."""


def failed_resources(error: BaseException) -> set[str]:
    """The resources that dlt names in an extraction error, through the parents they read from.

    Args:
        error: As dlt raised it.
    """
    for item in chain_of(error):
        if isinstance(item, ResourceExtractionError):
            return set(PARENTS.get(item.pipe_name, (item.pipe_name,)))
    return set()


def raise_signal(error: BaseException) -> None:
    """Raise the signal that dlt waited for, and wraps like any error; nothing happens where there is none.

    Args:
        error: As dlt raised it.

    Raises:
        KeyboardInterrupt: dlt's, with the number of the signal.
    """
    if isinstance(root := root_of(error), KeyboardInterrupt):
        raise root from error


def root_of(error: BaseException) -> BaseException:
    """The error of ours inside dlt's chain, or the innermost.

    Args:
        error: As dlt raised it.
    """
    chain = chain_of(error)
    return next((item for item in chain if isinstance(item, GongError)), chain[-1])
