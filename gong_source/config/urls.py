"""Addresses of servers as settings: where credentials are sent."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

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
        GongConfigError: For another scheme, credentials inside, or no host.
    """
    text = as_text(setting, url)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise GongConfigError(f"{setting} is not a URL: {type(error).__name__}.") from None
    allowed = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))
    plain = text.isascii() and text.isprintable() and not set(text) & set(" @?#\\")
    if not host or port == 0 or not allowed or not plain:
        seen = f"{parts.scheme}://{shown(host)[1:-1]}" if host else "empty or without a scheme"
        raise GongConfigError(
            f"{setting} must be an https URL such as https://us-12345.api.gong.io "
            f"(plain http for loopback addresses only); it is {seen}."
        )
    path = parts.path.rstrip("/").removesuffix("/v2")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
