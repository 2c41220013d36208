"""Pages and cursors of the sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests

from gong_source.sandbox import Sandbox

NOW = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
EXTENSIVE, TRANSCRIPT = "/v2/calls/extensive", "/v2/calls/transcript"
ALL_TIME = {"fromDateTime": "2001-01-01T00:00:00Z", "toDateTime": "2030-01-01T00:00:00Z"}
Api = Callable[..., requests.Response]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(calls=25, users=3, end=NOW, sentences=3, page_size=10) as running:
        running.control.set_now(NOW)
        yield running


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[Api]:
    with requests.Session() as session:
        session.auth = (sandbox.access_key, sandbox.access_key_secret)
        yield lambda method, path, **more: session.request(method, sandbox.url + path, timeout=300, **more)


def extensive(api: Api, cursor: str | None = None, **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"filter": {}, **more}
    if cursor:
        body["cursor"] = cursor
    answer: dict[str, Any] = api("POST", EXTENSIVE, json=body).json()
    return answer


def test_the_records_envelope(api: Api) -> None:
    pages = [extensive(api)]
    while "cursor" in pages[-1]["records"]:
        pages.append(extensive(api, pages[-1]["records"]["cursor"]))
    records = [page["records"] for page in pages]
    assert [record["currentPageNumber"] for record in records] == [0, 1, 2]
    assert [record["currentPageSize"] for record in records] == [10, 10, 5]
    assert [record["totalRecords"] for record in records] == [25] * 3
    ids = [call["metaData"]["id"] for page in pages for call in page["calls"]]
    assert len(set(ids)) == 25


@pytest.mark.parametrize("path", ["workspaces", "settings/scorecards", "settings/trackers", "call-outcomes"])
def test_unpaged_answers_have_no_records(api: Api, path: str) -> None:
    assert "records" not in api("GET", f"/v2/{path}").json()


def test_a_cursor_in_the_query_of_a_post_is_ignored(api: Api) -> None:
    cursor = extensive(api)["records"]["cursor"]
    again = api("POST", EXTENSIVE, params={"cursor": cursor}, json={"filter": {}}).json()
    assert again["records"]["currentPageNumber"] == 0


def test_a_cursor_in_the_body_of_a_get_is_ignored(api: Api) -> None:
    cursor = api("GET", "/v2/calls", params=ALL_TIME).json()["records"]["cursor"]
    again = api("GET", "/v2/calls", params=ALL_TIME, json={"cursor": cursor}).json()
    following = api("GET", "/v2/calls", params=ALL_TIME | {"cursor": cursor}).json()
    assert (again["records"]["currentPageNumber"], following["records"]["currentPageNumber"]) == (0, 1)


def test_a_cursor_looks_like_a_signed_token(api: Api) -> None:
    assert extensive(api)["records"]["cursor"].startswith("eyJhbGciOiJIUzI1NiJ9.")


@pytest.mark.parametrize(
    "changed",
    [
        {"filter": {"fromDateTime": "2001-01-01T00:00:00Z"}},
        {"contentSelector": {"context": "Basic"}},
    ],
    ids=str,
)
def test_a_cursor_belongs_to_its_question(api: Api, changed: dict[str, Any]) -> None:
    cursor = extensive(api)["records"]["cursor"]
    answer = api("POST", EXTENSIVE, json={"filter": {}, "cursor": cursor, **changed})
    assert answer.status_code == 400
    assert "does not belong" in answer.json()["errors"][0]


def test_a_cursor_belongs_to_its_endpoint(api: Api) -> None:
    cursor = extensive(api)["records"]["cursor"]
    assert api("POST", TRANSCRIPT, json={"filter": {}, "cursor": cursor}).status_code == 400


@pytest.mark.parametrize("spoil", [lambda text: text[:-2] + "xx", lambda _: "abc", lambda _: "a.b.c", lambda _: "é"])
def test_a_made_up_cursor_is_refused(api: Api, spoil: Callable[[str], str]) -> None:
    cursor = spoil(extensive(api)["records"]["cursor"])
    answer = api("POST", EXTENSIVE, json={"filter": {}, "cursor": cursor})
    assert (answer.status_code, answer.json()["errors"]) == (400, ["The provided cursor is invalid"])


def test_a_sequence_ends_an_hour_after_its_first_page(api: Api, sandbox: Sandbox) -> None:
    first = extensive(api)["records"]["cursor"]
    sandbox.control.set_now(NOW + timedelta(minutes=59))
    second = extensive(api, first)["records"]["cursor"]
    sandbox.control.set_now(NOW + timedelta(minutes=61))
    answer = api("POST", EXTENSIVE, json={"filter": {}, "cursor": second})
    assert answer.status_code == 400
    assert "cursor has expired" in answer.json()["errors"][0]


def test_cursor_lifetime_and_status_can_be_set(api: Api, sandbox: Sandbox) -> None:
    sandbox.control.set_cursor_lifetime(5, status=410)
    cursor = extensive(api)["records"]["cursor"]
    sandbox.control.set_now(NOW + timedelta(seconds=6))
    assert api("POST", EXTENSIVE, json={"filter": {}, "cursor": cursor}).status_code == 410


def test_a_call_that_appears_shifts_the_pages(api: Api, sandbox: Sandbox) -> None:
    first = extensive(api)
    shown = [call["metaData"]["id"] for call in first["calls"]]
    sandbox.control.add_calls(1, started=NOW - timedelta(days=1000))
    second = extensive(api, first["records"]["cursor"])
    assert second["calls"][0]["metaData"]["id"] == shown[-1], "a record comes twice"
    assert second["records"]["totalRecords"] == 26


def test_a_call_that_goes_shifts_the_pages(api: Api, sandbox: Sandbox) -> None:
    everyone = list(sandbox.world.visible_calls())
    first = extensive(api)
    sandbox.control.delete_calls(everyone[:1])
    second = extensive(api, first["records"]["cursor"])
    assert second["calls"][0]["metaData"]["id"] == everyone[11], "a record is skipped"


def test_a_page_past_the_end_is_empty(api: Api, sandbox: Sandbox) -> None:
    first = extensive(api)
    sandbox.control.delete_calls(list(sandbox.world.visible_calls())[9:])
    second = extensive(api, first["records"]["cursor"])
    assert second["calls"] == []
    assert second["records"] == {"totalRecords": 9, "currentPageSize": 0, "currentPageNumber": 1}


def test_the_total_counts_calls_still_in_analysis(api: Api, sandbox: Sandbox) -> None:
    sandbox.control.hide_calls(list(sandbox.world.calls)[:20])
    page = extensive(api)
    assert page["records"] == {"totalRecords": 25, "currentPageSize": 5, "currentPageNumber": 0}
    assert len(page["calls"]) == 5


def test_log_pages(api: Api, sandbox: Sandbox) -> None:
    query = {"logType": "UserCallPlay", **ALL_TIME}
    entries: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = api("GET", "/v2/logs", params=query | cursor).json()
        entries += page["logEntries"]
        if "cursor" not in page["records"]:
            break
        cursor = {"cursor": page["records"]["cursor"]}
    assert entries == sandbox.world.logs["UserCallPlay"]
    assert len(entries) > 10
