"""The sandbox's clock, and reading and writing of time stamps."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache

UTC = timezone.utc
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

_STAMP = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)",
)
_TIMESPECS = {0: "seconds", 3: "milliseconds", 6: "microseconds"}


class Clock:
    """Real time, unless a test has set another time.

    Attributes:
        skew: Seconds by which a running clock is ahead.
    """

    def __init__(self) -> None:
        """Start with real time."""
        self.skew = 0.0
        self._lock = threading.Lock()
        self._fixed: datetime | None = None

    def now(self) -> datetime:
        """Return the present time of the sandbox, in UTC."""
        with self._lock:
            return self._fixed or datetime.now(UTC) + timedelta(seconds=self.skew)

    def set(self, now: datetime | None) -> None:
        """Stop the clock at a time, or let real time run again with ``None``."""
        with self._lock:
            self._fixed = None if now is None else to_utc(now)


@dataclass(frozen=True)
class StampStyle:
    """One of the ways in which time stamps are written.

    Attributes:
        offset: Minutes east of UTC, or ``None`` for the letter Z.
        digits: Fractional digits: 0, 3 or 6.
    """

    offset: int | None = None
    digits: int = 0

    def write(self, moment: datetime) -> str:
        """Write a moment in this style, with more digits when it would lose a fraction."""
        zone = UTC if not self.offset else timezone(timedelta(minutes=self.offset))
        local = moment.astimezone(zone)
        text = local.isoformat(timespec=_TIMESPECS[max(self.digits, _digits_needed(moment))])
        return text.replace("+00:00", "Z") if self.offset is None else text


def _digits_needed(moment: datetime) -> int:
    if not moment.microsecond:
        return 0
    return 6 if moment.microsecond % 1000 else 3


def moved(moment: datetime, by: timedelta) -> datetime:
    """Return a moment so much later or earlier, or the last or first that there is."""
    try:
        return moment + by
    except OverflowError:
        return (datetime.min if by < timedelta(0) else datetime.max).replace(tzinfo=UTC)


def to_utc(moment: datetime | str) -> datetime:
    """Read a datetime or its text; one without a zone is taken as UTC.

    Raises:
        ValueError: When the text is no date.
    """
    if isinstance(moment, str):
        moment = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", moment))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


@lru_cache(maxsize=50_000)  # the same reviews are looked at for every page
def parse_stamp(text: str) -> datetime:
    """Read an ISO-8601 time stamp as strictly as Gong does: date, time and offset are all needed.

    Raises:
        ValueError: When the text is anything else.
    """
    match = _STAMP.fullmatch(text)
    if match is None:
        raise ValueError(text)
    minute, second, fraction, zone = match.groups()
    micros = (fraction or "0")[:6].ljust(6, "0")
    offset = "+00:00" if zone == "Z" else zone
    moment = datetime.fromisoformat(f"{minute}:{second or '00'}.{micros}{offset}")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(text) from error
