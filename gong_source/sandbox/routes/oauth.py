"""The OAuth endpoints. They are on another host in reality, and no part of the API's specification."""

from __future__ import annotations

import base64
import hmac
import time
from urllib.parse import urlencode

from gong_source.sandbox import checks
from gong_source.sandbox.messages import ApiError, Json, Request
from gong_source.sandbox.oauth import OAuth
from gong_source.sandbox.routes.base import Context, Route


def authorize(context: Context, request: Request) -> Json:
    """Approve at once, and send the browser back with a code."""
    oauth, query = context.access.oauth, request.query
    if checks.required(query, "client_id") != oauth.client_id:
        raise ApiError(400, "client_id: unknown")
    if checks.required(query, "response_type") != "code":
        raise ApiError(400, "response_type: must be code")
    target, scope = checks.required(query, "redirect_uri"), checks.required(query, "scope")
    answer = {"error": "access_denied"} if oauth.denies else {"code": oauth.approve(scope, target)}
    if "state" in query:
        answer["state"] = query["state"]
    raise ApiError(302, "Found", headers={"Location": f"{target}?{urlencode(answer)}"})


def generate_token(context: Context, request: Request) -> Json:
    """Give tokens for a code or a refresh token; both can be used once."""
    oauth = context.access.oauth
    if not _is_client(oauth, request):
        raise ApiError(401, "invalid client")
    if request.body:
        raise ApiError(400, "parameters belong into the query")
    query = request.query
    kind = checks.required(query, "grant_type")
    with oauth.lock:
        if kind == "authorization_code":
            scope = _scope_of_code(oauth, request)
        elif kind == "refresh_token":
            scope = _scope_of_refresh_token(oauth, checks.required(query, "refresh_token"))
        else:
            raise ApiError(400, "grant_type: unknown")
        access, refresh = oauth.issue(scope)
    return {
        "access_token": access,
        **({"refresh_token": refresh} if oauth.rotates or kind == "authorization_code" else {}),
        "expires_in": oauth.lifetime,
        "scope": scope,
        "token_type": "bearer",
        "api_base_url_for_customer": oauth.base_url or f"http://{request.headers['host']}",
    }


def _scope_of_code(oauth: OAuth, request: Request) -> str:
    grant = oauth.codes.pop(checks.required(request.query, "code"), None)
    if grant is None or grant.until < time.monotonic():
        raise ApiError(400, "invalid code")
    if checks.required(request.query, "redirect_uri") != grant.redirect_uri:
        raise ApiError(400, "redirect_uri: is not the one of the code")
    if checks.required(request.query, "client_id") != oauth.client_id:
        raise ApiError(400, "client_id: unknown")
    return grant.scope


def _scope_of_refresh_token(oauth: OAuth, token: str) -> str:
    grant = oauth.refresh_tokens.pop(token, None) if oauth.rotates else oauth.refresh_tokens.get(token)
    if grant is None:
        raise ApiError(400, f"invalid refresh token {token}")
    oauth.refreshes += 1
    return grant.scope


def _is_client(oauth: OAuth, request: Request) -> bool:
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    expected = base64.b64encode(f"{oauth.client_id}:{oauth.client_secret}".encode())
    return kind == "Basic" and hmac.compare_digest(value.encode(), expected)


ROUTES = (
    Route("GET", "/oauth2/authorize", authorize, needs_login=False),
    Route("POST", "/oauth2/generate-customer-token", generate_token, needs_login=False),
)
