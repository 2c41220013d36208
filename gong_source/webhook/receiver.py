"""The webhook receiver as an ASGI application: checks an event, makes it durable, and only then answers 200.

Memory is bounded whatever comes: bodies are cut off at a limit while they stream in, all bodies together have a budget,
nothing of an unsigned request is read, and a slow sender is given up.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gong_source.config import WebhookSettings
from gong_source.errors import GongError
from gong_source.webhook.inbox import Inbox, InboxError, InboxWriter, Received
from gong_source.webhook.verify import WebhookMalformed, check_secret, load_key, parse, verify_body, verify_token
from gong_source.webhook.verify import WebhookRefused as Refused

logger = logging.getLogger("gong_source.webhook")

MOST_BODY = 10 * 2**20
"""Bytes of one event."""

MOST_BUFFERED = 128 * 2**20
"""Bytes of all bodies that are being received or stored."""

BODY_SECONDS = 30.0
"""How long a body may take in all."""


class Busy(GongError):
    """More is being received than fits."""


class TooLarge(GongError):
    """A body is larger than the limit."""


class TooSlow(GongError):
    """A body did not come in time."""


STATUS: dict[type[GongError], int] = {
    Refused: 401,
    WebhookMalformed: 400,
    TooLarge: 413,
    TooSlow: 408,
    Busy: 503,
    InboxError: 503,
}
"""What each refusal is answered with."""


class Room:
    """The budget of bytes that all requests share."""

    def __init__(self, size: int) -> None:
        """Nothing is taken yet.

        Args:
            size: Bytes.
        """
        self._left = size

    def take(self, size: int) -> None:
        """Take a part.

        Args:
            size: Bytes.

        Raises:
            Busy: So much is not left.
        """
        if size > self._left:
            raise Busy("too much is being received at once")
        self._left -= size

    def give_back(self, size: int) -> None:
        """Give back what was taken.

        Args:
            size: Bytes.
        """
        self._left += size


class Receiver:
    """Answers the requests of one application."""

    def __init__(
        self,
        settings: WebhookSettings,
        writer: InboxWriter,
        *,
        most_body: int = MOST_BODY,
        most_buffered: int = MOST_BUFFERED,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        """Read the keys once.

        Args:
            settings: Whom to trust.
            writer: Where events go.
            most_body: Bytes of one event.
            most_buffered: Bytes of all bodies at once.
            body_seconds: How long a body may take.

        Raises:
            GongConfigError: A key can't be read.
        """
        self._keys = [load_key(text) for text in settings.public_keys or ()]
        self._url = settings.url or ""
        self._secret = settings.path_secret or ""
        self._writer = writer
        self._most_body = most_body
        self._body_seconds = body_seconds
        self._room = Room(most_buffered)

    async def signed(self, request: Request) -> Response:
        """``POST /gong``: an event with a token.

        Args:
            request: The request.
        """
        return await self._answer(request, lambda: verify_token(request.headers, self._url, self._keys))

    async def secret(self, request: Request) -> Response:
        """``POST /gong/SECRET``: an event whose URL carries the secret.

        Args:
            request: The request.
        """
        return await self._answer(request, lambda: check_secret(request.path_params["secret"], self._secret))

    async def health(self, _request: Request) -> Response:
        """``GET /healthz``: 200 while events can be stored.

        Args:
            _request: The request.
        """
        problem = await asyncio.wrap_future(self._writer.probe())
        return JSONResponse({"status": "ok"} if not problem else {"status": problem}, 503 if problem else 200)

    async def _answer(self, request: Request, admit: Callable[[], dict[str, Any] | None]) -> Response:
        began = time.time_ns() // 1000
        try:
            claims = admit()
            outcome = await self._receive(request, claims, began)
        except ClientDisconnect:
            logger.warning("an event was cut off by its sender; nothing of it was stored")
            return Response(status_code=400)
        except tuple(STATUS) as error:
            status = STATUS[type(error)]
            logger.warning("an event was refused with %s: %s", status, error)
            headers = {"Retry-After": "5"} if status == 503 else {}
            return JSONResponse({"error": str(error) if status < 500 else "try again later"}, status, headers)
        logger.info("an event was received: %s", outcome)
        return JSONResponse({"status": outcome})

    async def _receive(self, request: Request, claims: dict[str, Any] | None, began: int) -> str:
        taken = 0
        try:
            body = bytearray()
            self._check_announced(request)
            try:
                async with _deadline(self._body_seconds):
                    async for piece in request.stream():
                        if len(body) + len(piece) > self._most_body:
                            raise TooLarge(f"an event has at most {self._most_body} bytes")
                        self._room.take(len(piece))
                        taken += len(piece)
                        body += piece
            except (TimeoutError, asyncio.TimeoutError):
                raise TooSlow("the body took too long") from None
            raw = bytes(body)
            if claims is not None:
                verify_body(claims, raw)
            event = parse(raw)
            if event.is_test:
                return "test"
            stored = self._writer.submit(Received(event.body_sha256, event.call_id, began, raw))
            return "stored" if await asyncio.wrap_future(stored) else "double"
        finally:
            self._room.give_back(taken)

    def _check_announced(self, request: Request) -> None:
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > self._most_body:
            raise TooLarge(f"an event has at most {self._most_body} bytes")


def make_app(settings: WebhookSettings, inbox: Inbox, **limits: Any) -> Starlette:
    """The application over an inbox, which it does not close.

    Args:
        settings: Whom to trust.
        inbox: Where events go.
        **limits: As :class:`Receiver` takes them.

    Raises:
        GongConfigError: A key can't be read.
    """
    writer = InboxWriter(inbox)
    receiver = Receiver(settings, writer, **limits)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        writer.start()
        try:
            yield
        finally:
            await asyncio.to_thread(writer.stop)

    app = Starlette(
        routes=[
            Route("/gong", receiver.signed, methods=["POST"]),
            Route("/gong/{secret}", receiver.secret, methods=["POST"]),
            Route("/healthz", receiver.health, methods=["GET"]),
        ],
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


@asynccontextmanager
async def _deadline(seconds: float) -> AsyncIterator[None]:
    """Cancel what is inside after some time, as ``asyncio.timeout`` does from Python 3.11 on."""
    task = asyncio.current_task()
    assert task is not None, "a request is handled in a task"
    late = False

    def give_up() -> None:
        nonlocal late
        late = True
        task.cancel()

    handle = asyncio.get_running_loop().call_later(seconds, give_up)
    try:
        yield
    except asyncio.CancelledError:
        if late:
            if hasattr(task, "uncancel"):
                task.uncancel()
            raise TimeoutError from None
        raise
    finally:
        handle.cancel()
