"""What the documentation tells people to type exists, and what exists is documented."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import tomlkit

import gong_source
from gong_source.cli import settings_page
from gong_source.cli.commands import main
from gong_source.config import GongCredentials, GongSettings, WebhookSettings
from gong_source.streams.doc import page as tables_page

ROOT = Path(gong_source.__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
CONFIGURATION = ROOT / "docs" / "configuration.md"
SPECS = {
    "SOURCES__GONG__CREDENTIALS__": GongCredentials,
    "SOURCES__GONG__WEBHOOK__": WebhookSettings,
    "SOURCES__GONG__": GongSettings,
}
VARIABLES = {
    f"{prefix}{name.upper()}"
    for prefix, spec in SPECS.items()
    for name in spec.get_resolvable_fields()
    if name != "credentials"
}
"""Every environment variable that the source reads."""


def code(page: Path) -> str:
    """The code of a page, its blocks and its spans, with continued lines joined."""
    text = page.read_text()
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE))
    return "\n".join([*blocks, *spans]).replace("\\\n", " ")


def commands(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Every project command in a page, as its words: up to a comment, a pipe or the next command."""
    for line in re.findall(r"(?:python -m (?=pipelines\.)|^(?=gong-source ))([^\n#|;&>)]*)", code(page), re.MULTILINE):
        program, *words = line.split()
        yield program, words


def click_command(program: str) -> click.Command:
    """The click command behind ``pipelines.sync`` or ``gong-source``."""
    if program == "gong-source":
        return main
    importlib.import_module(program)  # it is there
    return main.commands[program.rpartition(".")[2]]


@pytest.fixture(params=PAGES, ids=lambda page: page.name)
def page(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_make_targets_exist(page: Path):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)", code(page)))
    assert not named - targets


def test_commands_and_options_exist(page: Path):
    wrong = []
    for program, words in commands(page):
        command = click_command(program)
        while isinstance(command, click.Group) and words and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        if isinstance(command, click.Group) and words and not words[0].startswith("-"):
            wrong.append(f"{program} {words[0]}")
        known = {option for parameter in command.params for option in [*parameter.opts, *parameter.secondary_opts]}
        given = {word.strip("[]").partition("=")[0] for word in words if word.strip("[").startswith("--")}
        wrong += [f"{program} {option}" for option in sorted(given - known - {"--help"})]
    assert not wrong


def test_variables_exist(page: Path):
    named = set(re.findall(r"SOURCES__GONG__[A-Z_]*[A-Z]", page.read_text()))
    assert not {
        name
        for name in named
        if name not in VARIABLES and name not in ("SOURCES__GONG__CREDENTIALS", "SOURCES__GONG__WEBHOOK")
    }


def test_every_setting_is_documented_once():
    page = CONFIGURATION.read_text()
    assert settings_page.render(page) == page, "run `make docs`"
    rows = re.findall(r"^\| `\w+` \| `(SOURCES__GONG__\w+)` \|", page, re.MULTILINE)
    assert sorted(rows) == sorted(VARIABLES)


@pytest.mark.parametrize("name", ["config.toml", "example.secrets.toml"])
def test_example_files_set_what_exists(name: str):
    lines = (ROOT / ".dlt" / name).read_text()
    uncommented = re.sub(r"^# (?=\w+ = )", "", lines, flags=re.MULTILINE)
    gong = tomlkit.parse(uncommented).unwrap()["sources"]["gong"]
    credentials = gong.pop("credentials", {})
    assert set(gong) <= set(GongSettings.get_resolvable_fields())
    assert set(credentials) <= set(GongCredentials.get_resolvable_fields())


def test_tables_page_is_current():
    page = ROOT / "docs" / "tables.md"
    assert page.read_text().strip() == tables_page().strip(), "run `make docs`"
