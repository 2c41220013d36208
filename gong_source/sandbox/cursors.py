"""Opaque page cursors: signed, bound to one question, and with an end to their life."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from gong_source.sandbox.messages import ApiError, bad_request

DEFAULT_LIFETIME = 3600.0
_HEADER = b'{"alg":"HS256"}'


@dataclass(frozen=True)
class Position:
    """Where in a sequence of pages a request stands.

    Attributes:
        page: The page number, from 0.
        offset: How many records come before this page.
        expires: When the sequence ends, as a POSIX time; fixed by its first page.
    """

    page: int
    offset: int
    expires: float

    def next(self, size: int) -> Position:
        """Return the position of the page that follows; its life is not longer."""
        return Position(self.page + 1, self.offset + size, self.expires)


@dataclass
class Cursors:
    """Issues and reads cursors.

    Attributes:
        secret: The signing key.
        lifetime: Seconds from the first page of a sequence to the end of all its cursors.
        expired_status: The HTTP status for a cursor past its end.
    """

    secret: bytes
    lifetime: float = DEFAULT_LIFETIME
    expired_status: int = 400

    def start(self, now: datetime) -> Position:
        """Return the position of a first page."""
        return Position(0, 0, (now + timedelta(seconds=self.lifetime)).timestamp())

    def issue(self, position: Position, question: str) -> str:
        """Write a cursor for a position in the answer to a question."""
        claims = {"q": question, "p": position.page, "o": position.offset, "exp": position.expires}
        signed = f"{_encode(_HEADER)}.{_encode(orjson.dumps(claims))}"
        return f"{signed}.{self._sign(signed)}"

    def read(self, cursor: str, question: str, now: datetime) -> Position:
        """Read a cursor that came back.

        Raises:
            ApiError: When it is not ours, belongs to another question, or has expired.
        """
        claims = self._claims(cursor)
        if now.timestamp() >= claims["exp"]:
            raise ApiError(self.expired_status, "The provided cursor has expired")
        if claims["q"] != question:
            raise bad_request("The provided cursor does not belong to this request: repeat it with the same inputs")
        return Position(claims["p"], claims["o"], claims["exp"])

    def _claims(self, cursor: str) -> dict[str, Any]:
        signed, _, signature = cursor.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(signed).encode()):
            raise bad_request("The provided cursor is invalid")
        claims: dict[str, Any] = orjson.loads(_decode(signed.partition(".")[2]))
        return claims

    def _sign(self, signed: str) -> str:
        return _encode(hmac.new(self.secret, signed.encode(), hashlib.sha256).digest())


def question_of(endpoint: str, inputs: Any) -> str:
    """Return a short text that is equal for equal questions only.

    Args:
        endpoint: Verb and path.
        inputs: All inputs but the cursor.
    """
    canonical = orjson.dumps([endpoint, inputs], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()[:16]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise bad_request("The provided cursor is invalid") from error
