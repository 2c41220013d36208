"""The one decision whether a failed request is sent again, as a pure function."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0
CONNECTS = 4
"""Tries where no connection comes about, some five seconds in all."""
YEAR = 365 * 86_400.0
SECONDS = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")


def is_transient(status: int) -> bool:
    """Whether a status tells of the server's state and not of the request: asked again, the answer may differ.

    Args:
        status: HTTP status.
    """
    return status in (408, 425, 499) or status >= 500  # 499 is a proxy's: it went before the server answered


@dataclass(frozen=True)
class Attempt:
    """What came of one attempt.

    Attributes:
        number: 1 for the first attempt; 429s are not counted.
        status: HTTP status, or None when no complete answer arrived.
        retry_after: Seconds that the server asked to wait, or None.
        limited: Seconds since Gong began to answer nothing but 429, to this request or to all.
        failing: Seconds since this request first failed in another way.
        safe: Whether sending it again changes nothing: it only reads, or Gong recognises a repeat.
        sent: Whether any of it may have reached Gong; False where no connection came about.
    """

    number: int
    status: int | None
    retry_after: float | None = None
    limited: float = 0.0
    failing: float = 0.0
    safe: bool = True
    sent: bool = True


@dataclass(frozen=True)
class Wait:
    """Send again after this many seconds; ``everybody`` means that no other request may start before either."""

    seconds: float
    everybody: bool = False


@dataclass(frozen=True)
class Stop:
    """Don't send again; ``quota`` tells a used-up quota from a failure."""

    quota: bool = False


def decide(attempt: Attempt, *, patience: float, max_wait: float, jitter: float) -> Wait | Stop:
    """Whether and when to send a request again.

    A 429 was not acted upon, so it may be repeated for writes too, for as long as ``max_wait`` lasts: after what the
    server wants, or where it wants nothing that is a wait, after as long again as it went on so far.
    A server error or a lost answer may have been acted upon: only what is safe is repeated, for as long as
    ``patience`` lasts and not before the server wants it. Where no connection came about, nothing was acted upon, and
    everything is repeated, but a few times only: such a host rarely comes back within minutes.

    Args:
        attempt: What came of the last attempt.
        patience: Longest time, in seconds, from the first failure to the last repeat.
        max_wait: Longest time, in seconds, from the first 429 to the last repeat; beyond it the quota counts as used
            up.
        jitter: Between 0 and 1, spreads the back-off over its upper half.
    """
    spread = 0.5 + jitter / 2
    if attempt.status == 429:
        seconds = attempt.retry_after or min(max(FIRST_WAIT, attempt.limited), LONGEST_WAIT) * spread
        return Stop(quota=True) if attempt.limited + seconds > max_wait else Wait(seconds, everybody=True)
    if attempt.status is not None and not is_transient(attempt.status):
        return Stop()
    if attempt.sent and not attempt.safe:
        return Stop()
    if not attempt.sent and attempt.number >= CONNECTS:
        return Stop()
    backoff = min(FIRST_WAIT * 2 ** (attempt.number - 1), LONGEST_WAIT) * spread
    seconds = max(backoff, attempt.retry_after or 0.0)
    return Stop() if attempt.failing + seconds > patience else Wait(seconds)


def parse_retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds from a ``Retry-After`` header: a number of seconds or an HTTP date.

    Args:
        value: The header, or None.
        now: The current time, for dates.

    Returns:
        Seconds, never negative and never more than a year; None when there is no header or it can't be read.
    """
    if not value:
        return None
    if SECONDS.fullmatch(value.strip()):
        return min(float(value.strip()), YEAR)
    moment = _moment(value)
    return (
        None if moment is None else min(max(0.0, (moment - (now or datetime.now(timezone.utc))).total_seconds()), YEAR)
    )


def wait_asked(headers: Mapping[str, str]) -> float | None:
    """Seconds that an answer asks to wait: to a moment by the server's own clock, where it tells the time.

    Args:
        headers: Of the answer.

    Returns:
        As of :func:`parse_retry_after`.
    """
    return parse_retry_after(headers.get("Retry-After"), _moment(headers.get("Date")))


def _moment(value: str | None) -> datetime | None:
    """The moment of an HTTP date; None where it can't be read."""
    try:
        moment = parsedate_to_datetime(value or "")
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
