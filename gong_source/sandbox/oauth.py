"""Gong's OAuth server: approval, codes, and refresh tokens that can be used once."""

from __future__ import annotations

import hashlib
import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-client-secret-not-a-real-one"
CODE_SECONDS = 600.0
DAY = 86400


@dataclass
class Grant:
    """What a code or token stands for.

    Attributes:
        scope: What was approved, with spaces.
        redirect_uri: Where the code was sent.
        until: When it ends, on the monotonic clock.
    """

    scope: str
    redirect_uri: str = ""
    until: float = 0.0


@dataclass
class OAuth:
    """The state of the OAuth server.

    Attributes:
        client_id: The one client.
        client_secret: Its secret.
        lifetime: Seconds that an access token is valid.
        rotates: Whether a refresh gives a new refresh token and ends the old one.
        denies: Whether the administrator refuses.
        base_url: Sent as the customer's API; empty for the sandbox's own address.
        codes: Codes not used yet.
        access_tokens: Access tokens.
        refresh_tokens: Refresh tokens that can still be used.
        refreshes: How many times tokens were refreshed.
    """

    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET
    lifetime: int = DAY
    rotates: bool = True
    denies: bool = False
    base_url: str = ""
    codes: dict[str, Grant] = field(default_factory=dict)
    access_tokens: dict[str, Grant] = field(default_factory=dict)
    refresh_tokens: dict[str, Grant] = field(default_factory=dict)
    refreshes: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)

    def new(self, kind: str) -> str:
        """A new secret."""
        digest = hashlib.sha256(f"oauth/{kind}/{next(self._numbers)}".encode()).hexdigest()
        return f"sandbox-{kind}-{digest[:24]}"

    def approve(self, scope: str, redirect_uri: str) -> str:
        """A code for what was approved."""
        with self.lock:
            code = self.new("code")
            self.codes[code] = Grant(scope, redirect_uri, time.monotonic() + CODE_SECONDS)
            return code

    def issue(self, scope: str) -> tuple[str, str]:
        """A new access token and a new refresh token."""
        with self.lock:
            access, refresh = self.new("access"), self.new("refresh")
            self.access_tokens[access] = Grant(scope, until=time.monotonic() + self.lifetime)
            self.refresh_tokens[refresh] = Grant(scope)
            return access, refresh

    def scopes_of(self, token: str) -> frozenset[str] | None:
        """The scopes of an access token, or None if it is unknown or has ended."""
        grant = self.access_tokens.get(token)
        if grant is None or grant.until < time.monotonic():
            return None
        return frozenset(grant.scope.split())

    def expire(self) -> None:
        """End all access tokens now; refresh tokens stay."""
        with self.lock:
            self.access_tokens.clear()
