"""What is printed for others to read on, where nobody may be there to take it: a full disk, a pipe that is closed."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import click

from gong_source.wording import redacted, shortened

LONGEST = 600
"""Characters of what could not be printed that its error repeats."""


def put(text: str | bytes, *, lines: bool = True, done: str = "") -> None:
    """Print on standard output.

    Args:
        text: What to print.
        lines: Whether a line ends with it.
        done: What has happened whether or not it can be told, and what it came to; empty for what only reads, whose
            reader may leave when it has enough.

    Raises:
        BrokenPipeError: Nobody reads what nothing hangs on; click ends the program without a word.
        click.ClickException: It can't be printed; says what is done.
    """
    try:
        click.echo(text, nl=lines)
    except OSError as error:
        _give_up()
        if isinstance(error, BrokenPipeError) and not done:
            raise
        told = redacted(shortened(done, LONGEST))
        raise click.ClickException(f"The output can't be written: {error.strerror}. {told}".rstrip()) from error


def _give_up() -> None:
    """Have what is left in the buffer go nowhere, or the end of the program fails at it once more."""
    with suppress(OSError):  # also where standard output is no file
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
