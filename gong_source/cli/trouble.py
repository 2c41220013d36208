"""Errors as people and machines are told of them: once, in one sentence, with an exit code."""

from __future__ import annotations

import json
import signal
import sys
import traceback
from collections.abc import Collection, Sequence
from contextlib import suppress
from io import StringIO
from itertools import pairwise

import click

from gong_source.cli.logs import Format, line_of
from gong_source.cli.output import put
from gong_source.errors import EXIT_FAILED, EXIT_USAGE, GongError
from gong_source.wording import chain_of, in_a_line, is_full, redacted

LONGEST = 600
"""Characters of a message that is not this package's own."""

EXIT_SIGNAL = 128
"""Shells add a signal's number to this."""

STOPPED = "stopped by a signal; what had been committed stays, the same command goes on from there"


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
    if isinstance(error, KeyboardInterrupt):  # dlt's own, after the job at hand
        return STOPPED, EXIT_SIGNAL + int(getattr(error, "signal_code", signal.SIGINT))
    if isinstance(error, click.ClickException):
        return redacted(error.format_message()), error.exit_code
    root = root_of(error)
    if isinstance(root, GongError):
        return str(root), root.exit_code
    if _is_of_a_file(root):
        return one_sentence(root), EXIT_USAGE
    if any(map(is_full, chain_of(error))):
        return (
            f"The disk is full, or a quota of it is used up: {one_sentence(root, ()).rstrip('.')}. What was committed "
            "stays; once there is room, run the same command again."
        ), EXIT_FAILED
    if words := _of_a_destination(error):
        return words, EXIT_FAILED
    return f"{type(root).__name__}: {one_sentence(root, ())} (--debug shows where)", EXIT_FAILED


def _of_a_destination(error: BaseException) -> str:
    from gong_source.warehouse.waiting import unreachable  # imports dlt, which most errors of usage come before

    return unreachable(error)


def tell(error: BaseException, as_json: bool = False, log_format: Format = "text") -> int:
    """Tell that a command ends before it is done: one sentence, and the object that stands for its report.

    Args:
        error: That ends it.
        as_json: Whether the last line of standard output is one JSON object.
        log_format: Of what goes to standard error.

    Returns:
        The exit code.
    """
    message, code = told(error)
    if isinstance(error, click.ClickException) and log_format == "text":
        with StringIO() as used:  # with how the command is used
            error.show(used)
            click.echo(redacted(used.getvalue()), err=True, nl=False)
    else:
        click.echo(as_line(message, log_format), err=True, nl=False)
    if as_json:
        with suppress(OSError, click.ClickException):  # what went wrong is told above
            put(as_report(message, code), lines=False)
    return code


def as_line(message: str, log_format: Format) -> str:
    """A line for standard error.

    Args:
        message: What happened.
        log_format: Of the line.
    """
    return line_of(message if log_format == "json" else f"Error: {message}", log_format, "error") + "\n"


def as_report(message: str, code: int) -> str:
    """A line of JSON in place of a report.

    Args:
        message: What happened.
        code: Exit code.
    """
    return json.dumps({"failures": {"run": message}, "exit_code": code}) + "\n"


def show_trace(error: BaseException, log_format: Format) -> None:
    """Write where an error came from on standard error, without addresses.

    Args:
        error: Of any kind.
        log_format: Of what goes there.
    """
    trace = redacted("".join(traceback.format_exception(error)))
    if log_format == "json":
        trace = line_of(one_sentence(error, ()), log_format, "debug", trace) + "\n"
    click.echo(trace, err=True, nl=False)


def manner() -> tuple[bool, Format]:
    """Whether the command that runs ends with one JSON object, and the format of what goes to standard error."""
    context = click.get_current_context(silent=True)
    if context is None or isinstance(context.command, click.Group):  # the command's modules are yet to be imported
        as_json, log_format = typed_manner(sys.argv)
        return as_json and "raw" not in sys.argv, log_format  # whose --json is what to send
    return bool(context.params.get("as_json")), context.params.get("log_format") or "text"


def typed_manner(typed: Sequence[str]) -> tuple[bool, Format]:
    """The same, as words tell it that are yet to be read by a command which takes both options.

    Args:
        typed: As they were typed.
    """
    lines = ("--log-format", "json") in pairwise(typed) or "--log-format=json" in typed
    return "--json" in typed, "json" if lines else "text"


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
