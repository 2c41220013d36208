"""OAuth tokens, and how long they last."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import Any

from gong_source.config import checked_base_url
from gong_source.errors import GongConfigError

DAY = 86400.0
"""Seconds that Gong's access tokens are valid."""

EARLY = 300.0
"""Seconds before its end that an access token counts as expired, or a tenth of its life where that is less."""


@dataclass(frozen=True)
class Tokens:
    """What Gong's OAuth server gave out last.

    Attributes:
        access_token: Goes on every request; empty where there is none, until the refresh token buys one.
        refresh_token: Buys the next pair, once.
        expires_at: When the access token ends, as Unix time.
        lifetime: How long it was valid at first, in seconds.
        scope: What it may do, with spaces.
        api_base_url: The tenant's own API, to be used with these tokens.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: float = 0.0
    lifetime: float = DAY
    scope: str = ""
    api_base_url: str = ""

    def __post_init__(self) -> None:
        """Bring each field into one form: it may come out of any file or vault.

        Raises:
            GongConfigError: One can't be what it should; nothing of it is shown but the address.
        """
        for name in ("access_token", "refresh_token"):
            value = getattr(self, name)
            if value != "" and not as_token(value):
                raise GongConfigError(f"The {name} of the stored OAuth tokens is no text that can stand in a header.")
            object.__setattr__(self, name, as_token(value))
        for name in ("expires_at", "lifetime"):
            value = getattr(self, name)
            if not isinstance(value, float) and not (isinstance(value, int) and abs(value) <= sys.float_info.max):
                raise GongConfigError(f"The {name} of the stored OAuth tokens is no number of seconds.")
        if not isinstance(self.scope, str):
            raise GongConfigError("The scope of the stored OAuth tokens is no text.")
        if self.api_base_url != "":
            url = checked_base_url(self.api_base_url, "api_base_url of the stored OAuth tokens")
            object.__setattr__(self, "api_base_url", url)

    def same_access(self, other: Tokens) -> bool:
        """Whether both have the same access token with the same end.

        Args:
            other: Other tokens.
        """
        return (self.access_token, self.expires_at) == (other.access_token, other.expires_at)

    def is_fresh(self) -> bool:
        """Whether the access token is good for some time yet."""
        return bool(self.access_token) and time.time() < self.expires_at - min(EARLY, self.lifetime / 10)

    def is_valid(self) -> bool:
        """Whether the access token has not ended."""
        return bool(self.access_token) and time.time() < self.expires_at


def as_token(value: Any) -> str:
    """A token without what is blank around it; empty where something is none, as it can't stand in a header.

    Args:
        value: Out of an answer or a store.
    """
    text = value.strip() if isinstance(value, str) else ""
    return text if text.isascii() and text.isprintable() else ""
