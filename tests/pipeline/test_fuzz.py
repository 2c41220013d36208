"""Nonsense in options, settings and files of every command: a documented exit code and a sentence, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from dlt.common.configuration.container import Container
from dlt.common.configuration.exceptions import ConfigProviderException
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from hypothesis import given
from hypothesis import strategies as st

from gong_source.api import retry
from gong_source.cli.commands import main
from gong_source.config import GongCredentials, GongSettings
from gong_source.sandbox import Sandbox
from tests.fuzzed import fuzzed
from tests.pipeline.harness import NOW
from tests.pipeline.process import LONG, ROOT

CODES = {0, 1, 2, 73, 75}
SERVES = {"sandbox", "webhook", "demo", "login"}
"""Commands that go on until they are stopped, or wait for a person; they are called in vain."""

NONSENSE = (
    *(
        "",
        " ",
        "0",
        "-1",
        "1e400",
        "nan",
        "-inf",
        "1_000",
        "99999999999999999999",
        "true",
        "null",
        "[]",
        "{}",
        '{"a": [1',
    ),
    *(
        "2026-06-15",
        "2026-13-45",
        "2025-02-29",
        "0000-00-00",
        "9999-12-31T23:59:59.999999Z",
        "2026-06-15T12:00:00+99:00",
    ),
    *("0001-01-01T00:00:00+14:00", "2026-06-15T12:00:00[Europe/Paris]", "yesterday", "12:00", "20260615"),
    *(
        "a\x00b",
        "\x1b[31m",
        "\udcff",
        "\ud83d",
        "é\u2028ü",
        "x" * 5000,
        "a b,c",
        "..",
        "@missing.json",
        "--",
        "%s{0}{x}",
    ),
    *("duckdb", "bigquery", "calls", "all", "default", "calls,nothing", "keep", "ada@example.com", "https://[::1"),
)
nonsense = st.one_of(st.sampled_from(NONSENSE), st.text(max_size=12))
words_typed = nonsense.filter(lambda text: "\0" not in text)
"""No system lets a NUL through on a command line or in the environment."""
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), nonsense.filter(str.isprintable)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)


def commands_of(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """All commands, with what is typed to call them."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands_of(command, *path, name)
        else:
            yield (*path, name), command


ALL = list(commands_of(main))
WITH_FILE = [(path, command) for path, command in ALL if any(p.name == "from_file" for p in command.params)]


@st.composite
def typed(draw: st.DrawFn, path: tuple[str, ...], command: click.Command) -> list[str]:
    """A command line: arguments, and some options, with nonsense for values."""
    words, refused = list(path), path[-1] in SERVES
    options = [p for p in command.params if isinstance(p, click.Option) and p.name != "debug"]
    for option in draw(st.lists(st.sampled_from(options), max_size=4, unique=True)) if options else []:
        if option.is_flag:
            words.append(draw(st.sampled_from([*option.opts, *option.secondary_opts])))
        else:
            words.append(f"{option.opts[0]}={draw(words_typed)}")
    required = [p for p in command.params if p.required and isinstance(p, click.Option) and draw(st.booleans())]
    words += [f"{option.opts[0]}={draw(words_typed)}" for option in required]
    words += ["--no-such-option"] if refused else []
    arguments = [draw(words_typed) for p in command.params if isinstance(p, click.Argument) and draw(st.booleans())]
    return [*words, "--", *arguments] if arguments else words


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """Calls commands as a shell does, against a company; each in a process's usual surroundings."""
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.01)
    with Sandbox(calls=3, users=2, days=3, sentences=1, end=NOW) as sandbox:
        sandbox.control.set_now(NOW)
        for name, value in {
            "BASE_URL": sandbox.url,
            "CREDENTIALS__ACCESS_KEY": sandbox.access_key,
            "CREDENTIALS__ACCESS_KEY_SECRET": sandbox.access_key_secret,
            "REQUESTS_PER_SECOND": "0",
            "RETRY_PATIENCE": "0.1",
            "MAX_RETRY_WAIT": "0.1",
        }.items():
            monkeypatch.setenv(f"SOURCES__GONG__{name}", value)
        # whatever would be loaded is refused: loads are tested elsewhere, and each takes a second
        for endpoint in ("POST /v2/calls/extensive", "GET /v2/workspaces", "GET /v2/users"):
            sandbox.control.fail("401", endpoint, times=None)
        yield CliRunner()


def hold(result: Result, words: object) -> None:
    """An exit code that is documented, and where something is wrong a sentence that tells it."""
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise AssertionError(f"{words}: {result.exception!r}") from result.exception
    assert result.exit_code in CODES, f"{words}: {result.exit_code}, {result.output[-2000:]}"
    assert "Traceback" not in result.output, f"{words}: {result.output[-2000:]}"
    if result.exit_code:
        assert result.stderr.strip(), f"{words} ended with {result.exit_code} and without a word"
        assert "--debug shows where" not in result.stderr, f"{words}: {result.stderr}"


@fuzzed(80)
@given(data=st.data())
def test_options(shell: CliRunner, data: st.DataObject) -> None:
    words = data.draw(st.sampled_from(ALL).flatmap(lambda one: typed(*one)))
    hold(shell.invoke(main, words), words)


SETTINGS = [f"SOURCES__GONG__{field.name.upper()}" for field in fields(GongSettings) if not field.name.startswith("_")]
SETTINGS += [
    f"SOURCES__GONG__CREDENTIALS__{field.name.upper()}" for field in fields(GongCredentials) if field.name[0] != "_"
]


@fuzzed(60)
@given(name=st.sampled_from(SETTINGS), value=words_typed)
def test_settings(shell: CliRunner, name: str, value: str) -> None:
    before = os.environ.get(name)
    try:
        os.environ[name] = value
    except UnicodeEncodeError:  # no shell could set it either
        return
    try:
        hold(shell.invoke(main, ["read", "list-workspaces"]), f"{name}={value!r}")
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


TOML = st.one_of(
    st.text(max_size=60).map(str.encode),
    st.binary(max_size=40),
    json_values.map(lambda value: f"[sources.gong]\nlookback_days = {json.dumps(value)}".encode()),
    st.tuples(st.sampled_from(SETTINGS), json_values).map(
        lambda pair: f"[sources.gong]\n{pair[0][14:].lower().replace('__', '.')} = {json.dumps(pair[1])}".encode()
    ),
)


@fuzzed(60)
@given(content=TOML, name=st.sampled_from(["config.toml", "secrets.toml"]))
def test_files(shell: CliRunner, content: bytes, name: str) -> None:
    Path(".dlt").mkdir(exist_ok=True)
    file = Path(".dlt") / name
    file.write_bytes(content)
    with suppress(ConfigProviderException):  # where a process would read it, and find it broken again
        Container()[PluggableRunContext].reload()
    hold(shell.invoke(main, ["read", "list-workspaces"]), content)
    file.unlink()


IN_FILES = [
    *("a\0b", "\ud83d", 2**64, 1e308, float("nan"), float("-inf"), [[[[]]]], {"\0": "\0"}, "x" * 100_000),
    *("2026-06-15T12:00:00Z", "2026-06-15", "1", ["1"], {"id": 1}, True),
]
"""What a file can hold and a command line can't, and what some option may take."""


@fuzzed(150)
@given(data=st.data())
def test_from_file(shell: CliRunner, data: st.DataObject) -> None:
    path, command = data.draw(st.sampled_from(WITH_FILE))
    known = [p.name for p in command.params if isinstance(p, click.Option) and p.name not in ("from_file", "confirm")]
    values = st.one_of(json_values, st.sampled_from(IN_FILES))
    content = data.draw(
        st.one_of(values, st.dictionaries(st.sampled_from(known or ["x"]), values), st.binary(max_size=9))
    )
    file = Path("options.json")
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    arguments = [data.draw(words_typed) for p in command.params if isinstance(p, click.Argument)]
    confirm = ["--confirm=x"] if any(p.name == "confirm" for p in command.params) else []
    words = [*path, f"--from-file={file}", *confirm, *(["--", *arguments] if arguments else [])]
    hold(shell.invoke(main, words), (words, content))


@pytest.mark.parametrize(
    ("words", "content", "code"),
    [
        (["sync", "--start-date=2026-06-15", "--end-date=2026-06-01"], b"", 2),
        (["raw", "GET", "/v2/users"], b"[sources.gong]\nconnect_timeout = 0.1", 1),
    ],
    ids=["dates reversed", "nobody there"],
)
def test_processes_tell_it_in_a_sentence_and_debug_shows_where(words: list[str], content: bytes, code: int) -> None:
    Path(".dlt").mkdir()
    (Path(".dlt") / "config.toml").write_bytes(content)
    key = {f"SOURCES__GONG__CREDENTIALS__{name}": "x" for name in ("ACCESS_KEY", "ACCESS_KEY_SECRET")}
    nobody = {} if b"base_url" in content else {"SOURCES__GONG__BASE_URL": "http://127.0.0.1:9"}
    environment = {**os.environ, **key, **nobody, "PYTHONPATH": str(ROOT), "SOURCES__GONG__RETRY_PATIENCE": "0"}
    for debug in ([], ["--debug"]):
        done = subprocess.run(
            [sys.executable, "-m", "gong_source.cli", *debug, *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=LONG,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert ("Traceback" in done.stderr) == bool(debug), done.stderr
        last = done.stderr.strip().splitlines()[-1]
        assert last.startswith("Error: "), done.stderr
        assert "Traceback" not in done.stdout
