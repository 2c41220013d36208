"""Faults that tests order from the sandbox are real on the wire."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from gong_source.sandbox import Sandbox
from gong_source.sandbox.fault_kinds import KINDS

EXTENSIVE = "POST /v2/calls/extensive"
Call = Callable[..., requests.Response]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(calls=12, users=3, sentences=3, page_size=5) as running:
        yield running


@pytest.fixture
def call(sandbox: Sandbox) -> Iterator[Call]:
    """Ask for a page of calls."""
    with requests.Session() as session:
        session.auth = (sandbox.access_key, sandbox.access_key_secret)

        def ask(timeout: float = 60, **body: Any) -> requests.Response:
            return session.post(
                f"{sandbox.url}/v2/calls/extensive",
                json={"filter": {}, **body},
                timeout=timeout,
                allow_redirects=False,
            )

        yield ask


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 408, 409, 418, 422, 425, 499, 500])
def test_refusals_have_gongs_shape(sandbox: Sandbox, call: Call, status: int) -> None:
    sandbox.control.fail(str(status), retry_after=2)
    answer = call()
    assert answer.status_code == status
    assert set(answer.json()) == {"requestId", "errors"}
    assert answer.headers["Retry-After"] == "2"
    assert "corresponding to the provided filters" not in answer.text
    assert call().status_code == 200


def test_a_refusal_can_have_another_text(sandbox: Sandbox, call: Call) -> None:
    sandbox.control.fail("404", text="Workspace not found")
    assert call().json()["errors"] == ["Workspace not found"]


@pytest.mark.parametrize("status", [502, 503, 504, 520, 522, 524, 529])
def test_gateway_errors_are_html(sandbox: Sandbox, call: Call, status: int) -> None:
    sandbox.control.fail(str(status), retry_after=7)
    answer = call()
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Retry-After"] == "7"
    assert answer.text.startswith("<html>")


def test_429_with_seconds_with_a_date_and_without(sandbox: Sandbox, call: Call) -> None:
    sandbox.control.fail("429", retry_after=3)
    sandbox.control.fail("429", nth=2, retry_after="Wed, 21 Oct 2026 07:28:00 GMT")
    sandbox.control.fail("429", nth=3)
    answers = [call() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 429, 429, 200]
    assert answers[0].headers["Retry-After"] == "3"
    assert parsedate_to_datetime(answers[1].headers["Retry-After"]).year == 2026
    assert "Retry-After" not in answers[2].headers
    assert sandbox.counters.rejected == 3


def test_drop_closes_without_an_answer(sandbox: Sandbox, call: Call) -> None:
    sandbox.control.fail("drop")
    with pytest.raises(requests.ConnectionError, match="closed connection without response"):
        call()
    assert call().status_code == 200
    assert sandbox.counters.statuses["0"] == 1


def test_reset_is_a_tcp_reset(sandbox: Sandbox) -> None:
    sandbox.control.fail("reset")
    with connected(sandbox) as connection:
        connection.sendall(raw_request(sandbox))
        with pytest.raises(ConnectionResetError):
            connection.recv(100)


def test_cut_sends_less_than_promised(sandbox: Sandbox, call: Call) -> None:
    sandbox.control.fail("cut")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        call()
    assert call().status_code == 200


@pytest.mark.parametrize("at", [0, 1, 77])
def test_cut_at_any_byte(sandbox: Sandbox, call: Call, at: int) -> None:
    sandbox.control.fail("cut_json", at=at)
    assert len(call().content) == at
    sandbox.control.fail("cut", at=at)
    with connected(sandbox) as connection:
        connection.sendall(raw_request(sandbox))
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert len(answer.partition(b"\r\n\r\n")[2]) == at


def test_cut_json_is_complete_but_no_json(sandbox: Sandbox, call: Call) -> None:
    sandbox.control.fail("cut_json")
    answer = call()
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_html_and_nothing(sandbox: Sandbox, call: Call) -> None:
    sandbox.control.fail("html")
    sandbox.control.fail("empty", nth=2)
    page, nothing = call(), call()
    assert (page.status_code, page.text[:6]) == (200, "<html>")
    assert (nothing.status_code, nothing.content) == (200, b"")


def test_stall_keeps_silent(sandbox: Sandbox, call: Call) -> None:
    sandbox.control.fail("stall", seconds=300)
    with pytest.raises(requests.ReadTimeout):
        call(timeout=0.1)
    sandbox.control.fail("stall", seconds=0.2)
    started = time.monotonic()
    assert call().status_code == 200
    assert time.monotonic() - started >= 0.2


def test_a_stalled_sandbox_still_stops(sandbox: Sandbox, call: Call) -> None:
    sandbox.control.fail("stall", seconds=60)
    with pytest.raises(requests.ReadTimeout):
        call(timeout=0.05)
    sandbox.stop()
    assert sandbox.counters.statuses == {"200": 1}, "the answer was made at once, so nobody waits any more"


def test_slow_body_comes_in_pieces(sandbox: Sandbox, call: Call) -> None:
    sandbox.control.fail("slow_body", seconds=0.3)
    started = time.monotonic()
    assert len(call().json()["calls"]) == 5
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize("status", [302, 307])
def test_redirect_points_elsewhere(sandbox: Sandbox, call: Call, status: int) -> None:
    sandbox.control.fail("redirect", location="https://elsewhere.invalid/v2", status=status)
    answer = call()
    assert (answer.status_code, answer.headers["Location"]) == (status, "https://elsewhere.invalid/v2")


def test_expired_cursor(sandbox: Sandbox, call: Call) -> None:
    cursor = call().json()["records"]["cursor"]
    sandbox.control.fail("expired_cursor", status=401)
    answer = call(cursor=cursor)
    assert answer.status_code == 401
    assert "cursor has expired" in answer.text


def test_repeated_cursor_and_page_number(sandbox: Sandbox, call: Call) -> None:
    first = call().json()["records"]["cursor"]
    sandbox.control.fail("repeat_cursor")
    assert call(cursor=first).json()["records"]["cursor"] == first
    sandbox.control.fail("same_page_number")
    records = call(cursor=first).json()["records"]
    assert records["currentPageNumber"] == 0
    assert records["cursor"] != first


def test_page_numbers_can_be_anything(sandbox: Sandbox, call: Call) -> None:
    for value in ("3", None, -1, 2.5):
        sandbox.control.fail("page_number", value=value)
        assert call().json()["records"]["currentPageNumber"] == value
    sandbox.control.fail("page_number")
    assert set(call().json()["records"]) == {"totalRecords", "currentPageSize", "cursor"}


@pytest.mark.parametrize(("by", "missed", "twice"), [(2, 2, 0), (-2, 0, 2)])
def test_a_list_can_move_under_the_walk(sandbox: Sandbox, call: Call, by: int, missed: int, twice: int) -> None:
    sandbox.control.fail("shift", EXTENSIVE, nth=2, by=by)
    first = call().json()
    found, cursor = first["calls"], first["records"].get("cursor")
    while cursor:
        page = call(cursor=cursor).json()
        found, cursor = found + page["calls"], page["records"].get("cursor")
    ids = [item["metaData"]["id"] for item in found]
    assert (12 - len(set(ids)), len(ids) - len(set(ids))) == (missed, twice)


def test_compressed_and_not(sandbox: Sandbox, call: Call) -> None:
    sandbox.control.fail("gzip")
    answer = call()
    assert (answer.headers["Content-Encoding"], len(answer.json()["calls"])) == ("gzip", 5)
    sandbox.control.fail("gzip_garbage")
    with pytest.raises(requests.exceptions.ContentDecodingError):
        call()


def test_huge_deep_and_wrong_types_of_answers(sandbox: Sandbox, call: Call) -> None:
    sandbox.control.fail("huge", bytes=2_000_000)
    assert len(call().json()["padding"]) == 2_000_000
    sandbox.control.fail("deep", depth=50)
    assert call().text.startswith('{"deep":' + "[" * 50 + "]" * 50 + ',"requestId"')
    sandbox.control.fail("content_type", value="image/png")
    answer = call()
    assert (answer.headers["Content-Type"], len(answer.json()["calls"])) == ("image/png", 5)


def test_bytes_are_replaced_in_the_body(sandbox: Sandbox, call: Call) -> None:
    sandbox.control.replace_bytes(b'"records"', b'"r\xe9cords"', EXTENSIVE, times=1)
    answer = call()
    assert b'"r\xe9cords"' in answer.content
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert b'"records"' in call().content


@pytest.mark.parametrize(
    "raw",
    [
        b"NaN",
        b"9223372036854775808",
        b"1" * 400,
        b'"half \\ud83d"',
        b'"caf\xe9"',
        b"null",
        b'{"":{"  ":1}}',
        b'1,"title":"b"',
    ],
    ids=repr,
)
@pytest.mark.parametrize("path", ["metaData.title", "metaData", "", "metaData._dlt_load_id", "new.field"])
def test_any_bytes_stand_in_a_record(sandbox: Sandbox, call: Call, raw: bytes, path: str) -> None:
    ids = [item["metaData"]["id"] for item in call().json()["calls"]]
    sandbox.control.set_raw(ids[1], path, raw)
    assert call().content.count(raw) >= 1
    sandbox.control.set_raw(ids[1], path, "1")
    sandbox.control.set_raw(ids[0], "metaData.isPrivate", b'"true"')
    calls = call().json()["calls"]
    assert calls[0]["metaData"]["isPrivate"] == "true"
    assert [item["metaData"]["id"] for item in calls[2:]] == ids[2:]
    value: Any = calls[1]
    for step in path.split(".") if path else ():
        value = value[step]
    assert value == 1
    sandbox.control.clear_raw()
    assert [item["metaData"]["id"] for item in call().json()["calls"]] == ids


def test_records_of_every_list_can_be_odd(sandbox: Sandbox) -> None:
    sandbox.control.set_now("2026-03-01T12:00:00Z")
    user, folder = next(iter(sandbox.world.users)), next(iter(sandbox.world.folders))
    entry = sandbox.world.logs["UserCallPlay"][0]["eventTime"]
    spoken = next(iter(sandbox.world.visible_transcripts()))
    for key, path in ((user, "title"), (folder, "name"), (entry, "logRecord.device"), (spoken, "transcript.0.topic")):
        sandbox.control.set_raw(key, path, b"-Infinity")
    workspace = sandbox.world.folder_workspaces[folder]
    period = "logType=UserCallPlay&fromDateTime=2001-01-01T00:00:00Z"
    auth = (sandbox.access_key, sandbox.access_key_secret)
    for path in ("users", f"users/{user}", f"library/folders?workspaceId={workspace}", f"logs?{period}"):
        assert b"-Infinity" in requests.get(f"{sandbox.url}/v2/{path}", auth=auth, timeout=300).content
    body = {"filter": {"callIds": [spoken]}}
    answer = requests.post(f"{sandbox.url}/v2/calls/transcript", json=body, auth=auth, timeout=300)
    assert b'"topic":-Infinity' in answer.content


def test_the_clock_can_be_wrong(sandbox: Sandbox) -> None:
    sandbox.control.set_clock_skew(-86_400)
    assert (datetime.now(timezone.utc) - sandbox.world.clock.now()).total_seconds() == pytest.approx(86_400, abs=600)


@pytest.mark.parametrize(("wrong", "value"), [("string", str), ("object", dict), ("number", list)])
def test_wrong_type(sandbox: Sandbox, call: Call, wrong: str, value: type) -> None:
    sandbox.control.fail("wrong_type", **{"as": wrong})
    calls = call().json()["calls"]
    assert isinstance(calls, value)
    assert not isinstance(calls, list) or isinstance(calls[0], int)


def test_missing_and_null_list(sandbox: Sandbox, call: Call) -> None:
    sandbox.control.fail("missing_list")
    sandbox.control.fail("null_list", nth=2)
    missing, null = call(), call()
    assert (missing.status_code, null.status_code) == (200, 200)
    assert "calls" not in missing.json()
    assert null.json()["calls"] is None


def test_nth_and_times_count_requests_of_the_endpoint(sandbox: Sandbox, call: Call) -> None:
    sandbox.control.fail("500", EXTENSIVE, nth=2, times=2)
    auth = (sandbox.access_key, sandbox.access_key_secret)
    statuses = []
    for _ in range(4):
        statuses.append(call().status_code)
        assert requests.get(f"{sandbox.url}/v2/users", auth=auth, timeout=300).status_code == 200
    assert statuses == [200, 500, 500, 200]


def test_faults_can_last_and_be_cleared(sandbox: Sandbox, call: Call) -> None:
    sandbox.control.fail("500", times=None)
    assert [call().status_code for _ in range(3)] == [500] * 3
    sandbox.control.clear_faults()
    assert call().status_code == 200


@pytest.mark.parametrize(
    "order",
    [
        {"kind": "nonsense"},
        {"kind": "200"},
        {"kind": "600"},
        {"kind": "500", "endpoint": "GET /nowhere"},
        {"kind": "500", "nth": 0},
    ],
    ids=str,
)
def test_nonsense_is_refused(sandbox: Sandbox, order: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"unknown|count from 1"):
        sandbox.control.fail(**order)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_fault_breaks_the_sandbox(sandbox: Sandbox, kind: str) -> None:
    """Each fault, also on an answer without a list; afterwards all is well and no thread has died."""
    died: list[Any] = []
    hook, threading.excepthook = threading.excepthook, died.append
    try:
        options = {"seconds": 0.01} if kind in ("stall", "slow_body") else {}
        sandbox.control.fail(kind, **options)
        user = next(iter(sandbox.world.users))
        auth = (sandbox.access_key, sandbox.access_key_secret)
        url = f"{sandbox.url}/v2/users/{user}"
        try:
            requests.get(url, auth=auth, timeout=300, allow_redirects=False)
        except requests.RequestException:
            assert kind in ("drop", "reset", "cut", "gzip_garbage")
        assert requests.get(url, auth=auth, timeout=300).status_code == 200
    finally:
        threading.excepthook = hook
    assert not died


def connected(sandbox: Sandbox) -> socket.socket:
    address = urlsplit(sandbox.url)
    return socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=300)


def raw_request(sandbox: Sandbox) -> bytes:
    return f"GET /v2/users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {sandbox.bearer_token}\r\n\r\n".encode()
