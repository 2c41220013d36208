"""How a request carries the credentials. Both kinds are requests' own ``AuthBase``, silent in ``repr``."""

from __future__ import annotations

from base64 import b64encode

from requests import PreparedRequest
from requests.auth import AuthBase

from gong_source.config import GongCredentials


class GongAuth(AuthBase):
    """Puts one ``Authorization`` header on each request."""

    def __init__(self, header: str) -> None:
        """Keep the header.

        Args:
            header: The whole value of ``Authorization``.
        """
        self._header = header

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the header to a request that is about to be sent."""
        request.headers["Authorization"] = self._header
        return request

    def __repr__(self) -> str:
        """Never the secret."""
        return f"{type(self).__name__}(...)"


def make_auth(credentials: GongCredentials) -> GongAuth:
    """Basic for an access key, Bearer for an OAuth token (reference: authentication).

    Args:
        credentials: Resolved, so that the fields of its ``auth_type`` are set.
    """
    if credentials.auth_type == "oauth":
        return GongAuth(f"Bearer {credentials.access_token}")
    pair = f"{credentials.access_key}:{credentials.access_key_secret}"
    return GongAuth(f"Basic {b64encode(pair.encode()).decode()}")
