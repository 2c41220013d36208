"""Errors as people are told of them: once, in one sentence, with an exit code."""

from __future__ import annotations

import traceback
from collections.abc import Collection

import click

from gong_source.errors import EXIT_FAILED, EXIT_USAGE, GongError
from gong_source.wording import chain_of, in_a_line, redacted

LONGEST = 600
"""Characters of a message that is not this package's own."""


def one_sentence(error: BaseException, names: Collection[str] | None = None) -> str:
    """What an error says, on one line and without addresses.

    Args:
        error: Of any kind; of dlt's wrapped ones the innermost speaks.
        names: As :func:`in_a_line` takes them: None where it is settings that are quoted, not rows.
    """
    root = root_of(error)
    if isinstance(root, GongError):
        return str(root)
    text = in_a_line(root, names)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def told(error: BaseException) -> tuple[str, int]:
    """The sentence for an error, and the exit code.

    Args:
        error: Of any kind.
    """
    root = root_of(error)
    if isinstance(root, GongError):
        return str(root), root.exit_code
    if _is_of_a_file(root):
        return one_sentence(root), EXIT_USAGE
    return f"{type(root).__name__}: {one_sentence(root, ())} (--debug shows where)", EXIT_FAILED


def show_trace(error: BaseException) -> None:
    """Write where an error came from on standard error, without addresses.

    Args:
        error: Of any kind.
    """
    click.echo(redacted("".join(traceback.format_exception(error))), err=True, nl=False)


def wants_trace() -> bool:
    """Whether ``gong-source --debug`` was typed, whichever command follows."""
    context = click.get_current_context(silent=True)
    return bool(context and (context.find_root().obj or {}).get("debug"))


def root_of(error: BaseException) -> BaseException:
    """The error of this package inside a chain, or a broken settings file, or the innermost.

    Args:
        error: As it came.
    """
    chain = chain_of(error)
    return next((item for item in chain if isinstance(item, GongError) or _is_of_a_file(item)), chain[-1])


def _is_of_a_file(error: BaseException) -> bool:
    """Whether dlt could not read a settings file."""
    from dlt.common.configuration.exceptions import ConfigProviderException  # not every command imports dlt

    return isinstance(error, ConfigProviderException)
