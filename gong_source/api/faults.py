"""Why a request got no whole answer: the exceptions of requests, urllib3 and Python, told apart in a sentence.

The exceptions' own texts hold addresses and queries, which may name a person; so they are never passed on.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
from dataclasses import dataclass
from itertools import chain

import requests
from requests.utils import get_environ_proxies, select_proxy
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProxyError

from gong_source.wording import origin_of

MALFORMED = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)

BROKEN = (requests.RequestException, HTTPError, OSError, ValueError)
"""What a request raises that gets no answer; the last of them for a redirect to what is no address."""

BASE_URL = "Check sources.gong.base_url and the network."
PROXY = "Check the proxy that HTTPS_PROXY names, and NO_PROXY for hosts that need none."
SOCKS = "Set HTTPS_PROXY to an http:// proxy, or install the package PySocks."
NEEDS_PROXY = f"{BASE_URL} Where the way out is a proxy, set HTTPS_PROXY."
CERTIFICATES = (
    "Where a proxy or firewall signs with a certificate authority of its own, set REQUESTS_CA_BUNDLE to the file that "
    "holds its certificate."
)


@dataclass(frozen=True)
class Fault:
    """How an exchange broke off.

    Attributes:
        problem: What happened, in words.
        advice: What to do; empty where the error's own advice is as good.
    """

    problem: str
    advice: str = ""


def explain(error: BaseException, timeouts: tuple[float, float], sent: bool) -> Fault:
    """What an exception of a request means.

    Args:
        error: As requests raised it.
        timeouts: Seconds to connect, and between bytes.
        sent: Whether any of the request may have reached the server: many exceptions come before that and after it.
    """
    if not sent:
        causes = _causes(error)
        return _not_sendable(error, causes) or _no_connection(error, causes, timeouts[0])
    if isinstance(error, requests.Timeout):
        return Fault(f"no answer within {timeouts[1]:g} s")
    if isinstance(error, requests.exceptions.InvalidHeader):
        return Fault("the answer has a broken header")
    return Fault(f"the connection failed or the answer was cut ({type(error).__name__})")


def _not_sendable(error: BaseException, causes: list[BaseException]) -> Fault | None:
    """What kept a connection from being tried; None where that is not so."""
    if isinstance(error, requests.exceptions.InvalidHeader):
        return Fault("the request can't be sent (InvalidHeader)", "Check the credentials.")
    if isinstance(error, requests.exceptions.InvalidSchema) and "SOCKS" in str(error):
        return Fault("the proxy speaks SOCKS, which needs PySocks", SOCKS)
    if isinstance(error, MALFORMED) and not isinstance(error, requests.exceptions.InvalidProxyURL):
        return Fault(f"the request can't be sent ({type(error).__name__})", f"{BASE_URL} {PROXY}")
    named = "REQUESTS_CA_BUNDLE" if os.environ.get("REQUESTS_CA_BUNDLE") else "CURL_CA_BUNDLE"
    if not isinstance(error, requests.RequestException) and "CA certificate bundle" in str(error):
        return Fault(f"the file of {named} can't be read", f"Set {named} to a file that exists.")
    if any(isinstance(one, ssl.SSLError) and one.library in ("X509", "PEM") for one in causes):
        return Fault(
            f"the file of {named} holds no certificates", f"Set {named} to a file of certificates in PEM form."
        )
    return None


def _no_connection(error: BaseException, causes: list[BaseException], patience: float) -> Fault:
    """What kept a connection from coming about."""

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(one, kinds) for one in causes)

    if has(ProxyError, requests.exceptions.ProxyError, requests.exceptions.InvalidProxyURL):
        refusal = next(filter(None, (re.search(r"Tunnel connection failed: (\d+)", str(one)) for one in causes)), None)
        return Fault(f"the proxy answers {refusal[1]}" if refusal else "the proxy can't be reached", PROXY)
    if untrusted := next((one for one in causes if isinstance(one, ssl.SSLCertVerificationError)), None):
        return Fault(f"the host's certificate is not trusted ({untrusted.verify_message})", CERTIFICATES)
    if has(socket.gaierror):
        return Fault("the host's name is unknown", NEEDS_PROXY)
    if has(ConnectionRefusedError):
        return Fault("the host refuses the connection", BASE_URL)
    by_proxy = _goes_by_proxy(error)
    if has(ConnectTimeoutError, requests.Timeout):
        way = " through the proxy" if by_proxy else ""
        return Fault(f"no connection{way} within {patience:g} s, timed out", PROXY if by_proxy else NEEDS_PROXY)
    if has(NewConnectionError):
        reason = next((one.strerror for one in causes if isinstance(one, OSError) and one.errno), "no way to it")
        return Fault(f"the host can't be reached ({reason})", NEEDS_PROXY)
    if has(ssl.SSLError):
        return Fault("the other side does not speak TLS as expected", f"{BASE_URL} {PROXY}")
    who, advice = ("proxy", PROXY) if by_proxy else ("host", NEEDS_PROXY)
    return Fault(f"the {who} breaks the connection off ({type(error).__name__})", advice)


def _goes_by_proxy(error: BaseException) -> bool:
    """Whether the request that failed was to go by a proxy that the environment names; plain http goes by none."""
    url = getattr(getattr(error, "request", None), "url", None)
    return bool(url and url.startswith("https:") and select_proxy(url, get_environ_proxies(url)))


def _causes(error: BaseException) -> list[BaseException]:
    """An exception and all that it wraps, in whichever way."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            wrapped = (getattr(one, name, None) for name in ("reason", "original_error"))
            waiting.extend(chain(one.args, wrapped, [origin_of(one)]))
    return found
