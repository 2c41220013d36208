"""Times as callers give them, and as Gong takes them."""

from __future__ import annotations

from datetime import date, datetime

from gong_source.errors import GongArgumentError
from gong_source.ranges import iso, parse_instant
from gong_source.wording import shown

Moment = str | date | datetime
"""A time in ISO 8601, as text or object, pendulum's too. A date alone is midnight UTC; no zone means UTC."""


def gong_time(value: Moment, name: str) -> str:
    """A time in ISO 8601 with an offset.

    Args:
        value: As given.
        name: The argument, for the message.

    Raises:
        GongArgumentError: It is no time.
    """
    try:
        return iso(parse_instant(value))
    except ValueError as error:
        raise GongArgumentError(f"{name} must be a date or a time in ISO 8601, it is {shown(value)}.") from error
