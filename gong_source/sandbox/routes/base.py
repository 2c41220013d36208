"""What a route is, how a request finds it, and what its handler may use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from gong_source.sandbox.access import Access
from gong_source.sandbox.clock import Clock
from gong_source.sandbox.cursors import Cursors
from gong_source.sandbox.messages import ApiError, Json, Reply, Request
from gong_source.sandbox.world import World

UNKNOWN_PATH = "(unknown path)"


@dataclass(frozen=True)
class Context:
    """What a handler works with.

    Attributes:
        world: The data; the handler runs under its lock.
        clock: The sandbox's time.
        cursors: Issues and reads page cursors.
        access: Checks scopes that depend on what is asked for.
        page_size: Records on a page.
        parameters: The values of the path's placeholders.
        shift: By how many records the list moved since the page before.
    """

    world: World
    clock: Clock
    cursors: Cursors
    access: Access
    page_size: int
    parameters: dict[str, str] = field(default_factory=dict)
    shift: int = 0


Handler = Callable[[Context, Request], Json | Reply]


@dataclass(frozen=True)
class Route:
    """One operation of the API.

    Attributes:
        method: The verb.
        path: The path, with placeholders in braces.
        handler: Makes the answer, without ``requestId``, or a reply that is no JSON; refuses with an ``ApiError``.
        scopes: What a key must be allowed for it.
        list_key: The name of the answer's list, if it has one.
        status: The status of success.
        needs_login: Whether the usual credentials are checked first.
        counts: Whether it uses up the company's quota.
    """

    method: str
    path: str
    handler: Handler
    scopes: tuple[str, ...] = ()
    list_key: str | None = None
    status: int = 200
    needs_login: bool = True
    counts: bool = True

    @property
    def endpoint(self) -> str:
        """Verb and path, the name of this route in counters and faults."""
        return f"{self.method} {self.path}"

    @property
    def pattern(self) -> re.Pattern[str]:
        """What a request's path has to match."""
        return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.path)))


@dataclass(frozen=True)
class Found:
    """A route and the values that its placeholders have in a request."""

    route: Route
    parameters: dict[str, str]


class Router:
    """Finds the route of a request; paths without placeholders come first."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """Prepare the table."""
        ordered = sorted(routes, key=lambda route: "{" in route.path)
        self._table = [(route.pattern, route) for route in ordered]
        self.endpoints = frozenset(route.endpoint for route in ordered)

    def find(self, request: Request) -> Found:
        """Return the route of a request.

        Raises:
            ApiError: 404 for an unknown path, 405 for a known path with another verb.
        """
        matches = self._matches(request.path)
        for found in matches:
            if found.route.method == request.method:
                return found
        if matches:
            allowed = ", ".join(sorted({found.route.method for found in matches}))
            raise ApiError(405, f"Request method '{request.method}' is not supported", headers={"Allow": allowed})
        raise ApiError(404, f"No endpoint {request.method} {request.path}")

    def endpoint(self, request: Request) -> str:
        """Return the name under which a request is counted."""
        matches = self._matches(request.path)
        exact = [found.route for found in matches if found.route.method == request.method]
        candidates = exact or [found.route for found in matches]
        return f"{request.method} {candidates[0].path if candidates else UNKNOWN_PATH}"

    def _matches(self, path: str) -> list[Found]:
        found = ((route, pattern.fullmatch(path)) for pattern, route in self._table)
        return [Found(route, match.groupdict()) for route, match in found if match]
