"""The company's quota, shared: pacing of starts and the daily budget, one of each per process and host.

Gong allows 3 calls a second and 10,000 a day for all integrations of a company together, and tells neither what is
left nor when the day begins anew (reference: rate limits). So this counts for itself, by UTC day.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone

from gong_source.errors import GongQuotaExceeded

SPACING = 1.04
"""Starts are spaced this much wider than the rate: at exactly 1/rate, jitter on the way makes the server count one
start too many in a second."""


class Pacer:
    """Spaces the starts of requests, over all threads."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Make a pacer that has seen no start yet.

        Args:
            clock: Monotonic seconds.
            sleep: Waits the given seconds.
        """
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next_start = 0.0

    def wait(self, per_second: float) -> None:
        """Return when the next request may start.

        The wait happens under the lock: whoever sleeps holds the turn, so that two threads never start together.

        Args:
            per_second: Starts allowed in any one second; 0 for no limit.
        """
        with self._lock:
            now = self._clock()
            while now < self._next_start:
                self._sleep(self._next_start - now)
                now = self._clock()
            if per_second:
                self._next_start = now + SPACING / per_second

    def pause(self, seconds: float) -> None:
        """Let nobody start for a while, as after a 429.

        Args:
            seconds: Counted from now; a longer pause already set stays.
        """
        with self._lock:
            self._next_start = max(self._next_start, self._clock() + seconds)


class DailyBudget:
    """Counts requests of the current UTC day and refuses those beyond the budget."""

    def __init__(self, today: Callable[[], str] | None = None) -> None:
        """Start with nothing used.

        Args:
            today: The current UTC day as ISO text.
        """
        self._today = today or (lambda: datetime.now(timezone.utc).date().isoformat())
        self._lock = threading.Lock()
        self._day = self._today()
        self._used = 0

    def spend(self, budget: int) -> None:
        """Count one request.

        Args:
            budget: Requests allowed a day; 0 for no limit.

        Raises:
            GongQuotaExceeded: When the day's budget is used up; nothing is counted then.
        """
        with self._lock:
            self._roll()
            if budget and self._used >= budget:
                raise GongQuotaExceeded(
                    f"{self._used} requests made on {self._day} (UTC), sources.gong.daily_requests allows {budget}"
                )
            self._used += 1

    def seed(self, day: str, used: int) -> None:
        """Take over what earlier processes used on that day, as kept in the pipeline's state.

        Args:
            day: ISO day of the count; another day than today is ignored.
            used: Requests made then; the count never goes down.
        """
        with self._lock:
            self._roll()
            if day == self._day:
                self._used = max(self._used, used)

    def used(self) -> tuple[str, int]:
        """The current UTC day and the requests counted on it."""
        with self._lock:
            self._roll()
            return self._day, self._used

    def _roll(self) -> None:
        if (today := self._today()) != self._day:
            self._day, self._used = today, 0


class Quota:
    """Pacing and budget of one host."""

    def __init__(self) -> None:
        """Fresh pacing, empty count."""
        self.pacer = Pacer()
        self.budget = DailyBudget()


_quotas: dict[str, Quota] = {}
_quotas_lock = threading.Lock()


def quota_of(origin: str) -> Quota:
    """The one quota of this process for a host: every client that talks to it shares it.

    Args:
        origin: Scheme, host and port.
    """
    with _quotas_lock:
        return _quotas.setdefault(origin, Quota())
