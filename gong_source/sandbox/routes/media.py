"""Recordings: signed addresses, and the bytes behind them, whole or from some byte on, as S3 gives them.

In reality they are on a host of their own, which knows nothing of the API's credentials and quota.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode, urlsplit

from gong_source.sandbox.messages import Json, Reply, Request
from gong_source.sandbox.routes.base import Context, Route

ENDPOINT = "GET /media/{workspace}/{id}/{file}"
VALID = timedelta(seconds=28799)
TYPES = {"mp3": "audio/mpeg", "mp4": "video/mp4"}
TIME = "%Y%m%dT%H%M%SZ"

_KEY = secrets.token_bytes(16)


def sign_media(media: Json, now: datetime, origin: str) -> Json:
    """Sign the addresses of a call's recording; they come out differently each time.

    Args:
        media: The plain addresses by their names.
        now: The present time, from which they are valid.
        origin: Scheme and host that serve them.
    """
    return {key: url and _sign(f"{origin}/media{urlsplit(url).path}", now) for key, url in media.items()}


def recording(path: str) -> bytes:
    """What is recorded: made up, but always the same for an address.

    Args:
        path: Of the address.
    """
    seed = hashlib.sha256(path.encode())
    return hashlib.shake_256(seed.digest()).digest(20_000 + seed.digest()[0] * 100)


def _sign(url: str, now: datetime) -> str:
    date, token = now.astimezone(timezone.utc).strftime(TIME), secrets.token_hex(16)
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Date": date,
        "X-Amz-Security-Token": token,
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Expires": int(VALID.total_seconds()),
        "X-Amz-Signature": _signature(urlsplit(url).path, date, token),
    }
    return f"{url}?{urlencode(query)}"


def _signature(path: str, date: str, token: str) -> str:
    return hmac.new(_KEY, f"{path} {date} {token}".encode(), hashlib.sha256).hexdigest()


def send_media(context: Context, request: Request) -> Reply:
    """Send a recording, or its end where a range is asked for and it is still the same."""
    if refused := _refusal(context, request):
        return refused
    content = recording(request.path)
    etag = f'"{hashlib.md5(content).hexdigest()}"'
    headers = {"ETag": etag, "Accept-Ranges": "bytes"}
    kind = TYPES.get(request.path.rpartition(".")[2], "binary/octet-stream")
    asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
    if not asked or request.headers.get("if-range", etag) != etag:
        return Reply(200, content, kind, headers)
    first = int(asked[1])
    if first >= len(content):
        return _error(416, "InvalidRange", {"Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
    return Reply(206, content[first:], kind, headers)


def _refusal(context: Context, request: Request) -> Reply | None:
    if "authorization" in request.headers:
        return _error(400, "InvalidArgument: Only one auth mechanism allowed")
    query = request.query
    expected = _signature(request.path, query.get("X-Amz-Date", ""), query.get("X-Amz-Security-Token", ""))
    if not hmac.compare_digest(expected, query.get("X-Amz-Signature", "")):
        return _error(403, "SignatureDoesNotMatch")
    signed = datetime.strptime(query["X-Amz-Date"], TIME).replace(tzinfo=timezone.utc)
    return _error(403, "AccessDenied: Request has expired") if context.clock.now() > signed + VALID else None


def _error(status: int, code: str, headers: dict[str, str] | None = None) -> Reply:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code></Error>'
    return Reply(status, body.encode(), "application/xml", headers or {})


ROUTES = (Route("GET", ENDPOINT.partition(" ")[2], send_media, needs_login=False, counts=False),)
