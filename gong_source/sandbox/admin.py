"""The admin routes, which are not part of Gong: controls and counters over HTTP."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import orjson

from gong_source.sandbox.app import App
from gong_source.sandbox.control import Control
from gong_source.sandbox.messages import Reply, Request

PREFIX = "/_sandbox/"
CONTROL = f"POST {PREFIX}control"
COUNTERS = f"GET {PREFIX}counters"


@dataclass(frozen=True)
class Front:
    """Sends admin requests to the controls, and all others to the API.

    Attributes:
        app: The API.
        control: The controls.
    """

    app: App
    control: Control

    def __call__(self, request: Request, stopping: threading.Event) -> Reply:
        """Answer one request; admin requests need no credentials and are not counted."""
        if not request.path.startswith(PREFIX):
            return self.app(request, stopping)
        name = f"{request.method} {request.path}"
        if name == CONTROL:
            return self._perform(request)
        if name == COUNTERS:
            return Reply.json(200, self.app.counters.as_json())
        return Reply.json(404, {"errors": [f"no {name}; there are {CONTROL} and {COUNTERS}"]})

    def _perform(self, request: Request) -> Reply:
        try:
            order = orjson.loads(request.body)
            result = self.control.call(order["action"], order.get("args") or {})
        except (KeyError, TypeError, ValueError, IndexError) as error:
            return Reply.json(400, {"errors": [f"{type(error).__name__}: {error}"]})
        return Reply.json(200, {"result": result})
