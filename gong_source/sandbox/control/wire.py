"""Controls for how the sandbox behaves: time, quota, scopes, faults."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from gong_source.sandbox.clock import to_utc
from gong_source.sandbox.control.base import ControlBase
from gong_source.sandbox.faults import Fault


class WireControl(ControlBase):
    """Sets the clock, limits and latency, and orders faults."""

    def set_now(self, now: datetime | str | None = None) -> None:
        """Stop the sandbox's clock at a time; ``None`` lets real time run again."""
        self._app.clock.set(None if now is None else to_utc(now))

    def set_latency(self, seconds: float, endpoint: str | None = None) -> None:
        """Make each answer take this long, of one endpoint or of all that have no latency of their own."""
        self._app.latency[self._endpoint(endpoint)] = seconds

    def set_quota(
        self,
        requests_per_second: int | None = None,
        daily_requests: int | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Set the company's limits; ``None`` means no limit, and a computed Retry-After."""
        self._app.quota.set(requests_per_second, daily_requests, retry_after)

    def set_cursor_lifetime(self, seconds: float, status: int = 400) -> None:
        """Set how long a sequence of pages may take from now on, and the status after that."""
        self._app.cursors.lifetime = seconds
        self._app.cursors.expired_status = status

    def deny_scopes(self, scopes: Iterable[str]) -> None:
        """Answer 403 to whatever needs one of these scopes."""
        self._app.access.deny(scopes)

    def allow_scopes(self) -> None:
        """Allow all scopes again."""
        self._app.access.deny(())

    def add_unknown_fields(self) -> None:
        """Give every object in answers a field that no one has heard of, from now on."""
        self._app.unknown_fields = True

    def fail(self, kind: str, endpoint: str | None = None, nth: int = 1, times: int | None = 1, **options: Any) -> None:
        """Order a fault.

        Args:
            kind: What is to happen; see ``gong_source.sandbox.faults.KINDS``.
            endpoint: Verb and path such as ``POST /v2/calls/extensive``; ``None`` for all.
            nth: The first request to strike, counted from now and from 1. Requests refused for their credentials
                or for quota do not count.
            times: How many requests in a row; ``None`` for all until faults are cleared.
            **options: Details: ``retry_after``, ``seconds``, ``status``, ``location``, ``text``, ``as``.

        Raises:
            ValueError: When the kind or the endpoint is unknown.
        """
        self._app.faults.order(Fault(kind, self._endpoint(endpoint), nth, times, options))

    def clear_faults(self) -> None:
        """Withdraw all ordered faults."""
        self._app.faults.clear()

    def reset_counters(self) -> None:
        """Start counting anew."""
        self._app.counters.reset()

    def _endpoint(self, endpoint: str | None) -> str | None:
        if endpoint is not None and endpoint not in self._app.router.endpoints:
            raise ValueError(f"unknown endpoint {endpoint!r}")
        return endpoint
