"""Answers that did not come, or not whole: asked for again while the patience lasts, then told.

Back-off waits are real, so all faults are tried at once, each on a sandbox of its own.
"""

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

from gong_source.api import GongClient
from gong_source.api.endpoints import USERS
from gong_source.api.retry import FIRST_WAIT
from gong_source.errors import GongConnectionError, GongRequestError, GongServerError
from gong_source.sandbox import Sandbox

FAULTS: dict[str, dict[str, Any]] = {
    "500": {},
    "502": {},
    "503": {},
    "504": {},
    "drop": {},
    "reset": {},
    "cut": {},
    "cut_json": {},
    "html": {},
    "empty": {},
    "stall": {"seconds": 300},
}
BRIEF = 0.5
"""Seconds in which an answer that never comes is waited for."""
USERS_MADE = 7


@dataclass
class Outcome:
    """What came of one walk.

    Attributes:
        asked: Requests that reached the sandbox.
        counted: Requests that the client counted.
        ids: Ids of the users that came, in order.
        expected: Those of all users.
        error: What stopped the walk, if anything did.
        waits: Seconds that the client said it would wait.
        rests: Seconds between requests, as they arrived.
    """

    asked: int = 0
    counted: int = 0
    ids: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    error: GongRequestError | None = None
    waits: list[float] = field(default_factory=list)
    rests: list[float] = field(default_factory=list)


def walk(fault: str, times: int | None, patience: float) -> Outcome:
    """Walk three pages; the second page is struck."""
    outcome = Outcome()
    with Sandbox(calls=3, users=USERS_MADE, days=10, page_size=3, end="2024-03-01") as sandbox:
        sandbox.control.fail(fault, nth=2, times=times, **FAULTS[fault])
        client = GongClient.from_config(
            base_url=sandbox.url,
            credentials={"access_key": sandbox.access_key, "access_key_secret": sandbox.access_key_secret},
            requests_per_second=0,
            daily_requests=0,
            retry_patience=patience,
            read_timeout=300,
        )

        def on_wait(seconds: float, why: str) -> None:
            outcome.waits.append(seconds)
            if times is not None:  # the next answer comes, however slow the machine is
                client.settings.read_timeout = 60

        client.exchange.on_wait = on_wait
        with client:
            try:
                for page in client.pages(USERS, window="all users"):
                    outcome.ids += [user["id"] for user in page.records]
                    if fault == "stall" and not page.number:  # the next answer does not come
                        client.settings.read_timeout = BRIEF
            except GongRequestError as error:
                outcome.error = error
        outcome.asked, outcome.counted = sandbox.counters.total, client.requests[USERS.name]
        outcome.expected = list(sandbox.world.users)
        arrivals = [entry["arrived"] for entry in sandbox.counters.log]
        outcome.rests = [later - earlier for earlier, later in itertools.pairwise(arrivals)]
    return outcome


@cache
def all_outcomes() -> dict[tuple[str, str], Outcome]:
    """What comes of each fault that strikes once, stays, or meets a client that does not ask again."""
    plans = {"once": (1, 60.0), "for good": (None, 1.2), "unrepeated": (1, 0.0)}
    jobs = {(fault, plan): (fault, *plans[plan]) for fault in FAULTS for plan in plans}
    with ThreadPoolExecutor(len(jobs)) as pool:
        futures = {name: pool.submit(walk, *job) for name, job in jobs.items()}
        return {name: future.result(300) for name, future in futures.items()}


@pytest.fixture
def outcomes() -> dict[tuple[str, str], Outcome]:
    """Of this module, made within the first test that needs them: only there is the environment that of a test."""
    return all_outcomes()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_read_is_asked_again_and_nothing_is_lost_or_doubled(outcomes: dict[tuple[str, str], Outcome], fault: str):
    outcome = outcomes[fault, "once"]
    assert outcome.error is None
    assert outcome.ids == outcome.expected
    assert outcome.asked == outcome.counted == 4


@pytest.mark.parametrize("fault", FAULTS)
def test_it_is_asked_again_while_patience_lasts(outcomes: dict[tuple[str, str], Outcome], fault: str):
    outcome = outcomes[fault, "for good"]
    assert outcome.asked == outcome.counted == 3
    assert "(after 2 attempts)" in str(outcome.error)


@pytest.mark.parametrize("fault", FAULTS)
def test_it_is_not_asked_again_at_once(outcomes: dict[tuple[str, str], Outcome], fault: str):
    (wait,), rests = outcomes[fault, "once"].waits, outcomes[fault, "once"].rests
    assert wait >= FIRST_WAIT / 2
    assert rests[1] >= wait or fault == "stall", "whose arrival may be noted when it is given up already"


@pytest.mark.parametrize("fault", FAULTS)
def test_the_error_says_what_happened(outcomes: dict[tuple[str, str], Outcome], fault: str):
    outcome = outcomes[fault, "unrepeated"]
    assert outcome.asked == 2
    error = outcome.error
    assert error is not None
    assert error.endpoint == "GET /v2/users"
    assert "GET /v2/users [all users]: " in str(error)
    assert "attempts" not in str(error)
    if fault.isdigit():
        assert type(error) is GongServerError
        assert error.status == int(fault)
    else:
        assert type(error) is GongConnectionError
        assert error.status is None
        assert "Check the network" in str(error)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("500", "Failed to complete the operation"),
        ("502", "no message from Gong"),
        ("stall", f"no answer within {BRIEF} s"),
        ("empty", r"not a JSON object \(0 bytes\)"),
        ("html", "not a JSON object"),
        ("cut_json", "not a JSON object"),
        ("cut", "the answer was cut"),
        ("drop", "the connection failed"),
        ("reset", "the connection failed"),
    ],
)
def test_the_error_tells_the_faults_apart(outcomes: dict[tuple[str, str], Outcome], fault: str, words: str):
    with pytest.raises(GongRequestError, match=words):
        raise outcomes[fault, "unrepeated"].error or AssertionError("no error")


def test_gongs_request_id_is_told_where_it_gave_one(outcomes: dict[tuple[str, str], Outcome]):
    error = outcomes["500", "unrepeated"].error
    assert error is not None
    assert error.request_id
    assert f"request id {error.request_id}" in str(error)


@pytest.mark.parametrize("fault", FAULTS)
def test_no_error_shows_an_address_or_a_credential(outcomes: dict[tuple[str, str], Outcome], fault: str):
    error = outcomes[fault, "for good"].error
    shown = f"{error!s} {error!r}"
    assert "127.0.0.1" not in shown
    assert "cursor" not in shown
    assert "SANDBOX" not in shown.upper()
