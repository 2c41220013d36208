"""Reads by name, pickers and raw requests, compared with what the sandbox holds."""

from __future__ import annotations

import pytest

from gong_source.actions import picklists
from gong_source.errors import (
    GongArgumentError,
    GongBadRequestError,
    GongForbiddenError,
    GongNotFoundError,
    GongProtocolError,
    WriteOutcomeUnknown,
)

EVER = ("2020-01-01", "2030-01-01")


def test_calls(sandbox, client):
    found = list(client.list_calls(*EVER))
    assert {call["id"] for call in found} == set(sandbox.world.visible_calls())
    assert len(found) == len({call["id"] for call in found})
    assert sandbox.counters.requests["GET /v2/calls"] == 3, "pages of 15"


def test_calls_of_a_workspace(sandbox, client):
    workspace = next(iter(sandbox.world.workspaces))
    wanted = {call.id for call in sandbox.world.visible_calls().values() if call.workspace_id == workspace}
    assert {call["id"] for call in client.list_calls(*EVER, workspace_id=workspace)} == wanted


def test_no_calls(client):
    assert list(client.list_calls("1999-01-01", "1999-02-01")) == []


def test_a_list_is_read_as_far_as_it_is_used(sandbox, client):
    next(client.list_calls(*EVER))
    assert sandbox.counters.total == 1


def test_a_list_that_starts_again_brings_each_call_once(sandbox, client):
    sandbox.control.fail("expired_cursor", endpoint="GET /v2/calls", nth=2)
    found = [call["id"] for call in client.list_calls(*EVER)]
    assert len(found) == len(set(found)) == 40


def test_a_wrong_date_is_told_at_once(sandbox, client):
    with pytest.raises(GongArgumentError, match="from_date"):
        client.list_calls("yesterday", "2026-01-01")
    with pytest.raises(GongArgumentError, match="to_date"):
        client.list_logs("AccessLog", "2026-01-01", 5)
    assert sandbox.counters.total == 0


def test_one_call(sandbox, client):
    key = next(iter(sandbox.world.visible_calls()))
    assert client.get_call(key)["id"] == key
    with pytest.raises(GongNotFoundError):
        client.get_call("1")
    for odd in ("", ".", ".."):
        with pytest.raises(GongArgumentError):
            client.get_call(odd)


def test_transcripts_by_id(sandbox, client):
    truth = sandbox.world.visible_transcripts()
    asked = [*list(truth)[:3], *list(truth)[:3], "1"]
    found = list(client.get_transcripts(call_ids=asked))
    assert [one["callId"] for one in found] == sorted(list(truth)[:3], key=[o["callId"] for o in found].index)
    assert all(one["transcript"] == truth[one["callId"]] for one in found)
    one = next(iter(truth))
    assert [each["callId"] for each in client.get_transcripts(call_ids=one)] == [one]


def test_transcripts_in_batches(sandbox, client):
    list(client.get_transcripts(call_ids=(str(number) for number in range(250))))
    sizes = [len(entry["body"]["filter"]["callIds"]) for entry in sandbox.counters.log]
    assert sizes == [100, 100, 50]


def test_transcripts_of_a_period(sandbox, client):
    found = {one["callId"] for one in client.get_transcripts(from_date=EVER[0], to_date=EVER[1])}
    assert found == set(sandbox.world.visible_transcripts())
    with pytest.raises(GongArgumentError, match="call_ids, or from_date and to_date"):
        client.get_transcripts(from_date=EVER[0])


def test_users(sandbox, client):
    assert {user["id"] for user in client.list_users()} == set(sandbox.world.users)
    everybody = {user["id"] for user in client.list_users(include_avatars=True)}
    assert everybody == set(sandbox.world.users) | set(sandbox.world.avatars)
    key = next(iter(sandbox.world.users))
    assert client.get_user(key) == sandbox.world.users[key]


def test_workspaces_and_library(sandbox, client):
    assert [space["id"] for space in client.list_workspaces()] == list(sandbox.world.workspaces)
    assert {folder["id"] for folder in client.list_library_folders()} == set(sandbox.world.folders)
    for workspace in sandbox.world.workspaces:
        found = {folder["id"] for folder in client.list_library_folders(workspace_id=workspace)}
        assert found == {key for key, home in sandbox.world.folder_workspaces.items() if home == workspace}
    for key, entries in sandbox.world.folder_calls.items():
        assert list(client.list_folder_calls(key)) == entries
    with pytest.raises(GongNotFoundError):
        list(client.list_folder_calls("1"))


def test_logs(sandbox, client):
    found = list(client.list_logs("UserCallPlay", EVER[0]))
    assert len(found) == len(sandbox.world.logs["UserCallPlay"])
    with pytest.raises(GongArgumentError, match="log_type must be one of AccessLog"):
        client.list_logs("accesslog", EVER[0])


def test_workspaces_to_pick(sandbox, client):
    found = picklists.workspaces(client)
    assert found == sorted(found, key=lambda one: one["label"].casefold())
    assert {one["key"]: one["label"] for one in found} == {
        key: space["name"] for key, space in sandbox.world.workspaces.items()
    }


def test_folders_to_pick(sandbox, client):
    found = picklists.folders(client)
    assert {one["key"] for one in found} == set(sandbox.world.folders)
    assert all(set(one) == {"label", "key"} and ": " in one["label"] for one in found)
    workspace = next(iter(sandbox.world.workspaces))
    some = picklists.folders(client, workspace_id=workspace)
    for one in some:
        folder = sandbox.world.folders[one["key"]]
        assert one["label"].endswith(folder["name"])
        parent = folder["parentFolderId"]
        if parent:
            assert (
                one["label"].startswith(sandbox.world.folders[parent]["name"].partition(" / ")[0])
                or " / " in one["label"]
            )


@pytest.mark.parametrize("raw", [b"null", b'{"a":1}', b"true", b'""'])
def test_a_record_without_its_id_is_told_of(sandbox, client, raw):
    sandbox.control.set_raw(next(iter(sandbox.world.workspaces)), "id", raw)
    for read in (picklists.workspaces, picklists.folders, lambda client: list(client.list_library_folders())):
        with pytest.raises(GongProtocolError, match="GET /v2/workspaces: a record came without its id"):
            read(client)
    sandbox.control.clear_raw()
    sandbox.control.set_raw(next(iter(sandbox.world.folders)), "id", raw)
    with pytest.raises(GongProtocolError, match="GET /v2/library/folders: a record came without its id"):
        picklists.folders(client)
    sandbox.control.clear_raw()


class TestRaw:
    def test_reads(self, sandbox, client):
        answer = client.raw_request("get", "/v2/users", params={"includeAvatars": "true"})
        assert answer["users"]
        assert answer["requestId"]

    def test_known_posts_are_reads(self, sandbox, client):
        sandbox.control.fail("500")
        body = {"filter": {"fromDateTime": "2020-01-01T00:00:00Z"}}
        assert client.raw_request("POST", "/v2/calls/extensive", json=body)["calls"]
        assert sandbox.counters.total == 2

    @pytest.mark.parametrize(("reads", "sent"), [(None, 1), (False, 1), (True, 2)])
    def test_other_posts_are_writes(self, sandbox, client, reads, sent):
        sandbox.control.fail("drop")
        with pytest.raises(WriteOutcomeUnknown if sent == 1 else GongBadRequestError):
            client.raw_request("POST", "/v2/meetings", json={}, reads=reads)
        assert sandbox.counters.total == sent

    def test_files_are_streamed(self, sandbox, client, known):
        from tests.actions.examples import CRM, LDJSON

        answer = client.raw_request(
            "POST",
            "/v2/crm/entities",
            params={"integrationId": known[CRM], "objectType": "ACCOUNT", "clientRequestId": "raw-1"},
            files={"dataFile": known[LDJSON]},
        )
        assert answer["clientRequestId"] == "raw-1"
        assert known["desk"].uploads["raw-1"]["totalSuccessCount"] == 2

    def test_errors_are_the_usual_ones(self, sandbox, client):
        sandbox.control.deny_scopes(["api:users:read"])
        with pytest.raises(GongForbiddenError, match="api:users:read"):
            client.raw_request("GET", "/v2/users/1")
        with pytest.raises(GongBadRequestError, match="405"):
            client.raw_request("DELETE", "/v2/workspaces")

    @pytest.mark.parametrize(
        "path",
        [
            "https://elsewhere.gong.invalid/v2/users",
            "//elsewhere.gong.invalid/v2/users",
            "v2/users",
            "",
            "@elsewhere.gong.invalid/",
            "/v2/../../admin",
            "/v2/%2e%2e/admin",
            "/v2/%252e%252e/admin",
            "/v2/..%2fadmin",
            "/v2/..\\admin",
            "/v2/./users",
            "/v2//elsewhere",
            "/\\elsewhere.gong.invalid",
            "/v2/users?x=1",
            "/v2/users#x",
            "/v2/users\r\nHost: elsewhere",
            "/v2/us ers",
            "/v2/%0d%0ausers",
        ],
    )
    def test_stays_on_its_host(self, sandbox, client, path):
        with pytest.raises(GongArgumentError, match="path must be"):
            client.raw_request("GET", path)
        assert sandbox.counters.total == 0

    @pytest.mark.parametrize(
        "more", [{"json": {}, "files": {"a": "b"}}, {"files": {"a": "/nowhere"}}, {"files": {"a": "/"}}]
    )
    def test_wrong_arguments(self, client, more):
        with pytest.raises(GongArgumentError):
            client.raw_request("POST", "/v2/calls", **more)
        with pytest.raises(GongArgumentError, match="method"):
            client.raw_request("TRACE", "/v2/calls")
        for odd in ({"a": {1, 2}}, {1: 2}, [float("nan")], {"a": 2**70}, "\ud800"):
            with pytest.raises(GongArgumentError, match="json"):
                client.raw_request("POST", "/v2/calls", json=odd)
        with pytest.raises(GongArgumentError, match=r"params\.cursor"):
            client.raw_request("GET", "/v2/users", params={"cursor": "\ud800"})
        with pytest.raises(TypeError):
            client.raw_request("GET", "/v2/calls", headers={})
