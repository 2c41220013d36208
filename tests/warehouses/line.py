"""A line to a server that is cut when something is sent."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Line:
    """A TCP connection to a server that is cut for good when a client sends something."""

    def __init__(self, port: int, last: bytes) -> None:
        self._target = port
        self._last = last
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self.cut = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            with self._lock:
                self._open += [client, server]
                if self.cut:  # it came as the line was cut
                    self._close_open()
                    return
            threading.Thread(target=self._pump, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, False), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, watched: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if watched and self._last in data:
                    self.close()
                target.sendall(data)

    def close(self) -> None:
        with self._lock:
            self.cut = True
            self._listener.close()
            self._close_open()

    def _close_open(self) -> None:
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
