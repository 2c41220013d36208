"""The receiver on uvicorn: sockets, limits on connections, and who is given up when."""

from __future__ import annotations

import asyncio
import resource
import socket
from typing import Any

import h11
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 8000
KEEP_ALIVE_SECONDS = 75
"""Longer than load balancers keep an idle connection (60 s mostly), so that it is they who close it."""

STOP_SECONDS = 15
SPARE_FILES = 100


class PatientProtocol(H11Protocol):
    """uvicorn's protocol with an end to its patience: it has none of its own for a head that never comes."""

    patience = 30.0
    """Seconds for the head of a request, or for the rest of a body that was refused."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request.

        Args:
            transport: The connection.
        """
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take bytes, and wait for more only so long.

        Args:
            data: What came.
        """
        super().data_received(data)
        self._watch(bool(data))

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting.

        Args:
            exc: Why it was lost.
        """
        self._stop_watching()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """After an answer: what is left of a refused body may not trickle for ever."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY:
            self._watch()

    def _watch(self, partial: bool = True) -> None:
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering or not partial or self.transport.is_closing():
            self._stop_watching()
        elif self._timer is None:
            self._timer = self.loop.call_later(self.patience, self._give_up)

    def _stop_watching(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        answering = self.cycle is not None and not self.cycle.response_complete
        idle = self.cycle is not None and self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]
        if not answering and not idle:
            self.transport.close()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Args:
        host: Address to listen on.
        port: 0 takes a free one.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(4096)
    listening.setblocking(False)
    return listening


def make_server(app: Starlette, patience: float) -> uvicorn.Server:
    """A server for the application; it logs no URL, as one may hold a secret.

    Args:
        app: The application.
        patience: Seconds that a sender may take for the head of a request.
    """
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=type("Protocol", (PatientProtocol,), {"patience": patience}),
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=_connections(),
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
    )


def _connections() -> int:
    """As many as the process may open files, after asking for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + SPARE_FILES
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(MOST_CONNECTIONS, soft - SPARE_FILES))
