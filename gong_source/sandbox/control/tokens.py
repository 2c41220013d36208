"""Controls for OAuth tokens."""

from __future__ import annotations

from gong_source.sandbox.control.base import ControlBase


class TokenControl(ControlBase):
    """Ends access tokens, and sets how long they live."""

    def expire_tokens(self) -> None:
        """End all OAuth access tokens; refresh tokens stay."""
        self._app.access.oauth.expire()

    def set_token_lifetime(self, seconds: int) -> None:
        """Set how long access tokens given from now on are valid."""
        self._app.access.oauth.lifetime = seconds
