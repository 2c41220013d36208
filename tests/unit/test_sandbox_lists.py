"""Lists of the sandbox: filters, order, empty answers, and what does and does not come with a call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from gong_source.sandbox import Sandbox

NOW = "2026-03-01T12:00:00+00:00"
EXTENSIVE, TRANSCRIPT = "/v2/calls/extensive", "/v2/calls/transcript"
NO_CALLS = ["No calls found corresponding to the provided filters"]
LONG_AGO = {"fromDateTime": "2001-01-01T00:00:00Z", "toDateTime": "2002-01-01T00:00:00Z"}
ALL_TIME = {"fromDateTime": "2001-01-01T00:00:00Z", "toDateTime": "2030-01-01T00:00:00Z"}
Api = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(calls=150, users=12, end=NOW, sentences=6, page_size=1000) as running:
        running.control.set_now(NOW)
        yield running


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[Api]:
    with requests.Session() as session:
        session.auth = (sandbox.access_key, sandbox.access_key_secret)
        yield lambda method, path, **more: session.request(method, sandbox.url + path, timeout=300, **more)


def parsed(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def test_nothing_found_is_404_with_gongs_text(api: Api) -> None:
    answers = [
        api("GET", "/v2/calls", params=LONG_AGO),
        api("POST", EXTENSIVE, json={"filter": LONG_AGO}),
        api("POST", TRANSCRIPT, json={"filter": LONG_AGO}),
    ]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert [answer.json()["errors"] for answer in answers] == [NO_CALLS] * 3
    users = api("POST", "/v2/users/extensive", json={"filter": {"userIds": ["1"]}})
    assert (users.status_code, users.json()["errors"]) == (
        404,
        ["No users found corresponding to the provided filters"],
    )
    logs = api("GET", "/v2/logs", params={"logType": "UserCallPlay", **LONG_AGO})
    assert (logs.status_code, logs.json()["errors"]) == (404, ["No logs found for the specified period"])


def test_unknown_single_objects(api: Api) -> None:
    call, user = api("GET", "/v2/calls/12345"), api("GET", "/v2/users/12345")
    assert (call.status_code, call.json()["errors"]) == (404, ["Call ID 12345 was not found"])
    assert (user.status_code, user.json()["errors"]) == (404, ["User not found"])


def test_an_empty_tenant() -> None:
    with Sandbox(empty=True) as empty, requests.Session() as session:
        session.auth = (empty.access_key, empty.access_key_secret)
        assert (len(empty.world.users), len(empty.world.workspaces)) == (1, 1)
        assert session.get(f"{empty.url}/v2/calls", params=ALL_TIME, timeout=300).status_code == 404
        assert session.post(f"{empty.url}{EXTENSIVE}", json={"filter": {}}, timeout=300).status_code == 404
        assert session.get(f"{empty.url}/v2/library/folders", timeout=300).status_code == 404
        assert len(session.get(f"{empty.url}/v2/users", timeout=300).json()["users"]) == 1
        for path, key in (("settings/scorecards", "scorecards"), ("call-outcomes", "outcomes")):
            answer = session.get(f"{empty.url}/v2/{path}", timeout=300)
            assert (answer.status_code, answer.json()[key]) == (200, [])


def test_bounds_are_from_inclusive_to_exclusive(api: Api, sandbox: Sandbox) -> None:
    call = list(sandbox.world.visible_calls().values())[40]
    start, after = call.started, call.started + timedelta(microseconds=1)

    def ids(first: datetime, last: datetime) -> list[str]:
        bounds = {"fromDateTime": first.isoformat(), "toDateTime": last.isoformat()}
        answer = api("POST", EXTENSIVE, json={"filter": bounds})
        return [item["metaData"]["id"] for item in answer.json().get("calls", [])]

    assert call.id in ids(start, after)
    assert call.id not in ids(start - timedelta(hours=1), start)
    assert call.id not in ids(after, after + timedelta(hours=1))


def test_post_lists_go_by_start_and_are_oldest_first(api: Api) -> None:
    calls = api("POST", EXTENSIVE, json={"filter": {}}).json()["calls"]
    starts = [parsed(call["metaData"]["started"]) for call in calls]
    assert len(calls) == 150
    assert starts == sorted(starts)
    assert len(set(starts)) < len(starts), "some calls start at the same instant"


def test_the_basic_list_goes_by_schedule(api: Api, sandbox: Sandbox) -> None:
    moved = [
        call for call in sandbox.world.calls.values() if call.scheduled and call.scheduled.date() != call.started.date()
    ]
    assert moved, "some calls are scheduled for another day"
    call = moved[0]
    assert call.scheduled is not None

    def day(moment: datetime) -> dict[str, str]:
        start = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        return {"fromDateTime": start.isoformat(), "toDateTime": (start + timedelta(days=1)).isoformat()}

    def basic(moment: datetime) -> set[str]:
        return {item["id"] for item in api("GET", "/v2/calls", params=day(moment)).json().get("calls", [])}

    def extensive(moment: datetime) -> set[str]:
        calls = api("POST", EXTENSIVE, json={"filter": day(moment)}).json().get("calls", [])
        return {item["metaData"]["id"] for item in calls}

    assert call.id in basic(call.scheduled)
    assert call.id not in basic(call.started)
    assert call.id in extensive(call.started)
    assert call.id not in extensive(call.scheduled)


def test_filters_combine(api: Api, sandbox: Sandbox) -> None:
    calls = list(sandbox.world.visible_calls().values())
    early, late = calls[0], calls[-1]
    wanted = {"callIds": [early.id, late.id], "toDateTime": late.started.isoformat()}
    answer = api("POST", EXTENSIVE, json={"filter": wanted}).json()
    assert [item["metaData"]["id"] for item in answer["calls"]] == [early.id]
    owner = {"filter": {"primaryUserIds": [early.primary_user_id], "workspaceId": early.workspace_id}}
    for item in api("POST", EXTENSIVE, json=owner).json()["calls"]:
        assert item["metaData"]["primaryUserId"] == early.primary_user_id
        assert item["metaData"]["workspaceId"] == early.workspace_id


def test_ids_out_of_the_dates_have_no_transcript(api: Api, sandbox: Sandbox) -> None:
    call_id = next(iter(sandbox.world.visible_transcripts()))
    assert api("POST", TRANSCRIPT, json={"filter": {"callIds": [call_id]}}).status_code == 200
    assert api("POST", TRANSCRIPT, json={"filter": {"callIds": [call_id], **LONG_AGO}}).status_code == 404


def test_ids_without_any_transcript_are_nothing(api: Api, sandbox: Sandbox) -> None:
    without = [call.id for call in sandbox.world.calls.values() if call.transcript is None]
    assert without
    answer = api("POST", TRANSCRIPT, json={"filter": {"callIds": without[:100]}})
    assert (answer.status_code, answer.json()["errors"]) == (404, NO_CALLS)


def test_transcripts_are_those_of_the_world(api: Api, sandbox: Sandbox) -> None:
    answer = api("POST", TRANSCRIPT, json={"filter": {}}).json()
    shown = {item["callId"]: item["transcript"] for item in answer["callTranscripts"]}
    assert shown == sandbox.world.visible_transcripts()


def test_meta_data_alone_comes_without_a_selector(api: Api) -> None:
    calls = api("POST", EXTENSIVE, json={"filter": {}}).json()["calls"]
    assert {tuple(call) for call in calls} == {("metaData",)}
    assert all(len(call["metaData"]) == 20 for call in calls)


def test_statistics_come_under_another_name(api: Api) -> None:
    selector = {"exposedFields": {"interaction": {"personInteractionStats": True}}}
    call = api("POST", EXTENSIVE, json={"filter": {}, "contentSelector": selector}).json()["calls"][0]
    assert list(call["interaction"]) == ["interactionStats"]


def test_context_depth_and_timing(api: Api) -> None:
    def objects(selector: dict[str, Any]) -> list[dict[str, Any]]:
        calls = api("POST", EXTENSIVE, json={"filter": {}, "contentSelector": selector}).json()["calls"]
        return [item for call in calls for system in call["context"] for item in system["objects"]]

    assert all(set(item) == {"objectType", "objectId"} for item in objects({"context": "Basic"}))
    assert {item["timing"] for item in objects({"context": "Extended"})} == {"Now"}
    both = {"context": "Extended", "contextTiming": ["Now", "TimeOfCall"]}
    assert {item["timing"] for item in objects(both)} == {"Now", "TimeOfCall"}
    kinds = {type(field["value"]) for item in objects(both) for field in item["fields"]}
    assert kinds == {str, int, float, bool, type(None), list, dict}


def test_party_context_comes_only_with_context(api: Api) -> None:
    def contexts(selector: dict[str, Any]) -> list[Any]:
        body = {"filter": {}, "contentSelector": {**selector, "exposedFields": {"parties": True}}}
        calls = api("POST", EXTENSIVE, json=body).json()["calls"]
        return [party["context"] for call in calls for party in call.get("parties", [])]

    assert not any(contexts({}))
    assert any(contexts({"context": "Extended"}))


def test_occurrences_come_only_on_demand(api: Api) -> None:
    def occurrences(content: dict[str, bool]) -> int:
        body = {"filter": {}, "contentSelector": {"exposedFields": {"content": content}}}
        calls = api("POST", EXTENSIVE, json=body).json()["calls"]
        return sum(len(item["occurrences"]) for call in calls for item in call["content"]["trackers"])

    assert occurrences({"trackers": True}) == 0
    assert occurrences({"trackers": True, "trackerOccurrences": True}) > 0


def test_media_addresses_differ_in_each_answer(api: Api) -> None:
    body = {"filter": {}, "contentSelector": {"exposedFields": {"media": True}}}
    first, second = (api("POST", EXTENSIVE, json=body).json()["calls"][0]["media"] for _ in range(2))
    assert first["audioUrl"] != second["audioUrl"]
    assert "X-Amz-Expires=28799" in first["audioUrl"]


def test_avatars_come_on_request(api: Api, sandbox: Sandbox) -> None:
    usual = api("GET", "/v2/users").json()["users"]
    everyone = api("GET", "/v2/users", params={"includeAvatars": "true"}).json()["users"]
    assert {user["id"] for user in everyone} - {user["id"] for user in usual} == set(sandbox.world.avatars)
    assert {user["id"] for user in usual} == set(sandbox.world.users)


def test_users_by_creation(api: Api, sandbox: Sandbox) -> None:
    created = {key: parsed(user["created"]) for key, user in sandbox.world.users.items()}
    middle = sorted(created.values())[6]
    found = api("POST", "/v2/users/extensive", json={"filter": {"createdFromDateTime": middle.isoformat()}}).json()
    assert {user["id"] for user in found["users"]} == {key for key, moment in created.items() if moment >= middle}


def test_a_folder_shows_calls_twice_and_whole(api: Api, sandbox: Sandbox) -> None:
    contents = [
        api("GET", "/v2/library/folder-content", params={"folderId": key}).json()["calls"]
        for key in sandbox.world.folders
    ]
    assert [] in contents, "a folder can be empty"
    assert any(len({item["id"] for item in calls}) < len(calls) for calls in contents)
    snippets = [item.get("snippet") for calls in contents for item in calls]
    assert None in snippets
    assert any(snippets)
