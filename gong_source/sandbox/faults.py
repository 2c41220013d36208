"""Faults that tests order: which request they strike, and what they do to its answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from gong_source.sandbox.messages import HTML_TYPE, Json, Reply, Wire

GATEWAY_PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"
GATEWAY_TITLES = {"502": "502 Bad Gateway", "503": "503 Service Temporarily Unavailable", "504": "504 Gateway Time-out"}
REFUSALS = {
    "400": "Malformed request",
    "401": "Access denied",
    "403": "You don't have permission to use this API in your account",
    "404": "No such resource on this host",
    "500": "Failed to complete the operation due to an unexpected error",
}
WRONG_LISTS: dict[str, Any] = {"string": "unexpected", "object": {"unexpected": True}, "number": [42]}


@dataclass
class Fault:
    """One ordered fault.

    Attributes:
        kind: What happens, a key of ``KINDS``.
        endpoint: Verb and path it is limited to; ``None`` for all.
        nth: The first request it strikes, counted from 1 since the fault was ordered.
        times: How many requests in a row it strikes; ``None`` for all that follow.
        options: Details of the kind.
        seen: Matching requests so far.
    """

    kind: str
    endpoint: str | None
    nth: int
    times: int | None
    options: Json
    seen: int = 0

    def strikes(self, endpoint: str) -> bool:
        """Count a request and tell whether this fault strikes it."""
        if self.endpoint not in (None, endpoint):
            return False
        self.seen += 1
        return self.seen >= self.nth and (self.times is None or self.seen < self.nth + self.times)


@dataclass
class Faults:
    """All faults in force."""

    _faults: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def order(self, fault: Fault) -> None:
        """Put a fault in force.

        Raises:
            ValueError: When its kind is unknown or its numbers make no sense.
        """
        if fault.kind not in KINDS:
            raise ValueError(f"unknown fault {fault.kind!r}; one of {', '.join(sorted(KINDS))}")
        if fault.nth < 1 or (fault.times is not None and fault.times < 1):
            raise ValueError("nth and times count from 1")
        if fault.options.get("as", "string") not in WRONG_LISTS:
            raise ValueError(f"as must be one of {', '.join(WRONG_LISTS)}")
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Withdraw all faults."""
        with self._lock:
            self._faults.clear()

    def strike(self, endpoint: str) -> Fault | None:
        """Count a request in every fault and return the first that strikes it."""
        with self._lock:
            striking = [fault for fault in self._faults if fault.strikes(endpoint)]
        return striking[0] if striking else None


@dataclass(frozen=True)
class Stricken:
    """What a fault works on.

    Attributes:
        options: The details that were ordered.
        answer: Gives the proper answer, for faults that spoil it.
        error: Makes a reply in Gong's error shape.
        list_key: The name of the answer's list; faults of lists leave an answer without one as it is.
        cursor: The cursor that was sent, if any.
    """

    options: Json
    answer: Callable[[], Reply]
    error: Callable[[int, str, dict[str, str]], Reply]
    list_key: str | None
    cursor: str | None

    def payload(self) -> tuple[Reply, Json]:
        """Return the proper answer and its decoded body."""
        reply = self.answer()
        return reply, orjson.loads(reply.body)


def apply(fault: Fault, stricken: Stricken) -> Reply:
    """Return the answer that a fault makes of a request."""
    return KINDS[fault.kind](fault.kind, stricken)


def _refuse(kind: str, stricken: Stricken) -> Reply:
    return stricken.error(int(kind), stricken.options.get("text", REFUSALS[kind]), {})


def _gateway(kind: str, stricken: Stricken) -> Reply:
    page = GATEWAY_PAGE.format(GATEWAY_TITLES[kind])
    return Reply(int(kind), page.encode(), HTML_TYPE, headers=_retry_after(stricken))


def _too_many(_kind: str, stricken: Stricken) -> Reply:
    return stricken.error(429, "API request limit exceeded", _retry_after(stricken))


def _retry_after(stricken: Stricken) -> dict[str, str]:
    wait = stricken.options.get("retry_after")
    return {} if wait is None else {"Retry-After": str(wait)}


def _broken(kind: str, _stricken: Stricken) -> Reply:
    return Reply(0, wire=Wire(kind))


def _cut(_kind: str, stricken: Stricken) -> Reply:
    reply = stricken.answer()
    reply.wire = Wire("cut")
    return reply


def _cut_json(_kind: str, stricken: Stricken) -> Reply:
    reply = stricken.answer()
    reply.body = reply.body[: len(reply.body) * 2 // 3]
    return reply


def _html(_kind: str, _stricken: Stricken) -> Reply:
    return Reply(200, GATEWAY_PAGE.format("Welcome").encode(), HTML_TYPE)


def _empty(_kind: str, _stricken: Stricken) -> Reply:
    return Reply(200)


def _stall(_kind: str, stricken: Stricken) -> Reply:
    reply = stricken.answer()
    reply.wire = Wire(silence=float(stricken.options.get("seconds", 30.0)))
    return reply


def _slow_body(_kind: str, stricken: Stricken) -> Reply:
    reply = stricken.answer()
    reply.wire = Wire("slow", seconds=float(stricken.options.get("seconds", 2.0)))
    return reply


def _redirect(_kind: str, stricken: Stricken) -> Reply:
    location = str(stricken.options.get("location", "https://us-00000.api.gong.invalid/v2/calls"))
    return Reply(int(stricken.options.get("status", 302)), headers={"Location": location})


def _expired_cursor(_kind: str, stricken: Stricken) -> Reply:
    return stricken.error(int(stricken.options.get("status", 400)), "The provided cursor has expired", {})


def _repeat_cursor(_kind: str, stricken: Stricken) -> Reply:
    reply, payload = stricken.payload()
    records = payload.setdefault("records", {})
    records["cursor"] = stricken.cursor or records.get("cursor") or "repeated-cursor"
    return _respond(reply, payload)


def _same_page_number(_kind: str, stricken: Stricken) -> Reply:
    reply, payload = stricken.payload()
    payload.setdefault("records", {})["currentPageNumber"] = 0
    return _respond(reply, payload)


def _wrong_type(_kind: str, stricken: Stricken) -> Reply:
    reply, payload = stricken.payload()
    if stricken.list_key:
        payload[stricken.list_key] = WRONG_LISTS[stricken.options.get("as", "string")]
    return _respond(reply, payload)


def _missing_list(_kind: str, stricken: Stricken) -> Reply:
    reply, payload = stricken.payload()
    if stricken.list_key:
        payload.pop(stricken.list_key, None)
    return _respond(reply, payload)


def _null_list(_kind: str, stricken: Stricken) -> Reply:
    reply, payload = stricken.payload()
    if stricken.list_key:
        payload[stricken.list_key] = None
    return _respond(reply, payload)


def _respond(reply: Reply, payload: Json) -> Reply:
    reply.body = orjson.dumps(payload)
    return reply


KINDS: dict[str, Callable[[str, Stricken], Reply]] = {
    **dict.fromkeys(REFUSALS, _refuse),
    **dict.fromkeys(GATEWAY_TITLES, _gateway),
    "429": _too_many,
    "drop": _broken,
    "reset": _broken,
    "cut": _cut,
    "cut_json": _cut_json,
    "html": _html,
    "empty": _empty,
    "stall": _stall,
    "slow_body": _slow_body,
    "redirect": _redirect,
    "expired_cursor": _expired_cursor,
    "repeat_cursor": _repeat_cursor,
    "same_page_number": _same_page_number,
    "wrong_type": _wrong_type,
    "missing_list": _missing_list,
    "null_list": _null_list,
}
