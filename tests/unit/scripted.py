"""A server that says what a test tells it to, for answers that no sandbox gives."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Asked:
    """One request: its number among those of its path, from 1, its path, query and body; the query also as it came."""

    number: int
    path: str
    query: dict[str, str]
    body: bytes
    asked_for: str = ""


@dataclass(frozen=True)
class Say:
    """One answer; ``None`` as content drops the connection."""

    content: Any = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else orjson.dumps(self.content)


def refuse(status: int, *errors: Any, **headers: str) -> Say:
    """A refusal in Gong's form."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Say({"requestId": "r1", "errors": list(errors)}, status, named)


def self_signed(folder: Path) -> Path:
    """A file with a key and a certificate for localhost that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(timezone.utc)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    )
    return file


DROP = Say(None)
Script = Callable[[Asked], Say]


class Scripted(ThreadingHTTPServer):
    """Answers as a function says. Use it as a context manager."""

    daemon_threads = True

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.asked: list[Asked] = []
        self.lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def paths(self) -> list[str]:
        """What was asked, in order."""
        return [one.path for one in self.asked]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Silent: what is dropped is meant."""

    def __enter__(self) -> Scripted:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Scripted

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        with self.server.lock:
            number = 1 + sum(one.path == parts.path for one in self.server.asked)
            asked = Asked(number, parts.path, dict(parse_qsl(parts.query)), body, parts.query)
            self.server.asked.append(asked)
        say = self.server.script(asked)
        if say.content is None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        self.send_response_only(say.status)
        self.send_header("Content-Length", str(len(say.body)))
        for name, value in say.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(say.body)

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""
