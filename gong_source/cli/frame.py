"""What all commands share: ``-h``, output that every terminal takes, and errors told once, with their exit codes."""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from typing import Any

import click

from gong_source.cli.logs import Format
from gong_source.cli.trouble import manner, show_trace, tell, typed_manner, wants_trace
from gong_source.importing import uncollected

ESCAPED = "gong_source.escaped"


def _escape(error: UnicodeError) -> tuple[str, int]:
    """Characters that an encoding lacks, as JSON escapes them: JSON stays JSON."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    codes = (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))
    return "".join(f"\\u{code:04x}" for code in codes), error.end


codecs.register_error(ESCAPED, _escape)


class _Framed(click.Command):
    """A command by itself, or in a group."""

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **more: Any) -> click.Context:
        """Also take ``-h``; what is typed wrong is told as the command tells its errors."""
        with errors_told(*_manner_of(self, args)):
            return super().make_context(info_name, args, *rest, **{"help_option_names": ["-h", "--help"], **more})

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run as a program."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors=ESCAPED)
        return super().main(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run; an error is one sentence on standard error."""
        with errors_told(*manner(), wants_trace() or bool(ctx.params.get("debug"))):
            return super().invoke(ctx)


class MadeLater(MutableMapping[str, click.Command]):
    """Commands by name, each made when it is asked for: importing all of them takes longer than many a command."""

    def __init__(self, makers: Mapping[str, Callable[[], click.Command]]) -> None:
        """Nothing is made yet.

        Args:
            makers: In the order in which ``--help`` lists the commands.
        """
        self._makers = dict(makers)
        self._made: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        """The command; made with the first look at it."""
        if name not in self._made:
            with uncollected():
                self._made[name] = self._makers[name]()
        return self._made[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        """Add one that is there already."""
        self._makers[name] = lambda: command

    def __delitem__(self, name: str) -> None:
        """Take one away."""
        del self._makers[name]
        self._made.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        """Their names."""
        return iter(self._makers)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._makers)


class Command(_Framed):
    """A command that can also be a program."""


class Commands(_Framed, click.Group):
    """A group of commands, listed in the order in which they were added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, as they were added."""
        return list(self.commands)


@contextmanager
def errors_told(as_json: bool, log_format: Format, debug: bool = False) -> Iterator[None]:
    """Tell an error in one sentence, and leave with its exit code.

    Args:
        as_json: Whether the last line of standard output is one JSON object.
        log_format: Of what goes to standard error.
        debug: Whether to show where it came from.

    Raises:
        click.exceptions.Exit: With the exit code of the error.
    """
    try:
        yield
    except (click.exceptions.Exit, click.Abort, BrokenPipeError):
        raise
    except (Exception, KeyboardInterrupt) as error:
        if debug and isinstance(error, Exception) and not isinstance(error, click.ClickException):
            show_trace(error, log_format)
        raise click.exceptions.Exit(tell(error, as_json, log_format)) from error


def _manner_of(command: click.Command, typed: Sequence[str]) -> tuple[bool, Format]:
    """Whether a command that takes them was given ``--json``, and JSON's ``--log-format``; it is yet to be read."""
    takes = {param.name for param in command.params}
    as_json, log_format = typed_manner(typed)
    return "as_json" in takes and as_json, log_format if "log_format" in takes else "text"
