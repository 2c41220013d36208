"""Controls for how the sandbox behaves: time, quota, scopes, faults."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from gong_source.sandbox.clock import to_utc
from gong_source.sandbox.control.base import ControlBase
from gong_source.sandbox.faults import Fault
from gong_source.sandbox.messages import to_bytes


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
            kind: What is to happen; see ``gong_source.sandbox.fault_kinds``.
            endpoint: Verb and path such as ``POST /v2/calls/extensive``; ``None`` for all.
            nth: The first request to strike, counted from now and from 1. Requests refused for their credentials
                or for quota do not count.
            times: How many requests in a row; ``None`` for all until faults are cleared.
            **options: Details, which depend on the kind.

        Raises:
            ValueError: When the kind or the endpoint is unknown.
        """
        self._app.faults.order(Fault(kind, self._endpoint(endpoint), nth, times, options))

    def at_request(
        self, do: str, args: dict[str, Any] | None = None, endpoint: str | None = None, nth: int = 1
    ) -> None:
        """Plan another action of the controls, just before a request is answered: what changes under a walk.

        Args:
            do: The name of the action, such as ``delete_calls``.
            args: Its arguments by name.
            endpoint: Verb and path of the requests that count; ``None`` for all.
            nth: Before which of them, counted as for ``fail``.

        Raises:
            ValueError: When the action or the endpoint is unknown.
        """
        action = self._action(do)
        self._app.planned.add(self._endpoint(endpoint), nth, lambda: action(**(args or {})))

    def replace_bytes(
        self,
        old: bytes | str,
        new: bytes | str,
        endpoint: str | None = None,
        times: int | None = None,
        hex: bool = False,
    ) -> None:
        """Replace bytes in the bodies of answers, until faults are cleared.

        Args:
            old: What to replace, wherever it occurs.
            new: What to put there.
            endpoint: Verb and path; ``None`` for all.
            times: In how many answers; ``None`` for all.
            hex: Whether both are given in hexadecimal digits, since JSON knows no bytes.
        """
        self.fail("replace", endpoint, times=times, old=old, new=new, hex=hex)

    def set_raw(self, key: str, path: str | Sequence[str], raw: bytes | str, hex: bool = False) -> None:
        r"""Write bytes as they are in place of a value of a record, in every answer that has the record.

        Args:
            key: The id of the record: a call, a transcript (its call), a user, a folder, ...; the time of a log entry.
            path: Where, such as ``metaData.title`` or, for names with dots, a list of steps; a field that is not there
                is added; an empty path is the record itself.
            raw: Anything, such as ``NaN``, ``9223372036854775808``, ``"\ud83d"`` or bytes that are no UTF-8.
            hex: Whether they are given in hexadecimal digits, since JSON knows no bytes.
        """
        self._app.raw.set(key, path, to_bytes(raw, hex))

    def clear_raw(self) -> None:
        """Answer with proper values again."""
        self._app.raw.values.clear()

    def set_clock_skew(self, seconds: float) -> None:
        """Let the sandbox's clock, while it runs, be ahead by so many seconds; behind when negative."""
        self._app.clock.skew = seconds

    def clear_faults(self) -> None:
        """Withdraw all ordered faults, and the planned actions that did not happen yet."""
        self._app.faults.clear()
        self._app.planned.clear()

    def reset_counters(self) -> None:
        """Start counting anew."""
        self._app.counters.reset()

    def _endpoint(self, endpoint: str | None) -> str | None:
        if endpoint is not None and endpoint not in self._app.router.endpoints:
            raise ValueError(f"unknown endpoint {endpoint!r}")
        return endpoint
