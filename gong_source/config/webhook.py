"""Settings of the webhook receiver, resolved by dlt like all others; ``SOURCES__GONG__WEBHOOK__...``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from dlt.common.configuration import configspec
from dlt.common.typing import TSecretStrValue

from gong_source.config.checks import Text, as_list
from gong_source.config.model import CheckedConfiguration, check_all, setting
from gong_source.errors import GongConfigError

SECTION = "sources.gong.webhook"

_SECRET = re.compile(r"[\w-]{16,200}", re.ASCII)


@dataclass(frozen=True)
class Keys:
    """Public keys, in base64 or PEM: neither has commas."""

    accepts: str = "list"

    def __call__(self, where: str, value: Any) -> list[str]:
        """A list from a list, or from text with commas."""
        return as_list(where, value)


@configspec
class WebhookSettings(CheckedConfiguration):
    """What the webhook receiver trusts, under ``[sources.gong.webhook]``."""

    public_keys: Any | None = setting(
        None,
        Keys(),
        "Keys of the rules, as shown or as PEM; several as a list, in the environment with commas.",
    )
    url: str | None = setting(None, Text(), "The URL exactly as typed into the rules. Needed with `public_keys`.")
    path_secret: TSecretStrValue | None = setting(
        None, Text(ascii=True), "The secret in `/gong/SECRET`: 16 to 200 letters, digits, `-`, `_`."
    )

    def on_resolved(self) -> None:
        """Bring the keys into a list, and refuse settings under which every event or none would be let in.

        Raises:
            GongConfigError: Naming what is missing.
        """
        check_all(self, SECTION)
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
