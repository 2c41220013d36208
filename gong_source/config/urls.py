"""Addresses of servers as settings: where credentials are sent."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from gong_source.config.checks import as_text
from gong_source.errors import GongConfigError
from gong_source.wording import shown


@dataclass(frozen=True)
class Url:
    """The address of a server."""

    accepts: str = "https URL"

    def __call__(self, where: str, value: Any) -> str:
        """Check and trim an address."""
        return checked_base_url(value, where)


def checked_base_url(url: Any, setting: str = "sources.gong.base_url") -> str:
    """Scheme and host of Gong's API, without a trailing slash or ``/v2``.

    Args:
        url: As typed; https, or http for a loopback address.
        setting: Where it was typed, for the message.

    Raises:
        GongConfigError: For another scheme, credentials or a query inside, or no host.
    """
    text = as_text(setting, url)
    try:
        parts = urlsplit(text)
        fault = _fault(text, parts, parts.port)
    except ValueError as error:
        raise GongConfigError(f"{setting} is not a URL: {type(error).__name__}.") from None
    if fault:
        raise GongConfigError(
            f"{setting} must be an https URL such as https://us-12345.api.gong.io "
            f"(plain http for loopback addresses only); it is {fault}."
        )
    path = parts.path.rstrip("/").removesuffix("/v2")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _fault(text: str, parts: SplitResult, port: int | None) -> str:
    """What is wrong with an address, without what may be secret in it; empty for nothing."""
    host = parts.hostname or ""
    if not host:
        return "empty or without a scheme"
    seen = f"{parts.scheme}://{shown(host)[1:-1]}"
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        return seen
    if "@" in text:
        return f"{seen} with a user or a password, which are no part of it: credentials are settings of their own"
    if set(text) & set("?#"):
        return f"{seen} with a query or a fragment (from the ? or # on), which are no part of it"
    if port == 0:
        return f"{seen} with the port 0"
    odd = not text.isascii() or not text.isprintable() or set(text) & set(" \\")
    return f"{seen} with characters that no address has" if odd else ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
