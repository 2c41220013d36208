"""The commands, over HTTP: they print JSON, read bodies from options or files, and exit as the others do."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from gong_source.api import endpoints, gong_time
from gong_source.cli.commands import main
from gong_source.errors import GongArgumentError
from gong_source.streams.stream import Recordings
from gong_source.streams.table import StreamTable
from tests.actions.examples import CREATED, EXAMPLES, MEETING, fill

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "SOURCES__GONG__"


@pytest.fixture
def env(sandbox, monkeypatch):
    """Configures the commands for the sandbox."""
    values = {
        "BASE_URL": sandbox.url,
        "CREDENTIALS__ACCESS_KEY": sandbox.access_key,
        "CREDENTIALS__ACCESS_KEY_SECRET": sandbox.access_key_secret,
        "REQUESTS_PER_SECOND": "0",
        "READ_TIMEOUT": "60",
    }
    for name, value in values.items():
        monkeypatch.setenv(PREFIX + name, value)
    return lambda **more: [monkeypatch.setenv(PREFIX + name, value) for name, value in more.items()]


def run(*words: Any, stdin: str | None = None) -> Any:
    return CliRunner().invoke(main, [str(word) for word in words], input=stdin, catch_exceptions=False)


def commands(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield words
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from commands(below, (*words, name))


@pytest.mark.parametrize("words", list(commands(main)), ids=" ".join)
def test_help_reads_well(words):
    result = run(*words, "--help")
    assert result.exit_code == 0
    command = main
    for word in words:
        command = command.commands[word]
    text = " ".join(result.output.split())
    assert command.help
    assert " ".join(command.help.split())[:60] in text.replace("- ", "-") or " ".join(command.help.split())[:40] in text
    assert "``" not in text
    assert ":class:" not in text
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{words} {parameter.name}"


def test_every_action_is_a_command():
    names = {words[-1] for words in commands(main) if len(words) == 2}
    assert {example.name.replace("_", "-") for example in EXAMPLES} <= names


def words_of(example: Any, known: dict[str, Any], folder: Path, how: str) -> list[str]:
    """The command line of an example."""
    group = example.function.__module__.rpartition(".")[2]
    words, body = [group, example.name.replace("_", "-")], {}
    import inspect

    for name, parameter in inspect.signature(example.function).parameters.items():
        value = fill(example.arguments, known).get(name)
        if name == "client" or value is None:
            continue
        if parameter.kind is not parameter.KEYWORD_ONLY:
            words.append(value)
            if example.function.action.confirm == name:
                words += ["--confirm", value]
        elif how == "file":
            body[name] = value
        else:
            words += options(name.replace("_", "-"), value)
    if body:
        path = folder / "body.json"
        path.write_text(json.dumps(body))
        words += ["--from-file", str(path)]
    return words


def options(name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no-{name}"]
    if isinstance(value, list) and value and isinstance(value[0], str):
        return [word for item in value for word in (f"--{name}", item)]
    return [f"--{name}", value if isinstance(value, str) else json.dumps(value)]


@pytest.mark.parametrize("how", ["options", "file"])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_a_command_sends_what_its_function_sends(example, how, env, sandbox, client, known, tmp_path):
    known["desk"].crm = None if example.name == "register_crm" else known["desk"].crm
    result = run(*words_of(example, known, tmp_path, how))
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) is not None
    (sent,) = sandbox.counters.log
    assert sent["endpoint"].startswith(example.function.action.endpoint.method)
    if example.name not in ("add_call_media", "upload_crm_entities"):
        known["desk"].crm = None if example.name == "register_crm" else known["desk"].crm
        known["desk"]._used.clear()
        known["desk"].calls.clear()
        known["desk"].meetings.setdefault(known[MEETING], {})
        sandbox.control.reset_counters()
        example.function(client, **fill(example.arguments, known))
        (expected,) = sandbox.counters.log
        assert {key: sent[key] for key in ("endpoint", "path", "query", "body")} == {
            key: expected[key] for key in ("endpoint", "path", "query", "body")
        }


def test_options_win_over_the_file(env, sandbox, known, tmp_path):
    path = tmp_path / "body.json"
    path.write_text(json.dumps({"user_id": "1", "status": "DONE"}))
    assert run("tasks", "update-task", "5001", "--from-file", path, "--status", "DISMISSED").exit_code == 0
    assert sandbox.counters.log[-1]["body"] == {"userId": "1", "status": "DISMISSED"}


def test_a_body_from_standard_input(env, sandbox, known):
    result = run("tasks", "update-task", "5001", "--from-file", "-", stdin='{"user_id": "1", "status": "DONE"}')
    assert result.exit_code == 0
    assert json.loads(result.stdout)["tasks"][0]["status"] == "DONE"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("not json", "not valid JSON"),
        ("[]", "must hold a JSON object"),
        ('{"userId": "1"}', "has no use for userId; it takes user_id"),
        ('{"status": "DONE"}', "Missing option '--user-id', or user_id in --from-file"),
        ('{"user_id": [5], "status": "DONE"}', "user_id must be a text"),
    ],
)
def test_a_wrong_file_is_told(env, sandbox, content, message, tmp_path):
    path = tmp_path / "body.json"
    path.write_text(content)
    result = run("tasks", "update-task", "5001", "--from-file", path)
    assert result.exit_code == 2
    assert message in result.output
    assert sandbox.counters.total == 0


def test_erasure_needs_the_value_again(env, sandbox, known):
    for more in ([], ["--confirm", "yes"], ["--confirm", "ann@customer.exampl"]):
        result = run("privacy", "erase-email-address", "ann@customer.example", *more)
        assert result.exit_code == 2
        assert "confirm" in result.output
    result = run("privacy", "erase-phone-number", "+15550100200", "--confirm", "+15550100201")
    assert result.exit_code == 2
    assert sandbox.counters.total == 0
    assert not known["desk"].erased
    result = run("privacy", "erase-email-address", "ann@customer.example", "--confirm", "ann@customer.example")
    assert result.exit_code == 0
    assert known["desk"].erased == [("email", "ann@customer.example")]


def test_exit_codes(env, sandbox, known, monkeypatch):
    assert run("read", "get-call", "1").exit_code == 1
    assert run("read", "list-calls", "yesterday", "2026-01-01").exit_code == 2
    assert run("read", "list-logs", "Nothing", "2026-01-01").exit_code == 2
    sandbox.control.fail("429", retry_after=9999)
    assert run("read", "list-workspaces").exit_code == 75
    sandbox.control.fail("drop")
    result = run("meetings", "delete-meeting", known[MEETING], "--organizer-email", "ann@customer.example")
    assert result.exit_code == 1
    assert "unknown whether Gong did it" in result.stderr
    assert "ann@customer" not in result.stderr
    monkeypatch.delenv(f"{PREFIX}CREDENTIALS__ACCESS_KEY")
    result = run("read", "list-users")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: Gong credentials are incomplete")
    assert "Traceback" not in result.output


def test_lists_are_json(env, sandbox):
    listed = json.loads(run("read", "list-calls", "2020-01-01", "2030-01-01").stdout)
    assert {call["id"] for call in listed} == set(sandbox.world.visible_calls())
    assert json.loads(run("read", "list-calls", "1999-01-01", "1999-02-01").stdout) == []
    some = [call["id"] for call in listed[:2]]
    transcripts = json.loads(run("read", "get-transcripts", "--call-ids", some[0], "--call-ids", some[1]).stdout)
    assert {one["callId"] for one in transcripts} <= set(some)
    everybody = json.loads(run("read", "list-users", "--include-avatars").stdout)
    assert len(everybody) == len(sandbox.world.users) + len(sandbox.world.avatars)


def test_pickers(env, sandbox):
    workspace = next(iter(sandbox.world.workspaces))
    assert {one["key"] for one in json.loads(run("pick", "workspaces").stdout)} == set(sandbox.world.workspaces)
    assert {one["key"] for one in json.loads(run("pick", "folders").stdout)} == set(sandbox.world.folders)
    some = json.loads(run("pick", "folders", "--workspace-id", workspace).stdout)
    assert {sandbox.world.folder_workspaces[one["key"]] for one in some} == {workspace}


def test_raw(env, sandbox, tmp_path):
    answer = json.loads(run("raw", "GET", "/v2/users", "--params", "includeAvatars=true").stdout)
    assert answer["users"]
    body = tmp_path / "body.json"
    body.write_text('{"filter": {"fromDateTime": "2020-01-01T00:00:00Z"}}')
    assert json.loads(run("raw", "POST", "/v2/calls/extensive", "--from-file", body).stdout)["calls"]
    assert json.loads(run("raw", "POST", "/v2/calls/extensive", "--json", f"@{body}").stdout)["calls"]
    assert run("raw", "GET", "//elsewhere.gong.invalid").exit_code == 2
    assert run("raw", "GET", "/v2/users", "--params", "nothing").exit_code == 2
    assert run("raw", "POST", "/v2/calls", "--json", "{").exit_code == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"filter": {"callIds": [18446744073709551617]}}', "beyond 64 bits"),
        (b'{"filter": {}, "filter": {"callIds": ["1"]}}', "a key comes twice"),
        (b'{"a": ' * 1010 + b"1" + b"}" * 1010, "not valid JSON"),
        (b'{"a": ' * 300 + b"1" + b"}" * 300, "too many levels"),
        (b'\xef\xbb\xbf{"filter": {"callIds": "1"}}', "HTTP 400"),  # a byte order mark is none of the JSON
    ],
)
def test_a_body_is_sent_as_it_was_typed_or_not_at_all(env, sandbox, tmp_path, content, said):
    body = tmp_path / "body.json"
    body.write_bytes(content)
    for words in (["--from-file", body], ["--json", f"@{body}"]):
        done = run("raw", "POST", "/v2/calls/extensive", *words)
        assert said in done.stderr
        assert done.exit_code == (1 if "HTTP" in said else 2)
    assert sandbox.counters.total == (2 if "HTTP" in said else 0)


def test_bytes_that_are_not_utf_8_are_refused(env, sandbox):
    odd = os.fsdecode(b"caf\xe9")  # as Python takes them from a command line
    for words in (
        ["tasks", "update-task", "5001", "--user-id", odd, "--status", "DONE"],
        ["tasks", "update-task", odd, "--user-id", "1", "--status", "DONE"],
        ["calls", "list-call-access", "--call-ids", "1", "--call-ids", odd],
        ["read", "get-call", odd],
        ["raw", "GET", "/v2/users", "--params", f"cursor={odd}"],
    ):
        done = run(*words)
        assert done.exit_code == 2
        assert "must be a text in UTF-8" in done.stderr
    assert sandbox.counters.total == 0


def test_a_name_of_any_length_is_told_in_a_sentence(env, tmp_path):
    body = tmp_path / "body.json"
    body.write_text(json.dumps({"a\nb" * 50_000: 1}))
    for words in (["tasks", "update-task", "1"], ["calls", "create-call"]):
        done = run(*words, "--from-file", body)
        assert done.exit_code == 2
        assert "has no use for a b" in done.stderr
        assert len(done.stderr) < 1500


def test_what_is_no_time_is_told_in_a_sentence():
    with pytest.raises(GongArgumentError) as refused:
        gong_time("x" * 100_000, "started")
    assert len(str(refused.value)) < 200


def test_upload(env, sandbox, known):
    from tests.actions.examples import WAV

    result = run("calls", "add-call-media", known[CREATED], known[WAV])
    assert json.loads(result.stdout)["callId"] == known[CREATED]


@pytest.mark.slow
def test_as_a_program(env, sandbox):
    done = subprocess.run(
        [sys.executable, "-m", "gong_source.cli", "pick", "workspaces"],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == 2


CRM = {"integrationId": 1, "ownerEmail": "crm@brightwater.example", "name": "Own"}


def parents_of(stream: Any) -> list[Any]:
    """The endpoints that a stream can't be tried without; calls are asked about by any id."""
    if isinstance(stream.reads, Recordings):
        return list(stream.needs)
    return [endpoint for endpoint in stream.needs if endpoint is not endpoints.CALLS_EXTENSIVE]


class TestCheck:
    @pytest.fixture(autouse=True)
    def today(self, sandbox):
        """Gong's clock is that of the command: it refuses days that are not over."""
        stopped = sandbox.control._app.clock.now()
        sandbox.control.set_now(None)
        yield
        sandbox.control.set_now(stopped)

    def result(self, *words: str) -> tuple[int, dict[str, Any]]:
        done = run("check", "--json", *words)
        return done.exit_code, json.loads(done.stdout)

    def test_all_is_well(self, env):
        from gong_source.sandbox import Sandbox

        with Sandbox(calls=60, users=4, days=30, sentences=3) as sandbox:
            sandbox.world.written.crm = CRM
            env(BASE_URL=sandbox.url)
            self.check_all(sandbox)

    def check_all(self, sandbox):
        code, found = self.result()
        assert code == 0, found
        assert [host["verdict"] for host in found["hosts"]] == ["works"]
        rows = {row["resource"]: row for row in found["resources"]}
        assert {stream.name for stream in StreamTable().read} == set(rows)
        assert all(row["allowed"] and row["scope"] for row in rows.values())
        assert rows["users"]["rows"] == len(sandbox.world.users)
        assert found["warnings"] == []
        assert sandbox.counters.total <= len(rows) + 1

    def test_what_to_grant(self, env, sandbox):
        sandbox.control.deny_scopes(["api:logs:read"])
        code, found = self.result()
        assert code == 1
        (row,) = [row for row in found["resources"] if row["allowed"] is False]
        assert (row["resource"], row["scope"], row["rows"]) == ("logs", "api:logs:read", None)
        assert "Grant api:logs:read" in row["advice"]
        done = run("check")
        assert done.exit_code == 1
        assert re.search(r"^logs +api:logs:read +NO +Grant api:logs:read", done.stdout, re.MULTILINE)

    def test_only_some(self, env, sandbox):
        sandbox.control.deny_scopes(["api:logs:read"])
        code, found = self.result("--for", "users,calls")
        assert code == 0
        assert [row["resource"] for row in found["resources"]] == ["users", "calls"]
        assert run("check", "--for", "nothing").exit_code == 2

    def test_each_scope_is_tried_by_itself(self, env):
        """Every stream that needs what is refused says so, and no other; the library asks for one folder."""
        from gong_source.sandbox import Sandbox

        with Sandbox(calls=20, users=3, days=20, sentences=3) as sandbox:
            sandbox.world.written.crm = CRM
            env(BASE_URL=sandbox.url)
            for scope in {stream.endpoint.scope for stream in StreamTable().read} - {"", "api:workspaces:read"}:
                sandbox.control.deny_scopes([scope])
                code, found = self.result()
                refused = {row["resource"] for row in found["resources"] if not row["allowed"]}
                assert code == 1
                assert refused == {
                    stream.name
                    for stream in StreamTable().read
                    if scope in (stream.endpoint.scope, *(each.scope for each in parents_of(stream)))
                }
            asked = [request["query"] for request in sandbox.counters.log if "folder-content" in request["endpoint"]]
            assert asked
            assert all(query.get("folderId") for query in asked)

    def test_a_wrong_host_is_told_from_a_wrong_key(self, env, sandbox, monkeypatch):
        from gong_source.sandbox import Sandbox

        with Sandbox(calls=3, users=3, sentences=3) as general:
            general.control.fail("401", times=None)
            env(BASE_URL=general.url)
            code, found = self.result()
            assert code == 1
            assert [host["verdict"] for host in found["hosts"]] == ["refuses the key"]
            assert "base URL of its own" in found["warnings"][0]
            code, found = self.result("--host", sandbox.url)
            assert [host["verdict"] for host in found["hosts"]] == ["refuses the key", "works"]
            assert f"set sources.gong.base_url to {sandbox.url}" in found["warnings"][0]
            assert all(row["allowed"] is not False for row in found["resources"])
            assert code == 1
        env(CREDENTIALS__ACCESS_KEY_SECRET="wrong", BASE_URL=sandbox.url)
        code, found = self.result()
        assert code == 1
        assert found["resources"] == []
        assert "wrong, expired or revoked" in found["warnings"][0]

    def test_a_redirect_names_the_host(self, env, sandbox):
        from gong_source.sandbox import Sandbox

        with Sandbox(calls=3, users=3, sentences=3) as general:
            general.control.fail("redirect", times=None, location=f"{sandbox.url}/v2/workspaces")
            env(BASE_URL=general.url)
            _, found = self.result()
            assert [host["verdict"] for host in found["hosts"]] == ["redirects", "works"]
            assert f"base_url to {sandbox.url}" in found["warnings"][0]

    def test_the_key_goes_to_no_strange_host(self, env, sandbox):
        sandbox.control.fail("redirect", times=None, location="https://gong.io.invalid/v2/workspaces")
        code, found = self.result()
        assert code == 1
        assert len(found["hosts"]) == 1

    def test_nobody_answers(self, env, sandbox, monkeypatch):
        env(BASE_URL="http://127.0.0.1:9", RETRY_PATIENCE="0")
        code, found = self.result()
        assert code == 1
        assert found["hosts"][0]["verdict"] == "no answer"

    def test_no_calls_at_all(self, env, sandbox):
        from gong_source.sandbox import Sandbox

        with Sandbox(empty=True) as empty:
            env(BASE_URL=empty.url)
            code, found = self.result()
            assert code == 0
            assert "sees no calls at all" in found["warnings"][0]
        with Sandbox(calls=3, users=3, sentences=3, end="2020-01-01T00:00:00Z") as old:
            env(BASE_URL=old.url)
            assert "older ones" in self.result()[1]["warnings"][0]
