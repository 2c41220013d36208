"""Odd answers of Gong's OAuth server, byte by byte."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from gong_source.api.auth import OAuthServer, Tokens
from gong_source.config import GongCredentials
from gong_source.errors import GongError, GongKeyRefusedError, GongProtocolError, GongServerError

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
        self.script = list(script)
        credentials = GongCredentials(auth_type="oauth", client_id="client", client_secret=SECRET)
        credentials.oauth_url = f"http://127.0.0.1:{self.server_address[1]}"
        return OAuthServer(credentials).refresh(Tokens("old", REFRESH))


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.shutdown()
        thread.join(300)


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


@pytest.mark.parametrize("token", ["", "two\nlines", "snöwman", 5, None])
def test_what_cannot_stand_in_a_header_is_no_token(server: Server, token: Any) -> None:
    with pytest.raises(GongProtocolError, match="no tokens"):
        server.ask((200, {}, {**GOOD, "access_token": token}))


def test_a_date_to_wait_for_is_waited_for(server: Server) -> None:
    date = formatdate(time.time() + 3, usegmt=True)
    began = time.monotonic()
    assert server.ask((503, {"Retry-After": date}, {}), (200, {}, GOOD)).access_token == "access"
    assert time.monotonic() - began > 1.5, "half a second more is all that is left out of a date"


def test_what_passes_is_no_refusal_of_the_key(server: Server) -> None:
    later = (408, {"Retry-After": "0"}, {"errors": REFRESH})
    with pytest.raises(GongServerError) as passing:
        server.ask(later, later, later)
    error: GongError = passing.value
    assert not error.ends_run
    assert REFRESH not in str(error)
    assert server.script == []
