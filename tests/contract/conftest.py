"""Gong's own OpenAPI document as strict schemas, and a small sandbox to hold against it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from gong_source.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = Path(os.environ.get("GONG_OPENAPI") or ROOT.parent / "shared" / "gong-api" / "openapi.normalized.json")

# Where real answers are known to differ from the document. The reason stands beside each.
ANY: dict[str, Any] = {}
TEXT = {"type": ["string", "null"]}
DEVIATIONS: dict[tuple[str, str], dict[str, Any]] = {
    ("ContextField", "value"): ANY,  # specified as an object; CRM values are of any type
    ("PartyContextField", "value"): ANY,  # the same
    ("logEntry", "logRecord"): {"type": "object"},  # specified as a map of objects; values are of any type
    ("Scorecard", "scorecardId"): TEXT,  # ids specified as int64 are sent as text
    ("Scorecard", "workspaceId"): TEXT,
    ("Scorecard", "updaterUserId"): TEXT,
    ("Question", "questionId"): TEXT,
    ("Question", "questionRevisionId"): TEXT,
    ("Question", "minRange"): TEXT,  # numbers are sent as text
    ("Question", "maxRange"): TEXT,
    ("AnsweredScorecard", "answeredScorecardId"): TEXT,
    ("AnsweredScorecard", "scorecardId"): TEXT,
    ("AnsweredScorecard", "callId"): TEXT,
    ("AnsweredScorecard", "reviewedUserId"): TEXT,
    ("AnsweredScorecard", "reviewerUserId"): TEXT,
    ("AnsweredScorecard", "editorUserId"): TEXT,
    ("Answer", "questionId"): TEXT,
    ("Answer", "questionRevisionId"): TEXT,
    ("ReminderDataDto", "actions"): {"type": "array"},  # specified as texts of one, without its name
    ("Question", "created"): TEXT,  # these three are sent and not specified
    ("Question", "updated"): TEXT,
    ("Question", "updaterUserId"): TEXT,
}
# Besides: any field can be null, and date-times are ISO-8601 texts although the document's examples are numbers.


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """Gong's OpenAPI document."""
    if not DOCUMENT.exists():
        pytest.skip("Gong's OpenAPI document is not beside this checkout")
    loaded: dict[str, Any] = json.loads(DOCUMENT.read_text())
    return loaded


def strict_schema(owner: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Turn a schema of the document into one that tolerates nulls and refuses unknown fields."""
    if "$ref" in schema:
        return {"anyOf": [{"$ref": schema["$ref"].replace("components/schemas", "$defs")}, {"type": "null"}]}
    kind = schema.get("type")
    strict: dict[str, Any] = {"type": [kind, "null"]} if kind else {}
    if "enum" in schema:
        strict["enum"] = [*schema["enum"], None]
    if schema.get("format") == "date-time":
        strict["format"] = "date-time"
    if kind == "array":
        strict["items"] = strict_schema(owner, schema["items"])
    if kind == "object" and "properties" in schema:
        members = {name: strict_schema(owner, member) for name, member in schema["properties"].items()}
        members.update({name: member for (parent, name), member in DEVIATIONS.items() if parent == owner})
        strict |= {"properties": members, "required": schema.get("required", []), "additionalProperties": False}
    return strict


@pytest.fixture(scope="session")
def conforms(document: dict[str, Any]) -> Callable[[str, Any], None]:
    """A check that an answer conforms to a schema, given by name."""
    jsonschema = pytest.importorskip("jsonschema")
    schemas = document["components"]["schemas"]
    definitions = {name: strict_schema(name, schema) for name, schema in schemas.items()}
    checker = jsonschema.FormatChecker(formats=())
    checker.checks("date-time")(is_iso_stamp)

    def check(name: str, answer: Any) -> None:
        schema = {"$ref": f"#/$defs/{name}", "$defs": definitions}
        validator = jsonschema.Draft202012Validator(schema, format_checker=checker)
        problems = [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(answer)]
        assert answer is not None
        assert not problems, "\n".join(problems[:10])

    return check


def is_iso_stamp(value: object) -> bool:
    """Tell whether a value may stand where a date-time is expected."""
    from gong_source.sandbox.clock import parse_stamp

    if not isinstance(value, str):
        return value is None
    try:
        parse_stamp(value)
    except ValueError:
        return False
    return True


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox with a bit of everything."""
    with Sandbox(calls=230, users=12, end="2026-03-01T12:00:00Z", sentences=12, page_size=50) as running:
        running.control.set_now("2026-03-01T12:00:00Z")
        yield running


class Caller:
    """Calls a sandbox with its own credentials."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Open a session."""
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.auth = (sandbox.access_key, sandbox.access_key_secret)

    def get(self, path: str, **query: str) -> requests.Response:
        """Send a GET request."""
        return self.session.get(self.sandbox.url + path, params=query)

    def post(self, path: str, body: Any) -> requests.Response:
        """Send a POST request with a JSON body."""
        return self.session.post(self.sandbox.url + path, json=body)

    def pages(self, send: Callable[[str | None], requests.Response]) -> Iterator[dict[str, Any]]:
        """Yield the pages of a list; ``send`` is given the cursor."""
        cursor = None
        while True:
            answer = send(cursor)
            assert answer.status_code == 200, answer.text
            page: dict[str, Any] = answer.json()
            yield page
            cursor = page["records"].get("cursor")
            if cursor is None:
                return


@pytest.fixture(scope="session")
def caller(sandbox: Sandbox) -> Iterator[Caller]:
    """Calls the shared sandbox."""
    made = Caller(sandbox)
    yield made
    made.session.close()
