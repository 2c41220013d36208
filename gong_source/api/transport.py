"""One HTTP exchange over requests: what was received, or how it broke off. Knows nothing of Gong."""

from __future__ import annotations

import secrets
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import orjson
import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

CONNECTIONS = 16
DEADLINE = 5
"""A body that trickles is given up after this many read time-outs in all."""

PIECE = 1 << 16
"""Bytes sent or read at once. The time-out of a socket is for one such piece, so it bounds how slow a line may be."""
NEVER_SENT = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)
"""Errors that come before the first byte of a request."""


@dataclass(frozen=True)
class Received:
    """What came back.

    Attributes:
        status: HTTP status, or None where no complete answer arrived.
        body: The whole body.
        headers: Response headers, case-insensitive.
        problem: Why there is no complete answer; empty where there is one.
        sent: Whether any of the request may have reached the server.
    """

    status: int | None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    sent: bool = True


@dataclass(frozen=True)
class FilePart:
    """A file in a multipart form.

    Attributes:
        name: Name of the form field.
        path: Where the file is.
        size: Its bytes; exactly so many are sent.
        filename: The name told to the server.
        content_type: Its media type.
    """

    name: str
    path: Path
    size: int
    filename: str
    content_type: str = "application/octet-stream"


class Multipart:
    """A multipart form that is read from disk while it is sent, in small pieces and of a length known before."""

    def __init__(self, parts: list[FilePart]) -> None:
        """Work out the length; no file is opened yet.

        Args:
            parts: The files.
        """
        self._parts = parts
        self._boundary = secrets.token_hex(16)
        self._end = f"--{self._boundary}--\r\n".encode()

    @property
    def content_type(self) -> str:
        """Value of the request's ``Content-Type``."""
        return f"multipart/form-data; boundary={self._boundary}"

    def __len__(self) -> int:
        """Bytes in all."""
        return sum(len(self._head(part)) + part.size + 2 for part in self._parts) + len(self._end)

    def __iter__(self) -> Iterator[bytes]:
        """The form in pieces; from the beginning each time.

        Raises:
            OSError: A file can't be read, or is no longer of the size that was announced.
        """
        for part in self._parts:
            yield self._head(part)
            yield from _pieces(part)
            yield b"\r\n"
        yield self._end

    def _head(self, part: FilePart) -> bytes:
        return (
            f"--{self._boundary}\r\n"
            f'Content-Disposition: form-data; name="{part.name}"; filename="{part.filename}"\r\n'
            f"Content-Type: {part.content_type}\r\n\r\n"
        ).encode()


def _pieces(part: FilePart) -> Iterator[bytes]:
    left = part.size
    with part.path.open("rb") as file:
        while left:
            piece = file.read(min(PIECE, left))
            if not piece:
                raise OSError("the file became shorter while it was sent")
            left -= len(piece)
            yield piece
        if file.read(1):
            raise OSError("the file became longer while it was sent")


def make_session(auth: AuthBase) -> requests.Session:
    """A session that keeps connections but neither cookies nor credentials from the environment.

    Args:
        auth: Puts the credentials on each request that brings none of its own.
    """
    session = requests.Session()
    session.auth = auth
    session.headers["Accept"] = "application/json"
    session.headers["User-Agent"] = "gong-source (dlt)"
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_connections=2, pool_maxsize=CONNECTIONS, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def send(
    session: requests.Session,
    method: str,
    url: str,
    *,
    params: Mapping[str, Any] | None,
    body: Any,
    timeouts: tuple[float, float],
    auth: AuthBase | None = None,
) -> Received:
    """Send once, follow nothing, and read the whole body.

    Args:
        session: From :func:`make_session`.
        method: HTTP method.
        url: Absolute URL.
        params: Query parameters.
        body: What to send as JSON, a :class:`Multipart` to stream, or None for no body.
        timeouts: Seconds to connect, and between bytes.
        auth: In place of the session's own.
    """
    try:
        with session.request(
            method,
            url,
            params=params,
            data=body if body is None or isinstance(body, Multipart) else orjson.dumps(body),
            headers=_headers(body),
            timeout=timeouts,
            allow_redirects=False,
            stream=True,
            auth=auth,
        ) as response:
            return _read(response, time.monotonic() + timeouts[1] * DEADLINE)
    except requests.ConnectTimeout:
        return Received(None, problem=f"no connection within {timeouts[0]:g} s", sent=False)
    except requests.Timeout:
        return Received(None, problem=f"no answer within {timeouts[1]:g} s")
    except (requests.RequestException, HTTPError, OSError) as error:
        # the error's own text holds the URL with its parameters, which may name a person
        problem = f"the connection failed or the answer was cut ({type(error).__name__})"
        return Received(None, problem=problem, sent=not _came_before_sending(error))


def _headers(body: Any) -> dict[str, str] | None:
    if body is None:
        return None
    return {"Content-Type": body.content_type if isinstance(body, Multipart) else "application/json"}


def _read(response: requests.Response, deadline: float) -> Received:
    pieces: list[bytes] = []
    # read1 hands over what has arrived; iter_content would wait for whole pieces, however slowly they come
    while piece := response.raw.read1(PIECE, decode_content=True):
        pieces.append(piece)
        if time.monotonic() > deadline:
            return Received(None, problem="the answer came too slowly")
    return Received(response.status_code, b"".join(pieces), response.headers)


def _came_before_sending(error: BaseException) -> bool:
    """Whether an error, or what it wraps, comes before a request's first byte."""
    wrapped = [error, *error.args, getattr(error, "reason", None), getattr(error, "original_error", None)]
    inner = [value for value in wrapped[1:] if isinstance(value, BaseException) and value is not error]
    return isinstance(error, NEVER_SENT) or any(map(_came_before_sending, inner))
