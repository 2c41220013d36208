"""Credentials and settings, resolved by dlt from toml files and the environment. No I/O beyond that.

Everything lives under ``[sources.gong]``; environment variables are ``SOURCES__GONG__...``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from dlt.common.configuration import configspec, resolve_configuration
from dlt.common.configuration.exceptions import ConfigurationValueError
from dlt.common.configuration.specs import BaseConfiguration, CredentialsConfiguration
from dlt.common.typing import TSecretStrValue

from gong_source.errors import GongConfigError
from gong_source.ranges import parse_instant

SECTIONS = ("sources", "gong")

CALL_PARTS = (
    "parties",
    "context",
    "structure",
    "topics",
    "trackers",
    "brief",
    "outline",
    "highlights",
    "call_outcome",
    "key_points",
    "speakers",
    "interaction_stats",
    "video",
    "questions",
    "comments",
)
"""The parts of a call that can be asked for: everything but media, whose URLs differ in every answer."""

_NUMBERS = {
    "lookback_days": 0.0,
    "chunk_days": 0.01,
    "transcript_retry_days": 0.0,
    "requests_per_second": 0.0,
    "daily_requests": 0,
    "max_retry_wait": 0.0,
    "max_attempts": 1,
    "connect_timeout": 0.01,
    "read_timeout": 0.01,
}
"""Settings that are numbers, with the least that each may be; whole where that is whole."""

CONTEXT_TIMINGS = ("Now", "TimeOfCall")


@configspec
class GongCredentials(CredentialsConfiguration):
    """How to authenticate: an access key with its secret, or OAuth by one token or by a client with a token store.

    Only the fields of ``auth_type`` are used, whatever else a toml file fills in: a union of two credential classes
    would let the first that resolves win silently, and read another company's tenant.
    """

    auth_type: Literal["access_key", "oauth"] = "access_key"
    access_key: TSecretStrValue | None = None
    access_key_secret: TSecretStrValue | None = None
    access_token: TSecretStrValue | None = None
    client_id: str | None = None
    client_secret: TSecretStrValue | None = None
    refresh_token: TSecretStrValue | None = None
    token_path: str | None = None
    token_store: str | None = None
    oauth_url: str = "https://app.gong.io"

    __config_gen_annotations__: ClassVar[list[str]] = ["access_key", "access_key_secret"]

    def on_resolved(self) -> None:
        """Check that the fields of the chosen ``auth_type`` are all there.

        Raises:
            GongConfigError: One sentence that names the keys to set.
        """
        if self.auth_type not in ("access_key", "oauth"):
            raise GongConfigError(f"Gong credentials: auth_type is access_key or oauth, not {self.auth_type!r}.")
        if self.has_oauth_client:
            self.oauth_url = checked_base_url(self.oauth_url, "sources.gong.credentials.oauth_url")
            return
        needed = ("access_token",) if self.auth_type == "oauth" else ("access_key", "access_key_secret")
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            names = " and ".join(missing)
            variables = " and ".join(f"SOURCES__GONG__CREDENTIALS__{name.upper()}" for name in missing)
            raise GongConfigError(
                f"Gong credentials are incomplete: set {names} under [sources.gong.credentials] in .dlt/secrets.toml, "
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


@configspec
class GongSettings(BaseConfiguration):
    """Every setting of the source; docs/configuration.md describes each."""

    credentials: GongCredentials = None  # type: ignore[assignment]  # required: dlt fills it in
    base_url: str = "https://api.gong.io"
    start_date: Any | None = None
    lookback_days: float = 7.0
    chunk_days: float = 30.0
    transcript_retry_days: float = 14.0
    requests_per_second: float = 3.0
    daily_requests: int = 10000
    max_retry_wait: float = 300.0
    max_attempts: int = 5
    connect_timeout: float = 10.0
    read_timeout: float = 120.0
    workspace_ids: Any | None = None
    include_private_calls: bool = True
    call_parts: Any | None = None
    context_timing: Any | None = None
    include_avatars: bool = False

    def on_resolved(self) -> None:
        """Bring lists and dates into one form and refuse values that make no sense.

        Raises:
            GongConfigError: Naming the setting and what it accepts.
        """
        self.base_url = checked_base_url(self.base_url)
        self.start_date = _checked_date("start_date", self.start_date)
        self.workspace_ids = _as_list(self.workspace_ids)
        self.call_parts = _chosen("call_parts", self.call_parts, CALL_PARTS, default=CALL_PARTS)
        self.context_timing = _chosen("context_timing", self.context_timing, CONTEXT_TIMINGS, default=("Now",))
        for name in ("include_private_calls", "include_avatars"):
            if not isinstance(getattr(self, name), bool):
                raise GongConfigError(f"sources.gong.{name} is true or false, not {getattr(self, name)!r}.")
        for name, least in _NUMBERS.items():
            setattr(self, name, _checked_number(name, getattr(self, name), least))

    @property
    def lookback(self) -> timedelta:
        """How late a row may arrive and still be found by the next run."""
        return timedelta(days=self.lookback_days)

    @property
    def transcript_patience(self) -> timedelta:
        """How long a transcript is awaited after it was first asked for."""
        return timedelta(days=self.transcript_retry_days)

    @property
    def chunk(self) -> timedelta:
        """The longest range read and committed as one."""
        return timedelta(days=self.chunk_days)


def load_settings(**overrides: Any) -> GongSettings:
    """Resolve the settings as dlt does: arguments, then environment, then ``.dlt/secrets.toml`` and ``config.toml``.

    Args:
        **overrides: Fields of :class:`GongSettings`; None means "not given". ``credentials`` may be a
            :class:`GongCredentials` or a mapping of its fields.

    Raises:
        GongConfigError: A setting is missing, unknown or not allowed.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    unknown = set(given) - set(GongSettings.get_resolvable_fields())
    if unknown:
        raise GongConfigError(f"Unknown setting: {', '.join(sorted(unknown))}.")
    if isinstance(credentials := given.get("credentials"), Mapping):
        given["credentials"] = _credentials_from(credentials)
    try:
        return resolve_configuration(GongSettings(), sections=SECTIONS, explicit_value=given)
    except ConfigurationValueError as error:
        raise GongConfigError(f"A setting under [sources.gong] has a value of the wrong type: {error}") from error


def _credentials_from(fields: Mapping[str, Any]) -> GongCredentials:
    credentials = GongCredentials()
    credentials.update(fields)
    credentials.on_resolved()
    credentials.__is_resolved__ = True
    return credentials


def checked_base_url(url: str, setting: str = "sources.gong.base_url") -> str:
    """Scheme and host of Gong's API, without a trailing slash or ``/v2``.

    Args:
        url: As typed; https, or http for a loopback address.
        setting: Where it was typed, for the message.

    Raises:
        GongConfigError: For another scheme, credentials inside, or no host.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise GongConfigError(f"sources.gong.base_url is not a URL: {type(error).__name__}.") from None
    allowed = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))
    if not host or port == 0 or not allowed or "@" in parts.netloc or parts.query:
        shown = f"{parts.scheme}://{host}" if host else "empty or without a scheme"
        raise GongConfigError(
            f"{setting} must be an https URL such as https://us-12345.api.gong.io "
            f"(plain http for loopback addresses only); it is {shown}."
        )
    path = parts.path.rstrip("/").removesuffix("/v2")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _checked_number(name: str, value: Any, least: float) -> float:
    try:
        number = type(least)(value)
    except (TypeError, ValueError) as error:
        raise GongConfigError(f"sources.gong.{name} must be a number, it is {value!r}.") from error
    if not least <= number < float("inf"):
        raise GongConfigError(f"sources.gong.{name} must be at least {least}, it is {value}.")
    return number


def _checked_date(name: str, value: Any) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        return parse_instant(value)
    except ValueError as error:
        raise GongConfigError(f"sources.gong.{name} is not a date or time in ISO 8601: {value!r}.") from error


def _as_list(value: Any) -> list[str]:
    """A list from a list, one value, or text with commas or in JSON, as environment variables have it."""
    if value is None:
        return []
    if isinstance(value, str) and value.strip().startswith("["):
        value = value.strip().strip("[]").replace('"', "").replace("'", "")
    items = value.split(",") if isinstance(value, str) else value if isinstance(value, (list, tuple)) else [value]
    return [text for item in items if (text := str(item).strip())]


def _chosen(name: str, value: Any, known: tuple[str, ...], default: tuple[str, ...]) -> list[str]:
    chosen = _as_list(value) or list(default)
    if wrong := sorted(set(chosen) - set(known)):
        raise GongConfigError(f"sources.gong.{name} has no {', '.join(wrong)}; it takes: {', '.join(known)}.")
    return [item for item in known if item in chosen]
