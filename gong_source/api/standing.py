"""What a host has shown so far: whether it can be reached, whether it takes the key, whether the quota is used up.

A failure belongs to what was asked. Only where two endpoints in a row get no connection, refuse the key or redirect,
and nothing worked since, is it the host's or the key's: every other request would fail too.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass

from gong_source.api.answers import Answer
from gong_source.api.endpoints import Endpoint
from gong_source.api.refusals import error_for
from gong_source.errors import (
    GongAuthError,
    GongConnectionError,
    GongForbiddenError,
    GongKeyRefusedError,
    GongMovedError,
    GongRedirectError,
    GongRequestError,
    GongUnreachableError,
)

ENOUGH = 2
"""Endpoints that must have failed in a row."""

REFUSED_SECONDS = 30.0
"""How long a refused key is not sent again; a change of a key takes some minutes to act (reference: 2.2)."""

UNREACHABLE_SECONDS = 5.0
"""How long a host that can't be reached is left alone."""

FORGOTTEN_SECONDS = 60.0
"""How long after a pause a 429 is a new matter: nobody asked meanwhile, so it is not known how long it went on."""


@dataclass(frozen=True)
class Failure:
    """A request that is given up.

    Attributes:
        endpoint: What was asked.
        answer: What came of it last.
        window: What was asked for, in words.
        attempts: How often it was sent.
    """

    endpoint: Endpoint
    answer: Answer
    window: str
    attempts: int

    def error(self, kind: type[GongRequestError]) -> GongRequestError:
        """The error for it.

        Args:
            kind: Of the error.
        """
        return error_for(self.endpoint, self.answer, self.window, self.attempts, kind)


class _Streak:
    """Endpoints that failed in one way since that last went well."""

    def __init__(self, seconds: float, alone: type[GongRequestError], every: type[GongRequestError]) -> None:
        self._seconds = seconds
        self._alone, self._every = alone, every
        self._first: Failure | None = None
        self._until: dict[str, float] = {}

    def end(self) -> None:
        self._first = None
        self._until.clear()

    def add(self, failure: Failure) -> bool:
        """Count a failure.

        Returns:
            Whether it is everybody's now.
        """
        self._first = self._first or failure
        self._until[failure.endpoint.name] = time.monotonic() + self._seconds
        return self._everybodys

    def error(self, failure: Failure) -> GongRequestError:
        """In its own words while the failure stands alone, else in those of the first, so that all say the same."""
        return (self._first or failure).error(self._every) if self._everybodys else failure.error(self._alone)

    def remembered(self, name: str) -> GongRequestError | None:
        """The error for another request to an endpoint, while it would only fail again."""
        until = max(self._until.values()) if self._everybodys else self._until.get(name, 0.0)
        return self.error(self._first) if self._first is not None and time.monotonic() < until else None

    @property
    def _everybodys(self) -> bool:
        return len(self._until) >= ENOUGH


class Standing:
    """Of one client with one host. For several threads."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._lock = threading.Lock()
        self._rounds = 0
        self._round_ends = 0.0
        self._resume_at = 0.0
        self._limited = math.inf
        self._pause_ends = -math.inf
        self._takes_key: set[str] = set()
        self._refusals = _Streak(REFUSED_SECONDS, GongAuthError, GongKeyRefusedError)
        self._redirects = _Streak(0.0, GongRedirectError, GongMovedError)
        self._silences = _Streak(UNREACHABLE_SECONDS, GongConnectionError, GongUnreachableError)

    @property
    def is_known(self) -> bool:
        """Whether the key was taken by any endpoint, and the host is there."""
        return bool(self._takes_key) and not self._rounds

    @property
    def rounds(self) -> int:
        """How often in a row no connection came about; tries between two rests count as one."""
        return self._rounds

    @property
    def limited(self) -> float:
        """Since when Gong answers nothing but 429, of the monotonic clock; infinite where it does not."""
        return self._limited

    def pauses(self, seconds: float) -> None:
        """Take note that nobody asks for a while because of a 429.

        Args:
            seconds: Counted from now.
        """
        with self._lock:
            self._pause_ends = max(self._pause_ends, time.monotonic() + seconds)

    def rest(self, seconds: float) -> None:
        """Have nobody try to connect for a while.

        Args:
            seconds: Counted from now.
        """
        with self._lock:
            self._resume_at = self._round_ends = max(self._resume_at, time.monotonic() + seconds)

    def admit(self, endpoint: Endpoint) -> None:
        """Wait out a rest, and fail at once where a request could only fail as the last ones did.

        Args:
            endpoint: What is to be asked.

        Raises:
            GongRequestError: The one of the request that failed, in its words.
        """
        time.sleep(max(0.0, self._resume_at - time.monotonic()))
        with self._lock:
            # a key that is known to be good is not refused for good by one endpoint
            refused = self._refusals.remembered("" if self._takes_key else endpoint.name)
            error = refused or self._silences.remembered(endpoint.name)
        if error is not None:
            raise error

    def heard(self, endpoint: Endpoint, answer: Answer, began: float) -> None:
        """Take note of what came of a request.

        Args:
            endpoint: What was asked.
            answer: What came.
            began: When it was sent, of the monotonic clock.
        """
        with self._lock:
            if answer.sent:
                self._rounds = 0
                self._silences.end()
            elif began >= self._round_ends:
                self._rounds += 1
                self._round_ends = math.inf  # with the rest that somebody takes now
            if answer.status == 429:
                is_new = began > self._pause_ends + FORGOTTEN_SECONDS
                self._limited = time.monotonic() if is_new else min(self._limited, time.monotonic())
            elif answer.status is not None:
                self._limited = math.inf
            if answer.payload is not None:
                self._takes_key.add(endpoint.name)
                self._refusals.end()
                self._redirects.end()

    def refused(self, failure: Failure) -> GongRequestError:
        """The error for a refused key.

        Where another endpoint takes the key, the refusal is this endpoint's; unless two endpoints that took it before
        refuse it now.

        Args:
            failure: Of a 401.
        """
        with self._lock:
            if self._is_everybodys(self._refusals, failure):
                return self._refusals.error(failure)
            return failure.error(GongForbiddenError if self._takes_key else GongAuthError)

    def redirected(self, failure: Failure) -> GongRequestError:
        """The error for a redirect: this endpoint's or, as for a refused key, everybody's.

        Args:
            failure: Of a 3xx.
        """
        with self._lock:
            if self._is_everybodys(self._redirects, failure):
                return self._redirects.error(failure)
            return failure.error(GongRedirectError)

    def _is_everybodys(self, streak: _Streak, failure: Failure) -> bool:
        """Count a failure, unless others work and this endpoint never did: then it is its own."""
        if self._takes_key and failure.endpoint.name not in self._takes_key:
            return False
        return streak.add(failure)

    def unreached(self, failure: Failure) -> GongRequestError:
        """The error where no connection came about.

        Args:
            failure: Of the last try.
        """
        with self._lock:
            self._silences.add(failure)
            return self._silences.error(failure)
