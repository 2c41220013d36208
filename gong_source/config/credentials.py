"""The credentials of one Gong tenant."""

from __future__ import annotations

from typing import ClassVar, Literal

from dlt.common.configuration import configspec
from dlt.common.configuration.specs import CredentialsConfiguration
from dlt.common.typing import TSecretStrValue

from gong_source.config.checks import Choice, Text
from gong_source.config.model import CheckedConfiguration, check_all, setting
from gong_source.config.urls import Url
from gong_source.errors import GongConfigError

SECTION = "sources.gong.credentials"

USED = {
    "access_key": ("access_key", "access_key_secret"),
    "oauth": ("access_token", "client_id", "client_secret", "refresh_token", "token_path", "token_store", "oauth_url"),
}
"""The fields of each ``auth_type``."""

HEADER = Text(ascii=True)
"""What is sent in a header."""


@configspec
class GongCredentials(CheckedConfiguration, CredentialsConfiguration):
    """How to authenticate: an access key with its secret, or OAuth by one token or by a client with a token store.

    Only the fields of ``auth_type`` are used, whatever else a toml file fills in: a union of two credential classes
    would let the first that resolves win silently, and read another company's tenant.
    """

    auth_type: Literal["access_key", "oauth"] = setting(
        "access_key",
        Choice(("access_key", "oauth")),
        "Only the fields of the chosen kind are used, whatever else is set.",
    )
    access_key: TSecretStrValue | None = setting(
        None, HEADER, "The access key that a technical administrator makes in Gong's API settings."
    )
    access_key_secret: TSecretStrValue | None = setting(None, HEADER, "Its secret, shown once.")
    access_token: TSecretStrValue | None = setting(
        None, HEADER, 'With `auth_type = "oauth"`: a bearer token that is valid now.'
    )
    client_id: str | None = setting(
        None,
        HEADER,
        'With `auth_type = "oauth"`: the client of an OAuth integration, whose tokens come from a token store and are '
        "renewed; see [OAuth](oauth.md).",
    )
    client_secret: TSecretStrValue | None = setting(None, HEADER, "Its secret.")
    refresh_token: TSecretStrValue | None = setting(
        None, HEADER, "The first refresh token, where nobody can log in; used once, while the store is empty."
    )
    token_path: str | None = setting(
        None, Text(), "Where tokens are kept, with mode 0600.", unset="a file in dlt's data directory"
    )
    token_store: str | None = setting(
        None, Text(), "`package.module:Class` with `load` and `save`, in place of the file."
    )
    oauth_url: str = setting("https://app.gong.io", Url(), "Gong's OAuth server.")

    __config_gen_annotations__: ClassVar[list[str]] = ["access_key", "access_key_secret"]

    def on_resolved(self) -> None:
        """Check that the fields of the chosen ``auth_type`` are all there.

        Raises:
            GongConfigError: One sentence that names the keys to set.
        """
        check_all(self, SECTION, ("auth_type",))
        check_all(self, SECTION, USED[self.auth_type])
        if self.has_oauth_client:
            return
        needed = USED[self.auth_type] if self.auth_type == "access_key" else ("access_token",)
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            names = " and ".join(missing)
            variables = " and ".join(f"SOURCES__GONG__CREDENTIALS__{name.upper()}" for name in missing)
            raise GongConfigError(
                f"Gong credentials are incomplete: set {names} under [{SECTION}] in .dlt/secrets.toml, "
                f"or in the environment as {variables}."
                + (
                    " Or set client_id and client_secret there, and run `gong-source login`."
                    * ("oauth" in self.auth_type)
                )
            )

    @property
    def has_oauth_client(self) -> bool:
        """Whether tokens come from a store and are renewed, which needs the client's own id and secret."""
        return self.auth_type == "oauth" and bool(self.client_id and self.client_secret)

    def __repr__(self) -> str:
        """Never the secrets."""
        return f"GongCredentials(auth_type={self.auth_type!r})"

    __str__ = __repr__
