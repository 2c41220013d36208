"""What the sandbox counted: requests, pace, answers, and a bounded log of them."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from gong_source.sandbox.messages import Json

LOG_LENGTH = 20_000


@dataclass
class Sample:
    """One request that is, or was, being served.

    Attributes:
        endpoint: Verb and path of the route, such as ``POST /v2/calls/extensive``.
        arrived: Arrival on the monotonic clock.
        inputs: A decoded copy of what was asked: path, query and body.
        status: The status answered; 0 when the connection was broken instead; ``None`` while it is served.
        seconds: How long it took.
    """

    endpoint: str
    arrived: float
    inputs: Json
    status: int | None = None
    seconds: float | None = None

    def as_json(self) -> Json:
        """Return this sample as plain JSON."""
        return {
            "endpoint": self.endpoint,
            "arrived": self.arrived,
            "status": self.status,
            "seconds": self.seconds,
            **self.inputs,
        }


@dataclass
class Counters:
    """Counts of everything that reached the API; the admin routes are not counted.

    Attributes:
        requests: Requests by endpoint.
        total: All requests.
        most_starts_in_one_second: The most arrivals within any one second.
        most_in_flight: The most requests served at one time.
        statuses: Answers by status code (as text); ``"0"`` stands for a broken connection.
    """

    requests: Counter[str] = field(default_factory=Counter)
    total: int = 0
    most_starts_in_one_second: int = 0
    most_in_flight: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    _samples: deque[Sample] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH), repr=False)
    _starts: deque[float] = field(default_factory=deque, repr=False)
    _in_flight: int = field(default=0, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def rejected(self) -> int:
        """How many requests were answered with 429."""
        return self.statuses["429"]

    @property
    def log(self) -> list[Json]:
        """The last requests, oldest first."""
        with self._lock:
            return [sample.as_json() for sample in self._samples]

    def begin(self, endpoint: str, inputs: Json) -> Sample:
        """Count an arrival."""
        with self._lock:
            arrived = time.monotonic()
            sample = Sample(endpoint, arrived, inputs)
            self._samples.append(sample)
            self.requests[endpoint] += 1
            self.total += 1
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            self._count_start(arrived)
            return sample

    def finish(self, sample: Sample, status: int) -> None:
        """Count the answer to an arrival."""
        with self._lock:
            sample.status = status
            sample.seconds = time.monotonic() - sample.arrived
            self.statuses[str(status)] += 1
            self._in_flight -= 1

    def reset(self) -> None:
        """Forget all counts; requests in flight stay in flight."""
        with self._lock:
            self.requests.clear()
            self.statuses.clear()
            self._samples.clear()
            self._starts.clear()
            self.total = 0
            self.most_starts_in_one_second = 0
            self.most_in_flight = self._in_flight

    def as_json(self) -> Json:
        """Return all counts as plain JSON."""
        log = self.log
        with self._lock:
            counts: dict[str, Any] = {
                "requests": dict(self.requests),
                "total": self.total,
                "most_starts_in_one_second": self.most_starts_in_one_second,
                "most_in_flight": self.most_in_flight,
                "statuses": dict(self.statuses),
                "rejected": self.statuses["429"],
            }
        return {**counts, "log": log}

    def _count_start(self, arrived: float) -> None:
        self._starts.append(arrived)
        while self._starts[0] <= arrived - 1.0:
            self._starts.popleft()
        self.most_starts_in_one_second = max(self.most_starts_in_one_second, len(self._starts))
