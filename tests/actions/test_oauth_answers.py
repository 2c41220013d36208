"""Odd answers of Gong's OAuth server, byte by byte."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gong_source.api.auth import FileTokenStore, OAuthServer, RotatingAuth, Tokens
from gong_source.api.auth.oauth import ENDPOINT
from gong_source.api.patience import Patience
from gong_source.config import GongSettings, load_settings
from gong_source.errors import GongConfigError, GongError, GongKeyRefusedError, GongProtocolError, GongServerError

SECRET, REFRESH = "n0t-a-rea1-secret", "n0t+a/refresh=="
GOOD = {"access_token": "access", "refresh_token": "next", "expires_in": 3600}


class Handler(BaseHTTPRequestHandler):
    """Answers what the test put there, one after the other."""

    def do_POST(self) -> None:
        status, headers, content = self.server.script.pop(0)
        body = json.dumps(content).encode()
        self.send_response_only(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


class Server(ThreadingHTTPServer):
    """An OAuth server with a script."""

    daemon_threads = True
    script: list[tuple[int, dict[str, str], Any]]

    def ask(self, *script: tuple[int, dict[str, str], Any]) -> Tokens:
        return self.with_script(*script).refresh(Tokens("old", REFRESH))

    def with_script(self, *script: tuple[int, dict[str, str], Any]) -> OAuthServer:
        self.script = list(script)
        return OAuthServer(self.settings().credentials)

    def settings(self, **more: Any) -> GongSettings:
        url = f"http://127.0.0.1:{self.server_address[1]}"
        client = {"auth_type": "oauth", "client_id": "client", "client_secret": SECRET, "oauth_url": url}
        return load_settings(base_url=url, credentials=client, **more)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.shutdown()
        thread.join(300)


@pytest.mark.parametrize("status", [200, 400])
def test_a_refusal_is_known_by_its_words(server: Server, status: int) -> None:
    with pytest.raises(GongKeyRefusedError, match=r"invalid_grant; Token revoked.*gong-source login"):
        server.ask((status, {}, {"error": "invalid_grant", "error_description": "Token revoked"}))


def test_scopes_may_come_as_a_list(server: Server) -> None:
    assert server.ask((200, {}, {**GOOD, "scope": ["a", "b"]})).scope == "a b"


@pytest.mark.parametrize(
    "content",
    [
        {"errors": f"{REFRESH} of {SECRET} is bad"},
        {"errors": ["bad", REFRESH, SECRET]},
        {"errors": {"message": f"n0t%2Ba%2Frefresh%3D%3D {SECRET}"}},
        {"errors": 5},
        {"error": "invalid_grant", "error_description": f"token={REFRESH}", "requestId": f"r-{SECRET}"},
        {"error": {"nested": [REFRESH]}, "requestId": [SECRET]},
        {},
        [REFRESH],
    ],
)
def test_a_refusal_shows_no_secret(server: Server, content: Any) -> None:
    with pytest.raises(GongKeyRefusedError) as refused:
        server.ask((400, {}, content))
    told = str(refused.value)
    assert "HTTP 400" in told
    assert "gong-source login" in told
    for part in (SECRET, REFRESH, "n0t%2B", "n; 0"):
        assert part not in told


@pytest.mark.parametrize("told", [0, -1, "NaN", float("nan"), float("inf"), 10**400, "soon", None, [], "0"])
def test_a_lifetime_that_is_none_is_a_day(server: Server, told: Any) -> None:
    tokens = server.ask((200, {}, {**GOOD, "expires_in": told}))
    assert tokens.lifetime == 86400
    assert tokens.is_fresh()


ODD = ["", "two\nlines", "snöwman", 5, None]


@pytest.mark.parametrize("token", ODD)
def test_what_cannot_stand_in_a_header_is_no_token(server: Server, token: Any) -> None:
    with pytest.raises(GongProtocolError, match="no tokens"):
        server.ask((200, {}, {"access_token": token, "refresh_token": token}))


@pytest.mark.parametrize("token", ODD)
def test_one_usable_token_is_kept_beside_one_that_is_none(server: Server, token: Any) -> None:
    access_alone, refresh_alone = {**GOOD, "refresh_token": token}, {**GOOD, "access_token": token}
    tokens = [server.ask((200, {}, answer)) for answer in (access_alone, refresh_alone)]
    assert [(each.access_token, each.refresh_token) for each in tokens] == [("access", REFRESH), ("old", "next")]
    assert [each.is_valid() for each in tokens] == [True, False]


@pytest.mark.parametrize(("seconds", "used"), [(0, None), (100, "old")], ids=["ended", "ends soon"])
def test_a_refresh_token_alone_is_saved(server: Server, tmp_path: Path, seconds: float, used: str | None) -> None:
    server.script = [(200, {}, {"refresh_token": "next"}), (200, {}, GOOD)]
    renewals = Renewals(server, tmp_path, seconds)
    with nullcontext() if used else pytest.raises(GongProtocolError, match="no access token"):
        assert [renewals.token(), renewals.token()] == [used, used]
    assert FileTokenStore(tmp_path / "tokens.json").load().refresh_token == "next"
    assert used or renewals.token() == "access"


@pytest.mark.parametrize("address", ["us-1.api.gong.io", "http://api.gong.invalid", 123, ["x"], {}])
@pytest.mark.parametrize("before", ["", "https://us-1.api.gong.io"])
def test_tokens_beside_an_odd_address_are_kept(server: Server, address: Any, before: str, caplog: Any) -> None:
    oauth = server.with_script((200, {}, {**GOOD, "api_base_url_for_customer": address}))
    tokens = oauth.refresh(Tokens("old", REFRESH, api_base_url=before))
    assert (tokens.refresh_token, tokens.api_base_url) == ("next", before)
    assert (before or "sources.gong.base_url") in caplog.text or not address


class Renewals:
    """Tokens in a store, of which the access token ends after so many seconds, and the waits that are told of."""

    def __init__(self, server: Server, path: Path, seconds: float, **settings: Any) -> None:
        store = FileTokenStore(path / "tokens.json")
        store.save(Tokens("old", REFRESH, time.time() + seconds))
        self.waits: list[tuple[float, str]] = []
        told = server.settings(**settings)
        self._auth = RotatingAuth(told, store, lambda seconds, why: self.waits.append((seconds, why)))

    def token(self) -> str:
        return self._auth.current()._header.removeprefix("Bearer ")


def test_the_server_is_asked_no_earlier_than_it_wants_and_that_is_told(server: Server, tmp_path: Path) -> None:
    server.script = [(503, {"Retry-After": "0.2"}, {}), (429, {"Retry-After": "0.1"}, {}), (200, {}, GOOD)]
    renewals = Renewals(server, tmp_path, 0)
    assert renewals.token() == "access"
    assert renewals.waits == [(0.2, f"{ENDPOINT}: 503"), (0.1, f"{ENDPOINT}: 429")]


def test_what_passes_is_no_refusal_of_the_key_and_is_remembered(server: Server, tmp_path: Path) -> None:
    renewals = Renewals(server, tmp_path, 0, retry_patience=0)
    server.script = [(408, {}, {"errors": REFRESH})]
    for _ in range(2):
        with pytest.raises(GongServerError) as passing:
            renewals.token()
        error: GongError = passing.value
        assert not error.ends_run
        assert REFRESH not in str(error)
    assert server.script == []


def test_what_is_valid_yet_waits_for_nothing(server: Server, tmp_path: Path) -> None:
    server.script = [(503, {"Retry-After": "30"}, {})]
    renewals = Renewals(server, tmp_path, 100)
    assert [renewals.token(), renewals.token()] == ["old", "old"]
    assert (server.script, renewals.waits) == ([], [])


@pytest.mark.parametrize("seconds", [0, 100], ids=["ended", "ends soon"])
@pytest.mark.parametrize("lifetime", [3600, 0.01])
def test_the_same_access_token_is_taken_once(server: Server, tmp_path: Path, seconds: float, lifetime: float) -> None:
    server.script = [(200, {}, {**GOOD, "access_token": "old", "expires_in": lifetime})]
    assert Renewals(server, tmp_path, seconds, retry_patience=0).token() == "old"
    assert server.script == []


class Vault:
    """A store of somebody's own that can't be reached."""

    def __init__(self, what: str) -> None:
        self.what = what

    def load(self) -> Any:
        return self._answer("load")

    def save(self, tokens: Tokens) -> None:
        self._answer("save")

    def reserving(self) -> Any:
        return self._answer("reserving")

    def _answer(self, what: str) -> Any:
        if what == self.what:
            raise RuntimeError("no way to https://me:password@vault/, 5 tries")
        return {"access_token": "x"} if what == "load" else nullcontext()


@pytest.mark.parametrize("what", ["load", "reserving", "nothing"])
@pytest.mark.parametrize("seconds", [0, 100], ids=["ended", "ends soon"])
def test_a_store_that_fails(server: Server, tmp_path: Path, what: str, seconds: float, caplog: Any) -> None:
    renewals = Renewals(server, tmp_path, seconds)
    vault = Vault(what)
    if what == "reserving":
        vault.load = renewals._auth._store.load
    renewals._auth._store = vault
    server.script = []
    told = {"load": "The token store can't be read: no way", "reserving": "can't save tokens: no way"}
    with nullcontext() if seconds else pytest.raises(GongConfigError) as raised:
        assert [renewals.token(), renewals.token()] == ["old", "old"]
    message = str(raised.value) if raised else caplog.messages[0]
    assert told.get(what, "load() returns no Tokens") in message
    assert "password" not in message
    assert server.script == []


@pytest.mark.parametrize("what", ["load", "nothing"])
def test_a_store_that_fails_at_first(server: Server, what: str) -> None:
    with pytest.raises(GongConfigError, match="The token store"):
        RotatingAuth(server.settings(), Vault(what))


@pytest.mark.parametrize(("status", "left"), [(429, 0), (503, 1)])
def test_a_code_is_sent_again_only_where_it_was_not_taken(server: Server, status: int, left: int) -> None:
    oauth = server.with_script((status, {"Retry-After": "0.1"}, {}), (200, {}, GOOD))
    with suppress(GongServerError):
        assert oauth.exchange("code", "http://127.0.0.1/", Patience(server.settings(), safe=False)).scope == ""
    assert len(server.script) == left
