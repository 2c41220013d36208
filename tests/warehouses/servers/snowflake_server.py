"""Snowflake's HTTP protocol on DuckDB: fakesnow with what dlt and the connector need and it lacks.

    python snowflake_server.py PORT STATEMENTS

Runs in an environment of its own (requirements-snowflake.txt). It proves what the pipeline code and dlt's SQL do; how
Snowflake itself casts what COPY brings, how fast it is and what it costs are beyond it.
"""

from __future__ import annotations

import gzip
import json
import sys
from typing import Any

import fakesnow.server as server
import fakesnow_additions
import uvicorn
from recording import Recorder, collect_seldom, end_with_parent, split
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

LOGIN = {"masterToken": "m", "validityInSeconds": 3600, "masterValidityInSeconds": 14400, "sessionId": 1}
STAGE = {"region": "us-central1", "endPoint": None, "isClientSideEncrypted": False, "storageAccount": None, "path": ""}


def complete_login() -> None:
    """Connector 5 insists on a master token in the answer to a login."""
    routes = server.app.router.routes
    (index,) = [n for n, route in enumerate(routes) if getattr(route, "path", "").endswith("login-request")]
    answer = routes[index].endpoint

    async def login(request: Any) -> JSONResponse:
        body = json.loads((await answer(request)).body)
        return JSONResponse({**body, "data": {**LOGIN, **body["data"]}})

    routes[index] = Route(routes[index].path, login, methods=list(routes[index].methods))


def complete_stage() -> None:
    """Connector 5 wants more about a stage; dlt always asks to overwrite."""
    stage_info = server.gcs_stage_info

    def complete(request: Any, expression: Any, put: Any) -> Any:
        info = stage_info(request, expression, put)
        put["overwrite"] = True
        return {**STAGE, **info}

    server.gcs_stage_info = complete


def add_scripts() -> None:
    """Requests with several statements, which dlt sends for each merge: run in turn, answered as the last one is."""
    routes = server.app.router.routes
    (index,) = [n for n, route in enumerate(routes) if getattr(route, "path", "").endswith("query-request")]
    answer = routes[index].endpoint

    async def answer_all(request: Any) -> Any:
        raw = await request.body()
        body = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
        for statement in split(body["sqlText"]):
            one = json.dumps({**body, "sqlText": statement}).encode()
            response = await answer(with_body(request, one))
            if json.loads(response.body)["success"] is False:
                break
        return response

    routes[index] = Route(routes[index].path, answer_all, methods=list(routes[index].methods))


def with_body(request: Any, body: bytes) -> Request:
    """The same request with another body, not compressed."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(name, value) for name, value in request.scope["headers"] if name != b"content-encoding"]
    return Request({**request.scope, "headers": headers}, receive)


def sql_of(path: str, body: Any) -> str | None:
    """The statement in a request."""
    return body.get("sqlText") if isinstance(body, dict) and "query-request" in path else None


def failed(status: int, body: Any) -> bool:
    """Whether the statement failed."""
    return status >= 400 or (isinstance(body, dict) and body.get("success") is False)


if __name__ == "__main__":
    end_with_parent()
    collect_seldom()
    port, statements = sys.argv[1:]
    fakesnow_additions.install()
    server.shared_fs.create_schema_on_connect = False
    complete_login()
    complete_stage()
    add_scripts()
    app = Recorder(server.app, statements, sql_of, failed)
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning")
