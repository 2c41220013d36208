"""One HTTP exchange over requests: what was received, or how it broke off. Knows nothing of Gong."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import orjson
import requests
from requests.auth import AuthBase

from gong_source.api.connections import SENDING, DirectAdapter, NotingAdapter, NotingSession
from gong_source.api.faults import BROKEN, explain
from gong_source.api.multipart import Multipart
from gong_source.errors import GongArgumentError
from gong_source.wording import redacted

CONNECTIONS = 16
DEADLINE = 5
"""A body that trickles is given up after this many read time-outs in all."""

PIECE = 1 << 16
"""Bytes read at once. The time-out of a socket is for one such piece, so it bounds how slow a line may be."""

LARGEST = 256 << 20
"""Bytes of a body, unpacked: some ten times the largest page that Gong was seen to send, and little enough to hold."""

TOO_LARGE = "No page of Gong's is so large: check sources.gong.base_url, and what stands between this machine and Gong."


@dataclass(frozen=True)
class Received:
    """What came back.

    Attributes:
        status: HTTP status, or None where no complete answer arrived.
        body: The whole body.
        headers: Response headers, case-insensitive.
        problem: Why there is no complete answer; empty where there is one.
        advice: What may help then; empty where nothing is known.
        sent: Whether any of the request may have reached the server.
    """

    status: int | None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    advice: str = ""
    sent: bool = True


OURS = re.compile(r"[^?]*/(?:v2|oauth2)/")
SIGNED = re.compile(r"[?&][\w-]*(?:signature|token|credential|policy|sig)=", re.IGNORECASE)


class _WithoutQueries(logging.Filter):
    """Takes queries and addresses out of what urllib3 logs: tokens and signatures travel in queries."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass, without the query of a path of Gong's and of a signed address."""
        if isinstance(record.args, tuple):
            record.args = tuple(map(_without_query, record.args))
        return True


def _without_query(value: object) -> object:
    if isinstance(value, str) and (OURS.match(value) or SIGNED.search(value)):
        return redacted(value.partition("?")[0])
    return value


logging.getLogger("urllib3.connectionpool").addFilter(_WithoutQueries())


class _AtOneAddress(NotingSession):
    """Takes a redirect for an answer like others: requests would parse its address and read its body all the same."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere."""


def make_session(auth: AuthBase, redirects: int = 0) -> requests.Session:
    """A session that keeps connections but neither cookies nor credentials from the environment.

    Args:
        auth: Puts the credentials on each request that brings none of its own.
        redirects: How many of them are followed, one after the other.
    """
    session = NotingSession() if redirects else _AtOneAddress()
    session.max_redirects = redirects
    session.auth = auth
    session.headers["Accept"] = "application/json"
    session.headers["User-Agent"] = "gong-source (dlt)"
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme, kind in (("https://", NotingAdapter), ("http://", DirectAdapter)):
        session.mount(scheme, kind(pool_connections=2, pool_maxsize=CONNECTIONS, max_retries=0))
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

    Raises:
        GongArgumentError: A file of the form changed while it was sent.
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
    except GongArgumentError:
        raise
    except BROKEN as error:
        fault = explain(error, timeouts, SENDING.begun)
        return Received(None, problem=fault.problem, advice=fault.advice, sent=SENDING.begun)


def _headers(body: Any) -> dict[str, str] | None:
    if body is None:
        return None
    return {"Content-Type": body.content_type if isinstance(body, Multipart) else "application/json"}


def _read(response: requests.Response, deadline: float) -> Received:
    pieces: list[bytes] = []
    size = 0
    # read1 hands over what has arrived; iter_content would wait for whole pieces, however slowly they come
    while piece := response.raw.read1(PIECE, decode_content=True):
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST:
            return Received(None, problem=f"the answer is larger than {LARGEST >> 20} MB", advice=TOO_LARGE)
        if time.monotonic() > deadline:
            return Received(None, problem="the answer came too slowly")
    return Received(response.status_code, b"".join(pieces), response.headers)
