"""Fills the tables of ``docs/configuration.md`` from the settings: ``python -m gong_source.cli.settings_page``.

Prose is written by hand; what stands between ``<!-- settings: GROUP -->`` and ``<!-- end -->`` is made here.
"""

from __future__ import annotations

import re
from pathlib import Path

from gong_source.config import GongCredentials, GongSettings, WebhookSettings
from gong_source.config.model import Setting, settings_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"


def groups() -> dict[str, dict[str, Setting]]:
    """Every table of the page: its settings by environment variable."""
    found: dict[str, dict[str, Setting]] = {}
    for section, spec in (("CREDENTIALS__", GongCredentials), ("", GongSettings), ("WEBHOOK__", WebhookSettings)):
        for name, declared in settings_of(spec).items():
            group = declared.group or section.strip("_").lower()
            found.setdefault(group, {})[f"SOURCES__GONG__{section}{name.upper()}"] = declared
    return found


def render(page: str) -> str:
    """The page with its tables made anew.

    Args:
        page: As it stands.

    Raises:
        ValueError: A table has no place on the page, or a place has no table.
    """
    tables = groups()
    places = re.findall(r"^<!-- settings: (.+) -->$", page, re.MULTILINE)
    if sorted(places) != sorted(tables):
        raise ValueError(f"the page has places for {sorted(places)}, the settings make {sorted(tables)}")
    for group, settings in tables.items():
        start, end = f"<!-- settings: {group} -->\n\n", "\n<!-- end -->"
        before, _, rest = page.partition(start.rstrip())
        page = "".join([before, start, _table(settings), end, rest.partition(end.strip())[2]])
    return page


def _table(settings: dict[str, Setting]) -> str:
    head = ["setting", "environment variable", "type", "default", "what it is"]
    rows = []
    for variable, declared in settings.items():
        default = declared.unset if declared.default is None else f"`{_toml(declared.default)}`"
        rows.append([f"`{declared.name}`", f"`{variable}`", declared.check.accepts, default, declared.doc])
    lines = [f"| {' | '.join(row)} |\n" for row in [head, *rows]]
    return "".join([lines[0], f"|{'---|' * len(head)}\n", *lines[1:]])


def _toml(default: object) -> str:
    """A default as toml has it, whole numbers without a fraction."""
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)


if __name__ == "__main__":
    PAGE.write_text(render(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
