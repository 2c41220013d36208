"""Parts of both servers: every SQL statement that a client sends is written down, and no server outlives its tests."""

from __future__ import annotations

import gc
import gzip
import json
import os
import re
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def end_with_parent() -> None:
    """End this process soon after the one that started it, however that one ended."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def collect_seldom() -> None:
    """Look for garbage seldom, and not among modules: statements' trees are many objects: it was half the time."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


class Recorder:
    """ASGI middleware: one JSON line per request that carries SQL."""

    def __init__(
        self, app: Any, path: str, sql_of: Callable[[str, Any], str | None], failed: Callable[[int, Any], bool]
    ) -> None:
        self._app = app
        self._path = path
        self._sql_of = sql_of
        self._failed = failed
        self._lock = threading.Lock()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        sql = self._sql_of(scope["path"], _json(body))
        await self._app(scope, _replay(body, receive), self._watch(sql, send) if sql else send)

    def _watch(self, sql: str, send: Send) -> Send:
        status, answer = 0, b""

        async def watched(message: Message) -> None:
            nonlocal status, answer
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                answer += message.get("body", b"")
                if not message.get("more_body"):
                    self._write({"sql": sql, "failed": self._failed(status, _json(answer))})
            await send(message)

        return watched

    def _write(self, record: Message) -> None:
        with self._lock, open(self._path, "a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")


def split(script: str) -> list[str]:
    """The statements of a script, at semicolons outside of quotes."""
    parts = re.split(r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`)""", script)
    pieces = [part if quoted % 2 else part.replace(";", "\0") for quoted, part in enumerate(parts)]
    return [statement.strip() for statement in "".join(pieces).split("\0") if statement.strip()]


def _replay(body: bytes, receive: Receive) -> Receive:
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed


def _json(body: bytes) -> Any:
    try:
        return json.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
    except ValueError:
        return None
