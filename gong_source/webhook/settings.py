"""Settings of the webhook receiver, resolved by dlt like all others; ``SOURCES__GONG__WEBHOOK__...``."""

from __future__ import annotations

import re
from typing import Any

from dlt.common.configuration import configspec, resolve_configuration
from dlt.common.configuration.exceptions import ConfigurationValueError
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.typing import TSecretStrValue

from gong_source.config import SECTIONS
from gong_source.errors import GongConfigError

_SECRET = re.compile(r"[\w-]{16,200}", re.ASCII)


@configspec
class WebhookSettings(BaseConfiguration):
    """What the webhook receiver trusts, under ``[sources.gong.webhook]``."""

    public_keys: Any | None = None
    url: str | None = None
    path_secret: TSecretStrValue | None = None

    def on_resolved(self) -> None:
        """Bring the keys into a list, and refuse settings under which every event or none would be let in.

        Raises:
            GongConfigError: Naming what is missing.
        """
        self.public_keys = _listed(self.public_keys)
        if bool(self.public_keys) != bool(self.url):
            raise GongConfigError(
                "Signed webhooks need both sources.gong.webhook.public_keys, as Gong's rule shows it, and "
                "sources.gong.webhook.url, exactly as typed into the rule."
            )
        if not self.public_keys and not self.path_secret:
            raise GongConfigError(
                "Nothing says which webhooks to trust: set SOURCES__GONG__WEBHOOK__PUBLIC_KEYS and "
                "SOURCES__GONG__WEBHOOK__URL for signed ones, or SOURCES__GONG__WEBHOOK__PATH_SECRET for a secret in "
                "the URL."
            )
        if self.path_secret and not _SECRET.fullmatch(self.path_secret):
            raise GongConfigError(
                "sources.gong.webhook.path_secret must be 16 to 200 letters, digits, '-' or '_', such as "
                "`openssl rand -hex 32` makes."
            )


def load_webhook_settings(**overrides: Any) -> WebhookSettings:
    """Resolve the receiver's settings from the same places as :func:`load_settings`.

    Args:
        **overrides: Fields of :class:`WebhookSettings`; None means "not given".

    Raises:
        GongConfigError: A setting is missing or not allowed.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return resolve_configuration(WebhookSettings(), sections=(*SECTIONS, "webhook"), explicit_value=given)
    except ConfigurationValueError as error:
        raise GongConfigError("A setting under [sources.gong.webhook] has a value of the wrong type.") from error


def _listed(value: Any) -> list[str]:
    """A list from a list, or from text with commas; neither base64 nor PEM has any."""
    items = value.split(",") if isinstance(value, str) else value or []
    return [text for item in items if (text := str(item).strip())]
