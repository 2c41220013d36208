"""The sandbox refuses what Gong refuses: credentials, paths, malformed and missing input."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable, Iterator

import pytest
import requests

from gong_source.sandbox import Sandbox

NOW = "2026-03-01T12:00:00Z"
PERIOD = {"fromDateTime": "2025-01-01T00:00:00Z", "toDateTime": "2026-03-01T00:00:00Z"}
EXTENSIVE, TRANSCRIPT, USERS = "/v2/calls/extensive", "/v2/calls/transcript", "/v2/users/extensive"
Api = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(calls=20, users=5, end=NOW, sentences=4) as running:
        running.control.set_now(NOW)
        yield running


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[Api]:
    with requests.Session() as session:
        session.auth = (sandbox.access_key, sandbox.access_key_secret)
        yield lambda method, path, **more: session.request(method, sandbox.url + path, timeout=300, **more)


def errors(answer: requests.Response) -> str:
    """The texts of an error in Gong's shape."""
    body = answer.json()
    assert set(body) == {"requestId", "errors"}
    assert body["requestId"]
    return " | ".join(body["errors"])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"wrong:wrong").decode(),
        "Bearer wrong",
        "Digest abc",
        "Basic é",
    ],
)
def test_wrong_credentials_give_401(sandbox: Sandbox, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.encode("latin-1")}
    answer = requests.get(f"{sandbox.url}/v2/workspaces", headers=headers, timeout=300)
    assert answer.status_code == 401
    assert "Access denied" in errors(answer)


def test_both_kinds_of_credentials_are_accepted(sandbox: Sandbox) -> None:
    basic = requests.get(
        f"{sandbox.url}/v2/workspaces", auth=(sandbox.access_key, sandbox.access_key_secret), timeout=300
    )
    token = {"Authorization": f"Bearer {sandbox.bearer_token}"}
    bearer = requests.get(f"{sandbox.url}/v2/workspaces", headers=token, timeout=300)
    assert (basic.status_code, bearer.status_code) == (200, 200)


def test_unknown_path_and_wrong_verb(api: Api) -> None:
    unknown = api("GET", "/v2/nothing/here")
    assert unknown.status_code == 404
    assert "found corresponding" not in errors(unknown)
    wrong = api("DELETE", "/v2/calls")
    assert wrong.status_code == 405
    assert wrong.headers["Allow"] == "GET, POST"
    assert errors(wrong)


def test_missing_scope_gives_403_that_names_it(api: Api, sandbox: Sandbox) -> None:
    sandbox.control.deny_scopes(["api:calls:read:transcript"])
    denied = api("POST", TRANSCRIPT, json={"filter": {}})
    sandbox.control.allow_scopes()
    assert denied.status_code == 403
    assert errors(denied) == "You don't have permission to use 'api:calls:read:transcript' in your account"
    assert api("POST", TRANSCRIPT, json={"filter": {}}).status_code == 200


def test_media_needs_a_scope_of_its_own(api: Api, sandbox: Sandbox) -> None:
    sandbox.control.deny_scopes(["api:calls:read:media-url"])
    with_media = api("POST", EXTENSIVE, json={"filter": {}, "contentSelector": {"exposedFields": {"media": True}}})
    without = api("POST", EXTENSIVE, json={"filter": {}})
    sandbox.control.allow_scopes()
    assert (with_media.status_code, without.status_code) == (403, 200)


@pytest.mark.parametrize("path", [EXTENSIVE, TRANSCRIPT, USERS])
@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b'"text"', b"{}", b'{"cursor": null}', b'{"filter": null}'])
def test_a_body_needs_a_filter(api: Api, path: str, body: bytes) -> None:
    answer = api("POST", path, data=body)
    assert answer.status_code == 400
    assert errors(answer)


@pytest.mark.parametrize("path", [EXTENSIVE, TRANSCRIPT, USERS])
def test_an_empty_filter_is_a_filter(api: Api, path: str) -> None:
    assert api("POST", path, json={"filter": {}}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/v2/calls/users-access", {"callAccessList": None}),
        ("DELETE", "/v2/calls/users-access", {"callAccessList": None}),
        ("POST", "/v2/flows/steps", {"flowIds": None}),
        ("POST", "/v2/meetings/integration/status", {"emails": None}),
        ("POST", EXTENSIVE, {"filter": {}, "cursor": None}),
        ("POST", EXTENSIVE, {"filter": {"workspaceId": None}}),
        ("POST", "/v2/stats/activity/scorecards", {"filter": {"reviewMethod": None}}),
    ],
    ids=str,
)
def test_null_is_no_value_of_any_field(api: Api, method: str, path: str, body: dict[str, object]) -> None:
    answer = api(method, path, json=body)
    assert answer.status_code == 400
    assert "Json parse error" in errors(answer)


@pytest.mark.parametrize("method", ["TRACE", "PATCH", "OPTIONS", "HEAD"])
def test_every_verb_is_refused_in_gongs_shape(api: Api, method: str) -> None:
    answer = api(method, "/v2/calls")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert method == "HEAD" or errors(answer)


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"MAKE /v2/calls HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused_in_gongs_shape(sandbox: Sandbox, sent: bytes) -> None:
    host, port = sandbox.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=300) as connection:
        connection.sendall(sent)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert set(json.loads(answer[answer.index(b"{") :])) == {"requestId", "errors"}


@pytest.mark.parametrize("path", [EXTENSIVE, TRANSCRIPT])
@pytest.mark.parametrize(
    "wrong",
    [
        {"callIds": []},
        {"callIds": "1"},
        {"callIds": [1]},
        {"callIds": ["1", "1"]},
        {"callIds": [str(number) for number in range(101)]},
        {"fromDateTime": "2025-01-01"},
        {"fromDateTime": "2025-01-01T00:00:00"},
        {"fromDateTime": "2025-13-01T00:00:00Z"},
        {"fromDateTime": "2025-01-01 00:00:00Z"},
        {"fromDateTime": "2025-01-01T00:00:00+0000"},
        {"fromDateTime": 1735689600},
        {"workspaceId": 5},
        {"callids": ["1"]},
    ],
    ids=lambda wrong: str(wrong)[:50],
)
def test_wrong_call_filters(api: Api, path: str, wrong: dict[str, object]) -> None:
    answer = api("POST", path, json={"filter": wrong})
    assert answer.status_code == 400
    assert errors(answer)


def test_owners_filter_the_extensive_endpoint_only(api: Api, sandbox: Sandbox) -> None:
    owners = {"filter": {"primaryUserIds": list(sandbox.world.users)}}
    assert api("POST", EXTENSIVE, json=owners).status_code == 200
    assert api("POST", TRANSCRIPT, json=owners).status_code == 400
    assert api("POST", EXTENSIVE, json={"filter": {"primaryUserIds": []}}).status_code == 400


@pytest.mark.parametrize("shift", [0, 1])
def test_a_range_must_go_forward(api: Api, shift: int) -> None:
    start, end = f"2025-06-01T00:00:0{shift}Z", "2025-06-01T00:00:00Z"
    for path in (EXTENSIVE, TRANSCRIPT):
        answer = api("POST", path, json={"filter": {"fromDateTime": start, "toDateTime": end}})
        assert answer.status_code == 400
        assert errors(answer) == "filter.fromDateTime: must be before toDateTime"
    assert api("GET", "/v2/calls", params={"fromDateTime": start, "toDateTime": end}).status_code == 400


@pytest.mark.parametrize(
    "selector",
    [
        {"context": "extended"},
        {"context": "All"},
        {"context": "Basic", "contextTiming": ["Now"]},
        {"contextTiming": ["Now"]},
        {"context": "Extended", "contextTiming": ["Then"]},
        {"context": "Extended", "contextTiming": "Now"},
        {"exposedFields": {"parties": "true"}},
        {"exposedFields": {"content": {"interactionStats": True}}},
        {"exposedFields": {"content": {"trackerOccurrences": True}}},
        {"exposedFields": {"interaction": {"interactionStats": True}}},
        {"exposedFields": True},
    ],
    ids=str,
)
def test_wrong_selectors(api: Api, selector: dict[str, object]) -> None:
    answer = api("POST", EXTENSIVE, json={"filter": {}, "contentSelector": selector})
    assert answer.status_code == 400
    assert errors(answer)


def test_wrong_enum_is_a_parse_error(api: Api) -> None:
    answer = api("POST", EXTENSIVE, json={"filter": {}, "contentSelector": {"context": "BASIC"}})
    assert "Json parse error" in errors(answer)


@pytest.mark.parametrize("missing", ["fromDateTime", "toDateTime"])
def test_basic_calls_need_both_bounds(api: Api, missing: str) -> None:
    answer = api("GET", "/v2/calls", params={name: value for name, value in PERIOD.items() if name != missing})
    assert answer.status_code == 400
    assert missing in errors(answer)


def test_a_plus_that_became_a_space_is_malformed(api: Api) -> None:
    query = "fromDateTime=2025-01-01T00:00:00+00:00&toDateTime=2026-01-01T00:00:00Z"
    assert api("GET", f"/v2/calls?{query}").status_code == 400
    assert api("GET", f"/v2/calls?{query.replace('+', '%2B')}").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {"fromDateTime": "2026-02-20T00:00:00Z"},
        {"logType": "UserCallPlay"},
        {"logType": "userCallPlay", "fromDateTime": "2026-02-20T00:00:00Z"},
        {"logType": "UserCallPlay", "fromDateTime": "yesterday"},
        {"logType": "UserCallPlay", "fromDateTime": "2026-02-20T00:00:00Z", "toDateTime": "2026-02-20T00:00:00Z"},
    ],
    ids=str,
)
def test_wrong_log_questions(api: Api, query: dict[str, str]) -> None:
    answer = api("GET", "/v2/logs", params=query)
    assert answer.status_code == 400
    assert errors(answer)


def test_access_log_goes_back_14_days(api: Api) -> None:
    edge = {"logType": "AccessLog", "fromDateTime": "2026-02-15T12:00:00Z"}
    assert api("GET", "/v2/logs", params=edge).status_code == 200
    early = api("GET", "/v2/logs", params=edge | {"fromDateTime": "2026-02-15T11:59:59Z"})
    assert early.status_code == 400
    assert "14 days" in errors(early)


@pytest.mark.parametrize("value", ["yes", "1", "True"])
def test_flags_in_queries_are_true_or_false(api: Api, value: str) -> None:
    assert api("GET", "/v2/users", params={"includeAvatars": value}).status_code == 400


def test_library_questions(api: Api) -> None:
    assert api("GET", "/v2/library/folders").status_code == 400
    assert "Workspace not found" in errors(api("GET", "/v2/library/folders", params={"workspaceId": "1"}))
    assert api("GET", "/v2/library/folder-content").status_code == 400
    unknown = api("GET", "/v2/library/folder-content", params={"folderId": "1"})
    assert (unknown.status_code, errors(unknown)) == (404, "Folder not found")


def test_one_workspace_needs_no_name() -> None:
    with Sandbox(calls=5, users=2, workspaces=1, sentences=2) as single:
        auth = (single.access_key, single.access_key_secret)
        assert requests.get(f"{single.url}/v2/library/folders", auth=auth, timeout=300).status_code == 200


def test_trackers_of_an_unknown_workspace(api: Api) -> None:
    answer = api("GET", "/v2/settings/trackers", params={"workspaceId": "1"})
    assert (answer.status_code, errors(answer)) == (404, "Workspace not found")


@pytest.mark.parametrize(
    "wrong", [{"userIds": []}, {"createdFromDateTime": "2020"}, {"includeAvatars": "true"}], ids=str
)
def test_wrong_user_filters(api: Api, wrong: dict[str, object]) -> None:
    assert api("POST", USERS, json={"filter": wrong}).status_code == 400


def test_media_come_by_an_address_of_their_own_or_by_an_upload(api: Api, sandbox: Sandbox) -> None:
    user = next(iter(sandbox.world.users))
    call = {
        "actualStart": "2026-02-01T09:00:00Z",
        "parties": [{"userId": user}],
        "direction": "Inbound",
        "primaryUser": user,
        "downloadMediaUrl": "https://customer.example/1.mp3",
    }
    made = api("POST", "/v2/calls", json={**call, "clientUniqueId": "one"})
    assert made.status_code == 200
    assert "must be unique" in errors(api("POST", "/v2/calls", json={**call, "clientUniqueId": "two"}))
    assert "clientUniqueId one already exists" in errors(
        api("POST", "/v2/calls", json={**call, "clientUniqueId": "one"})
    )
    path, files = f"/v2/calls/{made.json()['callId']}/media", {"mediaFile": ("1.mp3", b"ID3", "audio/mpeg")}
    assert "downloadMediaUrl" in errors(api("PUT", path, files=files))
    another = {**call, "clientUniqueId": "two", "downloadMediaUrl": "https://customer.example/2.mp3"}
    assert "no such workspace" in errors(api("POST", "/v2/calls", json={**another, "workspaceId": "1"}))
    channel = {**another, "parties": [{"userId": user, "mediaChannelId": 0}]}
    assert "speakersTimeline" in errors(api("POST", "/v2/calls", json={**channel, "speakersTimeline": {}}))
    assert api("POST", "/v2/calls", json=channel).status_code == 200
