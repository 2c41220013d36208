"""How a request carries the credentials: an access key, a bearer token, or OAuth tokens that are renewed."""

from __future__ import annotations

from gong_source.api.auth.header import GongAuth
from gong_source.api.auth.oauth import OAuthServer, authorize_url
from gong_source.api.auth.rotation import RotatingAuth
from gong_source.api.auth.stores import TokenStore, lock_path, locked, open_store
from gong_source.api.auth.token_file import FileTokenStore
from gong_source.api.auth.tokens import Tokens
from gong_source.api.patience import OnWait, tell_nobody
from gong_source.config import GongSettings

__all__ = [
    "FileTokenStore",
    "GongAuth",
    "OAuthServer",
    "RotatingAuth",
    "TokenStore",
    "Tokens",
    "authorize_url",
    "lock_path",
    "locked",
    "make_auth",
    "open_store",
]


def make_auth(settings: GongSettings, store: TokenStore | None = None, on_wait: OnWait = tell_nobody) -> GongAuth:
    """Basic for an access key, Bearer for OAuth (reference: authentication).

    Args:
        settings: With resolved credentials, so that the fields of their ``auth_type`` are set.
        store: Where OAuth tokens are kept, in place of the configured one.
        on_wait: Is told of each wait for new tokens.

    Raises:
        GongConfigError: There is an OAuth client, and nobody has logged in yet.
    """
    credentials = settings.credentials
    if credentials.has_oauth_client:
        return RotatingAuth(settings, store or open_store(credentials), on_wait)
    if credentials.auth_type == "oauth":
        return GongAuth.bearer(str(credentials.access_token))
    return GongAuth.basic(str(credentials.access_key), str(credentials.access_key_secret))
