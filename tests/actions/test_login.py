"""``gong-source login``: the browser goes to Gong and back, and the tokens are kept."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from click.testing import CliRunner

from gong_source.api.auth import FileTokenStore, Tokens
from gong_source.cli.commands import main
from gong_source.cli.login import Callback, _pasted
from gong_source.errors import GongAuthError
from tests.actions import test_oauth as oauth

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "SOURCES__GONG__"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "private" / "tokens.json"


@pytest.fixture
def configured(sandbox, path, monkeypatch):
    oauth = sandbox.oauth
    values = {
        "CREDENTIALS__AUTH_TYPE": "oauth",
        "CREDENTIALS__CLIENT_ID": oauth.client_id,
        "CREDENTIALS__CLIENT_SECRET": oauth.client_secret,
        "CREDENTIALS__TOKEN_PATH": str(path),
        "CREDENTIALS__OAUTH_URL": sandbox.url,
        "REQUESTS_PER_SECOND": "0",
    }
    for name, value in values.items():
        monkeypatch.setenv(PREFIX + name, value)
    return values


@pytest.fixture
def browser(monkeypatch):
    """A browser that follows where it is sent, like the one that ``login`` opens."""
    visited: list[str] = []

    def visit(url: str) -> bool:
        def go() -> None:
            visited.append(url)
            answer = requests.get(url, timeout=300)
            visited.append(answer.text)

        threading.Thread(target=go, daemon=True).start()
        return True

    monkeypatch.setattr("webbrowser.open", visit)
    return visited


def run(*words: str, **options: Any) -> Any:
    return CliRunner().invoke(main, words, catch_exceptions=False, **options)


def test_there_and_back(configured, browser, sandbox, path):
    result = run("login", "--port", "0", "--for", "users,workspaces,create-meeting", "--timeout", "120")
    assert result.exit_code == 0, result.output
    asked = parse_qs(urlsplit(result.stdout.strip()).query)
    assert asked["scope"] == ["api:meetings:user:create api:users:read api:workspaces:read"]
    assert asked["response_type"] == ["code"]
    assert len(asked["state"][0]) > 20
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    tokens = FileTokenStore(path).load()
    assert tokens.scope == asked["scope"][0]
    assert tokens.api_base_url == sandbox.url
    for secret in (tokens.access_token, tokens.refresh_token, configured["CREDENTIALS__CLIENT_SECRET"]):
        assert secret not in result.output
    (exchange,) = [one for one in sandbox.counters.log if one["endpoint"].startswith("POST")]
    assert set(exchange["query"]) == {"grant_type", "code", "client_id", "redirect_uri"}
    assert exchange["body"] is None
    listed = run("read", "list-workspaces")
    assert listed.exit_code == 0, listed.output
    assert len(json.loads(listed.stdout)) == 2
    checked = run("check", "--json", "--for", "users,logs")
    assert checked.exit_code == 1
    assert [row["allowed"] for row in json.loads(checked.stdout)["resources"]] == [True, False]


def test_all_resources_by_default(configured, browser):
    result = run("login", "--port", "0", "--timeout", "120")
    assert result.exit_code == 0
    (scope,) = parse_qs(urlsplit(result.stdout.strip()).query)["scope"]
    assert {"api:calls:read:extensive", "api:calls:read:transcript", "api:logs:read"} <= set(scope.split())
    assert not [word for word in scope.split() if "write" in word or "delete" in word or "create" in word]


def test_a_refusal(configured, browser, sandbox, path):
    sandbox.oauth.denies = True
    result = run("login", "--port", "0", "--timeout", "120")
    assert result.exit_code == 1
    assert "access_denied" in result.output
    assert not path.exists()


def test_nobody_approves(configured, path):
    result = run("login", "--port", "0", "--no-browser", "--timeout", "0.2")
    assert result.exit_code == 1
    assert "nobody approved" in result.output


def test_an_unknown_name(configured):
    result = run("login", "--for", "everything")
    assert result.exit_code == 2
    assert "no everything to log in for" in result.output


def test_without_a_client(monkeypatch):
    monkeypatch.setenv(f"{PREFIX}CREDENTIALS__AUTH_TYPE", "oauth")
    monkeypatch.setenv(f"{PREFIX}CREDENTIALS__ACCESS_TOKEN", "t")
    result = run("login")
    assert result.exit_code == 2
    assert "client_id and client_secret" in result.output


def test_a_port_in_use(configured):
    with Callback(0, "s") as taken:
        result = run("login", "--no-browser", "--port", str(taken.server_address[1]))
    assert result.exit_code == 2
    assert "--port" in result.output


def test_another_state_is_not_taken():
    with Callback(0, "the-state") as server:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        answers: list[int] = []

        def visit() -> None:
            for target in (
                "/callback?code=evil&state=other",
                "/callback?code=evil",
                "/other?code=evil&state=the-state",
                "/",
            ):
                answers.append(requests.get(url + target, timeout=300).status_code)
            answers.append(requests.get(f"{url}/callback?code=good&state=the-state", timeout=300).status_code)

        thread = threading.Thread(target=visit)
        thread.start()
        assert server.wait(300)["code"] == "good"
        thread.join()
    assert answers == [400, 400, 400, 400, 200]


def test_only_another_state_ends_in_time():
    with Callback(0, "the-state") as server:
        url = f"http://127.0.0.1:{server.server_address[1]}/callback?code=evil&state=x"

        def visit() -> None:
            with suppress(requests.RequestException):  # where it comes when nobody waits any more
                requests.get(url, timeout=1)

        thread = threading.Thread(target=visit)
        thread.start()
        with pytest.raises(GongAuthError, match="nobody approved"):
            server.wait(0.5)
        thread.join()


def test_a_renewal_under_way_does_not_save_over_it(configured, sandbox, path, monkeypatch, connect):
    code = sandbox.oauth.approve("api:users:read", "https://company.example/back")
    oauth.log_in(sandbox, path, expires_at=0.0)
    client = connect(sandbox, credentials=oauth.credentials(sandbox, path))
    saves, about_to_save, saved_late = FileTokenStore.save, threading.Event(), threading.Event()

    def save(store: FileTokenStore, tokens: Tokens) -> None:
        if threading.current_thread() is renewing:
            about_to_save.set()
            saved_late.wait(0.5)  # the login saves at once, or waits for this one
        saves(store, tokens)
        saved_late.set()

    monkeypatch.setattr(FileTokenStore, "save", save)
    monkeypatch.setattr("secrets.token_urlsafe", lambda *_: "the-state")
    renewing = threading.Thread(target=lambda: list(client.list_workspaces()))
    renewing.start()
    assert about_to_save.wait(60)
    pasted = f"https://company.example/back?code={code}&state=the-state\n"
    result = run("login", "--no-browser", "--redirect-uri", "https://company.example/back", input=pasted)
    renewing.join()
    assert result.exit_code == 0, result.output
    assert FileTokenStore(path).load().scope == "api:users:read"


def test_what_is_pasted_in_another_encoding_is_only_wrong(monkeypatch):
    """So Python reads a byte that the terminal's encoding lacks."""
    monkeypatch.setattr("click.prompt", lambda *_, **__: "https://company.example/back?code=1&state=\udce9")
    with pytest.raises(GongAuthError, match="does not belong to this login"):
        _pasted("the-state")


def test_an_answer_to_be_pasted(configured, sandbox, path, monkeypatch):
    monkeypatch.setattr("secrets.token_urlsafe", lambda *_: "the-state")
    code = sandbox.oauth.approve("api:users:read", "https://company.example/back")
    words = ("login", "--no-browser", "--redirect-uri", "https://company.example/back")
    wrong = run(*words, input=f"https://company.example/back?code={code}&state=other\n")
    assert wrong.exit_code == 1
    assert not path.exists()
    result = run(*words, input=f"https://company.example/back?code={code}&state=the-state\n")
    assert result.exit_code == 0, result.output
    assert FileTokenStore(path).load().scope == "api:users:read"


@pytest.mark.slow
def test_as_a_program(configured, sandbox, path):
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "gong_source.cli", "login", "--no-browser", "--port", "0", "--for", "users"],
        cwd=ROOT,
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        url = process.stdout.readline().strip()
        assert requests.get(url, timeout=300).status_code == 200
        assert process.wait(300) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert FileTokenStore(path).load().scope == "api:users:read"
