"""Quota, counters and latency of the sandbox, and how it serves."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from gong_source.sandbox import Sandbox, counters, quota

Get = Callable[..., requests.Response]


class Seconds:
    """The clock of quota and counters, which moves only when a test moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def seconds(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    clock = Seconds()
    monkeypatch.setattr(quota, "time", clock)
    monkeypatch.setattr(counters, "time", clock)
    return clock


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(calls=3, users=2, sentences=2) as running:
        yield running


@pytest.fixture
def get(sandbox: Sandbox) -> Iterator[Get]:
    with requests.Session() as session:
        session.auth = (sandbox.access_key, sandbox.access_key_secret)
        yield lambda path="/v2/workspaces", **more: session.get(sandbox.url + path, **{"timeout": 60, **more})


def test_a_fourth_request_in_a_second_is_refused(sandbox: Sandbox, get: Get, seconds: Seconds) -> None:
    sandbox.control.set_quota(requests_per_second=3)
    answers = [get() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].headers["Retry-After"] == "1"
    assert answers[3].json()["errors"]
    seconds.now += 1.0
    assert get().status_code == 200
    assert sandbox.counters.rejected == 1


def test_the_second_slides(sandbox: Sandbox, get: Get, seconds: Seconds) -> None:
    sandbox.control.set_quota(requests_per_second=2)
    get()
    seconds.now += 0.6
    get()
    seconds.now += 0.5
    assert get().status_code == 200, "the first is more than a second old"
    assert get().status_code == 429, "the second is not"


def test_the_limit_is_the_companys(sandbox: Sandbox, get: Get) -> None:
    sandbox.control.set_quota(requests_per_second=1)
    assert get().status_code == 200
    bearer = {"Authorization": f"Bearer {sandbox.bearer_token}"}
    assert requests.get(f"{sandbox.url}/v2/users", headers=bearer, timeout=300).status_code == 429


def test_strangers_use_no_quota(sandbox: Sandbox, get: Get) -> None:
    sandbox.control.set_quota(daily_requests=1)
    assert requests.get(f"{sandbox.url}/v2/users", timeout=300).status_code == 401
    assert get().status_code == 200


def test_the_day_ends_at_midnight_utc(sandbox: Sandbox, get: Get) -> None:
    sandbox.control.set_now("2026-03-01T22:00:00Z")
    sandbox.control.set_quota(daily_requests=2)
    answers = [get() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 7200 <= int(answers[2].headers["Retry-After"]) <= 7201
    sandbox.control.set_now("2026-03-02T00:00:00Z")
    assert get().status_code == 200


def test_retry_after_can_be_set(sandbox: Sandbox, get: Get) -> None:
    sandbox.control.set_quota(daily_requests=0, retry_after=86400)
    assert get().headers["Retry-After"] == "86400"


def test_quota_can_be_given_at_the_start() -> None:
    with Sandbox(calls=1, users=1, sentences=1, requests_per_second=1, daily_requests=5) as sandbox:
        auth = (sandbox.access_key, sandbox.access_key_secret)
        statuses = [requests.get(f"{sandbox.url}/v2/users", auth=auth, timeout=300).status_code for _ in range(2)]
    assert statuses == [200, 429]


def test_counters(sandbox: Sandbox, get: Get) -> None:
    get("/v2/users", params={"includeAvatars": "false"})
    get(f"/v2/calls/{next(iter(sandbox.world.calls))}")
    get("/v2/calls/1")
    get("/elsewhere")
    requests.get(f"{sandbox.url}/v2/users", timeout=300)
    counters = requests.get(f"{sandbox.url}/_sandbox/counters", timeout=300).json()
    assert counters["requests"] == {"GET /v2/users": 2, "GET /v2/calls/{id}": 2, "GET (unknown path)": 1}
    assert counters["total"] == 5
    assert counters["statuses"] == {"200": 2, "404": 2, "401": 1}
    assert counters["most_starts_in_one_second"] == 5
    assert counters["most_in_flight"] == 1
    first = counters["log"][0]
    assert first["endpoint"] == "GET /v2/users"
    assert first["query"] == {"includeAvatars": "false"}
    assert first["status"] == 200
    assert first["seconds"] == 0
    assert counters["log"][2]["path"] == "/v2/calls/1"
    assert counters == sandbox.counters.as_json()


def test_the_log_holds_what_was_asked(sandbox: Sandbox) -> None:
    body = {"filter": {"callIds": ["1"]}, "cursor": "abc"}
    auth = (sandbox.access_key, sandbox.access_key_secret)
    requests.post(f"{sandbox.url}/v2/calls/transcript", json=body, auth=auth, timeout=300)
    (entry,) = sandbox.counters.log
    assert entry["body"] == body
    assert entry["cursor"] == "abc"


def test_counters_can_be_reset(sandbox: Sandbox, get: Get) -> None:
    get()
    sandbox.control.reset_counters()
    assert sandbox.counters.total == 0
    assert sandbox.counters.log == []
    assert sandbox.counters.most_starts_in_one_second == 0


def test_most_starts_is_a_sliding_second(sandbox: Sandbox, get: Get, seconds: Seconds) -> None:
    for pause in (0.0, 0.7, 0.7, 0.0):
        seconds.now += pause
        get()
    assert sandbox.counters.most_starts_in_one_second == 3


def test_requests_are_served_side_by_side(sandbox: Sandbox) -> None:
    sandbox.control.set_latency(300)
    auth = (sandbox.access_key, sandbox.access_key_secret)
    with ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(requests.get, f"{sandbox.url}/v2/users", auth=auth, timeout=300)
        end = time.monotonic() + 60
        while sandbox.counters.most_in_flight < 8 and time.monotonic() < end:
            time.sleep(0.01)
        sandbox.stop()
    assert sandbox.counters.most_in_flight == 8


def test_latency_of_one_endpoint(sandbox: Sandbox, get: Get) -> None:
    sandbox.control.set_latency(300, "GET /v2/users")
    assert get("/v2/workspaces").status_code == 200
    with pytest.raises(requests.ReadTimeout):
        get("/v2/users", timeout=0.1)
    sandbox.control.set_latency(0.2, "GET /v2/users")
    started = time.monotonic()
    assert get("/v2/users").status_code == 200
    assert time.monotonic() - started >= 0.2


def test_connections_are_kept_and_quick(sandbox: Sandbox) -> None:
    address = urlsplit(sandbox.url)
    connection = http.client.HTTPConnection(str(address.hostname), int(address.port or 0), timeout=300)
    headers = {"Authorization": f"Bearer {sandbox.bearer_token}"}
    quickest = 1.0
    for _ in range(100):
        started = time.monotonic()
        connection.request("GET", "/v2/workspaces", headers=headers)
        answer = connection.getresponse()
        assert len(answer.read()) > 0
        assert not answer.will_close
        quickest = min(quickest, time.monotonic() - started)
    connection.close()
    assert quickest < 0.03, "a packet that waits for the other side's word takes 40 ms each time"


def test_stopping_leaves_no_thread_and_no_connection() -> None:
    before = set(threading.enumerate())
    sandbox = Sandbox(calls=1, users=1, sentences=1).start()
    url = sandbox.url
    session = requests.Session()
    session.get(f"{url}/v2/users", timeout=300)
    sandbox.stop()
    assert set(threading.enumerate()) <= before
    with pytest.raises(requests.ConnectionError):
        session.get(f"{url}/v2/users", timeout=300)
    session.close()
    sandbox.stop()


def test_a_chunked_body_is_read(sandbox: Sandbox) -> None:
    auth = (sandbox.access_key, sandbox.access_key_secret)
    pieces = iter([b'{"fil', b'ter": {}}'])
    answer = requests.post(f"{sandbox.url}/v2/calls/extensive", data=pieces, auth=auth, timeout=300)
    assert answer.status_code == 200


def test_it_starts_only_once(sandbox: Sandbox) -> None:
    with pytest.raises(RuntimeError, match="already"):
        sandbox.start()
    sandbox.stop()
    with pytest.raises(RuntimeError, match="not running"):
        _ = sandbox.url
    sandbox.start()
    assert requests.get(f"{sandbox.url}/_sandbox/counters", timeout=300).status_code == 200
