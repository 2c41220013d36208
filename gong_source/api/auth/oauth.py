"""Gong's OAuth server: where users approve, and where codes and refresh tokens become tokens."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

import requests

from gong_source.api.auth.header import GongAuth
from gong_source.api.auth.tokens import Tokens
from gong_source.api.faults import BROKEN, explain
from gong_source.config import GongCredentials, checked_base_url
from gong_source.errors import (
    GongConnectionError,
    GongKeyRefusedError,
    GongProtocolError,
    GongRequestError,
    GongServerError,
)

TOKEN_PATH = "/oauth2/generate-customer-token"  # noqa: S105  # a path
ENDPOINT = f"POST {TOKEN_PATH}"
TIMEOUTS = (10.0, 60.0)
TRIES = 3
LONGEST_WAIT = 20.0
"""A longer ``Retry-After`` is not sat out."""

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

    def exchange(self, code: str, redirect_uri: str) -> Tokens:
        """The first tokens, for a code that is at most ten minutes old.

        Args:
            code: As Gong gave it to the browser.
            redirect_uri: The same as in the authorize URL.

        Raises:
            GongRequestError: Gong did not accept it, or no answer came.
        """
        return self._ask(
            {
                "grant_type": "authorization_code",
                "code": code,
                "client_id": self._client_id,
                "redirect_uri": redirect_uri,
            },
            tries=1,
        )

    def refresh(self, tokens: Tokens) -> Tokens:
        """The next tokens. The refresh token can be used once: keep the new one before anything else.

        A lost answer is asked for again: if Gong had spent the old refresh token by then, a new login is needed
        either way.

        Args:
            tokens: The last ones.

        Raises:
            GongKeyRefusedError: The refresh token is used, revoked or of another client.
            GongRequestError: No usable answer came.
        """
        return self._ask({"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}, TRIES, tokens)

    def _ask(self, query: Mapping[str, str], tries: int, before: Tokens | None = None) -> Tokens:
        for attempt in range(1, tries + 1):
            try:
                return self._ask_once(query, before)
            except (GongConnectionError, GongServerError) as error:
                if attempt == tries:
                    raise
                time.sleep(_wait(error, attempt))
        raise AssertionError("unreachable")

    def _ask_once(self, query: Mapping[str, str], before: Tokens | None) -> Tokens:
        asked = time.time()
        try:
            answer = requests.post(self._url, params=query, auth=self._auth, timeout=TIMEOUTS, allow_redirects=False)
        except BROKEN as error:
            # the error's own text, and so its cause, holds the URL with the code or the refresh token
            fault = explain(error, TIMEOUTS)
        else:
            return _tokens(answer, asked, before, {**query, "client_secret": self._secret})
        raise GongConnectionError(fault.problem, endpoint=ENDPOINT, advice=fault.advice or None)


def _wait(error: GongRequestError, attempt: int) -> float:
    asked: float | None = getattr(error, "retry_after", None)
    return min(asked, LONGEST_WAIT) if asked is not None else 0.5 * 2**attempt


def _tokens(answer: requests.Response, asked: float, before: Tokens | None, sent: Mapping[str, str]) -> Tokens:
    content = _content(answer)
    if answer.status_code != 200:
        raise _refusal(answer, content, sent)
    access = content.get("access_token")
    # one report says that no new refresh token comes: the old one stays then
    refresh = content.get("refresh_token") or (before.refresh_token if before else None)
    if not isinstance(access, str) or not access or not isinstance(refresh, str):
        raise GongProtocolError("the answer has no tokens", endpoint=ENDPOINT, status=200)
    url = content.get("api_base_url_for_customer") or (before.api_base_url if before else "")
    lifetime = _number(content.get("expires_in"), 86400.0)
    return Tokens(
        access_token=access,
        refresh_token=refresh,
        expires_at=asked + lifetime,
        lifetime=lifetime,
        scope=str(content.get("scope") or (before.scope if before else "")),
        api_base_url=checked_base_url(url, "api_base_url_for_customer, as Gong's OAuth server gave it,") if url else "",
    )


def _content(answer: requests.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _refusal(answer: requests.Response, content: Mapping[str, Any], sent: Mapping[str, str]) -> GongRequestError:
    status = answer.status_code
    words = [content.get("error"), content.get("error_description"), *(content.get("errors") or [])]
    message = "; ".join(str(word) for word in words if word) or "no message from Gong"
    for name in ("code", "refresh_token", "client_secret"):
        if secret := sent.get(name):
            message = message.replace(secret, f"<{name}>")
    request_id = content.get("requestId")
    if status == 429 or status >= 500:
        error: GongRequestError = GongServerError(message, endpoint=ENDPOINT, status=status, request_id=request_id)
        wait = answer.headers.get("Retry-After", "")
        error.retry_after = float(wait) if wait.isdecimal() else None  # type: ignore[attr-defined]
        return error
    return GongKeyRefusedError(message, endpoint=ENDPOINT, status=status, request_id=request_id, advice=LOGIN_AGAIN)


def _number(value: Any, otherwise: float) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return otherwise
