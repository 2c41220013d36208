"""Requests that another tool generates from Gong's own document are answered, or refused, as the document says."""

from __future__ import annotations

import copy
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gong_source.sandbox import Sandbox
from tests.contract.conftest import DEVIATIONS

SECONDS = 900
"""Bounds a run that takes half a minute on an idle machine."""

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
)
"""Not judged is whether all that looks valid is accepted: ids that the tool makes up are of nothing that exists."""


def tolerant(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with the known deviations of real answers: all may be null, some ids are texts.

    Answers get schemas of their own, since requests are held to the document as it is.
    """
    made = copy.deepcopy(document)
    schemas = made["components"]["schemas"]
    for name, schema in list(schemas.items()):
        schemas[f"Answer.{name}"] = _nullable(name, copy.deepcopy(schema))
    for methods in made["paths"].values():
        for operation in methods.values():
            for answer in operation["responses"].values():
                for content in answer.get("content", {}).values():
                    _refer_to_answers(content["schema"])
            operation["responses"].setdefault("405", {"description": "No such method"})
            operation["responses"].setdefault("404", {"description": "Nothing of that id"})
    return made


def _nullable(owner: str, schema: dict[str, Any]) -> dict[str, Any]:
    _refer_to_answers(schema)
    for name, member in schema.get("properties", {}).items():
        if (owner, name) in DEVIATIONS:
            schema["properties"][name] = {}
        elif "$ref" in member:
            schema["properties"][name] = {"nullable": True, "allOf": [member]}
        else:
            member["nullable"] = True
            if "enum" in member:
                member["enum"].append(None)
    return schema


def _refer_to_answers(schema: Any) -> None:
    for member in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        _refer_to_answers(member)
    if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
        schema["$ref"] = schema["$ref"].replace("/schemas/", "/schemas/Answer.")


@pytest.fixture
def fresh() -> Iterator[Sandbox]:
    """A sandbox to which anything may be written."""
    with Sandbox(calls=40, users=6, end="2026-03-01T12:00:00Z", sentences=6) as running:
        running.control.set_now("2026-03-01T12:00:00Z")
        yield running


@pytest.mark.slow
def test_generated_requests(document: dict[str, Any], fresh: Sandbox, tmp_path: Path) -> None:
    if importlib.util.find_spec("schemathesis") is None:
        pytest.skip("schemathesis is not installed; it needs Python 3.11")
    (tmp_path / "document.json").write_text(json.dumps(tolerant(document)))
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--no-color", "run", "document.json", "--url", fresh.url),
        *("--auth", f"{fresh.access_key}:{fresh.access_key_secret}", "--seed", "1", "--phases", "examples,coverage"),
        *("--checks", ",".join(CHECKS), "--generation-deterministic", "--suppress-health-check", "too_slow"),
    ]
    done = subprocess.run(command, cwd=tmp_path, timeout=SECONDS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    assert fresh.counters.total > 3000
    assert len(fresh.counters.requests) > 67
