"""A warehouse that can't be reached any more in the middle of a load."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace

import pytest
from google.resumable_media.requests import _request_helpers

from tests.warehouses.marks import WAREHOUSE
from tests.warehouses.tenant import WarehouseTenant
from tests.warehouses.warehouses import BigQuery

pytestmark = WAREHOUSE


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
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()


def test_a_connection_that_is_lost_during_a_load_is_told_of_soon(
    bigquery_warehouse: BigQuery, tenant_maker: Callable[..., WarehouseTenant], monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = tenant_maker(bigquery_warehouse, calls=3)
    assert bigquery_warehouse.server is not None
    line = Line(bigquery_warehouse.server.port, b"/upload/")
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", f"http://127.0.0.1:{line.port}")
    # Google's client pauses 63 s in all before it gives up a file; what counts is how often dlt begins anew
    monkeypatch.setenv("DESTINATION__BIGQUERY__RETRY_DEADLINE", "2")
    pauses: list[float] = []
    monkeypatch.setattr(_request_helpers, "time", SimpleNamespace(sleep=pauses.append))
    report = tenant.sync(resources=["users"])
    assert line.cut
    assert len(pauses) <= 6 * 2, "two files are loaded side by side: the users and the state"
    assert report.exit_code == 1
    assert "users" in report.failures
    assert re.search("bigquery failed again and again during a load.*[Cc]onnection", str(report.failures["users"]))
