"""Receivers in processes of their own, keys, and what senders do."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest

from gong_source.sandbox import Sandbox
from gong_source.sandbox.webhooks import Signer
from tests.pipeline.conftest import first_syncs
from tests.pipeline.harness import NOW, Tenant

__all__ = ["first_syncs"]

ROOT = Path(__file__).parents[2]
URL = "https://hooks.example.com/gong"
SECRET = "0123456789abcdef-not-a-real-one"
COMPANY: dict[str, Any] = {"calls": 30, "users": 6, "days": 20, "sentences": 4, "end": NOW}


@dataclass
class Answer:
    """Status and body of an answer; status 0 where the connection was closed without one."""

    status: int
    text: str = ""

    @property
    def json(self) -> Any:
        return orjson.loads(self.text)


def event(call_id: str = "1001", title: str = "A call", is_test: object = False, **parts: Any) -> bytes:
    """The body of an event."""
    basic = {"id": call_id, "title": title, "started": "2026-06-14T10:00:00Z", "duration": 60, "isPrivate": False}
    return orjson.dumps({"callData": {"metaData": basic, **parts}, "isTest": is_test})


@dataclass
class Receiver:
    """``python -m pipelines.webhook`` in a process of its own."""

    folder: Path
    signer: Signer
    options: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    prefix: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None
    port: int = 0
    log: list[str] = field(default_factory=list)

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    def start(self) -> Receiver:
        command = [*self.prefix, sys.executable, "-m", "pipelines.webhook", "--inbox", str(self.inbox), "--port", "0"]
        command += ["--patience", "600"]  # with a slow machine; what an option says later counts
        keys = {
            "SOURCES__GONG__WEBHOOK__PUBLIC_KEYS": self.signer.public_key,
            "SOURCES__GONG__WEBHOOK__URL": URL,
            "SOURCES__GONG__WEBHOOK__PATH_SECRET": SECRET,
        }
        self.process = subprocess.Popen(
            [*command, *self.options],
            env={**os.environ, "PYTHONPATH": str(ROOT), **keys, **self.environment},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout
        for line in self.process.stdout:
            self.log.append(line)
            if line.startswith("receiving at "):
                self.port = int(line.split("/gong")[0].rsplit(":", 1)[1])
                break
        assert self.port, "".join(self.log)
        self.reader = threading.Thread(target=self.log.extend, args=[self.process.stdout], daemon=True)
        self.reader.start()
        return self

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process is None:
            return 0
        process, self.process = self.process, None
        process.send_signal(number)
        code = process.wait(300)
        self.reader.join(300)  # a load that the receiver had started may write a little longer
        assert process.stdout
        if not self.reader.is_alive():
            process.stdout.close()
        return code

    def headers(self, body: bytes, bearer: bool = True, **claims: Any) -> dict[str, str]:
        return {"Authorization": ("Bearer " if bearer else "") + self.signer.token(URL, body, **claims)}

    def send(self, raw: bytes, timeout: float = 120.0) -> Answer:
        """Send bytes as they are, and read one answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(raw)
            return read_answer(connection)

    def post(self, body: bytes, path: str = "/gong", headers: dict[str, str] | None = None, **options: Any) -> Answer:
        """Post a body, signed where no headers are given."""
        return self.send(request(body, path, self.headers(body) if headers is None else headers, **options))

    def get(self, path: str) -> Answer:
        return self.send(request(b"", path, {}, method="GET"))

    def stored(self) -> list[tuple[Any, ...]]:
        """What is in the inbox: call, outcome, body."""
        with sqlite3.connect(self.inbox / "inbox.sqlite") as db:
            rows = db.execute("SELECT call_id, outcome, body FROM events ORDER BY seq").fetchall()
        db.close()
        return rows

    def post_all(self, bodies: list[bytes], at_once: int) -> list[int]:
        """Post signed events side by side, each over a connection of its own; their statuses."""
        requests = [request(body, "/gong", self.headers(body)) for body in bodies]

        async def one(raw: bytes, gate: asyncio.Semaphore) -> int:
            async with gate:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                try:
                    writer.write(raw)
                    await writer.drain()
                    status = await asyncio.wait_for(reader.readline(), 300)
                    return int(status.split()[1]) if status else 0
                finally:
                    writer.close()
                    await writer.wait_closed()

        async def every() -> list[int]:
            gate = asyncio.Semaphore(at_once)
            return await asyncio.gather(*(one(raw, gate) for raw in requests))

        return asyncio.run(every())


def request(body: bytes, path: str, headers: dict[str, str], method: str = "POST", length: int | None = None) -> bytes:
    """The bytes of a request that asks for the connection to be closed."""
    sent = {"Host": "localhost", "Connection": "close", "Content-Length": str(len(body) if length is None else length)}
    head = "".join(f"{name}: {value}\r\n" for name, value in {**sent, **headers}.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def read_answer(connection: socket.socket) -> Answer:
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
            head, _, body = received.partition(b"\r\n\r\n")
            length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            if length and len(body) >= int(length[0].split(b":")[1]):
                break
    except ConnectionResetError:
        pass
    if not received:
        return Answer(0)
    head, _, body = received.partition(b"\r\n\r\n")
    return Answer(int(head.split()[1]), body.decode())


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer()


@pytest.fixture(scope="session")
def other_signer() -> Signer:
    return Signer()


@pytest.fixture(scope="module")
def shared_receiver(tmp_path_factory: pytest.TempPathFactory, signer: Signer) -> Iterator[Receiver]:
    receiver = Receiver(tmp_path_factory.mktemp("receiver"), signer).start()
    yield receiver
    receiver.stop(signal.SIGKILL)


@pytest.fixture
def receiver(shared_receiver: Receiver) -> Receiver:
    """A receiver with an empty inbox."""
    with sqlite3.connect(shared_receiver.inbox / "inbox.sqlite") as db:
        db.execute("DELETE FROM events")
    db.close()
    return shared_receiver


@pytest.fixture
def make_receiver(tmp_path: Path, signer: Signer) -> Iterator[Callable[..., Receiver]]:
    """Starts receivers; they end with the test."""
    running: list[Receiver] = []

    def make(*options: str, **more: Any) -> Receiver:
        receiver = Receiver(tmp_path, signer, list(options), **more)
        running.append(receiver)
        return receiver.start()

    yield make
    for receiver in running:
        receiver.stop(signal.SIGKILL)


@pytest.fixture
def tenant(tmp_path: Path) -> Iterator[Tenant]:
    """A small company with its warehouse."""
    folder = tmp_path / "tenant"
    folder.mkdir()
    with Sandbox(**COMPANY) as sandbox:
        sandbox.control.set_now(NOW)
        yield Tenant(sandbox, folder, days=21)
