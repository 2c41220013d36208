"""What a setting accepts: each check brings a value into one form or refuses it in a sentence.

A value may come as any type, from toml, the environment or an argument. What is secret is never shown.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from gong_source.errors import GongConfigError
from gong_source.ranges import parse_instant
from gong_source.wording import shown

BLANK = string.whitespace + "\u00a0\u200b\u2060\ufeff"
"""What may come along at the ends when text is copied, seen or unseen."""

MOST_BITS = 128
"""Of a number that stands for text."""

TRUE, FALSE = (True, "true", "yes", "t", "y", "1"), (False, "false", "no", "f", "n", "0")
"""As dlt reads text; the numbers 1 and 0 are equal to the first of each."""

BUCKETS = ("s3", "gs", "az")
"""Schemes of URLs that files are kept at; what fsspec knows beyond, such as memory, may keep none."""


class Check(Protocol):
    """Accepts or refuses the values of one setting."""

    @property
    def accepts(self) -> str:
        """What is accepted, in words for the documentation."""

    def __call__(self, where: str, value: Any) -> Any:
        """The value in its one form.

        Args:
            where: The setting's full name, for the message.
            value: As it came; None where nothing is set.

        Raises:
            GongConfigError: It is not accepted.
        """


@dataclass(frozen=True)
class Number:
    """A number within bounds.

    Attributes:
        least: The least that is accepted; whole numbers only where it is whole.
        most: The most that is accepted.
        unit: Of the number, for the documentation.
    """

    least: float
    most: float
    unit: str = ""

    @property
    def accepts(self) -> str:
        """In words."""
        kind = "whole number" if isinstance(self.least, int) else "number"
        return f"{kind} of {self.unit}" if self.unit else kind

    def __call__(self, where: str, value: Any) -> float:
        """Check a number, or text that is one."""
        try:
            number = type(self.least)(value)
            exact = number == float(value) and not isinstance(value, bool)
        except (TypeError, ValueError, OverflowError):
            exact, number = False, self.least
        if not exact:
            raise GongConfigError(f"{where} must be a {self.accepts}, it is {shown(value)}.")
        if number < self.least:
            raise GongConfigError(f"{where} must be at least {self.least:.10g}, it is {shown(value)}.")
        if number > self.most:
            raise GongConfigError(f"{where} must be at most {self.most:.10g}, it is {shown(value)}.")
        return number


@dataclass(frozen=True)
class Flag:
    """True or false."""

    accepts: str = "true or false"

    def __call__(self, where: str, value: Any) -> bool:
        """Check a truth value, or text that is one."""
        word = value.strip().lower() if isinstance(value, str) else value
        if not isinstance(word, str | int) or word not in (*TRUE, *FALSE):
            raise GongConfigError(f"{where} is true or false, not {shown(value)}.")
        return word in TRUE


@dataclass(frozen=True)
class Instant:
    """A date or a time."""

    accepts: str = "date or time"

    def __call__(self, where: str, value: Any) -> datetime | None:
        """Read a date or time; empty text is none."""
        if value is None or value == "":
            return None
        try:
            return parse_instant(value)
        except ValueError:
            raise GongConfigError(f"{where} is not a date or time in ISO 8601: {shown(value)}.") from None


@dataclass(frozen=True)
class Choice:
    """One of some words.

    Attributes:
        words: What is accepted.
    """

    words: tuple[str, ...]

    @property
    def accepts(self) -> str:
        """In words."""
        return _either([f"`{word}`" for word in self.words])

    def __call__(self, where: str, value: Any) -> str:
        """Check one word."""
        word = value.strip() if isinstance(value, str) else value
        if word not in self.words:
            raise GongConfigError(f"{where} is {_either(self.words)}, not {shown(value)}.")
        return str(word)


@dataclass(frozen=True)
class Choices:
    """Any of some words.

    Attributes:
        words: What is accepted.
        default: What is taken where nothing is chosen.
    """

    words: tuple[str, ...]
    default: tuple[str, ...]
    accepts: str = "list"

    def __call__(self, where: str, value: Any) -> list[str]:
        """Check several words, and bring them into the order of the documentation."""
        chosen = as_list(where, value) or list(self.default)
        if wrong := [shown(word).strip("'\"") for word in sorted(set(chosen) - set(self.words))]:
            raise GongConfigError(f"{where} has no {', '.join(wrong)}; it takes: {', '.join(self.words)}.")
        return [word for word in self.words if word in chosen]


@dataclass(frozen=True)
class Names:
    """Ids or names of any number.

    Attributes:
        what: What one of them is.
        pattern: What one of them looks like.
    """

    what: str
    pattern: str
    accepts: str = "list"

    def __call__(self, where: str, value: Any) -> list[str]:
        """Check a list; what is repeated counts once."""
        names = list(dict.fromkeys(as_list(where, value)))
        for name in names:
            if not re.fullmatch(self.pattern, name, re.ASCII):
                raise GongConfigError(f"{where} has {shown(name)}, which is not {self.what}.")
        return names


@dataclass(frozen=True)
class Text:
    """Text on one line.

    Attributes:
        ascii: Whether it must be of ASCII's visible characters, as what a header carries.
        least: Characters that it must have at the least.
    """

    ascii: bool = False
    least: int = 0
    accepts: str = "text"

    def __call__(self, where: str, value: Any) -> str | None:
        """Trim text; nothing of it is ever shown, since most of it is secret."""
        text = "" if value is None else as_text(where, value)
        if not text:
            return None
        if not text.isprintable() or (self.ascii and not text.isascii()):
            kind = "line breaks, control characters or characters beyond ASCII" if self.ascii else "control characters"
            raise GongConfigError(f"{where} has {kind} in it: copy it anew, whole and without anything around it.")
        if len(text) < self.least:
            raise GongConfigError(f"{where} must have at least {self.least} characters, it has {len(text)}.")
        return text


@dataclass(frozen=True)
class Place:
    """A folder, or the URL of a bucket and a folder in it."""

    accepts: str = "path or URL"

    def __call__(self, where: str, value: Any) -> str | None:
        """Make a path absolute, so that it is the same from every working directory."""
        text = "" if value is None else as_text(where, value)
        scheme, separator, rest = text.partition("://")
        bucket, path = rest.partition("/")[0], text.rstrip("/\\")
        if separator and (scheme not in BUCKETS or not bucket or "@" in bucket or "?" in rest):
            raise GongConfigError(
                f"{where} is a path, or the URL of a bucket: s3://bucket/folder, gs://... or az://..., without "
                "credentials in it."
            )
        if separator or not path:
            return path or None
        return str(Path(path).expanduser().absolute())


def _either(words: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def as_text(where: str, value: Any) -> str:
    """Text without what is blank around it, also of an id that was typed as a number.

    Args:
        where: The setting's full name, for the message.
        value: As it came; it is never shown.

    Raises:
        GongConfigError: It is of another type.
    """
    if isinstance(value, str):
        return value.strip(BLANK)
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= MOST_BITS:
        return str(value)
    raise GongConfigError(f"{where} must be text, it is of type {type(value).__name__}.")


def as_list(where: str, value: Any) -> list[str]:
    """A list from a list, one value, or text with commas or in JSON, as environment variables have it.

    Args:
        where: The setting's full name, for the message.
        value: As it came.

    Raises:
        GongConfigError: It is, or has in it, something else.
    """
    if isinstance(value, str) and value.strip().startswith("["):
        if not value.strip().endswith("]"):
            raise GongConfigError(f"{where} is a list that is not closed: {shown(value)}.")
        value = value.strip().strip("[]").replace('"', "").replace("'", "")
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple | set) else [value]
    return [text for item in items if item is not None and (text := as_text(where, item))]
