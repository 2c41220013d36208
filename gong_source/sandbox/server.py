"""The HTTP server: keep-alive connections, one thread each, and faults that are real on the wire."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from gong_source.sandbox.messages import Reply, Request

Answer = Callable[[Request, threading.Event], Reply]

_LINGER_ZERO = struct.pack("ii", 1, 0)
_SLOW_PIECES = 10
_JOIN_SECONDS = 5.0


class Server(ThreadingHTTPServer):
    """A threaded server that closes every connection and thread when it stops."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, answer: Answer) -> None:
        """Bind the address; ``port`` 0 takes a free one."""
        self.answer = answer
        self.stopping = threading.Event()
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._guard = threading.Lock()
        super().__init__((host, port), Handler)

    def server_bind(self) -> None:
        """Bind the address without asking a name server for a name of it."""
        TCPServer.server_bind(self)

    @property
    def url(self) -> str:
        """The address that clients use."""
        host, port = self.server_address[0], self.server_address[1]
        return f"http://{host!s}:{port}"

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._acceptor = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.02}, name="sandbox", daemon=True
        )
        self._acceptor.start()

    def stop(self) -> None:
        """Stop serving: wake whoever waits, close all connections, end all threads."""
        self.stopping.set()
        self.shutdown()
        self._acceptor.join(_JOIN_SECONDS)
        self.server_close()
        with self._guard:
            open_now = dict(self._connections)
        for connection, thread in open_now.items():
            _hang_up(connection)
            thread.join(_JOIN_SECONDS)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a new connection in a thread of its own."""
        thread = threading.Thread(
            target=self.process_request_thread, args=(request, client_address), name="sandbox-connection", daemon=True
        )
        with self._guard:
            self._connections[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        """Close a connection; one that is to be reset must not say goodbye first."""
        with self._guard:
            self._connections.pop(request, None)
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == _LINGER_ZERO:
            request.close()
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report an error of the sandbox itself; clients that hang up are no error."""
        if not self.stopping.is_set():
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Turns bytes into requests and replies into bytes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def handle(self) -> None:
        """Serve the requests of one connection until either side closes it."""
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def finish(self) -> None:
        """Flush and close the files of the connection; the client may be gone already."""
        try:
            super().finish()
        except (ConnectionError, TimeoutError):
            self.rfile.close()

    def do_GET(self) -> None:
        """Serve one request of any method."""
        try:
            body = self._read_body()
        except ValueError:
            self.send_error(HTTPStatus.BAD_REQUEST, "The length of the body is not a number")
            return
        request = Request(self.command, self.path, _lower(self.headers), body)
        self._send(self.server.answer(request, self.server.stopping))

    def __getattr__(self, name: str) -> Any:
        """Serve every verb alike, also one that no one has heard of; the API refuses it in its own words."""
        if name.startswith("do_"):
            return self.do_GET
        raise AttributeError(name)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse in Gong's shape what is no request that the API could be asked; the connection ends."""
        text = message or HTTPStatus(code).phrase
        self.close_connection = True
        self._send_all(Reply.json(code, {"requestId": "unreadable", "errors": [text]}, {"Connection": "close"}))

    def log_message(self, format: str, *args: Any) -> None:
        """Keep silent; the counters hold the log."""

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(iter(self._read_chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _read_chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        chunk = self.rfile.read(size)
        self.rfile.readline()
        return chunk

    def _send(self, reply: Reply) -> None:
        {"normal": self._send_all, "cut": self._send_cut, "slow": self._send_slowly}.get(
            reply.wire.mode, self._break_off
        )(reply)

    def _send_all(self, reply: Reply) -> None:
        self._send_head(reply)
        if self.command != "HEAD":
            self.wfile.write(reply.body)
        self.wfile.flush()

    def _send_cut(self, reply: Reply) -> None:
        self._send_head(reply)
        self.wfile.write(reply.body[: len(reply.body) // 2 if reply.wire.at is None else reply.wire.at])
        self.close_connection = True

    def _send_slowly(self, reply: Reply) -> None:
        self._send_head(reply)
        step = max(1, -(-len(reply.body) // _SLOW_PIECES))
        for start in range(0, len(reply.body), step):
            self.wfile.flush()
            self.server.stopping.wait(reply.wire.seconds / _SLOW_PIECES)
            self.wfile.write(reply.body[start : start + step])
        self.wfile.flush()

    def _break_off(self, reply: Reply) -> None:
        self.close_connection = True
        if reply.wire.mode == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)

    def _send_head(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # The connection was closed by its own thread in the meantime.
