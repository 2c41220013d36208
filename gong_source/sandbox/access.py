"""Who may call what: credentials and scopes."""

from __future__ import annotations

import base64
import hmac
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from gong_source.sandbox.messages import ApiError, Request
from gong_source.sandbox.oauth import OAuth

ACCESS_KEY = "SANDBOXACCESSKEY2Q7W5E3R1T9Y6U4I8O0P"
ACCESS_KEY_SECRET = "sandbox-secret-d41d8cd98f00b204e9800998ecf8427e-not-a-real-one"
BEARER_TOKEN = "sandbox-bearer-token.4f1c2e9a7b3d.not-a-real-one"


@dataclass
class Access:
    """The accepted credentials and the scopes they lack.

    Attributes:
        access_key: The key of Basic authentication.
        access_key_secret: Its secret.
        bearer_tokens: Tokens that are accepted as Bearer for ever and for everything.
        oauth: Gives out further tokens.
    """

    access_key: str = ACCESS_KEY
    access_key_secret: str = ACCESS_KEY_SECRET
    bearer_tokens: set[str] = field(default_factory=lambda: {BEARER_TOKEN})
    oauth: OAuth = field(default_factory=OAuth)
    _denied: frozenset[str] = frozenset()
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def deny(self, scopes: Iterable[str]) -> None:
        """Take these scopes away, in place of those taken away before."""
        with self._lock:
            self._denied = frozenset(scopes)

    def authenticate(self, request: Request) -> None:
        """Check the Authorization header.

        Raises:
            ApiError: 401 when it is missing, malformed or wrong.
        """
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        known = {"basic": self._is_known_key, "bearer": self._is_known_token}.get(kind.lower())
        if known is None:
            raise ApiError(401, "Access denied: no credentials were provided")
        if not known(value.strip()):
            raise ApiError(401, "Access denied: the credentials are not valid for this address")

    def authorize(self, scopes: Iterable[str]) -> None:
        """Check that no needed scope is taken away.

        Raises:
            ApiError: 403 that names the first missing scope.
        """
        for scope in scopes:
            if scope in self._denied:
                raise ApiError(403, f"You don't have permission to use '{scope}' in your account")

    def authorize_token(self, request: Request, scopes: Iterable[str]) -> None:
        """Check that the token of a request was approved for the scopes; access keys have all.

        Raises:
            ApiError: 403 that names the first missing scope.
        """
        granted = self.oauth.scopes_of(request.headers.get("authorization", "").partition(" ")[2].strip())
        for scope in scopes:
            if granted is not None and scope not in granted:
                raise ApiError(403, f"You don't have permission to use '{scope}' in your account")

    def _is_known_key(self, value: str) -> bool:
        try:
            given = base64.b64decode(value, validate=True)
        except ValueError:
            return False
        return hmac.compare_digest(given, f"{self.access_key}:{self.access_key_secret}".encode())

    def _is_known_token(self, value: str) -> bool:
        return value in self.bearer_tokens or self.oauth.scopes_of(value) is not None
