"""The one decision whether a failed request is sent again, as a pure function."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

RETRIED_STATUSES = frozenset({500, 502, 503, 504})
FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0


@dataclass(frozen=True)
class Attempt:
    """What came of one attempt.

    Attributes:
        number: 1 for the first attempt.
        status: HTTP status, or None when no complete answer arrived.
        retry_after: Seconds that Gong asked to wait, or None.
        waited: Seconds already spent waiting on 429s of this request.
        safe: Whether sending it again changes nothing: it only reads, or Gong recognises a repeat.
        sent: Whether any of it may have reached Gong; False where no connection came about.
    """

    number: int
    status: int | None
    retry_after: float | None = None
    waited: float = 0.0
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


def decide(attempt: Attempt, *, max_attempts: int, max_wait: float, jitter: float) -> Wait | Stop:
    """Whether and when to send a request again.

    A 429 was not acted upon, so it may be repeated for writes too, as often as the waits fit under ``max_wait``.
    A server error or a lost answer may have been acted upon: only what is safe is repeated, a fixed number of times.
    Where no connection came about, nothing was acted upon, and everything is.

    Args:
        attempt: What came of the last attempt.
        max_attempts: Attempts in all for server errors and lost answers.
        max_wait: Longest total wait on 429s, in seconds; beyond it the quota counts as used up.
        jitter: Between 0 and 1, spreads the back-off over its upper half.
    """
    backoff = min(FIRST_WAIT * 2 ** (attempt.number - 1), LONGEST_WAIT) * (0.5 + jitter / 2)
    if attempt.status == 429:
        seconds = attempt.retry_after if attempt.retry_after is not None else backoff
        # a wait of zero still takes a place in the total, or a server that says 0 for ever is asked for ever
        if attempt.waited + max(seconds, FIRST_WAIT) > max_wait:
            return Stop(quota=True)
        return Wait(seconds, everybody=True)
    if attempt.status is not None and attempt.status not in RETRIED_STATUSES:
        return Stop()
    if (attempt.sent and not attempt.safe) or attempt.number >= max_attempts:
        return Stop()
    return Wait(backoff)


def parse_retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds from a ``Retry-After`` header: a number of seconds or an HTTP date.

    Args:
        value: The header, or None.
        now: The current time, for dates.

    Returns:
        Seconds, never negative; None when there is no header or it can't be read.
    """
    if not value:
        return None
    if value.isascii() and value.strip().replace(".", "", 1).isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - (now or datetime.now(timezone.utc))).total_seconds())
