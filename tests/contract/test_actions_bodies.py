"""What the actions send, as a sandbox received it, and what it answers conform to Gong's own document."""

from __future__ import annotations

import copy
import re
import types
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, is_typeddict

import jsonschema
import pytest

from gong_source.actions.model import Distinct, GongId, NumberId, gong_name, hints_of
from gong_source.api import GongClient
from gong_source.config import load_settings
from gong_source.sandbox import Sandbox
from tests.actions import examples
from tests.actions.examples import EXAMPLES

NUMBERS_AS_ANY = {("ContextField", "value"), ("CrmPartyContextField", "value")}
"""Specified as objects; values of a CRM are of any type."""


@pytest.fixture(scope="module")
def validate(document: dict[str, Any]) -> Any:
    """A check of a body against a schema, which may have none but the fields of the document."""
    schemas = copy.deepcopy(document["components"]["schemas"])
    for owner, schema in schemas.items():
        _make_strict(owner, schema)

    def check(name: str, body: Any) -> None:
        reference: dict[str, Any] = {"$ref": f"#/components/schemas/{name.strip('[]')}"}
        wanted = {"type": "array", "items": reference} if name.startswith("[") else reference
        validator = jsonschema.Draft202012Validator({**wanted, "components": {"schemas": schemas}})
        problems = [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(body)]
        assert not problems, "\n".join(problems)

    return check


def _make_strict(owner: str, schema: dict[str, Any]) -> None:
    """Refuse unknown fields, and read the enumerations that the document writes as one text."""
    if "properties" in schema:
        schema["additionalProperties"] = False
        for name, member in schema["properties"].items():
            if (owner, name) in NUMBERS_AS_ANY:
                schema["properties"][name] = {}
            _make_strict(owner, member)
    if "items" in schema:
        _make_strict(owner, schema["items"])
    if "enum" in schema:
        schema["enum"] = [word.strip() for value in schema["enum"] for word in str(value).split(",")]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Sandbox]:
    with Sandbox(calls=10, users=4, end="2026-03-01T12:00:00Z", sentences=4) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def client(receiver: Sandbox) -> Iterator[GongClient]:
    key = {"access_key": receiver.access_key, "access_key_secret": receiver.access_key_secret}
    with GongClient(load_settings(base_url=receiver.url, requests_per_second=0, credentials=key)) as made:
        yield made


@pytest.fixture
def known(receiver: Sandbox, client: GongClient, tmp_path: Path) -> dict[str, Any]:
    made = examples.prepare(receiver, client, tmp_path)
    made["desk"] = receiver.written
    receiver.control.reset_counters()
    return made


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_conforms(example, receiver, client, known, validate, conforms, document) -> None:
    answer = examples.call(example, client, known)
    (sent,) = receiver.counters.log
    operation = _operation(document, sent["endpoint"])
    if example.schema:
        validate(example.schema, sent["body"])
        assert _body_schema(operation) == example.schema
    else:
        assert sent["body"] is None or "multipart/form-data" in operation["requestBody"]["content"]
    parameters = {one["name"]: one for one in operation.get("parameters", []) if one["in"] == "query"}
    # those of the CRM's upload are in the document's prose only
    assert set(sent["query"]) <= set(parameters) or "multipart" in str(operation.get("requestBody"))
    assert {name for name, one in parameters.items() if one.get("required")} <= set(sent["query"])
    assert str(sent["status"]) in operation["responses"]
    if example.answer:
        conforms(example.answer, answer)


def _operation(document: dict[str, Any], endpoint: str) -> dict[str, Any]:
    method, _, path = endpoint.partition(" ")
    found: dict[str, Any] = document["paths"][path][method.lower()]
    return found


def _body_schema(operation: dict[str, Any]) -> str:
    (content,) = operation["requestBody"]["content"].values()
    schema = content["schema"]
    name = (schema.get("items") or schema)["$ref"].rpartition("/")[2]
    return f"[{name}]" if "items" in schema else name


def test_examples_use_every_field_of_the_bodies(document) -> None:
    """What no example sends was never compared with the document."""
    schemas = document["components"]["schemas"]
    seen: set[str] = set()

    def walk(owner: str, value: Any) -> None:
        for name, member in value.items():
            field = gong_name(name)
            schema = schemas[owner]["properties"].get(field)
            assert schema is not None, f"{owner} has no {field}"
            seen.add(f"{owner}.{field}")
            reference = schema.get("$ref") or schema.get("items", {}).get("$ref")
            for element in member if isinstance(member, list) else [member]:
                if reference and isinstance(element, dict):
                    walk(reference.rpartition("/")[2], element)

    for example in EXAMPLES:
        import inspect

        names = [one.name for one in inspect.signature(example.function).parameters.values()]
        if example.schema and not example.schema.startswith("[") and "profile" not in names:
            owner = example.schema
            inner = schemas[owner]["properties"].get("filter", {}).get("$ref", owner).rpartition("/")[2]
            path = {"call_id", "meeting_id", "task_id", "file"}
            walk(inner, {name: value for name, value in example.arguments.items() if name not in path})
    skipped = {"MeetingInvitee.id", "Person.location"}
    bodies = {example.schema for example in EXAMPLES if example.schema and "Permission" not in example.schema}
    wanted = {
        f"{owner}.{name}" for owner in bodies if not owner.startswith("[") for name in schemas[owner]["properties"]
    }
    left_out = {
        "NewCallAddingRequest.parties",
        *(f"{event}.trackingId" for event in ("CustomActionEvent", "ContentSharedEvent", "ContentViewedEvent")),
        "DigitalInteractionRequest.trackingId",  # excludes the person
        "ListReminderRequest.filter",
        "FilterRequestCallsAccessGetDto.filter",
        "ProspectsAssignedFlowsRequestV2.flowInstanceIds",  # excludes the prospects
    }
    assert wanted - seen - left_out - skipped == set()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_what_is_a_number_to_gong_may_be_given_as_one(example, document) -> None:
    endpoint = example.function.action.endpoint
    path = next(path for path in document["paths"] if re.sub(r"{\w+}", "{}", path) == endpoint.path)
    parameters = document["paths"][path][endpoint.method.lower()].get("parameters", [])
    numbers = {one["name"] for one in parameters if one["schema"].get("type") == "integer"}
    hints = {gong_name(name): hint for name, hint in hints_of(example.function).items()}
    taken = {name for name, hint in hints.items() if hint in (GongId, NumberId, GongId | None)}
    assert numbers & set(hints) <= taken


def test_the_profile_has_the_documents_fields(document) -> None:
    from gong_source.actions.permissions import Profile

    fields = document["components"]["schemas"]["PermissionProfileDTO"]["properties"]
    assert {gong_name(name) for name in hints_of(Profile)} == set(fields)


def _lists(owner: str, hints: dict[str, Any], schemas: dict[str, Any]) -> Iterator[tuple[str, bool, bool]]:
    """Each list in a body: its place, whether its elements must differ by the document, and by the annotation."""
    for name, hint in hints.items():
        schema = schemas[owner]["properties"].get(gong_name(name), {})
        notes: list[Any] = []
        while get_origin(hint) in (Annotated, Union, types.UnionType, Sequence):
            hint, *more = (each for each in get_args(hint) if each is not types.NoneType)
            notes += more
        if schema.get("type") == "array":
            yield f"{owner}.{name}", schema.get("uniqueItems", False), any(isinstance(note, Distinct) for note in notes)
        reference = schema.get("$ref") or schema.get("items", {}).get("$ref")
        if reference and is_typeddict(hint):
            yield from _lists(reference.rpartition("/")[2], hints_of(hint), schemas)


def test_elements_must_differ_where_the_document_says_so(document) -> None:
    schemas = document["components"]["schemas"]
    found: set[tuple[str, bool, bool]] = set()
    for example in EXAMPLES:
        if example.schema and example.schema[0] != "[":
            hints = hints_of(example.function)
            inside = schemas[example.schema]["properties"].get("filter", {}).get("$ref", example.schema)
            owner = inside.rpartition("/")[2]
            found |= set(_lists(owner, hints_of(hints["profile"]) if "profile" in hints else hints, schemas))
    assert {place for place, wanted, _ in found if wanted} >= {
        "LibraryFolderAccess.library_folder_ids",
        "CallAccessWithPermissionLevel.team_lead_ids",
        "UnassignFlowsRequest.flow_instance_ids",
        "CallsAccessGetDto.call_ids",
    }
    assert {place for place, wanted, is_so in found if wanted and not is_so} == set()


WITH_FIELDS = [one for one in EXAMPLES if one.schema and one.schema[0] != "[" and "profile" not in one.arguments]


@pytest.mark.parametrize("example", WITH_FIELDS, ids=lambda example: example.name)
def test_arguments_are_all_that_gong_takes(example, document) -> None:
    """No field of a body lacks an argument, and none is made up."""
    import inspect

    schemas = document["components"]["schemas"]
    schema = schemas[example.schema]
    if reference := schema["properties"].get("filter", {}).get("$ref"):
        schema = schemas[reference.rpartition("/")[2]]
    ids = {"client", "call_id", "meeting_id", "task_id"}
    parameters = {
        gong_name(name): one
        for name, one in inspect.signature(example.function).parameters.items()
        if name not in ids or gong_name(name) in schema["properties"]
    }
    assert set(parameters) == set(schema["properties"])
    needed = {name for name, one in parameters.items() if one.default is one.empty}
    assert set(schema.get("required", [])) - {"types", "taskAction", "status"} <= needed
