"""What faults do to an answer.

A fault is ordered with ``control.fail(kind, endpoint, nth, times, **options)``; without an endpoint it strikes any.

- a status such as ``"408"`` or ``"529"``: in Gong's shape up to 500, as a gateway's page above (or as ``html`` says);
  ``text``, ``retry_after`` (seconds or a date)
- ``drop``, ``reset``: the connection is closed, or reset, without an answer
- ``cut``: the body ends although more was promised; ``at`` bytes (half of it)
- ``cut_json``: the body ends, and says so, in mid JSON; ``at`` bytes (two thirds)
- ``stall``, ``slow_body``: silence before the answer, or a body that drips; ``seconds``
- ``html``, ``empty``: a page, or nothing, with status 200
- ``content_type``: the answer under a wrong media type; ``value`` (``text/plain``)
- ``headers``: headers of the answer are others; ``values`` by their names
- ``replace``: bytes of the body are others; ``old`` and ``new``, as bytes, text or with ``hex`` hexadecimal digits
- ``gzip``, ``gzip_garbage``: the answer compressed, or what only says so
- ``huge``, ``deep``: an unknown field of so many ``bytes`` (50 million), or of lists in lists to a ``depth`` (5000)
- ``redirect``: to another ``location``; ``status``
- ``expired_cursor``: the cursor is refused; ``status``
- ``repeat_cursor``: the cursor that was sent comes back
- ``same_page_number``: ``currentPageNumber`` stays 0
- ``page_number``: ``currentPageNumber`` has another ``value``, or is absent
- ``shift``: the list moved under the walk, so that this page and those after it begin ``by`` records later (1), which
  are missed, or with a negative number earlier, which come again
- ``wrong_type``, ``missing_list``, ``null_list``: the answer's list is something else, ``as`` a ``string``,
  ``object`` or list of a ``number``

Values in single records are set with ``control.set_raw``, in a call for good with ``control.edit_call``; the sandbox's
clock goes wrong with ``control.set_now`` and ``control.set_clock_skew``.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from gong_source.sandbox.messages import HTML_TYPE, Json, Reply, Wire, to_bytes

GATEWAY_PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"
GATEWAY_TITLES = {"502": "502 Bad Gateway", "503": "503 Service Temporarily Unavailable", "504": "504 Gateway Time-out"}
REFUSALS = {
    "400": "Malformed request",
    "401": "Access denied",
    "403": "You don't have permission to use this API in your account",
    "404": "No such resource on this host",
    "408": "Request timeout",
    "429": "API request limit exceeded",
    "500": "Failed to complete the operation due to an unexpected error",
}
WRONG_LISTS: dict[str, Any] = {"string": "unexpected", "object": {"unexpected": True}, "number": [42]}


@dataclass(frozen=True)
class Stricken:
    """What a fault works on.

    Attributes:
        options: The details that were ordered.
        answer: Gives the proper answer, for faults that spoil it; a number moves the page by so many records.
        error: Makes a reply in Gong's error shape.
        list_key: The name of the answer's list; faults of lists leave an answer without one as it is.
        cursor: The cursor that was sent, if any.
    """

    options: Json
    answer: Callable[[int], Reply]
    error: Callable[[int, str, dict[str, str]], Reply]
    list_key: str | None
    cursor: str | None

    def payload(self) -> tuple[Reply, Json]:
        """Return the proper answer and its decoded body."""
        reply = self.answer(0)
        return reply, orjson.loads(reply.body)


def is_status(kind: str) -> bool:
    """Tell whether a kind is the status of a refusal."""
    return kind.isascii() and kind.isdigit() and 400 <= int(kind) <= 599


def apply(kind: str, stricken: Stricken) -> Reply:
    """Return the answer that a fault makes of a request."""
    return KINDS.get(kind, _refuse)(kind, stricken)


def _refuse(kind: str, stricken: Stricken) -> Reply:
    text = stricken.options.get("text")
    if stricken.options.get("html", int(kind) > 500):
        page = GATEWAY_PAGE.format(text or GATEWAY_TITLES.get(kind, f"{kind} Error"))
        return Reply(int(kind), page.encode(), HTML_TYPE, headers=_retry_after(stricken))
    return stricken.error(int(kind), text or REFUSALS.get(kind, f"Status {kind}"), _retry_after(stricken))


def _retry_after(stricken: Stricken) -> dict[str, str]:
    wait = stricken.options.get("retry_after")
    return {} if wait is None else {"Retry-After": str(wait)}


def _broken(kind: str, _stricken: Stricken) -> Reply:
    return Reply(0, wire=Wire(kind))


def _cut(_kind: str, stricken: Stricken) -> Reply:
    reply = stricken.answer(0)
    reply.wire = Wire("cut", at=stricken.options.get("at"))
    return reply


def _cut_json(_kind: str, stricken: Stricken) -> Reply:
    reply = stricken.answer(0)
    reply.body = reply.body[: stricken.options.get("at", len(reply.body) * 2 // 3)]
    return reply


def _html(_kind: str, _stricken: Stricken) -> Reply:
    return Reply(200, GATEWAY_PAGE.format("Welcome").encode(), HTML_TYPE)


def _empty(_kind: str, _stricken: Stricken) -> Reply:
    return Reply(200)


def _stall(_kind: str, stricken: Stricken) -> Reply:
    reply = stricken.answer(0)
    reply.wire = Wire(silence=float(stricken.options.get("seconds", 30.0)))
    return reply


def _slow_body(_kind: str, stricken: Stricken) -> Reply:
    reply = stricken.answer(0)
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


def _page_number(_kind: str, stricken: Stricken) -> Reply:
    reply, payload = stricken.payload()
    records = payload.setdefault("records", {})
    records.pop("currentPageNumber", None)
    if "value" in stricken.options:
        records["currentPageNumber"] = stricken.options["value"]
    return _respond(reply, payload)


def _shift(_kind: str, stricken: Stricken) -> Reply:
    return stricken.answer(int(stricken.options.get("by", 1)))


def _content_type(_kind: str, stricken: Stricken) -> Reply:
    reply = stricken.answer(0)
    reply.content_type = str(stricken.options.get("value", "text/plain"))
    return reply


def _headers(_kind: str, stricken: Stricken) -> Reply:
    reply = stricken.answer(0)
    reply.headers.update(stricken.options.get("values", {}))
    return reply


def _replace(_kind: str, stricken: Stricken) -> Reply:
    reply = stricken.answer(0)
    old, new = (to_bytes(stricken.options.get(name, ""), stricken.options.get("hex", False)) for name in ("old", "new"))
    reply.body = reply.body.replace(old, new) if old else reply.body
    return reply


def _gzip(kind: str, stricken: Stricken) -> Reply:
    reply = stricken.answer(0)
    reply.headers["Content-Encoding"] = "gzip"
    if kind == "gzip":
        reply.body = gzip.compress(reply.body)
    return reply


def _huge(_kind: str, stricken: Stricken) -> Reply:
    reply = stricken.answer(0)
    padding = b"x" * int(stricken.options.get("bytes", 50_000_000))
    reply.body = b'{"padding":"' + padding + b'",' + reply.body[1:]
    return reply


def _deep(_kind: str, stricken: Stricken) -> Reply:
    reply = stricken.answer(0)
    depth = int(stricken.options.get("depth", 5000))
    reply.body = b'{"deep":' + b"[" * depth + b"]" * depth + b"," + reply.body[1:]
    return reply


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
    "drop": _broken,
    "reset": _broken,
    "cut": _cut,
    "cut_json": _cut_json,
    "html": _html,
    "empty": _empty,
    "stall": _stall,
    "slow_body": _slow_body,
    "content_type": _content_type,
    "headers": _headers,
    "replace": _replace,
    "gzip": _gzip,
    "gzip_garbage": _gzip,
    "huge": _huge,
    "deep": _deep,
    "redirect": _redirect,
    "expired_cursor": _expired_cursor,
    "repeat_cursor": _repeat_cursor,
    "same_page_number": _same_page_number,
    "page_number": _page_number,
    "shift": _shift,
    "wrong_type": _wrong_type,
    "missing_list": _missing_list,
    "null_list": _null_list,
}
