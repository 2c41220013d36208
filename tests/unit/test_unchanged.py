"""Content hashes: another one for every change, the same one for the same call."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gong_source.streams.all import USERS_HISTORY
from gong_source.streams.calls.unchanged import changed_hashes, content_hash
from gong_source.streams.known import changed_rows
from gong_source.tables import CONTENT_HASH
from gong_source.tables.records import version_hash

SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)
CALLS = st.dictionaries(st.sampled_from(["metaData", "parties", "content", "new"]), JSON)

NOW = datetime(2026, 6, 15, tzinfo=timezone.utc)
QUESTION: dict[str, Any] = {"call_parts": ["parties"], "include_private_calls": False}
CALL = {"metaData": {"id": "1", "title": "Prices"}, "parties": [{"id": "p"}, {"id": "q"}]}


def call_at(started: datetime | None, title: str = "") -> dict[str, Any]:
    """A call that was recorded then."""
    return {"metaData": {"started": started and started.isoformat(), "title": title}}


@given(CALLS, CALLS)
def test_calls_have_one_hash_exactly_when_their_json_is_one(left: dict[str, Any], right: dict[str, Any]) -> None:
    same = repr(left) == repr(right)  # as 1, True and 1.0 are equal in Python, and not in JSON
    assert (content_hash(left, QUESTION) == content_hash(right, QUESTION)) is same


@given(CALLS)
def test_hashes_fit_a_bigint(call: dict[str, Any]) -> None:
    assert -(2**63) <= content_hash(call, QUESTION) < 2**63


def test_media_urls_do_not_count() -> None:
    assert content_hash({**CALL, "media": {"audioUrl": "https://signed"}}, QUESTION) == content_hash(CALL, QUESTION)


def test_the_order_of_a_list_counts() -> None:
    assert content_hash({**CALL, "parties": [{"id": "q"}, {"id": "p"}]}, QUESTION) != content_hash(CALL, QUESTION)


@pytest.mark.parametrize(
    "question",
    [
        {**QUESTION, "call_parts": ["parties", "topics"]},
        {**QUESTION, "include_private_calls": True},
        {**QUESTION, "exclude_columns": ["users.email_address"]},
        {},
    ],
    ids=str,
)
def test_what_was_asked_for_counts(question: dict[str, Any]) -> None:
    assert content_hash(CALL, question) != content_hash(CALL, QUESTION)
    call = call_at(NOW)
    loaded = {"a": content_hash(call, QUESTION)}
    assert changed_hashes([call], ["a"], loaded, NOW, QUESTION) == {}
    assert changed_hashes([call], ["a"], loaded, NOW, question) == {"a": content_hash(call, question)}


def test_other_processes_find_the_same_hash() -> None:
    code = f"from gong_source.streams.calls.unchanged import content_hash; print(content_hash({CALL!r}, {QUESTION!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) == content_hash(CALL, QUESTION)


def test_new_and_changed_calls_are_told_from_those_that_are_there() -> None:
    calls = [call_at(NOW, title) for title in ("same", "changed", "new")]
    same, changed, new = (content_hash(call, QUESTION) for call in calls)
    loaded = {"a": same, "b": changed + 2, "elsewhere": new}
    assert changed_hashes(calls, ["a", "b", "c"], loaded, NOW, QUESTION) == {"b": changed, "c": new}


def test_calls_that_are_not_read_again_get_no_hash() -> None:
    calls = [call_at(NOW - timedelta(seconds=1)), call_at(NOW), call_at(None)]
    old, edge, timeless = changed_hashes(calls, ["a", "b", "c"], {}, NOW, QUESTION).values()
    assert (old, edge, timeless) == (None, content_hash(calls[1], QUESTION), content_hash(calls[2], QUESTION))


def test_a_call_whose_parts_are_doubted_is_loaded_once_more_and_says_so() -> None:
    call = call_at(NOW)
    value = content_hash(call, QUESTION)
    assert value % 2 == 0
    assert changed_hashes([call], ["a"], {"a": value + 1}, NOW, QUESTION) == {"a": value + 1}


def test_the_last_time_that_a_call_is_read_it_is_still_compared() -> None:
    call = call_at(NOW - timedelta(seconds=1))
    assert changed_hashes([call], ["a"], {"a": content_hash(call, QUESTION)}, NOW, QUESTION) == {}
    assert changed_hashes([call], ["a"], {"a": 1}, NOW, QUESTION) == {"a": content_hash(call, QUESTION)}


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({"tags": ["b", "a"], "id": "7", "manager": "8"}, True),
        ({"id": 7, "manager": 8, "tags": ["a", "b"], "more": None}, True),
        ({"id": "7", "manager": "8", "tags": ["a", "b"], "created": "2026-01-01T01:00:00.000000+01:00"}, True),
        ({"id": "7", "manager": "8", "tags": ["a", "b"], "created": "2026-01-01T00:00:00.001Z"}, False),
        ({"id": "7", "manager": "9", "tags": ["a", "b"]}, False),
        ({"id": "7", "manager": "8", "tags": ["a", "b"], "active": True}, False),
    ],
)
def test_a_version_is_another_one_where_something_else_is_told(other: dict[str, Any], same: bool) -> None:
    told = {"id": "7", "manager": "8", "tags": ["a", "b"], "created": "2026-01-01T00:00:00Z"}
    assert (version_hash({"created": told["created"], **other}) == version_hash(told)) is same


ASKED = {"include_avatars": False, "pii": "keep", "pii_key": None, "exclude_columns": ["calls.title"]}
"""For users_history, in the order of the settings."""


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize("avatars", [False, True])
@pytest.mark.parametrize("excluded", [[], ["calls.title"]])
def test_what_an_earlier_release_stored_of_a_user_is_no_other_version(
    sent: bool, avatars: bool, excluded: list[str]
) -> None:
    """It counted how a time is written, whether avatars are listed too, and what is left out of other tables."""
    history, user = USERS_HISTORY, {"id": "7", "created": "2026-01-01T02:30:00.5+02:00"}
    given = {**ASKED, "include_avatars": avatars, "exclude_columns": excluded}
    stored = version_hash(user, given, times_as_sent=sent)
    for asked in (ASKED, {**ASKED, "include_avatars": True}):
        assert not changed_rows({"7": user}, {"7": stored}, history, asked)
        assert changed_rows({"7": {**user, "active": True}}, {"7": stored}, history, asked)
        (fresh,) = changed_rows({"7": user}, {}, history, asked)
        assert fresh.data[CONTENT_HASH].to_pylist() == [version_hash(user, {**ASKED, "exclude_columns": []})]


@pytest.mark.parametrize(
    ("excluded", "same"),
    [
        ("calls.title", True),
        ("users.title", True),
        ("sentiment", True),
        ("users_history.title", False),
        ("title", False),
        ("users_history.newField", False),
        ("newField", False),
    ],
)
def test_what_is_left_out_of_users_history_makes_a_version_and_nothing_else(excluded: str, same: bool) -> None:
    user = {"id": "7"}
    stored = version_hash(user, {**ASKED, "exclude_columns": []})
    asked = {**ASKED, "exclude_columns": [excluded]}
    assert (not changed_rows({"7": user}, {"7": stored}, USERS_HISTORY, asked)) is same
