"""The application: finds the route, checks who asks, keeps the quota, applies faults, and answers."""

from __future__ import annotations

import hashlib
import itertools
import threading
from dataclasses import dataclass, field
from typing import Any

import orjson

from gong_source.sandbox.access import Access
from gong_source.sandbox.clock import Clock
from gong_source.sandbox.counters import Counters
from gong_source.sandbox.cursors import Cursors
from gong_source.sandbox.fault_kinds import Stricken, apply
from gong_source.sandbox.faults import Faults
from gong_source.sandbox.messages import ApiError, Json, Reply, Request
from gong_source.sandbox.planned import Planned
from gong_source.sandbox.quota import Quota
from gong_source.sandbox.raw import RawValues
from gong_source.sandbox.routes import ELSEWHERE, ROUTES
from gong_source.sandbox.routes.base import Context, Found, Router
from gong_source.sandbox.webhooks import Webhooks
from gong_source.sandbox.world import World

# Values whose inside belongs to others (the CRM, the log) and not to Gong's own answer shapes.
FOREIGN = frozenset({"value", "logRecord"})
FUTURE_FIELD = "futureField"


@dataclass
class App:
    """Everything between the wire and the data.

    Attributes:
        world: The data.
        clock: The sandbox's time.
        cursors: Issues page cursors.
        quota: The company's request quota.
        page_size: Records on a page.
        access: Credentials and scopes.
        counters: What was counted.
        faults: What tests ordered to fail.
        planned: What tests want to happen under a walk.
        latency: Seconds each answer takes, by endpoint; ``None`` is all others.
        raw: What stands in answers in place of proper JSON.
        unknown_fields: Whether objects carry a field that no one knows yet.
    """

    world: World
    clock: Clock
    cursors: Cursors
    quota: Quota
    page_size: int = 100
    access: Access = field(default_factory=Access)
    counters: Counters = field(default_factory=Counters)
    faults: Faults = field(default_factory=Faults)
    planned: Planned = field(default_factory=Planned)
    latency: dict[str | None, float] = field(default_factory=dict)
    raw: RawValues = field(default_factory=RawValues)
    unknown_fields: bool = False
    router: Router = field(default_factory=lambda: Router(ROUTES + ELSEWHERE))
    webhooks: Webhooks = field(init=False)
    _request_numbers: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        """Prepare the automation rules."""
        self.webhooks = Webhooks(self.world)

    def __call__(self, request: Request, stopping: threading.Event) -> Reply:
        """Answer one request; it is counted from here until the reply is ready."""
        endpoint = self.router.endpoint(request)
        sample = self.counters.begin(endpoint, _inputs(request))
        status = 0
        try:
            reply = self._answer_or_refuse(request, endpoint)
            stopping.wait(self.latency.get(endpoint, self.latency.get(None, 0.0)) + reply.wire.silence)
            status = reply.status
        finally:
            self.counters.finish(sample, status)
        return reply

    def _answer_or_refuse(self, request: Request, endpoint: str) -> Reply:
        try:
            return self._answer(request, endpoint)
        except ApiError as error:
            return self._error(error.status, *error.errors, headers=error.headers)

    def _answer(self, request: Request, endpoint: str) -> Reply:
        found = self.router.find(request)
        if found.route.needs_login:
            self.access.authenticate(request)
        if found.route.counts:
            self.quota.admit()
        self.planned.arrived(endpoint)
        fault = self.faults.strike(endpoint)
        if fault is None:
            return self._serve(request, found)
        return apply(fault.kind, self._stricken(request, found, fault.options))

    def _stricken(self, request: Request, found: Found, options: Json) -> Stricken:
        return Stricken(
            options=options,
            answer=lambda shift: self._serve(request, found, shift),
            error=lambda status, text, headers: self._error(status, text, headers=headers),
            list_key=found.route.list_key,
            cursor=_inputs(request)["cursor"],
        )

    def _serve(self, request: Request, found: Found, shift: int = 0) -> Reply:
        self.access.authorize(found.route.scopes)
        self.access.authorize_token(request, found.route.scopes)
        context = Context(self.world, self.clock, self.cursors, self.access, self.page_size, found.parameters, shift)
        with self.world.lock:
            answer = found.route.handler(context, request)
            if isinstance(answer, Reply):
                return answer
            payload = {"requestId": self._request_id(), **answer}
            if self.unknown_fields:
                payload = orjson.loads(orjson.dumps(payload))
                add_future_fields(payload)
            return Reply(found.route.status, self.raw.write(payload))

    def _error(self, status: int, *errors: str, headers: dict[str, str] | None = None) -> Reply:
        return Reply.json(status, {"requestId": self._request_id(), "errors": list(errors)}, headers)

    def _request_id(self) -> str:
        digest = hashlib.sha256(f"request/{next(self._request_numbers)}".encode()).hexdigest()
        return digest[:19]


def add_future_fields(value: Any) -> None:
    """Add to every object of an answer a field that Gong might have added yesterday."""
    if isinstance(value, list):
        for element in value:
            add_future_fields(element)
    elif isinstance(value, dict):
        for key, member in value.items():
            if key not in FOREIGN:
                add_future_fields(member)
        value[FUTURE_FIELD] = "added by Gong"


def _inputs(request: Request) -> Json:
    body = _decoded(request.body)
    sent = body if request.method != "GET" and isinstance(body, dict) else request.query
    return {"path": request.path, "query": dict(request.query), "body": body, "cursor": sent.get("cursor")}


def _decoded(body: bytes) -> Any:
    if not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body[:1000].decode("utf-8", "replace")
