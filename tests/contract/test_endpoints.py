"""The table of endpoints against Gong's specification: paths, lists, scopes, cursors, empty answers."""

import re
from typing import Any

import pytest

from gong_source.api import endpoints
from gong_source.api.endpoints import TARGETS, Cursor, Endpoint

ALL = [value for value in vars(endpoints).values() if isinstance(value, Endpoint)]
SPECIFIED = [one for one in ALL if one != TARGETS]  # newer than the document
NOT_WRITTEN = {"POST /v2/flows/prospects/assign/cool-off-override"}  # deprecated


def operation(document: dict[str, Any], endpoint: Endpoint) -> dict[str, Any]:
    plain = {re.sub(r"\{\w+\}", "{}", path): methods for path, methods in document["paths"].items()}
    found: dict[str, Any] = plain[endpoint.path][endpoint.method.lower()]
    return found


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found
    return schema


def test_every_operation_has_one(document: dict[str, Any]):
    specified = {
        f"{method.upper()} {re.sub(r'{[^}]+}', '{}', path)}"
        for path, methods in document["paths"].items()
        for method in methods
    }
    assert specified - {one.name for one in ALL} == NOT_WRITTEN


@pytest.mark.parametrize("endpoint", SPECIFIED, ids=lambda one: one.name)
def test_says_what_the_specification_says(document: dict[str, Any], endpoint: Endpoint):
    found = operation(document, endpoint)
    scopes = re.findall(r"'(api:[\w:-]+)'", found.get("description", "") + found.get("summary", ""))
    assert not endpoint.scope or endpoint.scope in scopes
    assert endpoint.scope or not scopes

    sent = found.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    in_body = "cursor" in resolved(document, sent).get("properties", {})
    in_query = any(parameter["name"] == "cursor" for parameter in found.get("parameters", []))
    assert endpoint.cursor is (Cursor.BODY if in_body else Cursor.QUERY if in_query else Cursor.NONE)

    answer = next(reply for status, reply in found["responses"].items() if status.startswith("2"))
    fields = resolved(document, next(iter(answer["content"].values()))["schema"])["properties"]
    if endpoint.list_key:
        assert fields[endpoint.list_key]["type"] == "array"
    assert set(endpoint.tells) <= set(fields)
    assert endpoint.paid == ("402" in found["responses"])


@pytest.mark.parametrize("endpoint", [one for one in SPECIFIED if one.list_key], ids=lambda one: one.name)
def test_an_empty_list_is_told_by_the_words_of_the_specification(document: dict[str, Any], endpoint: Endpoint):
    words = operation(document, endpoint)["responses"].get("404", {}).get("description", "")
    if words and "Workspace" not in words and "more flows" not in words and "{}" not in endpoint.path:
        assert re.search(endpoint.empty_404, words, re.IGNORECASE)
