"""What is typed is sent, or refused: nothing of it is dropped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from gong_source.cli.commands import main
from tests.unit.scripted import Say, Scripted

Run = Callable[..., Result]


@pytest.fixture
def told(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment, in this process."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return env


def run(*words: Any) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)


def test_a_parameter_of_several_values_is_sent_with_all_of_them(
    told: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Scripted(lambda asked: Say({"requestId": "1"})) as server:
        monkeypatch.setenv("SOURCES__GONG__BASE_URL", server.url)
        typed = ("objectsCrmIds=A", "objectType=ACCOUNT", "objectsCrmIds=B", "objectsCrmIds=B")
        done = run("raw", "GET", "/v2/crm/entities", *(word for each in typed for word in ("--params", each)))
    assert done.exit_code == 0
    assert [one.asked_for for one in server.asked] == [
        "objectsCrmIds=A&objectsCrmIds=B&objectsCrmIds=B&objectType=ACCOUNT"
    ]


def test_a_field_of_a_form_has_one_file(told: dict[str, str], sandbox: Any, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
    words = [word for name in ("one", "two") for word in ("--files", f"a={tmp_path / name}")]
    done = run("raw", "POST", "/v2/new", *words)
    assert done.exit_code == 2
    assert "a is given several times, and can have one value. Nothing was sent." in done.stderr
    assert sandbox.counters.total == 0


NAMELESS = {
    "check": ["--for", ","],
    "login": ["--for", ""],
    "sync": ["--resources", " "],
    "report": ["--out", ""],
    "dbt-sources": ["--out", ""],
    "export-transcripts": ["--from", "2026-05-01", "--to", "2026-06-01", "--out", ""],
    "webhook": ["--inbox", ""],
    "purge": ["--yes", "--email", "ann@customer.example", "--inbox", ""],
    "backfill": ["--start-date", "2026-05-01", "--end-date", "2026-06-01", "--metrics", ""],
}


@pytest.mark.parametrize("command", NAMELESS)
def test_what_names_nothing_is_neither_everything_nor_here(command: str, told: dict[str, str], sandbox: Any) -> None:
    """As where a variable of a shell is not set."""
    done = run(command, *NAMELESS[command])
    assert done.exit_code == 2
    assert "it names nothing" in done.stderr
    assert sandbox.counters.total == 0
    assert not list(Path().glob("*.sqlite"))


@pytest.mark.parametrize("words", ["login --port 70000", "login --port -1", "sandbox --days 9999999", "demo --calls 0"])
def test_a_number_beyond_its_bounds_is_refused(words: str) -> None:
    done = run(*words.split())
    assert done.exit_code == 2
    assert "is not" in done.stderr


def test_no_whole_number_is_without_bounds() -> None:
    """A port has both, a count has the lower one; what counts days or records that are to be made has both too."""
    free = {
        f"{name} --{option.name}"
        for name, command in main.commands.items()
        for option in command.params
        if isinstance(option.type, click.types.IntParamType) and not isinstance(option.type, click.IntRange)
    }
    assert free == {"sandbox --seed"}
