"""The company-wide request quota: a sliding second and a day."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gong_source.sandbox.clock import Clock
from gong_source.sandbox.messages import ApiError


@dataclass
class Quota:
    """Admits requests of the whole company, whichever key they come with.

    Attributes:
        clock: The sandbox's clock, which says when a day ends.
        requests_per_second: The most requests in any one second; ``None`` for no limit.
        daily_requests: The most requests in a UTC day; ``None`` for no limit.
        retry_after: A fixed Retry-After value in place of the computed one.
    """

    clock: Clock
    requests_per_second: int | None = None
    daily_requests: int | None = None
    retry_after: int | None = None
    _recent: deque[float] = field(default_factory=deque)
    _day: str = ""
    _used: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def set(self, requests_per_second: int | None, daily_requests: int | None, retry_after: int | None) -> None:
        """Change the limits; what was used today is forgotten."""
        with self._lock:
            self.requests_per_second = requests_per_second
            self.daily_requests = daily_requests
            self.retry_after = retry_after
            self._recent.clear()
            self._used = 0

    def admit(self) -> None:
        """Count one request in.

        Raises:
            ApiError: 429 when a limit is reached. Refused requests do not use up quota.
        """
        with self._lock:
            now = self.clock.now()
            self._roll_day(now)
            if self.daily_requests is not None and self._used >= self.daily_requests:
                raise self._refusal("Daily API request limit exceeded", _seconds_to_midnight(now))
            self._admit_this_second(time.monotonic())
            self._used += 1

    def _admit_this_second(self, moment: float) -> None:
        while self._recent and self._recent[0] <= moment - 1.0:
            self._recent.popleft()
        if self.requests_per_second is not None and len(self._recent) >= self.requests_per_second:
            raise self._refusal("API request limit exceeded", 1)
        self._recent.append(moment)

    def _roll_day(self, now: datetime) -> None:
        day = now.date().isoformat()
        if day != self._day:
            self._day, self._used = day, 0

    def _refusal(self, text: str, seconds: int) -> ApiError:
        wait = seconds if self.retry_after is None else self.retry_after
        return ApiError(429, text, headers={"Retry-After": str(wait)})


def _seconds_to_midnight(now: datetime) -> int:
    midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), now.tzinfo)
    return int((midnight - now).total_seconds()) + 1
