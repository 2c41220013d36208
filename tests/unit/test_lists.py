"""Lists that several streams need: read once, whatever comes of it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gong_source.errors import GongError, GongQuotaExceeded, GongServerError, GongTooManyRejected
from gong_source.streams.shared_lists import Lists

DOWN = GongServerError("down", endpoint="GET /v2/users")


class Read:
    """Counts how often it is called; fails while there is an error, and may wait before that."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error, self.calls, self.wait = error, 0, threading.Event()
        self.wait.set()

    def __call__(self) -> list[dict[str, Any]]:
        self.calls += 1
        assert self.wait.wait(300)
        if self.error:
            raise self.error
        return [{"id": "1"}]


@pytest.mark.parametrize("error", [DOWN, GongTooManyRejected("too many")], ids=lambda each: type(each).__name__)
def test_one_that_failed_is_not_read_by_each_who_needs_it(error: GongError):
    lists, read = Lists(), Read(error)
    for _ in range(3):
        with pytest.raises(type(error)):
            lists.get("users", read)
    assert read.calls == 1
    assert lists.get("workspaces", Read()) == [{"id": "1"}]


def test_it_is_read_again_after_a_while(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gong_source.streams.shared_lists.FAILED_SECONDS", -1.0)
    lists, read = Lists(), Read(DOWN)
    with pytest.raises(GongServerError):
        lists.get("users", read)
    read.error = None
    assert [lists.get("users", read) for _ in range(2)] == [[{"id": "1"}]] * 2
    assert read.calls == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt(), GongQuotaExceeded("x")], ids=lambda each: type(each).__name__)
def test_what_ends_the_run_says_nothing_of_the_list(error: BaseException):
    lists, read = Lists(), Read(error)
    with pytest.raises(type(error)):
        lists.get("users", read)
    read.error = None
    assert lists.get("users", read)


def test_who_waits_for_it_gets_the_same_error():
    lists, read = Lists(), Read(DOWN)
    read.wait.clear()
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(lists.get, "users", read) for _ in range(4)]
        read.wait.set()
        assert all(one.exception(300) is DOWN for one in asked)
    assert read.calls == 1
