"""One ``Authorization`` header, as requests' own ``AuthBase``, silent in ``repr``."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode

from requests import PreparedRequest
from requests.auth import AuthBase


class GongAuth(AuthBase):
    """Puts one ``Authorization`` header on each request.

    Attributes:
        base_url: The API's address that came with the credentials, or None.
        identity: What tells the key from others; as secret as the key.
    """

    base_url: str | None = None

    def __init__(self, header: str, identity: str = "") -> None:
        """Keep the header.

        Args:
            header: The whole value of ``Authorization``.
            identity: See the attribute; the header itself by default.
        """
        self._header = header
        self.identity = identity or header

    @classmethod
    def basic(cls, name: str, secret: str) -> GongAuth:
        """Basic authentication, as access keys and OAuth clients do it.

        Args:
            name: Access key or client id.
            secret: Its secret.
        """
        return cls(f"Basic {b64encode(f'{name}:{secret}'.encode()).decode()}", name)

    @classmethod
    def bearer(cls, token: str) -> GongAuth:
        """An OAuth access token.

        Args:
            token: The token.
        """
        return cls(f"Bearer {token}")

    def discreet(self, text: str) -> str:
        """A text without what the header carries, which whoever refuses a request may repeat.

        Args:
            text: Of an answer.
        """
        scheme, _, carried = self._header.partition(" ")
        secret = b64decode(carried).decode().partition(":")[2] if scheme == "Basic" else ""
        for each in filter(None, (carried, secret)):
            text = text.replace(each, "<secret>")
        return text

    def current(self) -> GongAuth:
        """The header to use now; renewed first where it is about to expire."""
        return self

    def renew(self, refused: GongAuth) -> bool:
        """Get a new header after Gong refused one.

        Args:
            refused: What Gong refused, from :meth:`current`.

        Returns:
            Whether there is another one to try.
        """
        return False

    def same_as(self, other: GongAuth) -> bool:
        """Whether both put the same header on a request.

        Args:
            other: Another one.
        """
        return hmac.compare_digest(self._header.encode(), other._header.encode())

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the header to a request that is about to be sent."""
        request.headers["Authorization"] = self._header
        return request

    def __repr__(self) -> str:
        """Never the secret."""
        return f"{type(self).__name__}(...)"
