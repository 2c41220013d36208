"""What went wrong with a load package: what dlt's exceptions hold."""

from __future__ import annotations

from dlt.extract.exceptions import ResourceExtractionError

from gong_source.errors import GongError
from gong_source.wording import chain_of


def failed_resources(error: BaseException) -> set[str]:
    """The resource that dlt names in an extraction error; none where it names none.

    Args:
        error: As dlt raised it.
    """
    return {item.pipe_name for item in chain_of(error) if isinstance(item, ResourceExtractionError)}


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
    """The error of ours inside dlt's chain, or the innermost that others were raised from.

    Args:
        error: As dlt raised it.
    """
    chain = chain_of(error)
    found = next((item for item in chain if isinstance(item, (GongError, KeyboardInterrupt))), None)
    if found is not None:
        return found
    while error.__cause__ is not None:
        error = error.__cause__
    return error
