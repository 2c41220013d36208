"""What a sync asks is what Gong's own document allows: each request as it arrived, against its operation."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gong_source.sandbox import Sandbox
from tests.pipeline.harness import Tenant
from tests.pipeline.in_memory import MemoryStore, sync
from tests.pipeline.schedules import TOLD

NEWER = {"GET /v2/targets"}
"""Than the document."""

NOW = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """All that two syncs of all streams ask, with every setting that changes a request."""
    with Sandbox(calls=30, users=5, days=20, end=NOW, sentences=2, page_size=4) as sandbox:
        sandbox.control.set_now(NOW)
        tenant = Tenant(sandbox, Path(tmp_path_factory.mktemp("tenant")), now=NOW, days=21)
        store, streams = MemoryStore(), sorted({*TOLD, "calls_basic"})
        workspace = next(iter(sandbox.world.workspaces))
        more: list[dict[str, Any]] = [
            {},
            {"call_parts": ["parties"], "context_timing": ["Now", "TimeOfCall"], "include_avatars": True},
            {"include_private_calls": False, "workspace_ids": [workspace]},
        ]
        for number, settings in enumerate(more):
            now = NOW + timedelta(hours=number)
            sandbox.control.set_now(now)
            failures = sync(store, number, streams, now, None, 10_000, **tenant.settings(**settings))
            assert not failures
        store.close()
        return [request for request in sandbox.counters.log if request["endpoint"] not in NEWER]


def test_requests_are_as_specified(document: dict[str, Any], asked: list[dict[str, Any]]) -> None:
    problems: set[str] = set()
    for request in asked:
        method, _, path = request["endpoint"].partition(" ")
        operation = document["paths"][path][method.lower()]
        problems |= {f"{request['endpoint']}: {problem}" for problem in _query(operation, request["query"])}
        problems |= {f"{request['endpoint']}: {problem}" for problem in _body(document, operation, request["body"])}
    assert not problems, "\n".join(sorted(problems))
    assert len({request["endpoint"] for request in asked}) >= 18


def _query(operation: dict[str, Any], query: dict[str, str]) -> list[str]:
    known = {each["name"]: each for each in operation.get("parameters", []) if each["in"] == "query"}
    wrong = [f"no parameter {name}" for name in query.keys() - known.keys()]
    wrong += [f"{name} is missing" for name, each in known.items() if each.get("required") and name not in query]
    for name in query.keys() & known.keys():
        validator = jsonschema.Draft202012Validator(known[name]["schema"])
        wrong += [f"{name}: {error.message}" for error in validator.iter_errors(_plain(known[name], query[name]))]
    return wrong


def _plain(parameter: dict[str, Any], text: str) -> Any:
    """A value as its schema types it."""
    kind = parameter["schema"].get("type")
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return int(text) if kind == "integer" and text.lstrip("-").isdigit() else text


def _body(document: dict[str, Any], operation: dict[str, Any], body: Any) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return [] if body is None else ["a body that nobody asked for"]
    schema = {**content["schema"], "components": {"schemas": _strict(document["components"]["schemas"])}}
    return [f"{e.json_path}: {e.message[:200]}" for e in jsonschema.Draft202012Validator(schema).iter_errors(body)]


def _strict(schemas: dict[str, Any]) -> dict[str, Any]:
    """No fields but those that are specified."""
    strict = copy.deepcopy(schemas)
    for schema in strict.values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return strict


@pytest.mark.parametrize(
    ("endpoint", "query", "body"),
    [
        ("GET /v2/logs", {"logType": "AccessLog"}, None),
        ("GET /v2/logs", {"logType": "NoLog", "fromDateTime": "2026-01-01T00:00:00Z"}, None),
        ("POST /v2/calls/extensive", {}, {"filter": {"fromDate": "2026-01-01"}}),
        ("POST /v2/calls/extensive", {}, None),
    ],
    ids=["missing", "not in the enumeration", "unknown field", "no body"],
)
def test_the_judge_refuses(document: dict[str, Any], endpoint: str, query: dict[str, str], body: Any) -> None:
    method, _, path = endpoint.partition(" ")
    operation = document["paths"][path][method.lower()]
    assert [*_query(operation, query), *_body(document, operation, body)]
