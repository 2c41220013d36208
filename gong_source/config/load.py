"""Resolving settings as dlt does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import dlt
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
from gong_source.config.model import Setting, settings_of
from gong_source.config.settings import GongSettings
from gong_source.config.webhook import WebhookSettings
from gong_source.errors import GongConfigError

SECTIONS = ("sources", "gong")
NESTED: Mapping[str, type[BaseConfiguration]] = {"credentials": GongCredentials, "webhook": WebhookSettings}
"""The sections in it."""

Spec = TypeVar("Spec", bound=BaseConfiguration)


def load_settings(
    *, pipeline_name: str | None = None, sections: tuple[str, ...] = SECTIONS, **overrides: Any
) -> GongSettings:
    """Resolve the settings as dlt does: arguments, then environment, then ``.dlt/secrets.toml`` and ``config.toml``.

    Args:
        sections: Where they stand, of a source that was cloned.
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
    specs: dict[tuple[str, ...], type[BaseConfiguration]] = {
        sections: GongSettings,
        (*sections, "credentials"): GongCredentials,
    }
    try:
        return _resolve(GongSettings(), specs, overrides, pipeline_name)
    except GongConfigError as error:
        raise GongConfigError(_moved(str(error), sections)) from error.__cause__


def load_webhook_settings(*, pipeline_name: str | None = None, **overrides: Any) -> WebhookSettings:
    """Resolve the receiver's settings from the same places as :func:`load_settings`.

    Args:
        pipeline_name: Of the pipeline whose own section comes first, or None.
        **overrides: Fields of :class:`WebhookSettings`; None means "not given".

    Raises:
        GongConfigError: A setting is missing, unknown or not allowed.
    """
    return _resolve(WebhookSettings(), {(*SECTIONS, "webhook"): WebhookSettings}, overrides, pipeline_name)


def load_setting(name: str, pipeline_name: str | None = None) -> Any:
    """One setting by itself, for what needs no credentials.

    Args:
        name: A field of :class:`GongSettings`.
        pipeline_name: Of the pipeline whose own section comes before the general one.

    Raises:
        GongConfigError: Its value is not allowed, or a setting is unknown.
    """
    refuse_unknown(SECTIONS, _known(), pipeline_name)
    where, declared = ".".join((*SECTIONS, name)), settings_of(GongSettings)[name]
    places = [f"{pipeline_name}.{where}", where] if pipeline_name else [where]
    found: list[Any] = [dlt.config.get(place) for place in places]
    return declared.check(where, next((each for each in found if each is not None), declared.default))


def _resolve(
    config: Spec,
    specs: Mapping[tuple[str, ...], type[BaseConfiguration]],
    overrides: Mapping[str, Any],
    pipeline_name: str | None,
) -> Spec:
    """Fill in a configuration from arguments and from dlt's providers.

    Args:
        config: An empty one.
        specs: Where its settings stand and their class, then the same of those in it.
        overrides: Arguments; None means "not given".
        pipeline_name: Of the pipeline whose own section comes first; the active pipeline where None.

    Raises:
        GongConfigError: A setting is missing, unknown or not allowed, or a file can't be read.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    for name in given:
        if name not in (known := config.get_resolvable_fields()):
            raise unknown_setting(name, name, known)
    read_files()
    pipeline_name = pipeline_name or _active_pipeline()
    refuse_unknown(next(iter(specs))[: len(SECTIONS)], _known(), pipeline_name)
    try:
        with inject_section(ConfigSectionContext(pipeline_name=pipeline_name)):
            return resolve_configuration(config, sections=next(iter(specs)), explicit_value=given)
    except ConfigurationException as error:
        raise GongConfigError(_sentence(error, specs)) from error


def _moved(sentence: str, sections: tuple[str, ...]) -> str:
    """A sentence with the sections of a cloned source in place of the general ones."""
    variables = "__".join(SECTIONS).upper(), "__".join(sections).upper()
    return sentence.replace(".".join(SECTIONS), ".".join(sections)).replace(*variables)


def _active_pipeline() -> str | None:
    """The pipeline whose source is being built, or that was made last."""
    pipelines = Container()[PipelineContext]
    building = Container()[ConfigSectionContext].pipeline_name
    return building or (pipelines.pipeline().pipeline_name if pipelines.is_active() else None)


def _known() -> Known:
    return Known(settings_of(GongSettings), {section: settings_of(spec) for section, spec in NESTED.items()})


def _sentence(error: ConfigurationException, specs: Mapping[tuple[str, ...], type[BaseConfiguration]]) -> str:
    if isinstance(error, ConfigValueCannotBeCoercedException):
        for section, spec in specs.items():
            if declared := settings_of(spec).get(error.field_name):
                return _refusal(declared, ".".join((*section, error.field_name)), error.field_value)
    if isinstance(error, ValueNotSecretException):
        return f"{error.key} is a secret: it belongs into .dlt/secrets.toml or the environment, not into config.toml."
    return f"The configuration under [{'.'.join(next(iter(specs)))}] can't be read: {type(error).__name__}."


def _refusal(declared: Setting, where: str, value: Any) -> str:
    """Why a setting does not accept what dlt could not make its type of."""
    try:
        declared.check(where, value)
    except GongConfigError as refused:
        return str(refused)
    return f"{where} has a value of the wrong type."


def _credentials_from(fields: Mapping[str, Any]) -> GongCredentials:
    credentials = GongCredentials()
    for name in fields:
        if name not in (known := credentials.get_resolvable_fields()):
            raise unknown_setting(f"credentials.{name}", str(name), known)
    credentials.update(fields)
    credentials.on_resolved()
    credentials.__is_resolved__ = True
    return credentials
