"""A write that arrived whole is sent once, however the answer is broken; one that could not leave is sent again."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from gong_source.actions import meetings
from gong_source.api import GongClient
from gong_source.api.retry import CONNECTS
from gong_source.errors import GongConnectionError, WriteOutcomeUnknown
from tests.actions.examples import MEETING_BODY
from tests.unit.scripted import self_signed

BODY = b'{"requestId": "r1", "meetingId": "1"}'
ANSWERS = {
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 37\r\nContent-Length: 38\r\n\r\n" + BODY,
    "a length that is a list": b"HTTP/1.1 200 OK\r\nContent-Length: 36, 37\r\n\r\n" + BODY,
    "no zip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 37\r\n\r\n" + BODY,
    "no chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + BODY,
    "no HTTP": b"\x15\x03\x01\x00\x02\x02\x28",
}


class Wire:
    """Reads each request to its end, and answers with some bytes, below TLS where there is such a thing.

    As a proxy, it is the other end of the tunnel too.
    """

    def __init__(self, answer: bytes, tls: ssl.SSLContext | None = None, proxy: bool = False) -> None:
        self._answer, self._tls, self._proxy = answer, tls, proxy
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.arrived = 0
        self.accepted = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:  # closed
                return
            self.accepted += 1
            with plain:
                try:
                    self._talk(plain)
                except OSError:
                    continue

    def _talk(self, plain: socket.socket) -> None:
        if self._proxy and plain.recv(1 << 16):
            plain.sendall(b"HTTP/1.1 200 Go on\r\n\r\n")
        wire: socket.socket = self._tls.wrap_socket(plain, server_side=True) if self._tls else plain
        with wire:
            received = b""
            while not received.endswith(b"}") and not received.startswith(b"\x16"):  # the beginning of a handshake
                if not (piece := wire.recv(1 << 16)):
                    return
                received += piece
            self.arrived += received.endswith(b"}")
            os.write(wire.fileno(), self._answer)
            socket.socket.shutdown(wire, socket.SHUT_WR)
            while os.read(wire.fileno(), 1 << 16):
                pass

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Of a server that the client trusts."""
    file = self_signed(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
    return file


def meet(connect: Callable[..., GongClient], url: str) -> None:
    address = SimpleNamespace(url=url, access_key="a", access_key_secret="b")
    meetings.create_meeting(connect(address, retry_patience=60), **{**MEETING_BODY, "organizer_email": "a@b.example"})


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_broken_answer_is_no_reason_to_send_again(connect: Callable[..., GongClient], answer: str):
    with closing(Wire(ANSWERS[answer])) as wire:
        with pytest.raises(WriteOutcomeUnknown, match="organizer's calendar"):
            meet(connect, f"http://127.0.0.1:{wire.port}")
        assert wire.arrived == 1


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=lambda each: each.name)
@pytest.mark.parametrize("answer", [b"HTTP/1.1 502 Bad\r\n\r\n", b"\x15\x03\x03\0\2\2\x46"], ids=["plain", "alert"])
@pytest.mark.parametrize("proxy", [False, True], ids=["direct", "proxy"])
def test_nor_is_one_that_is_no_tls(
    connect: Callable[..., GongClient],
    certificate: Path,
    version: ssl.TLSVersion,
    answer: bytes,
    proxy: bool,
    monkeypatch: pytest.MonkeyPatch,
):
    """Errors of the same reasons come before a request as well, from a server that speaks no TLS at all."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.maximum_version = version
    tls.load_cert_chain(certificate)
    with closing(Wire(answer, tls, proxy)) as wire:
        if proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{wire.port}")
            for name in ("NO_PROXY", "no_proxy"):
                monkeypatch.delenv(name, raising=False)
        with pytest.raises(WriteOutcomeUnknown, match="SSLError"):
            meet(connect, f"https://localhost:{wire.port}")
        assert wire.arrived == 1


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad\r\n\r\n"], ids=["nothing", "plain"])
def test_before_the_handshake_is_done_nothing_was_sent(connect: Callable[..., GongClient], answer: bytes):
    with closing(Wire(answer)) as wire:
        with pytest.raises(GongConnectionError, match=r"does not speak TLS.*Check the proxy"):
            meet(connect, f"https://localhost:{wire.port}")
        assert (wire.arrived, wire.accepted) == (0, CONNECTS)
