"""What a page tells besides its records: whether more follow, and what went wrong."""

from __future__ import annotations

from typing import Any

import pytest

from gong_source.api.endpoints import FLOW_FOLDERS, USERS, WORKSPACES
from gong_source.api.walk import Page, PageWalk, page_of
from gong_source.errors import GongProtocolError

ONE = {"users": [{"id": "1"}]}


def walk(*answers: dict[str, Any]) -> PageWalk:
    """A walk that gets some answers, one after the other."""
    left = list(answers)
    return PageWalk(USERS, {}, None, "all", lambda query, body: left.pop(0))


@pytest.mark.parametrize("records", [None, [], "none", 0], ids=str)
def test_an_envelope_that_is_none_does_not_end_the_list(records: Any) -> None:
    with pytest.raises(GongProtocolError, match="whether more follow"):
        page_of(USERS, {**ONE, "records": records}, "all")


def test_a_list_of_one_page_may_come_without() -> None:
    assert [page.records for page in walk(ONE)] == [[{"id": "1"}]]
    assert page_of(WORKSPACES, {"workspaces": [{"id": "1"}], "records": None}, "")[0].records == [{"id": "1"}]


@pytest.mark.parametrize("more", [{}, {"errors": []}, {"errors": None, "total": 1}], ids=str)
def test_a_list_whose_key_is_a_guess_may_have_another_one(more: dict[str, Any]) -> None:
    for key in ("flows", "folders"):
        page, _ = page_of(FLOW_FOLDERS, {key: [{"id": "1"}], **more}, "")
        assert page.records == [{"id": "1"}]
        assert key not in page.beside
    for odd in ({"folders": [], "tags": []}, {"flows": None}, {"folders": {}}):
        with pytest.raises(GongProtocolError, match='under "flows"'):
            page_of(FLOW_FOLDERS, {**odd, **more}, "")
    with pytest.raises(GongProtocolError, match='under "users"'):
        page_of(USERS, {"people": [{"id": "1"}], **more}, "")


def test_a_later_page_may_not() -> None:
    pages = walk({**ONE, "records": {"cursor": "c"}}, ONE)
    assert next(pages).records == ONE["users"]
    with pytest.raises(GongProtocolError, match="whether more follow"):
        next(pages)


@pytest.mark.parametrize("cursor", [0, False, 7, [], {}], ids=str)
def test_a_cursor_of_another_type_does_not_end_the_list(cursor: Any) -> None:
    with pytest.raises(GongProtocolError, match="a cursor that is no text"):
        page_of(USERS, {**ONE, "records": {"cursor": cursor}}, "all")


@pytest.mark.parametrize("envelope", [{}, {"cursor": None}, {"cursor": ""}], ids=str)
def test_none_ends_it(envelope: dict[str, Any]) -> None:
    assert page_of(USERS, {**ONE, "records": envelope}, "all")[1] is None


def test_errors_beside_a_list_fail_the_walk_once_its_pages_are_handed_over() -> None:
    pages = walk(
        {**ONE, "errors": ["results are partial"], "records": {"cursor": "c"}}, {"users": [{"id": "2"}], "records": {}}
    )
    seen: list[Page] = [next(pages), next(pages)]
    assert [record["id"] for page in seen for record in page.records] == ["1", "2"]
    with pytest.raises(GongProtocolError, match="results are partial"):
        next(pages)
