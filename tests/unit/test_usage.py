"""What is typed wrong is one sentence and exit code 2, before anything is asked."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

from gong_source.cli.commands import main
from gong_source.cli.loading import Loading, loading_options
from gong_source.cli.numbers import Finite

NEVER = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _configured(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is needed, of a Gong that is never asked."""
    for name, value in (("BASE_URL", NEVER), ("CREDENTIALS__ACCESS_KEY", "k"), ("CREDENTIALS__ACCESS_KEY_SECRET", "s")):
        monkeypatch.setenv(f"SOURCES__GONG__{name}", value)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("sandbox --calls -5", "--calls"),
        ("sandbox --users 0", "--users"),
        ("sandbox --days 0", "--days"),
        ("sandbox --sentences -1", "--sentences"),
        ("sandbox --latency -1", "--latency"),
        ("sync --resources ,", "leave it out, or name some"),
        ("streams --resources calls,nope", "There is no resource nope"),
        ("dbt-sources --source-name {{x}}", "letters, digits, _ and -"),
        ("dbt-sources --source-name a'b", "letters, digits, _ and -"),
        ("dbt-sources --source-name=", "letters, digits, _ and -"),
        ("sync --resources cals", "did you mean calls?"),
        ("sync --resources Transcript", "did you mean transcripts?"),
        ("sync --resources xyz", "There is no resource xyz; there are calls, "),
        ("backfill --start-date 2026-05-01 --end-date 2026-06-01 --resources ''", "leave it out, or name some"),
        ("reconcile --rolling 0", "--rolling"),
        ("views --dataset-name nope", "run gong-source sync first"),
        ("dbt-sources --dataset-name nope", "run gong-source sync first"),
        ("purge --yes --offline --email nobody", "One of the e-mail addresses is none"),
        ("purge --yes --offline --email a@b.example --phone none", "One of the phone numbers is none"),
    ],
)
def test_wrong_usage_is_told(typed: str, told: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, [word.strip("'") for word in typed.split(" ")])
    assert done.exit_code == 2, done.output
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("*.sqlite*"))


@pytest.mark.parametrize(
    "typed",
    [
        "status --dataset-name nope",
        "verify --dataset-name nope",
        "views --dataset-name nope",
        "purge --yes --offline --email nobody",
        "purge --yes --offline --bogus",
        "reset calls --dataset-name nope",
        "status --max-lag soon",
        "sync --resources ,",
        "sync --destination mysql",
        "backfill",
    ],
)
def test_every_error_is_json_where_that_is_asked_for(typed: str) -> None:
    """On standard error, on standard output, or on both."""
    both = ("--log-format", "json"), ("--json",)
    plain, lines, report = (CliRunner().invoke(main, [*typed.split(), *words]) for words in ((), *both))
    assert (plain.exit_code, lines.exit_code, report.exit_code) == (2, 2, 2)
    assert plain.stdout == lines.stdout == ""
    assert plain.stderr == report.stderr
    told = [json.loads(line) for line in lines.stderr.splitlines()]
    said = plain.stderr.rpartition("Error: ")[2].strip()
    assert [(line["level"], line["message"]) for line in told] == [("error", said)]
    assert json.loads(report.stdout) == {"failures": {"run": said}, "exit_code": 2}


@pytest.mark.parametrize("typed", ["sync --start-date x", "status --dataset-name nope"])
def test_where_an_error_came_from_is_json_where_that_is_asked_for(typed: str) -> None:
    done = CliRunner().invoke(main, [*typed.split(), "--debug", "--log-format", "json"])
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert (done.exit_code, told[-1]["level"]) == (2, "error")
    (trace,) = [line for line in told if line["message"] == told[-1]["message"] and "exception" in line]
    assert trace["exception"].startswith("Traceback")


RANGE = "--start-date 2026-05-01 --end-date 2026-06-01"


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e999"])
@pytest.mark.parametrize(
    "typed",
    [
        "sync --wait",
        "sandbox --latency",
        "login --timeout",
        "webhook --inbox . --patience",
        "webhook --inbox . --load-every",
        f"reconcile {RANGE} --max-delete-share",
        f"backfill {RANGE} --chunk-days",
        'calls create-call --actual-start 2026-05-01 --client-unique-id x --parties [{"user_id":"1"}] '
        "--direction Inbound --primary-user 1 --duration",
    ],
)
def test_what_is_no_number_to_count_with_is_refused(typed: str, number: str) -> None:
    done = CliRunner().invoke(main, [*typed.split(), number])
    assert done.exit_code == 2, done.output
    assert number in done.stderr or "inf" in done.stderr
    assert typed.rpartition("--")[2].replace("-", "_") in done.stderr.replace("-", "_")


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = CliRunner().invoke(main, ["sandbox", "--calls", "0", "--port", str(taken.getsockname()[1])])
    assert done.exit_code == 2
    assert "Choose another --port" in done.stderr


def test_an_interval_that_is_no_time_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLT_INTERVAL_START", "yesterday")
    monkeypatch.setenv("DLT_INTERVAL_END", "today")
    done = CliRunner().invoke(main, ["sync"])
    assert done.exit_code == 2
    assert "DLT_INTERVAL_START and DLT_INTERVAL_END" in done.stderr


def test_commands_are_listed_by_their_names() -> None:
    assert {name: main.commands[name].name for name in main.commands} == {name: name for name in main.commands}


@pytest.mark.parametrize("option", ["--start-date", "--end-date"])
@pytest.mark.parametrize("command", ["sync", "backfill", "reconcile"])
def test_an_empty_date_is_refused(command: str, option: str) -> None:
    dates = {"--start-date": "2026-05-01", "--end-date": "2026-06-01", option: ""}
    done = CliRunner().invoke(main, [command, *(word for pair in dates.items() for word in pair)])
    assert done.exit_code == 2, done.output
    assert f"The {option[2:].replace('-', ' ')} is not a date or time" in done.stderr


def options(command: click.Command, *path: str) -> Iterator[tuple[tuple[str, ...], click.Parameter]]:
    """Every option of a command and of those in it."""
    for parameter in command.params:
        yield (*path, parameter.name or ""), parameter
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from options(inner, *path, name)


def test_every_number_is_checked() -> None:
    """Where the option does not, what it is given to does, as is tried above."""
    numbers = [(path, one.type) for path, one in options(main) if isinstance(one.type, click.types.FloatParamType)]
    free = {path for path, kind in numbers if not isinstance(kind, Finite)}
    assert free == {("backfill", "chunk_days"), ("calls", "create-call", "duration")}
    assert len(numbers) > len(free)


@pytest.mark.parametrize("typed", ["sync", "status", "check", "demo --calls 1"])
def test_settings_that_can_not_be_read_are_told_alike(typed: str, tmp_path: Path) -> None:
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "secrets.toml").write_text("[a]\nb = the-secret\n")
    del Container()[PluggableRunContext]  # read once for a process
    done = CliRunner().invoke(main, typed.split())
    assert (done.exit_code, done.stderr) == (2, "Error: .dlt/secrets.toml can't be read: line 2 is not valid TOML.\n")


@pytest.mark.parametrize("as_json", [(), ("--json",)])
@pytest.mark.parametrize(
    "typed",
    ["sync {}", "sync --{}", "{}", "sync --wait {}", "sync --start-date {}", "sync --resources {}"]
    + ["sync --destination {}", "sync --progress {}", "sync --dataset-name {}", "raw GET /v2/users --query {}"],
)
def test_an_address_that_is_typed_in_the_wrong_place_is_not_repeated(typed: str, as_json: tuple[str, ...]):
    ended = CliRunner().invoke(main, [*typed.format("jane@acme.com").split(), *as_json])
    assert ended.exit_code == 2
    assert "Error: " in ended.output
    assert "acme" not in ended.output


def test_what_was_typed_is_typed_again_for_a_process_that_loads(tmp_path: Path) -> None:
    typed: list[Loading] = []

    @click.command()
    @loading_options("gong", loads=True)
    def command(loading: Loading) -> None:
        typed.append(loading)

    words = (
        "--destination postgres --dataset-name d --pipeline-name p --progress log --wait 2.5 --log-level info --quiet "
    )
    words += f"--log-format json --debug --json --verify --views --metrics {tmp_path / 'metrics'}"
    for given in ([], words.split()):
        CliRunner().invoke(command, given, catch_exceptions=False)
        CliRunner().invoke(command, typed[-1].options(), catch_exceptions=False)
        first, again = (replace(each, after=replace(each.after, _began=0)) for each in typed[-2:])
        assert first == again
    assert {name for name in Loading.__dataclass_fields__ if getattr(typed[0], name) == getattr(first, name)} == set()
