"""How a setting is declared: its default, what it accepts and what it means stand beside the field."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.configuration.specs.base_configuration import is_secret_hint
from dlt.common.typing import TSecretValue

from gong_source.config.checks import Check


@dataclass(frozen=True)
class Setting:
    """What is known of one setting.

    Attributes:
        name: Of the field.
        default: As declared; None where there is none.
        check: What it accepts.
        doc: What it means, in Markdown.
        group: The table of the documentation that it stands in.
        unset: What holds where there is no default, in Markdown.
    """

    name: str
    default: Any
    check: Check
    doc: str
    group: str
    unset: str


def setting(default: Any, check: Check, doc: str, group: str = "", unset: str = "none") -> Any:
    """Declare a field of a configuration.

    Args:
        default: Its default; None where there is none.
        check: What it accepts.
        doc: What it means, in Markdown.
        group: The table of the documentation that it stands in.
        unset: What holds where there is no default, in Markdown.
    """
    return dataclasses.field(default=default, metadata={"check": check, "doc": doc, "group": group, "unset": unset})


class CheckedConfiguration(BaseConfiguration):
    """One whose values come as they were typed, from wherever: what they mean, their checks alone decide.

    dlt would make its field's type of what is in files and the environment, such as true of 1.5, and not of arguments.
    """

    @classmethod
    def get_resolvable_fields(cls) -> dict[str, type]:
        """As dlt has them, with any type where there is a check: any secret where it is one."""
        fields, checked = super().get_resolvable_fields(), settings_of(cls)
        free: Any = Any | None
        secret: Any = TSecretValue | None
        any_of = {name: secret if is_secret_hint(hint) else free for name, hint in fields.items()}
        return {name: any_of[name] if name in checked else hint for name, hint in fields.items()}


def settings_of(spec: type[BaseConfiguration]) -> dict[str, Setting]:
    """The settings of a configuration by name; nested configurations are none.

    Args:
        spec: Its class.
    """
    fields = [field for field in dataclasses.fields(spec) if "check" in field.metadata]
    return {field.name: Setting(name=field.name, default=field.default, **field.metadata) for field in fields}


def check_all(config: BaseConfiguration, section: str, names: Collection[str] | None = None) -> None:
    """Bring the settings of a configuration into their one form.

    Args:
        config: Filled in by dlt.
        section: Where its settings stand, such as ``sources.gong``.
        names: Those to check; all where None.

    Raises:
        GongConfigError: One is not accepted.
    """
    for name, declared in settings_of(type(config)).items():
        if names is None or name in names:
            setattr(config, name, declared.check(f"{section}.{name}", getattr(config, name)))
