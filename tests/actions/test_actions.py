"""Every action does what it says at the sandbox, and what it says is complete."""

from __future__ import annotations

import inspect
import json
import re
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

from gong_source.actions import calls, crm, engagement, flows, integrations, meetings, permissions, privacy, tasks
from gong_source.api import endpoints
from gong_source.errors import GongArgumentError, GongForbiddenError, GongNotFoundError
from tests.actions.examples import (
    BULK,
    CALL,
    CREATED,
    CRM,
    EXAMPLES,
    MAIL,
    MEETING,
    PROFILE,
    USER,
    WORKSPACE,
    Example,
    by_name,
    call,
    fill,
)

MODULES = (calls, meetings, engagement, privacy, tasks, flows, crm, permissions, integrations)


def functions(module: ModuleType) -> list[str]:
    return [
        name for name, value in vars(module).items() if hasattr(value, "action") and value.__module__ == module.__name__
    ]


@pytest.fixture(params=EXAMPLES, ids=lambda example: example.name)
def example(request: pytest.FixtureRequest) -> Example:
    return request.param


def test_every_action_has_an_example():
    assert {example.name for example in EXAMPLES} == {name for module in MODULES for name in functions(module)}


def test_is_sent_once_to_its_endpoint(example, sandbox, client, known):
    call(example, client, known)
    endpoint = example.function.action.endpoint
    assert client.requests == {endpoint.name: 1}
    (sent,) = sandbox.counters.log
    assert sent["endpoint"].startswith(endpoint.name.partition("{")[0])
    assert 200 <= sent["status"] < 300


def test_says_endpoint_scope_errors_and_repeats(example):
    text = inspect.getdoc(example.function)
    endpoint = example.function.action.endpoint
    path = re.escape(endpoint.path).replace(r"\{\}", r"\{\w+\}")
    assert re.search(rf"{endpoint.method} {path}[,;]", text)
    assert f"scope {endpoint.scope}" in " ".join(text.split()) if endpoint.scope else "states no scope" in text
    assert "repeat" in text
    assert "Returns:" in text
    assert "Raises:" in text
    writes = bool(re.search(r"client\.write|return (record|_requested)\(", inspect.getsource(example.function)))
    assert ("WriteOutcomeUnknown" in text) == writes
    assert ("GongQuotaExceeded" in text) == writes


def test_takes_no_unknown_argument(example, client, known, sandbox):
    with pytest.raises(TypeError, match="unexpected keyword"):
        call(example, client, known, surprise=1)
    assert sandbox.counters.total == 0


def test_missing_arguments_are_refused(example, client, known, sandbox):
    arguments = fill(example.arguments, known)
    for name, parameter in inspect.signature(example.function).parameters.items():
        if name == "client" or parameter.default is not parameter.empty:
            continue
        less = {key: value for key, value in arguments.items() if key != name}
        with pytest.raises(TypeError, match=name):
            example.function(client, **less)
        if parameter.annotation not in ("Path | str",):
            with pytest.raises(GongArgumentError):
                example.function(client, **{**arguments, name: None})
    assert sandbox.counters.total == 0


def test_wrong_types_are_refused(example, client, known, sandbox):
    arguments = fill(example.arguments, known)
    for name in arguments:
        if "file" in name:
            continue
        with pytest.raises(GongArgumentError, match=name.removesuffix("s")):
            example.function(client, **{**arguments, name: object()})
    assert sandbox.counters.total == 0


def context_with(value: Any) -> list[Any]:
    fields = [{"name": "Stage", "value": value}]
    return [{"system": "Generic", "objects": [{"object_type": "Account", "object_id": "1", "fields": fields}]}]


ENDLESS: list[Any] = []
ENDLESS.append(ENDLESS)

WRONG = [
    ("create_call", {"client_unique_id": ""}, "client_unique_id must not be empty"),
    ("create_call", {"client_unique_id": "x" * 2049}, "2048 characters"),
    ("create_call", {"purpose": "x" * 256}, "255 characters"),
    ("create_call", {"parties": []}, "parties must be at least 1"),
    ("create_call", {"parties": [{"user_id": "1"}]}, "user_id that primary_user names"),
    ("create_call", {"parties": [{"userId": "1"}]}, r"parties\[0\] has no userId; its fields are"),
    ("create_call", {"parties": {"user_id": "1"}}, "parties must be a list"),
    ("create_call", {"direction": "inbound"}, "direction must be one of Inbound"),
    ("create_call", {"duration": True}, "duration must be a number"),
    ("create_call", {"duration": float("nan")}, "duration must be a number"),
    ("create_call", {"duration": float("inf")}, "duration must be a number"),
    ("create_call", {"duration": 10**400}, "duration can't be sent as JSON: Integer exceeds"),
    ("create_call", {"context": context_with(float("nan"))}, r"context\[0\].objects\[0\].fields\[0\].value must be a"),
    ("create_call", {"context": context_with(Decimal("1.5"))}, r"fields\[0\].value can't be sent as JSON: .*Decimal"),
    ("create_call", {"context": context_with({"a": [{1}]})}, r"fields\[0\].value.a\[0\] can't be sent as JSON: .*set"),
    ("create_call", {"context": context_with(2**70)}, r"fields\[0\].value can't be sent as JSON: Integer exceeds"),
    ("create_call", {"context": context_with("\ud800")}, r"fields\[0\].value can't be sent as JSON: str is not valid"),
    ("create_call", {"context": context_with({"\ud800": 1})}, r"a name in .*fields\[0\].value can't be sent as JSON"),
    ("create_call", {"context": context_with({1: 2})}, r"fields\[0\].value has a name that is no text"),
    ("create_call", {"context": context_with(ENDLESS)}, "context has too many levels"),
    ("create_call", {"actual_start": "yesterday"}, "actual_start must be a date or a time"),
    ("create_call", {"context": [{"objects": []}]}, r"context\[0\] lacks system"),
    (
        "create_call",
        {"context": [{"system": "Salesforce", "objects": [{"object_type": "Account"}]}]},
        r"context\[0\].objects\[0\] lacks object_id",
    ),
    ("grant_call_access", {"call_access_list": [{"call_id": "1", "user_ids": ["1", "1"]}]}, "equal elements"),
    ("grant_call_access", {"call_access_list": [{"call_id": "1", "user_ids": []}]}, "at least 1"),
    ("meeting_integration_status", {"emails": ["a@b.example"] * 101}, "100 elements"),
    ("record_action", {"tracking_id": "t"}, "tracking_id and actor exclude"),
    ("record_action", {"event_id": " "}, "event_id must not be empty"),
    ("record_content_shared", {"event_id": ""}, "event_id must not be empty"),
    ("record_content_viewed", {"event_id": " "}, "event_id must not be empty"),
    ("record_content_shared", {"tracking_id": "t"}, "tracking_id and recipients exclude"),
    ("record_content_shared", {"recipients": [{"name": "Ann"}]}, "needs an email"),
    ("record_content_viewed", {"tracking_id": "t"}, "tracking_id and viewer exclude"),
    ("record_digital_interaction", {"tracking_id": "t"}, "tracking_id and person exclude"),
    ("record_digital_interaction", {"content": {"content_id": "1"}}, "content lacks content_title"),
    ("find_email_references", {"email_address": "nobody"}, "no e-mail address"),
    ("erase_email_address", {"email_address": "nobody"}, "no e-mail address"),
    ("erase_email_address", {"email_address": "ann@x.example, bob@x.example"}, "no e-mail address"),
    ("find_email_references", {"email_address": "mailto:ann@x.example?subject=Hi"}, "no e-mail address"),
    ("find_phone_references", {"phone_number": "044 000 00 00"}, r"begin with \+"),
    ("erase_phone_number", {"phone_number": "+41440000000 / +41440000001"}, r"begin with \+"),
    ("erase_phone_number", {"phone_number": "+1"}, r"begin with \+"),
    ("update_task", {"status": None, "due_date": None, "priority": None}, "to set"),
    ("list_flow_steps", {"flow_ids": list("abcdefghijklmnopqrstu")}, "20 elements"),
    ("assign_flow", {"crm_prospects_ids": [str(n) for n in range(101)]}, "100 elements"),
    ("assign_flow", {"overrides": {"steps": [{"subject": "x"}]}}, r"overrides.steps\[0\] lacks number"),
    ("assign_flow_in_bulk", {"prospects": [{"first_name": "Ann"}]}, "crm_id, or first_name and last_name"),
    ("assign_flow_in_bulk", {"prospects": [{"crm_id": str(n)} for n in range(51)]}, "50 elements"),
    ("unassign_flow_instances", {"flow_instance_ids": [str(n) for n in range(201)]}, "200 elements"),
    ("unassign_prospect", {"flow_id": ""}, "flow_id must not be empty"),
    ("find_assigned_flows", {"flow_instance_ids": ["1"]}, "one of them"),
    ("upload_crm_schema", {"fields": [{"unique_name": "a", "label": "A", "type": "PICKLIST"}]}, "ordered_value_list"),
    ("upload_crm_schema", {"fields": [{"unique_name": "a", "label": "A", "type": "REFERENCE"}]}, "reference_to"),
    ("upload_crm_entities", {"client_request_id": "not so"}, "letters, digits"),
    ("upload_crm_entities", {"integration_id": "x"}, "integration_id must be a number"),
    ("upload_crm_entities", {"file": "/nowhere"}, "can't be read"),
    ("delete_crm", {"client_request_id": "not/so"}, "letters, digits"),
    ("add_call_media", {"file": "/nowhere"}, "can't be read"),
    ("add_call_media", {"call_id": ".."}, "made of dots"),
    ("add_call_media", {"media_type": "text/plain"}, "audio/"),
    ("add_call_media", {"media_type": 5}, "media_type must be a text"),
]


@pytest.mark.parametrize(("name", "changes", "message"), WRONG, ids=lambda value: str(value)[:40])
def test_what_gong_would_refuse_is_not_sent(name, changes, message, client, known, sandbox):
    with pytest.raises(GongArgumentError, match=message):
        call(by_name(name), client, known, **changes)
    assert sandbox.counters.total == 0


def test_a_timeline_excludes_media_channels(client, known, sandbox):
    arguments = fill(by_name("create_call").arguments, known)
    arguments["parties"][0]["media_channel_id"] = 0
    with pytest.raises(GongArgumentError, match="exclude each other"):
        calls.create_call(client, **arguments)
    del arguments["speakers_timeline"]
    assert calls.create_call(client, **arguments)["callId"]


def test_gongs_ids_may_be_numbers_as_in_some_of_its_answers(example, client, known, sandbox):
    given = {
        str(known[name]): int(known[name]) for name in (USER, CALL, CREATED, MEETING, WORKSPACE, CRM, PROFILE, BULK)
    }

    def numbers(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: numbers(member) for name, member in value.items()}
        return [numbers(each) for each in value] if isinstance(value, list) else given.get(value, value)

    call(example, client, known, **numbers(fill(example.arguments, known)))
    (sent,) = sandbox.counters.log
    assert sent["status"] < 300
    told = json.dumps([sent["query"], sent["body"]])
    assert [each for each in given if re.search(rf"(?<![\"\d]){each}", told)] == [], "as a number"


def test_a_task_is_changed_by_the_ids_that_it_was_listed_with(client, known, sandbox):
    owners = (tasks.list_tasks(client, user_id=int(user))["tasks"] for user in sandbox.world.users)
    task = next(each for each in owners if each)[0]
    assert (type(task["id"]), type(task["userId"])) == (int, int)
    tasks.update_task(client, task["id"], user_id=task["userId"], status="DONE")
    assert sandbox.counters.log[-1]["body"]["userId"] == str(task["userId"])


def test_ids_are_encoded_in_paths(client, known, sandbox):
    with pytest.raises(GongNotFoundError):
        meetings.delete_meeting(client, "1/../../v2/users?x=1#", organizer_email="a@b.example")
    assert sandbox.counters.log[-1]["path"] == "/v2/meetings/1%2F..%2F..%2Fv2%2Fusers%3Fx%3D1%23"


def test_values_arrive_as_they_were_given(client, known, sandbox):
    privacy.erase_email_address(client, "Ann Lee <mailto:ann+a&b=c@customer.example>")
    privacy.erase_phone_number(client, "+44 (0)20 7946-0958 ext. 12")
    assert known["desk"].erased == [("email", "ann+a&b=c@customer.example"), ("phone", "+442079460958")]


def test_times_are_sent_in_utc(client, known, sandbox):
    call(by_name("create_meeting"), client, known)
    assert sandbox.counters.log[-1]["body"]["startTime"] == "2026-02-01T09:00:00Z"


def test_a_meeting_lives_and_dies(client, known):
    meetings.delete_meeting(client, known[MEETING], organizer_email="a@b.example")
    with pytest.raises(GongNotFoundError):
        meetings.delete_meeting(client, known[MEETING], organizer_email="a@b.example")


def test_access_is_given_shown_and_taken(client, known):
    arguments = fill(by_name("grant_call_access").arguments, known)
    (entry,) = arguments["call_access_list"]
    calls.grant_call_access(client, **arguments)
    shown = calls.list_call_access(client, call_ids=[entry["call_id"]])["callAccessList"]
    assert shown == [{"callId": entry["call_id"], "users": [{"userId": entry["user_ids"][0]}]}]
    calls.revoke_call_access(client, **arguments)
    assert calls.list_call_access(client, call_ids=[entry["call_id"]])["callAccessList"] == []


def test_a_crm_upload_from_beginning_to_end(client, known, tmp_path):
    file = tmp_path / "accounts.ldjson"
    file.write_text('{"objectId": "1"}\nnonsense\n')
    crm.upload_crm_entities(client, file, integration_id=known[CRM], object_type="ACCOUNT", client_request_id="r-1")
    status = crm.crm_request_status(client, integration_id=known[CRM], client_request_id="r-1")
    assert (status["status"], status["totalSuccessCount"], status["totalErrorCount"]) == ("DONE", 1, 1)
    crm.delete_crm(client, known[CRM], client_request_id="r-2")
    assert crm.list_crm_integrations(client)["integrations"] == []


def test_a_flow_from_beginning_to_end(client, known):
    made = call(by_name("assign_flow"), client, known)["prospectsAssigned"]
    found = flows.find_assigned_flows(client, crm_prospects_ids=["003a", "003b"])["prospectsAssigned"]
    assert found == made
    owner = known[MAIL]
    last = flows.list_flows(client, flow_owner_email=owner, most_recently_assigned=True)
    assert (
        [flow["id"] for flow in last]
        == [made[0]["flowId"]]
        != [flow["id"] for flow in flows.list_flows(client, flow_owner_email=owner)]
    )
    gone = flows.unassign_flow_instances(client, flow_instance_ids=[made[0]["flowInstanceId"]])
    assert gone["unassignedFlowInstanceIds"] == [made[0]["flowInstanceId"]]
    flows.unassign_prospect(client, crm_prospect_id="003b")
    assert flows.find_assigned_flows(client, crm_prospects_ids=["003a", "003b"])["prospectsAssigned"] == []


SCOPED = [example for example in EXAMPLES if example.function.action.endpoint.scope]


@pytest.mark.parametrize("example", SCOPED, ids=lambda example: example.name)
def test_a_missing_scope_is_named(example, client, known, sandbox):
    scope = example.function.action.endpoint.scope
    sandbox.control.deny_scopes([scope])
    with pytest.raises(GongForbiddenError, match=scope):
        call(example, client, known)
    assert sandbox.counters.total == 1


def test_media_arrives_as_it_is(client, known, sandbox):
    import hashlib
    from pathlib import Path

    path = Path(fill(by_name("add_call_media").arguments, known)["file"])
    calls.add_call_media(client, known[CREATED], path)
    (media,) = known["desk"].media.values()
    assert media == {
        "size": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "filename": "media.wav",
        "contentType": "audio/wav",
    }


def test_scopes_are_those_of_the_endpoints():
    from gong_source.cli.scopes import scopes_for

    assert scopes_for(["calls", "transcripts"]) == ["api:calls:read:extensive", "api:calls:read:transcript"]
    assert scopes_for(["create-call", "meetings"]) == sorted(
        {
            "api:calls:create",
            *(e.scope for e in vars(endpoints).values() if getattr(e, "scope", "").startswith("api:meet")),
        }
    )
