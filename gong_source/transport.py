"""One HTTP exchange over requests: what was received, or how it broke off. Knows nothing of Gong."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import orjson
import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

CONNECTIONS = 16
DEADLINE = 5
"""A body that trickles is given up after this many read time-outs in all."""


@dataclass(frozen=True)
class Received:
    """What came back.

    Attributes:
        status: HTTP status, or None where no complete answer arrived.
        body: The whole body.
        headers: Response headers, case-insensitive.
        problem: Why there is no complete answer; empty where there is one.
    """

    status: int | None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def make_session(auth: AuthBase) -> requests.Session:
    """A session that keeps connections but neither cookies nor credentials from the environment.

    Args:
        auth: Puts the credentials on each request.
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
    body: Mapping[str, Any] | None,
    timeouts: tuple[float, float],
) -> Received:
    """Send once, follow nothing, and read the whole body.

    Args:
        session: From :func:`make_session`.
        method: HTTP method.
        url: Absolute URL.
        params: Query parameters.
        body: JSON body, or None for none.
        timeouts: Seconds to connect, and between bytes.
    """
    deadline = time.monotonic() + timeouts[1] * DEADLINE
    try:
        with session.request(
            method,
            url,
            params=params,
            data=orjson.dumps(body) if body is not None else None,
            headers={"Content-Type": "application/json"} if body is not None else None,
            timeout=timeouts,
            allow_redirects=False,
            stream=True,
        ) as response:
            content = bytearray()
            for piece in response.iter_content(1 << 18):
                content += piece
                if time.monotonic() > deadline:
                    return Received(None, problem="the answer came too slowly")
            return Received(response.status_code, bytes(content), response.headers)
    except requests.ConnectTimeout:
        return Received(None, problem=f"no connection within {timeouts[0]:g} s")
    except requests.Timeout:
        return Received(None, problem=f"no answer within {timeouts[1]:g} s")
    except (requests.RequestException, HTTPError, OSError) as error:
        # the error's own text holds the URL with its parameters, which may name a person
        return Received(None, problem=f"the connection failed or the answer was cut ({type(error).__name__})")
