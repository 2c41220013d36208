"""OAuth tokens that renew themselves: once, whoever needs it first, in whichever thread or process."""

from __future__ import annotations

import logging
import math
import threading
import time
from copy import copy

from requests import PreparedRequest

from gong_source.api.auth import stores
from gong_source.api.auth.header import GongAuth
from gong_source.api.auth.oauth import ENDPOINT, NoTokensYet, OAuthServer
from gong_source.api.auth.stores import TokenStore, lock_path, locked
from gong_source.api.auth.tokens import Tokens
from gong_source.api.patience import OnWait, Patience, tell_nobody
from gong_source.config import GongSettings
from gong_source.errors import (
    GongAuthError,
    GongConfigError,
    GongConnectionError,
    GongProtocolError,
    GongRequestError,
    GongServerError,
)

logger = logging.getLogger("gong_source.api")

PAUSE = 60.0
"""Seconds after which what failed and can wait is tried again: saving tokens, and renewing those that are valid yet."""

FAILED_SECONDS = 30.0
"""How long the OAuth server is left alone after it was asked in vain for as long as patience lasts."""


class RotatingAuth(GongAuth):
    """Bearer tokens out of a store, renewed shortly before they end and when Gong refuses them.

    Gong's refresh tokens can be used once. So one thread of one process renews at a time, the others take what it
    saved; and the new refresh token is saved before the new access token is used. Where that fails although the store
    seemed able to, the tokens are used on in this process, which goes on trying to save them.
    """

    def __init__(self, settings: GongSettings, store: TokenStore, on_wait: OnWait = tell_nobody) -> None:
        """Read the store; nothing is sent.

        Args:
            settings: Credentials with client id and secret, and patience.
            store: Where the tokens are.
            on_wait: Is told of each wait before the server is asked again.

        Raises:
            GongConfigError: There are no tokens, and no ``refresh_token`` is configured either.
        """
        credentials = settings.credentials
        self.identity = str(credentials.client_id)
        self._settings = settings
        self._on_wait = on_wait
        self._server = OAuthServer(credentials)
        self._store = store
        self._lock_path = lock_path(credentials)
        self._lock = threading.Lock()
        first = Tokens("", str(credentials.refresh_token)) if credentials.refresh_token else None
        tokens = stores.load(store) or first
        if tokens is None:
            raise GongConfigError(
                "There are no OAuth tokens yet: run `gong-source login`, or set refresh_token under "
                "[sources.gong.credentials]."
            )
        self._tokens = tokens
        self._spent = ""  # refresh token in the store, while the tokens that it bought could not be saved
        self._next_try = 0.0
        self._next_renewal = -math.inf  # of what is valid yet
        self._failure: GongRequestError | None = None
        self._failed_until = -math.inf
        self._told = ""

    @property
    def base_url(self) -> str | None:  # type: ignore[override]
        """The tenant's own API, as the OAuth server told it."""
        return self._tokens.api_base_url or None

    @property
    def scopes(self) -> frozenset[str]:
        """What the tokens may do."""
        return frozenset(self._tokens.scope.split())

    def current(self) -> GongAuth:
        """The access token of now; renewed first where it is about to end.

        Raises:
            GongRequestError: It has ended and can't be renewed.
        """
        tokens = self._tokens
        if not tokens.is_valid():
            tokens = self._renewed(tokens)
        elif not tokens.is_fresh():
            tokens = self._renewed_early(tokens)
        elif self._is_to_be_saved():
            tokens = self._saved_late()
        return GongAuth.bearer(tokens.access_token)

    def renew(self, refused: GongAuth) -> bool:
        """Get another access token after Gong refused one.

        Args:
            refused: What Gong refused, from :meth:`current`.

        Raises:
            GongRequestError: It can't be renewed.
        """
        tokens = self._tokens
        if refused.same_as(GongAuth.bearer(tokens.access_token)):
            self._renewed(tokens)
        return True

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the header of now to a request that is about to be sent."""
        return self.current()(request)

    def _renewed_early(self, tokens: Tokens) -> Tokens:
        """The next tokens; or those of before, which are valid yet, while another thread asks or the server fails."""
        if time.monotonic() < self._next_renewal:
            return tokens
        self._next_renewal = time.monotonic() + PAUSE
        try:
            tokens = self._renewed(tokens, is_early=True)
            if tokens.is_fresh():
                self._next_renewal = -math.inf
        except (GongConnectionError, GongServerError, GongProtocolError, GongConfigError) as error:
            self._warn(f"The OAuth tokens can't be renewed yet; those of before are used as long as they last: {error}")
        return tokens

    def _renewed(self, stale: Tokens, is_early: bool = False) -> Tokens:
        """The next tokens, whoever gets them; other processes may ask while this one waits."""
        patience = Patience(self._settings, self._on_wait)
        with self._lock:
            if self._tokens.same_access(stale):
                self._tokens = self._waited_for(stale, patience, is_early)
                if self._tokens.same_access(stale):
                    raise GongProtocolError("the answer has no access token", endpoint=ENDPOINT, status=200)
            return self._tokens

    def _waited_for(self, stale: Tokens, patience: Patience, is_early: bool) -> Tokens:
        """The next tokens, asked for again while the server can't answer, unless those of before are valid yet."""
        while True:
            if self._failure and time.monotonic() < self._failed_until:
                raise copy(self._failure)
            try:
                with locked(self._lock_path):
                    return self._next(stale)
            except NoTokensYet as failed:
                if is_early:
                    self._next_renewal += failed.retry_after or 0.0
                    raise failed.error from None
                if not failed.passes(patience):
                    self._failure, self._failed_until = failed.error, time.monotonic() + FAILED_SECONDS
                    raise failed.error from None

    def _next(self, stale: Tokens) -> Tokens:
        """What another process saved in the meantime, or new tokens, saved."""
        stored = self._stored() or stale
        if stored.access_token != stale.access_token and stored.is_fresh():
            return stored
        with stores.reserving(self._store):
            try:
                tokens = self._server.refresh(stored)
            except GongAuthError:
                # another machine, which no file lock holds back, may have used this refresh token and saved the next
                other = stores.load(self._store)
                if other is None or other.refresh_token == stored.refresh_token or not other.is_valid():
                    raise
                return other
            return self._save(tokens, self._spent or stored.refresh_token)

    def _stored(self) -> Tokens | None:
        """What the store holds, unless it was spent on tokens that could not be saved."""
        stored = stores.load(self._store)
        if stored is None or stored.refresh_token == self._spent:
            return None
        self._spent = ""
        return stored

    def _save(self, tokens: Tokens, spent: str) -> Tokens:
        """The tokens, saved; or those of somebody who logged in meanwhile on a machine that no file lock holds back."""
        try:
            stored = stores.load(self._store)
            if stored is not None and stored.refresh_token != spent:
                tokens = stored
            else:
                stores.save(self._store, tokens)
            self._spent = ""
        except GongConfigError as error:
            self._spent = spent
            self._put_off(error)
        return tokens

    def _saved_late(self) -> Tokens:
        """The tokens, saved if that is possible by now; or those of somebody who logged in meanwhile."""
        with self._lock:
            if self._is_to_be_saved():
                try:
                    with locked(self._lock_path):
                        self._tokens = self._save(self._tokens, self._spent)
                except GongConfigError as error:
                    self._put_off(error)
            return self._tokens

    def _is_to_be_saved(self) -> bool:
        return bool(self._spent) and time.monotonic() > self._next_try

    def _put_off(self, error: GongConfigError) -> None:
        self._next_try = time.monotonic() + PAUSE
        self._warn(
            f"{error} This process uses the new OAuth tokens, and goes on trying to save them; if it ends before, "
            "`gong-source login` is needed again."
        )

    def _warn(self, message: str) -> None:
        """Once, although it may be found at every request."""
        if message != self._told:
            logger.warning("%s", message)
        self._told = message
