"""Walks that can't be trusted: begun anew where that helps, stopped where they go round in circles."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from gong_source.api import GongClient, Page
from gong_source.api.endpoints import CALLS_EXTENSIVE, LIST_CALLS, USERS, Endpoint
from gong_source.errors import GongCursorExpired, GongProtocolError
from gong_source.ranges import iso
from gong_source.sandbox import Sandbox
from tests.unit.scripted import Asked, Say, Scripted

CALLS = 10
PAGE = 3


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(calls=CALLS, users=8, days=20, sentences=3, page_size=PAGE, end="2024-03-01") as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[GongClient]:
    """Neither paces nor repeats."""
    key = {"access_key": sandbox.access_key, "access_key_secret": sandbox.access_key_secret}
    unpaced = {"requests_per_second": 0, "daily_requests": 0, "retry_patience": 0, "read_timeout": 300}
    with GongClient.from_config(base_url=sandbox.url, credentials=key, **unpaced) as made:
        yield made


def everything(sandbox: Sandbox) -> dict[str, Any]:
    """A filter for the whole history."""
    return {
        "fromDateTime": iso(sandbox.start_of_history - timedelta(days=1)),
        "toDateTime": iso(sandbox.end + timedelta(days=1)),
    }


def call_pages(client: GongClient, sandbox: Sandbox) -> Iterator[Page]:
    return client.pages(CALLS_EXTENSIVE, body={"filter": everything(sandbox)}, window="everything")


def ids_of(pages: Iterator[Page] | list[Page]) -> list[str]:
    return [record["metaData"]["id"] for page in pages for record in page.records]


def test_an_expired_cursor_starts_the_walk_again(sandbox: Sandbox, client: GongClient):
    sandbox.control.set_now(sandbox.end)
    sandbox.control.set_cursor_lifetime(3600, status=404)
    pages, seen = call_pages(client, sandbox), []
    for page in pages:
        seen.append(page)
        if len(seen) == 2:
            sandbox.control.set_now(sandbox.end + timedelta(hours=2))
    assert [page.number for page in seen] == [0, 1, 0, 1, 2, 3]
    assert ids_of(seen[2:]) == list(sandbox.world.visible_calls())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_it_does_so_once(sandbox: Sandbox, client: GongClient, status: int):
    for nth in (2, 4):
        sandbox.control.fail("expired_cursor", CALLS_EXTENSIVE.name, nth=nth, status=status)
    seen: list[Page] = []
    with pytest.raises(GongCursorExpired, match=r"everything.*has expired.*chunk_days"):
        seen.extend(call_pages(client, sandbox))
    assert sandbox.counters.total == 4


def test_not_when_nothing_was_read_yet(sandbox: Sandbox, client: GongClient):
    sandbox.control.fail("expired_cursor")
    with pytest.raises(GongCursorExpired):
        list(call_pages(client, sandbox))
    assert sandbox.counters.total == 1


def test_a_list_that_shrinks_under_the_walk_is_read_again(sandbox: Sandbox, client: GongClient):
    pages = call_pages(client, sandbox)
    seen = [next(pages)]
    sandbox.control.delete_calls(ids_of(seen)[:1])
    seen.extend(pages)
    assert set(ids_of(seen)) >= set(sandbox.world.calls)
    assert set(ids_of(seen[1:])) == set(sandbox.world.calls)


def test_a_list_that_vanishes_under_the_walk_is_looked_for_again(sandbox: Sandbox, client: GongClient):
    pages = call_pages(client, sandbox)
    seen = [next(pages)]
    sandbox.control.hide_calls(list(sandbox.world.calls))
    seen.extend(pages)
    assert [page.records for page in seen[1:]] == [[], []]


def test_a_list_that_grows_under_the_walk_is_not(sandbox: Sandbox, client: GongClient):
    pages = call_pages(client, sandbox)
    seen = [next(pages)]
    sandbox.control.add_calls(1, sandbox.end)
    seen.extend(pages)
    assert [page.number for page in seen] == [0, 1, 2, 3]
    assert set(ids_of(seen)) == set(sandbox.world.calls)


@pytest.mark.parametrize(
    ("totals", "walks"),
    [
        ((9, 9, 9), 1),
        ((9, 10, 10), 1),
        ((9, 9, None), 1),
        ((None, None, None), 1),
        ((9, 8, 8), 2),
        ((9, 8, 9), 2),
        ((8, 9, 8), 2),
        ((9, None, 8), 2),
    ],
    ids=str,
)
def test_whatever_shrank_on_the_way_is_read_again(totals: tuple[int | None, ...], walks: int):
    """Although the list may be as long as before by its end; a page that tells no total tells nothing of it."""

    def script(asked: Asked) -> Say:
        place = int(asked.query.get("cursor", "0"))
        total = totals[place] if asked.number <= len(totals) else 9
        told = {} if total is None else {"totalRecords": total}
        more = {"cursor": str(place + 1)} if place + 1 < len(totals) else {}
        return Say({"users": [{"id": str(place)}], "records": {**told, **more}})

    unpaced = {"requests_per_second": 0, "credentials": {"access_key": "key", "access_key_secret": "secret"}}
    with Scripted(script) as server, GongClient.from_config(base_url=server.url, **unpaced) as client:
        assert len(client.records(USERS)) == len(server.asked) == walks * len(totals)


@pytest.mark.parametrize("fault", ["repeat_cursor", "same_page_number"])
@pytest.mark.parametrize("endpoint", [CALLS_EXTENSIVE, LIST_CALLS], ids=lambda one: one.name)
def test_going_round_in_circles_is_an_error(sandbox: Sandbox, client: GongClient, fault: str, endpoint: Endpoint):
    sandbox.control.fail(fault, nth=2, times=None)
    wanted = everything(sandbox)
    inputs = {"body": {"filter": wanted}} if endpoint.method == "POST" else {"params": wanted}
    seen: list[Page] = []
    with pytest.raises(GongProtocolError, match=r"\[January\]: the same page came back.*request id \w+"):
        seen.extend(client.pages(endpoint, window="January", **inputs))
    assert sandbox.counters.total == 2


def test_null_is_empty_where_gong_says_that_the_page_is(sandbox: Sandbox, client: GongClient):
    """A page past the end of a list that has shrunk to one page: size 0, and null in place of its list."""
    pages = call_pages(client, sandbox)
    seen = [next(pages)]
    sandbox.control.delete_calls(list(sandbox.world.visible_calls())[PAGE:])
    sandbox.control.fail("null_list")
    seen.extend(pages)
    assert [len(page.records) for page in seen] == [3, 0, 3]
    assert ids_of(seen[2:]) == list(sandbox.world.calls)
