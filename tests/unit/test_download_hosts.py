"""Downloads from hosts that are not as S3 is: without versions, with ranges of another file, or without an end."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gong_source.api.download import Downloaded, Downloads
from gong_source.api.patience import OnWait, tell_nobody
from gong_source.config import load_settings
from gong_source.errors import GongConnectionError, GongNotFoundError, GongProtocolError

OLD = b"A" * 3000
Answer = Callable[[int, int], bytes]
"""What is sent before the connection is closed, by the number of the request, from 1, and the first byte asked for."""


class Host(socketserver.ThreadingTCPServer):
    """Sends what a test wants, byte for byte."""

    daemon_threads = True
    asked = 0

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(socketserver.StreamRequestHandler):
    server: Host

    def handle(self) -> None:
        lines = iter(self.rfile.readline, b"\r\n")
        asked = re.search(rb"Range: bytes=([0-9]+)-", b"".join(lines))
        self.server.asked += 1
        self.wfile.write(self.server.answer(self.server.asked, int(asked[1]) if asked else 0))


@contextmanager
def host(answer: Answer) -> Iterator[Host]:
    with Host(answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def head(status: int = 200, **headers: object) -> bytes:
    told = {"Content_Type": "audio/mpeg", **headers}
    lines = [f"HTTP/1.1 {status} OK", *(f"{name.replace('_', '-')}: {value}" for name, value in told.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def load(server: Host, folder: Path, patience: float = 0.1, on_wait: OnWait = tell_nobody) -> Downloaded:
    key = {"access_key": "key", "access_key_secret": "secret"}
    settings = load_settings(base_url=server.url, credentials=key, retry_patience=patience)
    return Downloads(settings, folder, on_wait).load(f"{server.url}/7.mp3", "7-audio", "audio of call 7")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gong_source.api.retry.FIRST_WAIT", 0.01)


@pytest.mark.parametrize("etag", ["", 'W/"v"', '"v{number}"'], ids=["none", "weak", "another each time"])
def test_what_begins_anew_each_time_comes_to_an_end(tmp_path: Path, etag: str) -> None:
    def answer(number: int, first: int) -> bytes:
        if number > 100:
            return head(404, Content_Length=0)
        told = {"ETag": etag.format(number=number)} if etag else {}
        return head(Content_Length=len(OLD), **told) + OLD[:1000]

    with host(answer) as server, pytest.raises(GongConnectionError, match="cut"):
        load(server, tmp_path)
    assert server.asked < 20


def test_what_gets_further_each_time_has_all_the_time(tmp_path: Path) -> None:
    """No attempt of thirty brings less than the one before, and all together last longer than the patience."""
    with host(lambda number, first: head(Content_Length=len(OLD)) + OLD[: 100 * number]) as server:
        assert load(server, tmp_path, patience=0.02).size == len(OLD)
    assert server.asked == 30


@pytest.mark.parametrize("status", [206, 416])
def test_what_is_another_version_is_not_joined(tmp_path: Path, status: int) -> None:
    """The host goes by the range and not by the condition on it."""
    new = b"B" * len(OLD)

    def answer(number: int, first: int) -> bytes:
        if number == 1:
            return head(Content_Length=len(OLD) + 1, ETag='"old"') + OLD[: 1000 if status == 206 else None]
        told = f"bytes {first}-{len(new) - 1}/{len(new)}" if status == 206 else f"bytes */{len(new)}"
        if first:
            return head(status, Content_Range=told, Content_Length=len(new) - first, ETag='"new"') + new[first:]
        return head(Content_Length=len(new), ETag='"new"') + new

    with host(answer) as server:
        assert load(server, tmp_path, patience=10).part.read_bytes() == new
    assert server.asked == 3


@pytest.mark.parametrize(
    "answer", [head(Content_Length=0, ETag='"v"'), head(416, Content_Range="bytes */0", Content_Length=0)]
)
def test_what_is_empty_is_not_asked_for_again(tmp_path: Path, answer: bytes) -> None:
    with host(lambda number, first: answer) as server, pytest.raises(GongNotFoundError, match="the recording is empty"):
        load(server, tmp_path, patience=10)
    assert server.asked == 1
    assert not list(tmp_path.iterdir())


def test_a_wait_is_told(tmp_path: Path) -> None:
    waits: list[tuple[float, str]] = []
    busy, good = head(503, Retry_After="0.1", Content_Length=0), head(Content_Length=len(OLD)) + OLD
    with host(lambda number, first: busy if number == 1 else good) as server:
        load(server, tmp_path, 10, lambda seconds, why: waits.append((seconds, why)))
    assert waits == [(0.1, "GET media: HTTP 503")]


@pytest.mark.parametrize(
    "answer",
    [
        head(Content_Type="text/html", Content_Length=4) + b"gone",
        head(Content_Encoding="gzip", Content_Length=4) + b"gone",
        head(206, Content_Range="bytes 0-3/4", Content_Length=4) + b"gone",
        head(204),
    ],
    ids=["page", "compressed", "part", "nothing"],
)
def test_what_is_no_recording_is_asked_for_a_few_times(tmp_path: Path, answer: bytes) -> None:
    with host(lambda number, first: answer) as server, pytest.raises(GongProtocolError, match="GET media"):
        load(server, tmp_path, patience=300)
    assert server.asked == 3
