"""Resolving settings as dlt does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from dlt.common.configuration import resolve_configuration
from dlt.common.configuration.container import Container
from dlt.common.configuration.exceptions import (
    ConfigurationException,
    ConfigValueCannotBeCoercedException,
    ValueNotSecretException,
)
from dlt.common.configuration.resolve import inject_section
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.configuration.specs.config_section_context import ConfigSectionContext
from dlt.common.pipeline import PipelineContext

from gong_source.config.credentials import GongCredentials
from gong_source.config.files import read_files
from gong_source.config.keys import Known, refuse_unknown, unknown_setting
from gong_source.config.model import settings_of
from gong_source.config.settings import GongSettings
from gong_source.errors import GongConfigError

SECTIONS = ("sources", "gong")
NESTED = ("credentials", "webhook")

Spec = TypeVar("Spec", bound=BaseConfiguration)


def load_settings(*, pipeline_name: str | None = None, **overrides: Any) -> GongSettings:
    """Resolve the settings as dlt does: arguments, then environment, then ``.dlt/secrets.toml`` and ``config.toml``.

    Args:
        pipeline_name: Of the pipeline whose own section, ``[PIPELINE.sources.gong]``, comes before the general one;
            the active pipeline where None, as dlt has it.
        **overrides: Fields of :class:`GongSettings`; None means "not given". ``credentials`` may be a
            :class:`GongCredentials` or a mapping of its fields.

    Raises:
        GongConfigError: A setting is missing, unknown or not allowed.
    """
    if isinstance(credentials := overrides.get("credentials"), Mapping):
        overrides["credentials"] = _credentials_from(credentials)
    elif credentials is not None:
        raise GongConfigError(
            f"credentials are GongCredentials or a dict of their fields, not {type(credentials).__name__}."
        )
    inner = settings_of(GongCredentials)
    keys = {
        SECTIONS: Known([*settings_of(GongSettings), *(f"credentials.{name}" for name in inner)], NESTED, others=True),
        (*SECTIONS, "credentials"): Known(inner),
    }
    return resolve(GongSettings(), SECTIONS, overrides, pipeline_name, keys)


def resolve(
    config: Spec,
    sections: tuple[str, ...],
    overrides: Mapping[str, Any],
    pipeline_name: str | None,
    keys: Mapping[tuple[str, ...], Known],
) -> Spec:
    """Fill in a configuration from arguments and from dlt's providers.

    Args:
        config: An empty one.
        sections: Where its settings stand.
        overrides: Arguments; None means "not given".
        pipeline_name: Of the pipeline whose own section comes first; the active pipeline where None.
        keys: All that may stand in its section and in others.

    Raises:
        GongConfigError: A setting is missing, unknown or not allowed, or a file can't be read.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    for name in given:
        if name not in (known := config.get_resolvable_fields()):
            raise unknown_setting(name, name, known)
    read_files()
    pipeline_name = pipeline_name or _active_pipeline()
    for section, known_keys in keys.items():
        refuse_unknown(section, known_keys, pipeline_name)
    try:
        with inject_section(ConfigSectionContext(pipeline_name=pipeline_name)):
            return resolve_configuration(config, sections=sections, explicit_value=given)
    except ConfigurationException as error:
        raise GongConfigError(_sentence(error, config, ".".join(sections))) from error


def _active_pipeline() -> str | None:
    """The pipeline whose source is being built, or that was made last."""
    pipelines = Container()[PipelineContext]
    building = Container()[ConfigSectionContext].pipeline_name
    return building or (pipelines.pipeline().pipeline_name if pipelines.is_active() else None)


def _sentence(error: ConfigurationException, config: BaseConfiguration, section: str) -> str:
    if isinstance(error, ConfigValueCannotBeCoercedException):
        declared = settings_of(type(config)).get(error.field_name)
        accepts = f": it must be a {declared.check.accepts}" if declared else ""
        return f"{section}.{error.field_name} has a value of the wrong type{accepts}."
    if isinstance(error, ValueNotSecretException):
        return f"{error.key} is a secret: it belongs into .dlt/secrets.toml or the environment, not into config.toml."
    return f"The configuration under [{section}] can't be read: {type(error).__name__}."


def _credentials_from(fields: Mapping[str, Any]) -> GongCredentials:
    credentials = GongCredentials()
    for name in fields:
        if name not in (known := credentials.get_resolvable_fields()):
            raise unknown_setting(f"credentials.{name}", str(name), known)
    credentials.update(fields)
    credentials.on_resolved()
    credentials.__is_resolved__ = True
    return credentials
