"""Answers about calls conform to Gong's own document."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

FROM, TO = "2025-01-01T00:00:00Z", "2026-04-01T00:00:00Z"
CONTENT = (
    "structure", "topics", "trackers", "trackerOccurrences", "pointsOfInterest", "brief", "outline", "highlights",
    "callOutcome", "keyPoints",
)  # fmt: skip
INTERACTION = ("speakers", "video", "personInteractionStats", "questions")
ALL_FIELDS: dict[str, Any] = {
    "parties": True,
    "content": dict.fromkeys(CONTENT, True),
    "interaction": dict.fromkeys(INTERACTION, True),
    "collaboration": {"publicComments": True},
    "media": True,
}
CONTEXTS: list[dict[str, Any]] = [
    {"context": "None"},
    {"context": "Basic"},
    {"context": "Extended"},
    {"context": "Extended", "contextTiming": ["TimeOfCall"]},
    {"context": "Extended", "contextTiming": ["Now", "TimeOfCall"]},
]
SINGLE_FIELDS: list[dict[str, Any]] = [
    {"parties": True},
    *({"content": {name: True}} for name in CONTENT if name != "trackerOccurrences"),
    {"content": {"trackers": True, "trackerOccurrences": True}},
    *({"interaction": {name: True}} for name in INTERACTION),
    {"collaboration": {"publicComments": True}},
    {"media": True},
]


def extensive(caller: Any, selector: dict[str, Any] | None) -> list[dict[str, Any]]:
    body: dict[str, Any] = {"filter": {"fromDateTime": FROM, "toDateTime": TO}}
    if selector is not None:
        body["contentSelector"] = selector
    send = lambda cursor: caller.post("/v2/calls/extensive", body | ({"cursor": cursor} if cursor else {}))  # noqa: E731
    return list(caller.pages(send))


def test_basic_calls(caller, conforms) -> None:
    send = lambda cursor: caller.get(  # noqa: E731
        "/v2/calls", fromDateTime=FROM, toDateTime=TO, **({"cursor": cursor} if cursor else {})
    )
    pages = list(caller.pages(send))
    assert len(pages) == 5
    for page in pages:
        conforms("CallsResponse", page)


def test_single_call(caller, conforms, sandbox) -> None:
    answer = caller.get(f"/v2/calls/{next(iter(sandbox.world.calls))}")
    conforms("SpecificCall", answer.json())


@pytest.mark.parametrize("context", CONTEXTS, ids=str)
def test_all_parts_in_each_context(caller, conforms, context) -> None:
    for page in extensive(caller, {**context, "exposedFields": ALL_FIELDS}):
        conforms("Calls", page)


@pytest.mark.parametrize("fields", SINGLE_FIELDS, ids=str)
def test_each_part_alone(caller, conforms, fields) -> None:
    for page in extensive(caller, {"exposedFields": fields}):
        conforms("Calls", page)
        keys = set(itertools.chain.from_iterable(page["calls"]))
        assert keys <= {"metaData", *fields}


@pytest.mark.parametrize("selector", [None, {}, {"exposedFields": {}}], ids=str)
def test_without_parts(caller, conforms, selector) -> None:
    for page in extensive(caller, selector):
        conforms("Calls", page)
        assert all(list(call) == ["metaData"] for call in page["calls"])


def test_transcripts(caller, conforms) -> None:
    body = {"filter": {"fromDateTime": FROM, "toDateTime": TO}}
    send = lambda cursor: caller.post("/v2/calls/transcript", body | ({"cursor": cursor} if cursor else {}))  # noqa: E731
    for page in caller.pages(send):
        conforms("CallTranscripts", page)


def test_every_documented_field_of_a_call_occurs(caller, document) -> None:
    """The sandbox is no use for a field it never fills."""
    selector = {"context": "Extended", "contextTiming": ["Now", "TimeOfCall"], "exposedFields": ALL_FIELDS}
    seen: set[str] = set()

    def walk(owner: str, value: Any) -> None:
        schemas = document["components"]["schemas"]
        for name, member in schemas[owner].get("properties", {}).items():
            found = value.get(name)
            if found is None:
                continue
            seen.add(f"{owner}.{name}")
            for element in found if isinstance(found, list) else [found]:
                reference = member.get("$ref") or member.get("items", {}).get("$ref")
                if reference and isinstance(element, dict):
                    walk(reference.rpartition("/")[2], element)

    for page in extensive(caller, selector):
        for call in page["calls"]:
            walk("CallData", call)
    owners = {name.partition(".")[0] for name in seen}
    wanted = {f"{owner}.{name}" for owner in owners for name in document["components"]["schemas"][owner]["properties"]}
    assert wanted - seen == set()
