"""The sandbox as an object, and as a process of its own."""

from __future__ import annotations

import hashlib
import shlex
import signal
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Any

from gong_source.sandbox.admin import Front
from gong_source.sandbox.app import App
from gong_source.sandbox.clock import Clock, to_utc
from gong_source.sandbox.control import Control
from gong_source.sandbox.counters import Counters
from gong_source.sandbox.cursors import Cursors
from gong_source.sandbox.generate.history import Size, fill_world
from gong_source.sandbox.oauth import OAuth
from gong_source.sandbox.quota import Quota
from gong_source.sandbox.server import Server
from gong_source.sandbox.world import World
from gong_source.sandbox.written import Written
from gong_source.sandbox.zone import DEFAULT_ZONE, Zone


class Sandbox:
    """A Gong API on localhost with a made-up company behind it.

    Use it as a context manager, or call ``start`` and ``stop``. The same options, ``end`` and ``seed`` give the same
    company.

    Attributes:
        world: The truth, before any selector.
        control: What tests can do to it.
        counters: What was counted.
    """

    def __init__(
        self,
        calls: int = 400,
        users: int = 30,
        workspaces: int = 2,
        days: float = 180,
        end: datetime | str | None = None,
        seed: int = 7,
        sentences: int = 40,
        latency: float = 0.0,
        requests_per_second: int | None = None,
        daily_requests: int | None = None,
        page_size: int = 100,
        empty: bool = False,
        lag: bool = False,
        time_zone: str = DEFAULT_ZONE,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """Make the company; serving starts later.

        Args:
            calls: Number of calls.
            users: Number of users.
            workspaces: Number of workspaces.
            days: How far back the history goes.
            end: When the history ends; now by default.
            seed: The seed of everything made up.
            sentences: Usual number of sentences of a call.
            latency: Seconds each answer takes.
            requests_per_second: The company's limit in any second; ``None`` for no limit.
            daily_requests: The company's limit in a UTC day; ``None`` for no limit.
            page_size: Records on a page.
            empty: Make a tenant with one user, one workspace and nothing else.
            lag: Let calls, AI parts and transcripts appear as late as they really do.
            time_zone: The company's time zone, in which statistics count days.
            host: The address to listen on.
            port: The port to listen on; 0 takes a free one.
        """
        size = Size(calls, users, workspaces, days, sentences, seed, empty, lag)
        clock = Clock()
        self.world = World(clock, zone=Zone(time_zone))
        history = fill_world(self.world, size, clock.now() if end is None else to_utc(end))
        self._app = App(
            world=self.world,
            clock=clock,
            cursors=Cursors(hashlib.sha256(f"cursor/{seed}".encode()).digest()),
            quota=Quota(clock, requests_per_second, daily_requests),
            page_size=page_size,
            latency={None: latency},
        )
        self.end: datetime = history.company.end
        self.start_of_history: datetime = history.company.start
        self.control = Control(self._app, history)
        self._address = (host, port)
        self._server: Server | None = None

    @property
    def access_key(self) -> str:
        """The access key that is accepted."""
        return self._app.access.access_key

    @property
    def access_key_secret(self) -> str:
        """The secret of the access key."""
        return self._app.access.access_key_secret

    @property
    def bearer_token(self) -> str:
        """A bearer token that is accepted."""
        return min(self._app.access.bearer_tokens)

    @property
    def written(self) -> Written:
        """What was written through the API."""
        return self.world.written

    @property
    def oauth(self) -> OAuth:
        """The OAuth server."""
        return self._app.access.oauth

    @property
    def counters(self) -> Counters:
        """What was counted."""
        return self._app.counters

    @property
    def url(self) -> str:
        """The address of the running sandbox, without a slash at the end."""
        if self._server is None:
            raise RuntimeError("the sandbox is not running")
        return self._server.url

    def start(self) -> Sandbox:
        """Serve in the background."""
        if self._server is not None:
            raise RuntimeError("the sandbox is already running")
        self._server = Server(*self._address, Front(self._app, self.control))
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop serving, and close all connections and threads; does nothing when it is not running."""
        self._app.webhooks.stop()
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    def __enter__(self) -> Sandbox:
        """Start serving."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self.stop()


def serve(port: int = 0, announce: Callable[[str], object] = print, **options: Any) -> None:
    """Run a sandbox until SIGINT or SIGTERM.

    Args:
        port: The port to listen on; 0 takes a free one.
        announce: Called with the line that tells the address, then with what a shell needs to use it.
        **options: Further options of ``Sandbox``.
    """
    stopped = threading.Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: stopped.set()) for number in signals}
    try:
        with Sandbox(port=port, **options) as sandbox:
            announce(f"sandbox at {sandbox.url}")
            announce(to_paste(sandbox))
            sys.stdout.flush()
            stopped.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def to_paste(sandbox: Sandbox) -> str:
    """Lines for a shell, after which every command there asks this sandbox.

    Args:
        sandbox: A running one.
    """
    settings = {
        "BASE_URL": sandbox.url,
        "CREDENTIALS__ACCESS_KEY": sandbox.access_key,
        "CREDENTIALS__ACCESS_KEY_SECRET": sandbox.access_key_secret,
    }
    exports = [f"export SOURCES__GONG__{name}={shlex.quote(value)}" for name, value in settings.items()]
    return "\n".join(["# paste this into another terminal, in a folder of its own:", *exports])
