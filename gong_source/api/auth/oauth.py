"""Gong's OAuth server: where users approve, and where codes and refresh tokens become tokens."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from gong_source.api.answers import LONGEST_MESSAGE
from gong_source.api.auth.header import GongAuth
from gong_source.api.auth.tokens import DAY, Tokens, as_token
from gong_source.api.decode import decode_object
from gong_source.api.patience import Patience
from gong_source.api.retry import is_transient, wait_asked
from gong_source.api.transport import Received, make_session, send
from gong_source.api.words import NO_WORDS, message_of
from gong_source.config import GongCredentials, checked_base_url
from gong_source.errors import (
    GongConfigError,
    GongConnectionError,
    GongKeyRefusedError,
    GongProtocolError,
    GongRequestError,
    GongServerError,
)
from gong_source.wording import shortened

logger = logging.getLogger("gong_source.api")

TOKEN_PATH = "/oauth2/generate-customer-token"  # noqa: S105  # a path
ENDPOINT = f"POST {TOKEN_PATH}"
TIMEOUTS = (10.0, 60.0)

LOGIN_AGAIN = "Run `gong-source login` again, and check client_id, client_secret and the trusted IP addresses in Gong."


def authorize_url(credentials: GongCredentials, redirect_uri: str, scopes: Iterable[str], state: str) -> str:
    """Where a technical administrator approves the integration.

    Args:
        credentials: With the client id.
        redirect_uri: Where Gong sends the browser afterwards; as registered in Gong.
        scopes: What to ask for.
        state: Comes back with the code; proves that the answer belongs to this question.
    """
    query = {
        "client_id": str(credentials.client_id),
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
    }
    return f"{credentials.oauth_url}/oauth2/authorize?{urlencode(query)}"


class NoTokensYet(Exception):
    """The OAuth server gave no answer, or none that decides: asked again, it may.

    Attributes:
        error: What is to be raised where nobody asks again.
        retry_after: Seconds that it asked to wait, or None.
        sent: Whether any of the request may have reached it.
    """

    def __init__(self, error: GongRequestError, retry_after: float | None = None, sent: bool = True) -> None:
        """Keep what the next attempt depends on.

        Args:
            error: What is to be raised where nobody asks again.
            retry_after: Seconds that the server asked to wait, or None.
            sent: Whether any of the request may have reached it.
        """
        super().__init__(str(error))
        self.error, self.retry_after, self.sent = error, retry_after, sent

    def passes(self, patience: Patience) -> bool:
        """Wait for the next attempt; False at once where it is to be given up.

        Args:
            patience: With this matter.
        """
        why = f"{ENDPOINT}: {self.error.status or self.error.message}"
        return patience.wait(why, self.error.status, self.retry_after, self.sent)


class OAuthServer:
    """Asks for tokens, as the client that the credentials name."""

    def __init__(self, credentials: GongCredentials) -> None:
        """Keep the client's id and secret; nothing is sent yet.

        Args:
            credentials: With client id and secret.
        """
        self._client_id = str(credentials.client_id)
        self._secret = str(credentials.client_secret)
        self._auth = GongAuth.basic(self._client_id, self._secret)
        self._url = credentials.oauth_url + TOKEN_PATH

    def __repr__(self) -> str:
        """Never the secret."""
        return "OAuthServer(...)"

    def exchange(self, code: str, redirect_uri: str, patience: Patience) -> Tokens:
        """The first tokens, for a code that is at most ten minutes old and can be used once.

        Args:
            code: As Gong gave it to the browser.
            redirect_uri: The same as in the authorize URL.
            patience: With a server that took nothing of the request.

        Raises:
            GongRequestError: Gong did not accept it, or no answer came.
        """
        query = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
        }
        while True:
            try:
                return self._ask(query)
            except NoTokensYet as failed:
                if not failed.passes(patience):
                    raise failed.error from None

    def refresh(self, tokens: Tokens) -> Tokens:
        """The next tokens, asked for once. The refresh token can be used once: keep the new one before anything else.

        Where the answer has a refresh token alone, the access token of before stays.

        A lost answer may be asked for again: if Gong had spent the old refresh token by then, a new login is needed
        either way.

        Args:
            tokens: The last ones.

        Raises:
            NoTokensYet: The server did not answer, or can't just now.
            GongKeyRefusedError: The refresh token is used, revoked or of another client.
            GongRequestError: No usable answer came.
        """
        return self._ask({"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}, tokens)

    def _ask(self, query: Mapping[str, str], before: Tokens | None = None) -> Tokens:
        asked = time.time()
        with make_session(self._auth) as session:
            received = send(session, "POST", self._url, params=query, body=None, timeouts=TIMEOUTS)
        if received.status is None:
            error = GongConnectionError(received.problem, endpoint=ENDPOINT, advice=received.advice or None)
            raise NoTokensYet(error, sent=received.sent)
        content = decode_object(received.body)
        if received.status == 200 and content is None:
            raise NoTokensYet(GongConnectionError("the answer is not a JSON object", endpoint=ENDPOINT))
        content = content or {}
        if received.status == 200 and (tokens := _tokens(content, asked, before or Tokens("", ""))):
            return tokens
        refusal = _refusal(received, content, lambda text: self._discreet(text, query))
        if isinstance(refusal, GongServerError):
            raise NoTokensYet(refusal, wait_asked(received.headers))
        raise refusal

    def _discreet(self, text: str, query: Mapping[str, str]) -> str:
        """A text without what was sent and is secret, plainly or as it stands in an address."""
        for name in ("code", "refresh_token"):
            if secret := query.get(name):
                text = text.replace(secret, f"<{name}>").replace(quote(secret, safe=""), f"<{name}>")
        return self._auth.discreet(text.replace(self._secret, "<client_secret>"))


def _tokens(content: Mapping[str, Any], asked: float, before: Tokens) -> Tokens | None:
    """What an answer gives: all of it that is usable, since what bought it is spent by now; None without any token."""
    access, refresh = as_token(content.get("access_token")), as_token(content.get("refresh_token"))
    next_refresh = refresh or before.refresh_token  # one report says that no new one comes: the old one stays then
    if not (access or refresh) or not next_refresh:
        return None
    scope = content.get("scope") or before.scope
    tokens = replace(
        before,
        refresh_token=next_refresh,
        scope=" ".join(map(str, scope)) if isinstance(scope, list) else str(scope),
        api_base_url=_address(content.get("api_base_url_for_customer"), before.api_base_url),
    )
    lifetime = _lifetime(content.get("expires_in"))
    return replace(tokens, access_token=access, expires_at=asked + lifetime, lifetime=lifetime) if access else tokens


def _address(told: Any, before: str) -> str:
    """Where the API is; the address of before, or none, where what is told is no address to send tokens to."""
    if not told:
        return before
    try:
        return checked_base_url(told, "api_base_url_for_customer, as Gong's OAuth server gave it,")
    except GongConfigError as error:
        logger.warning("%s Requests go to %s.", error, before or "sources.gong.base_url")
        return before


def _refusal(received: Received, content: Mapping[str, Any], discreet: Callable[[str], str]) -> GongRequestError:
    status, message = received.status or 0, discreet(message_of(content, received))
    if status == 200 and message == NO_WORDS:
        return GongProtocolError("the answer has no tokens", endpoint=ENDPOINT, status=status)
    passes = status == 429 or is_transient(status)
    kind: type[GongRequestError] = GongServerError if passes else GongKeyRefusedError
    return kind(
        shortened(message, LONGEST_MESSAGE),
        endpoint=ENDPOINT,
        status=status,
        request_id=discreet(str(content["requestId"])) if content.get("requestId") else None,
        advice=None if passes else LOGIN_AGAIN,
    )


def _lifetime(told: Any) -> float:
    """Seconds that an access token is valid; a day, as Gong's are, where what is told is no such number."""
    try:
        seconds = float(told)
    except (TypeError, ValueError, OverflowError):
        return DAY
    return seconds if math.isfinite(seconds) and seconds > 0 else DAY
