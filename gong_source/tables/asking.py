"""Addresses and numbers that somebody gives, to ask about a person or to remove one: one each, and nothing else."""

from __future__ import annotations

import re

from gong_source.tables.identity import EXTENSION, LEAST_DIGITS, MOST_DIGITS, alone, normal, seen

_ADDRESS = re.compile(r"[^@\s,;:<>()\[\]\\]+@[^@\s,;:<>()\[\]\\?&/'\"]*[^\W_]")


def is_address(text: str) -> bool:
    """Whether a text is one address, with nothing beside it but what :func:`alone` takes away.

    Args:
        text: As somebody wrote it.
    """
    return bool(_ADDRESS.fullmatch(alone(text)))


def is_number(text: str) -> bool:
    """Whether a text is one number, of so many digits as numbers have.

    Args:
        text: As somebody wrote it.
    """
    number = EXTENSION.sub("", seen(text).casefold().removeprefix("tel:").removeprefix("%2b"))
    is_one = not re.search(r"[^\W\d_]|\d\W*\+", number)
    return is_one and LEAST_DIGITS <= len(normal("phone", text)) <= MOST_DIGITS


def dialled(number: str) -> str:
    """A number as networks take it, + and digits; empty where it does not say that it begins with a country's code.

    Args:
        number: As somebody wrote it.
    """
    begin = seen(number).lower().removeprefix("tel:").lstrip("( ")
    return f"+{normal('phone', number)}" if begin.startswith(("+", "00")) else ""
