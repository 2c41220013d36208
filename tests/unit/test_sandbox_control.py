"""Controls of the sandbox, in process and through the admin route."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests

from gong_source.sandbox import Sandbox

NOW = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)
Api = Callable[..., Any]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(calls=12, users=4, end=NOW, sentences=4) as running:
        running.control.set_now(NOW)
        yield running


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[Api]:
    """Send a request and return its body."""
    with requests.Session() as session:
        session.auth = (sandbox.access_key, sandbox.access_key_secret)
        yield lambda method, path, **more: session.request(method, sandbox.url + path, timeout=300, **more).json()


def listed(api: Api, path: str = "extensive") -> set[str]:
    """The ids of all calls, or of all transcripts."""
    body = api("POST", f"/v2/calls/{path}", json={"filter": {}})
    if path == "transcript":
        return {item["callId"] for item in body.get("callTranscripts", [])}
    return {item["metaData"]["id"] for item in body.get("calls", [])}


def test_hidden_calls_are_nowhere(sandbox: Sandbox, api: Api) -> None:
    everyone = listed(api)
    hidden = next(iter(sandbox.world.visible_transcripts()))
    sandbox.control.hide_calls([hidden])
    assert listed(api) == everyone - {hidden}
    assert hidden not in listed(api, "transcript")
    assert "errors" in api("GET", f"/v2/calls/{hidden}")
    assert hidden not in sandbox.world.visible_calls()
    sandbox.control.release_calls([hidden])
    assert listed(api) == everyone


def test_hidden_transcripts(sandbox: Sandbox, api: Api) -> None:
    hidden = next(iter(sandbox.world.visible_transcripts()))
    sandbox.control.hide_transcripts([hidden])
    assert hidden in listed(api)
    assert hidden not in listed(api, "transcript")
    sandbox.control.release_transcripts([hidden])
    assert hidden in listed(api, "transcript")


def test_deleted_calls_leave_no_trace(sandbox: Sandbox, api: Api) -> None:
    gone = next(entry["id"] for entries in sandbox.world.folder_calls.values() for entry in entries)
    total = api("POST", "/v2/calls/extensive", json={"filter": {}})["records"]["totalRecords"]
    sandbox.control.delete_calls([gone])
    assert api("GET", f"/v2/calls/{gone}")["errors"] == [f"Call ID {gone} was not found"]
    assert api("POST", "/v2/calls/extensive", json={"filter": {}})["records"]["totalRecords"] == total - 1
    assert all(entry["id"] != gone for entries in sandbox.world.folder_calls.values() for entry in entries)


def test_edits_are_shown(sandbox: Sandbox, api: Api) -> None:
    call_id = next(iter(sandbox.world.calls))
    sandbox.control.edit_call(call_id, "metaData.title", "New title")
    sandbox.control.edit_call(call_id, "content.trackers", [])
    body = {
        "filter": {"callIds": [call_id]},
        "contentSelector": {"exposedFields": {"content": {"trackers": True}}},
    }
    (call,) = api("POST", "/v2/calls/extensive", json=body)["calls"]
    assert call["metaData"]["title"] == "New title"
    assert call["content"] == {"trackers": []}
    assert api("GET", f"/v2/calls/{call_id}")["call"]["title"] == "New title"


@pytest.mark.parametrize(
    "path",
    ["context", "parties", "content", "interaction", "collaboration", "media", "content.trackers", "parties.0.context"],
)
def test_any_part_can_be_null(sandbox: Sandbox, api: Api, path: str) -> None:
    call_id = next(key for key, call in sandbox.world.calls.items() if call.data.get("parties"))
    sandbox.control.edit_call(call_id, path, None)
    exposed = {
        "parties": True,
        "content": {"trackers": True},
        "interaction": {"speakers": True},
        "collaboration": {"publicComments": True},
        "media": True,
    }
    for context in ("Basic", "Extended"):
        selector = {"context": context, "exposedFields": exposed}
        body = {"filter": {"callIds": [call_id]}, "contentSelector": selector}
        (value,) = api("POST", "/v2/calls/extensive", json=body)["calls"]
        for step in path.split("."):
            value = value[int(step)] if isinstance(value, list) else value[step]
        assert value is None


def test_an_edited_start_moves_the_call(sandbox: Sandbox, api: Api) -> None:
    call_id = next(iter(sandbox.world.calls))
    sandbox.control.edit_call(call_id, "metaData.started", "2001-02-03T04:05:06-07:00")
    wanted = {"filter": {"toDateTime": "2002-01-01T00:00:00Z"}}
    assert [call["metaData"]["id"] for call in api("POST", "/v2/calls/extensive", json=wanted)["calls"]] == [call_id]


def test_edited_transcripts(sandbox: Sandbox, api: Api) -> None:
    call_id = next(iter(sandbox.world.visible_transcripts()))
    wanted = {"filter": {"callIds": [call_id]}}
    new = [{"speakerId": None, "topic": None, "sentences": [{"start": 0, "end": 5, "text": "Hi."}]}]
    for transcript in (new, []):
        sandbox.control.edit_transcript(call_id, transcript)
        shown = api("POST", "/v2/calls/transcript", json=wanted)["callTranscripts"]
        assert shown == [{"callId": call_id, "transcript": transcript}]
    sandbox.control.edit_transcript(call_id, None)
    assert call_id not in listed(api, "transcript")
    sandbox.control.edit_transcript(call_id, new)
    assert call_id in listed(api, "transcript")


def test_added_calls(sandbox: Sandbox, api: Api) -> None:
    started = NOW - timedelta(days=3, microseconds=1)
    (one,) = sandbox.control.add_calls(1, started=started, metaData={"title": "Added"}, content={"trackers": []})
    data = sandbox.world.calls[one].data
    assert data["metaData"]["title"] == "Added"
    assert sandbox.world.calls[one].started == started
    assert data["content"]["trackers"] == []
    assert "topics" in data["content"], "overrides are merged"
    two = sandbox.control.add_calls(2, started=[NOW, "2026-01-01T00:00:00Z"])
    assert {one, *two} <= listed(api)
    assert sandbox.control.add_calls(1) != sandbox.control.add_calls(1)


def test_added_calls_can_be_late(sandbox: Sandbox, api: Api) -> None:
    later = NOW + timedelta(hours=1)
    (late,) = sandbox.control.add_calls(1, available_at=later, transcript_available_at=later + timedelta(hours=1))
    assert late not in listed(api)
    sandbox.control.set_now(later)
    assert late in listed(api)
    assert late not in listed(api, "transcript")
    sandbox.control.set_now(later + timedelta(hours=1))
    assert late in listed(api, "transcript")


def test_added_calls_lag_like_others() -> None:
    with Sandbox(calls=2, users=2, end=NOW, sentences=2, lag=True) as sandbox:
        sandbox.control.set_now(NOW)
        (late,) = sandbox.control.add_calls(1, started=NOW)
        assert late not in sandbox.world.visible_calls()
        assert late in sandbox.world.visible_calls(NOW + timedelta(days=20))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda control: control.add_calls(1, title="x"),
        lambda control: control.add_calls(2, started=[NOW]),
        lambda control: control.hide_calls(["1"]),
        lambda control: control.delete_calls(["1"]),
        lambda control: control.edit_call("1", "metaData.title", "x"),
        lambda control: control.edit_user("1", "title", "x"),
        lambda control: control.hide_workspace("1"),
        lambda control: control.edit_folder("1", name="x"),
        lambda control: control.add_folder(workspace_id="1"),
        lambda control: control.add_log_entries("NoLog", []),
        lambda control: control.set_latency(1, "GET /nowhere"),
    ],
)
def test_mistakes_of_tests_are_told(sandbox: Sandbox, wrong: Callable[[Any], Any]) -> None:
    with pytest.raises(ValueError, match=r"unknown|no parts|starts"):
        wrong(sandbox.control)


def test_what_changes_under_a_walk(sandbox: Sandbox, api: Api) -> None:
    first, second, *others = sorted(listed(api))
    sandbox.control.at_request("delete_calls", {"ids": [first]}, "POST /v2/calls/extensive", nth=2)
    sandbox.control.at_request("hide_calls", {"ids": [second]}, nth=3)
    assert listed(api) == {first, second, *others}
    assert listed(api) == {second, *others}
    assert listed(api) == set(others)
    assert listed(api) == set(others)
    sandbox.control.at_request("delete_calls", {"ids": others})
    sandbox.control.clear_faults()
    assert listed(api) == set(others)
    with pytest.raises(ValueError, match="unknown action"):
        sandbox.control.at_request("no such thing")


def test_edited_users(sandbox: Sandbox, api: Api) -> None:
    user = next(iter(sandbox.world.users))
    sandbox.control.edit_user(user, "title", "Astronaut")
    sandbox.control.edit_user(user, "settings.emailsImported", None)
    shown = api("GET", f"/v2/users/{user}")["user"]
    assert (shown["title"], shown["settings"]["emailsImported"]) == ("Astronaut", None)


def test_a_workspace_that_the_key_may_not_see(sandbox: Sandbox, api: Api) -> None:
    hidden, *others = sandbox.world.workspaces
    before = listed(api)
    sandbox.control.hide_workspace(hidden)
    assert [each["id"] for each in api("GET", "/v2/workspaces")["workspaces"]] == others
    assert listed(api) == {key for key in before if sandbox.world.calls[key].workspace_id in others} < before
    sandbox.control.show_workspace(hidden)
    assert len(api("GET", "/v2/workspaces")["workspaces"]) == 1 + len(others)
    assert listed(api) == before


def test_added_log_entries(sandbox: Sandbox, api: Api) -> None:
    entry = {"eventTime": "2026-02-28T10:00:00+02:00", "logRecord": {"a": 1}}
    query = {"logType": "UserCallPlay", "fromDateTime": "2026-02-28T08:00:00Z", "toDateTime": "2026-02-28T08:00:01Z"}
    before = api("GET", "/v2/logs", params=query).get("logEntries", [])
    sandbox.control.add_log_entries("UserCallPlay", [entry, entry])
    assert api("GET", "/v2/logs", params=query)["logEntries"] == [*before, entry, entry]


def test_folders(sandbox: Sandbox, api: Api) -> None:
    workspace = list(sandbox.world.workspaces)[1]
    parent = next(key for key, home in sandbox.world.folder_workspaces.items() if home == workspace)

    def shown() -> dict[str, dict[str, Any]]:
        answer = api("GET", "/v2/library/folders", params={"workspaceId": workspace})
        return {folder["id"]: folder for folder in answer["folders"]}

    added = sandbox.control.add_folder("Mine", workspace, parent)
    assert shown()[added]["parentFolderId"] == parent
    sandbox.control.edit_folder(added, name="Yours")
    assert shown()[added]["name"] == "Yours"
    entry = {"id": "1", "title": "x"}
    sandbox.control.set_folder_calls(added, [entry])
    content = api("GET", "/v2/library/folder-content", params={"folderId": added})
    assert (content["name"], content["calls"]) == ("Yours", [entry])
    sandbox.control.delete_folder(parent)
    assert parent not in shown()
    assert shown()[added]["parentFolderId"] is None


def test_unknown_fields_are_everywhere_and_not_in_the_world(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.add_unknown_fields()
    body = {"filter": {}, "contentSelector": {"context": "Extended", "exposedFields": {"parties": True}}}
    answer = api("POST", "/v2/calls/extensive", json=body)
    call = answer["calls"][0]
    assert all("futureField" in part for part in (answer, answer["records"], call, call["metaData"]))
    assert all("futureField" in party for item in answer["calls"] for party in item.get("parties", []))
    values = [
        field["value"]
        for item in answer["calls"]
        for system in item["context"]
        for thing in system["objects"]
        for field in thing["fields"]
    ]
    assert not any(isinstance(value, dict) and "futureField" in value for value in values), "what is the CRM's stays"
    assert "futureField" in api("GET", "/v2/users")["users"][0]
    assert not any("futureField" in user for user in sandbox.world.users.values())


def perform(sandbox: Sandbox, action: str, **args: Any) -> requests.Response:
    order = {"action": action, "args": args}
    return requests.post(f"{sandbox.url}/_sandbox/control", json=order, timeout=300)


def test_the_admin_route_reaches_every_control(sandbox: Sandbox) -> None:
    call_id = next(iter(sandbox.world.calls))
    calls = sandbox.world.calls.values()
    answered = (card["answeredScorecardId"] for call in calls for card in call.reviews.answered)
    orders: list[tuple[str, dict[str, Any]]] = [
        ("hide_calls", {"ids": [call_id]}),
        ("release_calls", {"ids": [call_id]}),
        ("hide_transcripts", {"ids": [call_id]}),
        ("release_transcripts", {"ids": [call_id]}),
        ("edit_call", {"id": call_id, "path": "metaData.title", "value": "x"}),
        ("edit_transcript", {"id": call_id, "transcript": []}),
        ("edit_user", {"id": next(iter(sandbox.world.users)), "field": "title", "value": "x"}),
        ("hide_workspace", {"id": next(iter(sandbox.world.workspaces))}),
        ("show_workspace", {"id": next(iter(sandbox.world.workspaces))}),
        ("add_log_entries", {"log_type": "AccessLog", "entries": []}),
        ("edit_folder", {"id": next(iter(sandbox.world.folders)), "name": "x"}),
        ("set_folder_calls", {"id": next(iter(sandbox.world.folders)), "calls": []}),
        ("edit_answered_scorecard", {"id": next(answered), "path": "answers.0.score", "value": 1}),
        ("delete_answered_scorecard", {"id": next(answered)}),
        ("set_credits", {"credits": 1}),
        ("set_latency", {"seconds": 0}),
        ("set_quota", {"requests_per_second": None}),
        ("set_cursor_lifetime", {"seconds": 10}),
        ("set_now", {"now": "2026-03-02T12:00:00Z"}),
        ("set_token_lifetime", {"seconds": 10}),
        ("expire_tokens", {}),
        ("deny_scopes", {"scopes": ["x"]}),
        ("allow_scopes", {}),
        ("fail", {"kind": "500", "nth": 99}),
        ("at_request", {"do": "reset_counters", "nth": 99}),
        ("replace_bytes", {"old": "6f", "new": "ff", "hex": True, "times": 1}),
        ("clear_faults", {}),
        ("set_raw", {"key": call_id, "path": "metaData.title", "raw": "ff", "hex": True}),
        ("clear_raw", {}),
        ("set_clock_skew", {"seconds": 5}),
        ("add_unknown_fields", {}),
        ("reset_counters", {}),
        ("delete_calls", {"ids": [call_id]}),
    ]
    for action, args in orders:
        answer = perform(sandbox, action, **args)
        assert (answer.status_code, answer.json()) == (200, {"result": None}), action
    folder = perform(sandbox, "add_folder", name="x").json()["result"]
    assert folder in sandbox.world.folders
    assert perform(sandbox, "delete_folder", id=folder).status_code == 200
    added = perform(sandbox, "add_calls", n=2, started="2026-03-01T00:00:00Z").json()["result"]
    assert set(added) <= set(sandbox.world.calls)
    assert (
        perform(sandbox, "fire_webhooks", ids=[]).json() == perform(sandbox, "sent_webhooks").json() == {"result": []}
    )
    assert perform(sandbox, "add_webhook", url="http://127.0.0.1:9/gong").status_code == 200
    asked = {"add_folder", "delete_folder", "add_calls", "fire_webhooks", "sent_webhooks", "add_webhook"}
    known = {name for name in dir(sandbox.control) if not name.startswith("_")} - {"call"}
    assert known == {action for action, _ in orders} | asked


@pytest.mark.parametrize(
    "order",
    [
        {"action": "explode"},
        {"action": "call", "args": {"action": "set_now", "args": {}}},
        {"action": "_endpoint", "args": {"endpoint": None}},
        {"action": "set_now", "args": {"then": 1}},
        {"action": "fail", "args": {"kind": "nonsense"}},
        {},
        [],
    ],
    ids=str,
)
def test_wrong_orders_are_refused(sandbox: Sandbox, order: Any) -> None:
    answer = requests.post(f"{sandbox.url}/_sandbox/control", json=order, timeout=300)
    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_admin_requests_need_no_key_and_are_not_counted(sandbox: Sandbox) -> None:
    sandbox.control.set_quota(daily_requests=0)
    assert perform(sandbox, "clear_faults").status_code == 200
    assert requests.get(f"{sandbox.url}/_sandbox/counters", timeout=300).json()["total"] == 0
    assert requests.get(f"{sandbox.url}/_sandbox/else", timeout=300).status_code == 404
