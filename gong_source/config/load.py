"""Resolving settings as dlt does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from dlt.common.configuration import resolve_configuration
from dlt.common.configuration.exceptions import (
    ConfigurationException,
    ConfigValueCannotBeCoercedException,
    ValueNotSecretException,
)
from dlt.common.configuration.resolve import inject_section
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.configuration.specs.config_section_context import ConfigSectionContext

from gong_source.config.credentials import GongCredentials
from gong_source.config.model import settings_of
from gong_source.config.settings import GongSettings
from gong_source.errors import GongConfigError

SECTIONS = ("sources", "gong")

Spec = TypeVar("Spec", bound=BaseConfiguration)


def load_settings(*, pipeline_name: str | None = None, **overrides: Any) -> GongSettings:
    """Resolve the settings as dlt does: arguments, then environment, then ``.dlt/secrets.toml`` and ``config.toml``.

    Args:
        pipeline_name: Of the pipeline whose own section, ``[PIPELINE.sources.gong]``, comes before the general one.
        **overrides: Fields of :class:`GongSettings`; None means "not given". ``credentials`` may be a
            :class:`GongCredentials` or a mapping of its fields.

    Raises:
        GongConfigError: A setting is missing, unknown or not allowed.
    """
    if isinstance(credentials := overrides.get("credentials"), Mapping):
        overrides["credentials"] = _credentials_from(credentials)
    return resolve(GongSettings(), SECTIONS, overrides, pipeline_name)


def resolve(config: Spec, sections: tuple[str, ...], overrides: Mapping[str, Any], pipeline_name: str | None) -> Spec:
    """Fill in a configuration from arguments and from dlt's providers.

    Args:
        config: An empty one.
        sections: Where its settings stand.
        overrides: Arguments; None means "not given".
        pipeline_name: Of the pipeline whose own section comes first, or None.

    Raises:
        GongConfigError: A setting is missing, unknown or not allowed.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    unknown = set(given) - set(config.get_resolvable_fields())
    if unknown:
        raise GongConfigError(f"Unknown setting: {', '.join(sorted(unknown))}.")
    try:
        with inject_section(ConfigSectionContext(pipeline_name=pipeline_name)):
            return resolve_configuration(config, sections=sections, explicit_value=given)
    except ConfigurationException as error:
        raise GongConfigError(_sentence(error, config, ".".join(sections))) from error


def _sentence(error: ConfigurationException, config: BaseConfiguration, section: str) -> str:
    if isinstance(error, ConfigValueCannotBeCoercedException):
        declared = settings_of(type(config)).get(error.field_name)
        accepts = f": it must be a {declared.check.accepts}" if declared else ""
        return f"{section}.{error.field_name} has a value of the wrong type{accepts}."
    if isinstance(error, ValueNotSecretException):
        return f"{error.key} is a secret: it belongs into .dlt/secrets.toml or the environment, not into config.toml."
    return f"The configuration under [{section}] can't be read: {error}"


def _credentials_from(fields: Mapping[str, Any]) -> GongCredentials:
    credentials = GongCredentials()
    credentials.update(fields)
    credentials.on_resolved()
    credentials.__is_resolved__ = True
    return credentials
