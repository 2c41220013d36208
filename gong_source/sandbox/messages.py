"""What goes in and out of the application: requests, replies and errors, without any socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

Json = dict[str, Any]

JSON_TYPE = "application/json;charset=UTF-8"
HTML_TYPE = "text/html;charset=UTF-8"


@dataclass(frozen=True)
class Request:
    """One HTTP request as it arrived.

    Attributes:
        method: The verb, upper case.
        target: Path and query as sent.
        headers: Header values by lower-case name.
        body: The raw body, empty when there was none.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def origin(self) -> str:
        """Scheme and host that the request was sent to."""
        return f"http://{self.headers.get('host', '')}"

    @cached_property
    def path(self) -> str:
        """The path without the query."""
        return urlsplit(self.target).path

    @cached_property
    def query(self) -> dict[str, str]:
        """The decoded query; the last value wins when a name is repeated."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


@dataclass
class Wire:
    """How a reply is put on the wire when that is not simply all of it at once.

    Attributes:
        mode: ``drop``, ``reset``, ``cut``, ``slow`` or ``normal``.
        silence: Seconds to wait before the first byte.
        seconds: For ``slow``, how long the body takes.
        at: For ``cut``, how many bytes are sent; half of them by default.
    """

    mode: str = "normal"
    silence: float = 0.0
    seconds: float = 0.0
    at: int | None = None


@dataclass
class Reply:
    """One HTTP answer.

    Attributes:
        status: The HTTP status code.
        body: The bytes to send.
        content_type: The value of the Content-Type header.
        headers: Further headers.
        wire: How to send it.
    """

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    wire: Wire = field(default_factory=Wire)

    @classmethod
    def json(cls, status: int, payload: Any, headers: dict[str, str] | None = None) -> Reply:
        """Make a reply with a JSON body."""
        return cls(status, orjson.dumps(payload), headers=dict(headers or {}))


class ApiError(Exception):
    """A refusal in Gong's error shape.

    Attributes:
        status: The HTTP status code.
        errors: The texts of the ``errors`` list.
        headers: Further response headers.
    """

    def __init__(self, status: int, *errors: str, headers: dict[str, str] | None = None) -> None:
        """Remember what to answer."""
        super().__init__(*errors)
        self.status = status
        self.errors = list(errors)
        self.headers = dict(headers or {})


def bad_request(*errors: str) -> ApiError:
    """Make the error for malformed or missing input."""
    return ApiError(400, *errors)


def to_bytes(value: bytes | str, hexadecimal: bool = False) -> bytes:
    """Return bytes that were given as they are, as text, or, since JSON has none, in hexadecimal digits."""
    if isinstance(value, bytes):
        return value
    return bytes.fromhex(value) if hexadecimal else value.encode()
