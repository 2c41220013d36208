"""Log entries get a key from what they say, so that the same entry read twice is one row and two entries are two."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gong_source.api.endpoints import LOG_TYPES
from gong_source.ranges import UTC
from gong_source.streams.logs import entry_id, shape_logs

ENTRY: dict[str, Any] = {
    "userId": "234599484848423",
    "userEmailAddress": "ada@acme.com",
    "userFullName": "Ada",
    "impersonatorUserId": None,
    "impersonatorEmailAddress": None,
    "eventTime": "2024-02-29T12:00:00.5Z",
    "logRecord": {"action": "play", "detail": {"callId": "7", "seconds": 12}},
}
PLAY = {"call_id": "7782342274025937895", "target_ids": ["7", "8"], "at": "2024-02-29T12:00:00.120Z", "sequence_num": 3}


def key(log_type: str = "UserCallPlay", **changes: Any) -> str:
    return entry_id({**ENTRY, **changes}, log_type)


@pytest.mark.parametrize(
    "changes",
    [
        {"eventTime": "2024-02-29T12:00:00.500000Z"},
        {"eventTime": "2024-02-29T14:30:00.5+02:30"},
        {"logRecord": {"detail": {"seconds": 12, "callId": "7"}, "action": "play"}},
        {"futureField": "added by Gong"},
        {"userFullName": "Ada, who has married"},
        {"userEmailAddress": "ada.lovelace@acme.com"},
        {"userId": 234599484848423},
        {"logRecord": {"action": "play", "detail": {"callId": 7, "seconds": 12}}},
    ],
    ids=str,
)
def test_stays_the_same(changes: dict[str, Any]):
    assert key(**changes) == key()


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"call_id": 7782342274025937895, "target_ids": [7, "8"]}, True),
        ({"at": "2024-02-29T12:00:00.12+00:00"}, False),
        ({"call_id": 7782342274025937896}, False),
        ({"at": "2024-02-29T12:00:00.121Z"}, False),
        ({"at": "2024-02-29"}, False),
        ({"sequence_num": 4}, False),
    ],
    ids=str,
)
def test_ids_in_the_record_may_be_written_otherwise(change: dict[str, Any], same: bool):
    assert (key(logRecord={**PLAY, **change}) == key(logRecord=PLAY)) is same


def test_entries_as_gong_writes_most_keep_the_key_that_they_have():
    """They are in datasets, and another key would be another row."""
    assert key(logRecord=PLAY) == "d679cf7f19040ec36c638d9b2ebd86f5"


def test_keys_may_come_in_any_order_and_nulls_may_be_left_out():
    shorter = {name: value for name, value in reversed(ENTRY.items()) if value is not None}
    assert entry_id(shorter, "UserCallPlay") == key()


@pytest.mark.parametrize(
    "changes",
    [
        {"eventTime": "2024-02-29T12:00:00.500001Z"},
        {"userId": "234599484848424"},
        {"impersonatorUserId": "1"},
        {"logRecord": {"action": "play", "detail": {"callId": "8", "seconds": 12}}},
        {"logRecord": {"action": "play", "detail": {"callId": "7", "seconds": 12}, "more": None}},
        {"logRecord": None},
        {"log_type": "AccessLog"},
    ],
    ids=str,
)
def test_differs(changes: dict[str, Any]):
    assert key(**changes) != key()


def test_outsiders_are_told_apart_by_their_addresses():
    ada, bob = (key(userId=None, userEmailAddress=address) for address in ("ada@x.com", "bob@x.com"))
    assert ada != bob


def test_who_impersonates_does_not_hide_who_was_impersonated():
    ada, bob = (
        key(userId=None, userEmailAddress=address, impersonatorUserId="9") for address in ("ada@x.com", "bob@x.com")
    )
    assert ada != bob


def test_is_short_text_and_shows_nothing():
    assert len(key()) == 32
    assert int(key(), 16)


@pytest.mark.parametrize("when", [None, "", "soon", 5, [], "0001-01-01T00:00:00+05:00"], ids=repr)
def test_a_time_that_is_none_still_gives_a_key(when: Any):
    assert key(eventTime=when) not in ("", key())
    assert key(eventTime=when) == key(eventTime=when)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "eventTime": st.sampled_from(["2024-02-29T12:00:00Z", "2024-02-29T12:00:01Z"]),
                "userId": st.sampled_from(["1", "2", None]),
                "logRecord": st.none() | st.dictionaries(st.sampled_from("ab"), st.integers(0, 2), max_size=2),
            }
        ),
        max_size=8,
    )
)
def test_one_row_for_each_different_entry(entries: list[dict[str, Any]]):
    (shaped,) = shape_logs(entries, "AccessLog")
    different = {
        (
            entry["eventTime"],
            entry["userId"],
            None if (record := entry["logRecord"]) is None else frozenset(record.items()),
        )
        for entry in entries
    }
    assert shaped.data.num_rows == len(different)
    assert len(set(shaped.data["id"].to_pylist())) == len(different)


@pytest.mark.parametrize("log_type", LOG_TYPES)
def test_rows_say_what_gong_said(log_type: str):
    (shaped,) = shape_logs([ENTRY, {**ENTRY, "userId": None, "userFullName": 2**60, "mood": "calm"}], log_type)
    first, second = shaped.data.to_pylist()
    assert first["id"] == entry_id(ENTRY, log_type)
    assert first["log_type"] == second["log_type"] == log_type
    assert first["event_time"] == datetime(2024, 2, 29, 12, 0, 0, 500_000, tzinfo=UTC)
    assert (first["user_id"], second["user_id"]) == ("234599484848423", None)
    assert second["user_full_name"] == "1152921504606846976"
    assert first["log_record"] == '{"action":"play","detail":{"callId":"7","seconds":12}}'
    assert shaped.extras == {"mood": [None, "calm"]}


def test_an_entry_read_twice_on_one_page_keeps_its_latest_form():
    (shaped,) = shape_logs([ENTRY, {**ENTRY, "userFullName": "Ada, who has married"}], "AccessLog")
    assert shaped.data["user_full_name"].to_pylist() == ["Ada, who has married"]
