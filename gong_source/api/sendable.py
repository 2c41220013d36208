"""What can be sent as JSON, told before anything is: orjson makes null of what is no number, and names no place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import orjson

from gong_source.errors import GongArgumentError

DEEPEST = 100
"""Levels of objects and lists. Gong takes fewer than ten; an object that holds itself has no end."""


def sendable(value: Any, where: str, levels: int = DEEPEST) -> Any:
    """A value as it can be sent.

    Args:
        value: Of an argument.
        where: The argument and the place in it, for the message.
        levels: How many more there may be below it.

    Raises:
        GongArgumentError: It, or something in it, is nothing that JSON or Gong has.
    """
    if isinstance(value, (Mapping, list, tuple)) and not levels:
        raise GongArgumentError(f"{where.partition('.')[0].partition('[')[0]} has too many levels.")
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                raise GongArgumentError(f"{where} has a name that is no text, but of the type {type(name).__name__}.")
            _written(name, f"a name in {where}")
        return {name: sendable(member, f"{where}.{name}", levels - 1) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [sendable(member, f"{where}[{place}]", levels - 1) for place, member in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise GongArgumentError(f"{where} must be a number, not {value}.")
    return _written(value, where)


def _written(value: Any, where: str) -> Any:
    try:
        orjson.dumps(value)
    except TypeError as error:  # its text names types, never values
        raise GongArgumentError(f"{where} can't be sent as JSON: {error}.") from error
    return value
