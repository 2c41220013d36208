"""What is let through of texts that others wrote, the chains that their errors come in, and what they tell of."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Collection, Iterable, Iterator
from types import FrameType
from typing import Any

EXACT = (OSError, ImportError, NameError, TypeError, AttributeError)
"""Errors of Python's own that quote files, names and types, never rows."""

EXACT_MODULES = ("gong_source", "click", "dlt.common.configuration", "dlt.common.destination", "dlt.pipeline")
"""Where errors are made that quote what was typed or configured."""

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

VALUE = "<value>"

HIDDEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"
"""Characters that nobody sees; they come along with what is copied."""

BETWEEN_DIGITS = " -().\u00a0\u2007\u2009\u202f\u2010\u2011\u2012\u2013\u2014\u2015\u2212/" + HIDDEN
"""What may stand between the digits of a number in a text; the end of a line ends it."""

SHOWN = 120
"""Characters of a wrong value, or of names that were typed, that a message repeats."""

LONGEST_ADDRESS = 320
"""Characters of an e-mail address at most; a search that had no bound would begin anew at each character of a text."""

LONGEST_PASSWORD = 8192
"""Characters of a name and a password that are looked for at most."""

_ADDRESS = re.compile(
    rf"""(?:"[^"@\n]{{1,64}}"|[\w.+%{HIDDEN}-][\w.+%!#$*^`~'{HIDDEN}-]{{0,{LONGEST_ADDRESS}}})(?:@|%40)[\w-]+(?:\.[\w-]+)+"""
)
_APART = rf"(?:[+{re.escape(BETWEEN_DIGITS)}]|%20){{0,3}}"
_NUMBER = re.compile(
    rf"(?:\+|%2B)\d(?:{_APART}\d){{6,14}}|(?<![\w.-])00{_APART}[1-9](?:{_APART}\d){{6,14}}(?!\w)", re.IGNORECASE
)

_CREDENTIALS = re.compile(rf"(?<=://)[^\s'\"/@:]*:[^\s'\"]{{0,{LONGEST_PASSWORD}}}@")
"""A name and a password before the host of an address, whatever the password holds."""

_SECRET = re.compile(r"(\b\w*(?:password|pwd|token|secret)=)(?:'(?:[^'\\]|\\.)*'|\{[^}]*\}|[^\s;&'\"]+)", re.IGNORECASE)
"""The same in a list of settings, as database clients take and repeat it."""

_PRIVATE = {
    _CREDENTIALS: "<secret>@",
    _SECRET: r"\1<secret>",
    _ADDRESS: "<e-mail>",
    _NUMBER: "<phone number>",
}
"""What is in no message, in the order in which it is looked for, and what stands there."""

_STATEMENT = re.compile(r"\n[^\S\n]*(?:LINE \d+|DETAIL|CONTEXT|QUERY|HINT):.*", re.DOTALL)
"""What DuckDB and Postgres add to a message: the statement, the row."""

_QUOTED = re.compile(r"""(?<!\w)(["'])(.{0,1000}?)\1(?!\w)""", re.DOTALL)
_FROM_FIRST_TO_LAST = re.compile(r"""(?<!\w)["'](?:.*["'](?!\w)|.*)""", re.DOTALL)
_BARE = re.compile(r"((?:with|cast) value )\S+|(\bvalue: |\bdata item: ).*", re.IGNORECASE)


def redacted(text: str) -> str:
    """Text without e-mail addresses and phone numbers, which Gong's messages and some windows may hold, nor passwords.

    Args:
        text: Any message.
    """
    for kind, mark in _PRIVATE.items():
        text = kind.sub(mark, text)
    return text


def shortened(text: str, longest: int) -> str:
    """The beginning of a text that is yet to be redacted, without half of what that hides, which would not be known.

    Args:
        text: Any message.
        longest: How many characters of it to keep at most.
    """
    if len(text) <= longest:
        return text
    near = text[: longest + LONGEST_ADDRESS]
    across = [found.start() for kind in _PRIVATE for found in kind.finditer(near) if found.end() > longest]
    return f"{text[: min([longest, *across])]}..."


def shown(value: Any) -> str:
    """A wrong value as a message shows it: on one line and not for pages.

    Args:
        value: Not a secret.
    """
    try:
        text = ascii(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return f"of type {type(value).__name__}"
    return shortened(text, SHOWN)


def listed(names: Iterable[str]) -> str:
    """Names that somebody typed, for a message: on one line, and no more than fits.

    Args:
        names: Of any length.
    """
    return shortened(" ".join(", ".join(names).split()), SHOWN)


def without_values(text: str, names: Collection[str] = ()) -> str:
    """A database's message without what it quotes of rows.

    Names and values stand in the same quotes, and a value may hold quotes itself: unless all that is quoted is known,
    everything from the first quote to the last goes.

    Args:
        text: Of an error, in as many lines as it came in.
        names: Of tables and columns, which may be quoted; so may files that are there.
    """
    text = _STATEMENT.sub("", text)
    quoted = [found[2] for found in _QUOTED.finditer(text)]
    if _FROM_FIRST_TO_LAST.search(_QUOTED.sub("", text)) or not all(_is_known(each, names) for each in quoted):
        head, *rest = _FROM_FIRST_TO_LAST.split(text, maxsplit=1)
        text = f"{head}{VALUE}{''.join(rest).partition(chr(10))[0]}"
    return _BARE.sub(lambda found: f"{found[1] or found[2]}{VALUE}", text)


def in_a_line(error: BaseException, names: Collection[str] | None = ()) -> str:
    """What an error says, on one line, without addresses and without what a database quotes of rows.

    Args:
        error: Of any kind; of another library's the text may have several lines.
        names: As above; None keeps all that is quoted, as of settings before there is any row.
    """
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)  # its text is a repr
    if names is not None and not isinstance(error, EXACT) and not type(error).__module__.startswith(EXACT_MODULES):
        text = without_values(text, names)
    return redacted(" ".join(text.split())) or type(error).__name__


def chain_of(error: BaseException) -> list[BaseException]:
    """An error and those it came from, the innermost last.

    Args:
        error: Of any kind; dlt wraps others several times over.
    """
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = origin_of(current)
    return chain


def origin_of(error: BaseException) -> BaseException | None:
    """What an error was raised from, or was raised while it was handled; None where there is no such thing.

    Python also notes what a caller was handling when it called, such as the error of another service. That one was
    there before, and has nothing to do with this one: the function that handles it is running still.

    Args:
        error: Of any kind.
    """
    context = error.__context__
    if error.__cause__ is not None or context is None or context.__traceback__ is None:
        return error.__cause__ or context
    handler = context.__traceback__.tb_frame
    return None if any(frame is handler for frame in _running()) else context


def is_full(error: BaseException) -> bool:
    """Whether an error, by itself, tells of a disk without room, or of a file that may not grow.

    Args:
        error: Of the system, or of a database that quotes it.
    """
    return getattr(error, "errno", None) in FULL or any(os.strerror(number) in str(error) for number in FULL)


def _running() -> Iterator[FrameType]:
    """The functions that wait for this one, the nearest first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


def _is_known(quoted: str, names: Collection[str]) -> bool:
    if os.path.isabs(quoted):
        return os.path.exists(quoted)
    return all(part.strip("\"'` ") in names for part in quoted.split("."))
