"""One HTTP exchange, against a server that says exactly what a test wants, byte by byte."""

import gzip
import socket
import threading
import tracemalloc
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from gong_source.api import GongClient, transport
from gong_source.api.auth import GongAuth
from gong_source.api.endpoints import Endpoint
from gong_source.api.transport import Received, make_session, send

HEADER = "Basic a2V5OnNlY3JldA=="
BOMB = gzip.compress(bytes(30_000_000))
TRICKLE_PIECES = 1000
TRICKLE_PAUSE = 0.05


class Handler(BaseHTTPRequestHandler):
    """Remembers every request and answers as its path tells."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        getattr(self, "answer_" + self.path.partition("?")[0].strip("/"))()

    do_POST = do_GET

    def finish(self) -> None:
        super().finish()
        self.server.hung_up.set()

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""

    def answer(self, body: bytes, status: int = 200, length: int | None = None, **headers: str) -> None:
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def answer_plain(self) -> None:
        self.answer(b'{"ok": true}', X_Answer="yes")

    def answer_cookie(self) -> None:
        self.answer(b"{}", Set_Cookie="session=abc; Path=/")

    def answer_large(self) -> None:
        self.answer(b"x" * 3_000_001)

    def answer_gzip(self) -> None:
        self.answer(gzip.compress(b'{"zipped": true}'), Content_Encoding="gzip")

    def answer_bomb(self) -> None:
        self.answer(BOMB, Content_Encoding="gzip")

    def answer_badzip(self) -> None:
        self.answer(b"this is not gzip", Content_Encoding="gzip")

    def answer_away(self) -> None:
        self.answer(b"", 302, Location="/plain")

    def answer_short(self) -> None:
        self.answer(b"half of it", length=1000)
        self.close_connection = True

    def answer_silence(self) -> None:
        self.server.finished.wait(300)
        self.close_connection = True

    def answer_chunks(self, *, end: bytes = b"0\r\n\r\n") -> None:
        self.send_response_only(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b'3\r\n{"a\r\n9\r\n": true} \r\n' + end)

    def answer_cutchunks(self) -> None:
        self.answer_chunks(end=b"")
        self.close_connection = True

    def answer_slowzip(self) -> None:
        """Compressed, and so slow that some pieces hold nothing yet."""
        body = gzip.compress(b'{"zipped": "slowly"}')
        self.answer(b"", length=len(body), Content_Encoding="gzip")
        for place in range(len(body)):
            self.wfile.write(body[place : place + 1])
            self.wfile.flush()
            self.server.finished.wait(0.01)

    def answer_trickle(self) -> None:
        """A byte at a time, quickly enough for any read time-out, for as long as somebody listens."""
        self.close_connection = True
        try:
            self.answer(b"", length=TRICKLE_PIECES)
            for _ in range(TRICKLE_PIECES):
                self.server.trickled += 1
                self.wfile.write(b"x")
                self.wfile.flush()
                self.server.finished.wait(TRICKLE_PAUSE)
        except OSError:  # nobody listens any more
            return


class Server(ThreadingHTTPServer):
    """A server and what it saw."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.finished = threading.Event()
        self.trickled = 0
        self.hung_up = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.finished.set()
        running.shutdown()
        thread.join(300)


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with make_session(GongAuth(HEADER)) as made:
        yield made


def get(session: requests.Session, url: str, read_timeout: float = 60, **params: str) -> Received:
    return send(session, "GET", url, params=params, body=None, timeouts=(5, read_timeout))


def test_a_get(server: Server, session: requests.Session):
    received = get(session, f"{server.url}/plain", email="ada@acme.com")
    assert (received.status, received.body, received.problem) == (200, b'{"ok": true}', "")
    assert received.headers["x-answer"] == "yes"
    ((method, path, headers, body),) = server.seen
    assert (method, path, body) == ("GET", "/plain?email=ada%40acme.com", b"")
    assert headers["authorization"] == HEADER
    assert headers["accept"] == "application/json"
    assert headers["user-agent"].startswith("gong-source")
    assert "content-type" not in headers


def test_a_post(server: Server, session: requests.Session):
    body = {"filter": {"callIds": [str(2**64)]}, "note": "é"}
    send(session, "POST", f"{server.url}/plain", params=None, body=body, timeouts=(5, 10))
    ((method, _, headers, sent),) = server.seen
    assert method == "POST"
    assert headers["content-type"] == "application/json"
    assert sent.decode() == '{"filter":{"callIds":["18446744073709551616"]},"note":"é"}'


def test_connections_are_kept_and_cookies_are_not(server: Server, session: requests.Session):
    get(session, f"{server.url}/cookie")
    get(session, f"{server.url}/plain")
    assert "cookie" not in server.seen[1][2]


def test_credentials_of_the_machine_are_not_used(server: Server):
    netrc = Path.home() / ".netrc"
    netrc.write_text("default login somebody password else\n")
    netrc.chmod(0o600)
    with make_session(GongAuth(HEADER)) as session:
        get(session, f"{server.url}/plain")
    assert server.seen[0][2]["authorization"] == HEADER


def test_a_redirect_is_an_answer(server: Server, session: requests.Session):
    received = get(session, f"{server.url}/away")
    assert (received.status, received.headers["Location"]) == (302, "/plain")
    assert len(server.seen) == 1


def test_large_and_compressed_bodies_come_whole(server: Server, session: requests.Session):
    assert get(session, f"{server.url}/large").body == b"x" * 3_000_001
    assert get(session, f"{server.url}/gzip").body == b'{"zipped": true}'
    assert get(session, f"{server.url}/chunks").body == b'{"a": true} '


@pytest.mark.parametrize("path", ["large", "bomb"])
def test_an_answer_without_end_is_given_up(
    server: Server, session: requests.Session, path: str, monkeypatch: pytest.MonkeyPatch
):
    """Before it is unpacked as a whole."""
    monkeypatch.setattr(transport, "LARGEST", 2 << 20)
    tracemalloc.start()
    received = get(session, f"{server.url}/{path}")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (received.status, received.problem) == (None, "the answer is larger than 2 MB")
    assert most < 20_000_000
    assert received.sent


@pytest.mark.parametrize(
    ("path", "patience", "problem"),
    [
        ("short", 60, "the answer was cut"),
        ("cutchunks", 60, "the answer was cut"),
        ("badzip", 60, "the answer was cut"),
        ("silence", 0.3, "no answer within 0.3 s"),
    ],
)
def test_no_whole_answer_is_no_answer(
    server: Server, session: requests.Session, path: str, patience: float, problem: str
):
    received = get(session, f"{server.url}/{path}", read_timeout=patience, email="ada@acme.com")
    assert received.status is None
    assert received.body == b""
    assert problem in received.problem
    assert "acme" not in received.problem
    assert received.sent


def test_a_body_that_trickles_is_given_up_before_its_end(
    server: Server, session: requests.Session, monkeypatch: pytest.MonkeyPatch
):
    """The body takes fifty seconds at least, and may take one; no piece of it takes a minute."""
    assert transport.DEADLINE > 1, "what is slow as a whole only is given up later than what comes to a halt"
    monkeypatch.setattr(transport, "DEADLINE", 1 / 60)
    received = get(session, f"{server.url}/trickle", read_timeout=300)
    assert (received.status, received.problem) == (None, "the answer came too slowly")
    assert server.trickled < TRICKLE_PIECES


def test_a_client_hangs_up_when_it_is_done(server: Server):
    key = {"access_key": "key", "access_key_secret": "secret"}
    with GongClient.from_config(base_url=server.url, credentials=key, requests_per_second=0) as client:
        assert client.request(Endpoint("GET", "/plain")) == {"ok": True}
        assert not server.hung_up.is_set()
    assert server.hung_up.wait(300)


def test_a_slow_body_comes_whole(server: Server, session: requests.Session):
    """Most of its pieces hold nothing yet, and are no end."""
    received = get(session, f"{server.url}/slowzip", read_timeout=300)
    assert (received.status, received.body, received.problem) == (200, b'{"zipped": "slowly"}', "")


def test_nobody_listens(session: requests.Session):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        received = get(session, f"http://127.0.0.1:{taken.getsockname()[1]}/plain", email="ada@acme.com")
    assert received.status is None
    assert "the host refuses the connection" in received.problem
    assert "acme" not in received.problem
    assert not received.sent


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/plain", "http:///plain", "nonsense"])
def test_an_address_that_is_none(session: requests.Session, url: str):
    received = get(session, url)
    assert received.status is None
    assert received.problem
