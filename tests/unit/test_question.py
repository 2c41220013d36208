"""What was read for one question answers another one exactly when it holds all that the other asks for."""

import itertools
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gong_source.config import CALL_PARTS, load_settings
from gong_source.ranges import Range, RangeSet, parse_instant
from gong_source.streams.less import days_in
from gong_source.streams.question import SOME, covers, key_of, narrowed
from gong_source.streams.statistics import COACHING, DAILY_ACTIVITY
from gong_source.streams.stream import Stream, Windows
from gong_source.tables.arrow import Shaped

LISTS = st.lists(st.sampled_from("abc"), unique=True).map(sorted)
QUESTIONS = st.fixed_dictionaries(
    {},
    optional={
        "call_parts": LISTS,
        "context_timing": LISTS,
        "exclude_columns": LISTS,
        "include_private_calls": st.booleans(),
        "include_avatars": st.booleans(),
        "pii": st.sampled_from(["keep", "hash"]),
        "pii_key": st.sampled_from([None, "k"]),
        "transcripts": st.sampled_from(["full", "none"]),
    },
)


@pytest.mark.parametrize(
    ("name", "smaller", "larger"),
    [
        ("call_parts", [], ["parties"]),
        ("call_parts", ["parties"], ["parties", "topics"]),
        ("exclude_columns", ["users.a", "users.b"], ["users.a"]),
        ("exclude_columns", ["users.a"], []),
        ("include_private_calls", False, True),
        ("include_private_calls", False, SOME),
        ("include_private_calls", SOME, True),
        ("include_avatars", False, True),
    ],
)
def test_the_larger_question_holds_the_smaller(name: str, smaller: Any, larger: Any):
    assert covers({name: larger}, {name: smaller})
    assert not covers({name: smaller}, {name: larger})
    assert covers({name: larger}, {name: larger})
    assert covers({name: smaller}, {name: smaller})


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("call_parts", [["parties"], ["topics"]]),
        ("context_timing", [["Now"], ["TimeOfCall"], ["Now", "TimeOfCall"]]),
        ("exclude_columns", [["users.a"], ["users.b"]]),
        ("pii", ["keep", "hash", "drop"]),
        ("pii_key", [None, "one", "another"]),
        ("transcripts", ["full", "none", "anything else"]),
    ],
)
def test_neither_of_other_questions_holds_the_other(name: str, values: list[Any]):
    for one, other in itertools.permutations(values, 2):
        assert not covers({name: one}, {name: other})


def test_every_setting_of_a_question_is_compared():
    """Whatever the settings decide of what is read: another value of it is another question."""
    whole = load_settings(credentials={"access_key": "k", "access_key_secret": "s"}).question()
    assert covers(whole, whole)
    for name in whole:
        other = {**whole, name: not whole[name] if isinstance(whole[name], bool) else ["another"]}
        assert covers(other, whole) + covers(whole, other) < 2, name


def test_all_have_to_hold():
    read = {"call_parts": ["parties", "topics"], "include_private_calls": True, "pii": "keep"}
    assert covers(read, {"call_parts": ["topics"], "include_private_calls": False, "pii": "keep"})
    assert not covers(read, {"call_parts": ["topics"], "include_private_calls": False, "pii": "hash"})
    assert not covers({**read, "include_private_calls": False}, read)


def test_a_setting_that_one_side_does_not_know():
    """A release that asks for more has to read again; one that does not know what was read for asks for less."""
    for name, value in (("call_parts", list(CALL_PARTS)), ("include_private_calls", True), ("pii", "hash")):
        assert not covers({}, {name: value})
    for name, value in (("call_parts", ["parties"]), ("include_private_calls", True)):
        assert covers({name: value}, {})
    assert not covers({"pii": "hash"}, {})
    assert covers({}, {"exclude_columns": ["users.a"]})
    assert not covers({"exclude_columns": ["users.a"]}, {})


@given(QUESTIONS, QUESTIONS, QUESTIONS)
def test_is_an_order(one: dict[str, Any], two: dict[str, Any], three: dict[str, Any]):
    assert covers(one, one)
    if covers(one, two) and covers(two, three):
        assert covers(one, three)


@given(QUESTIONS, QUESTIONS)
def test_questions_have_one_name_exactly_when_they_are_one(one: dict[str, Any], two: dict[str, Any]):
    assert (key_of(one) == key_of(two)) is (one == two)
    assert key_of(dict(reversed(one.items()))) == key_of(one)


def test_names_are_the_same_in_every_release():
    assert key_of({"call_parts": ["parties"], "pii": "keep"}) == "57184bde"


@given(QUESTIONS)
def test_without_private_calls_a_question_is_smaller(question: dict[str, Any]):
    smaller = narrowed(question)
    assert smaller == (
        {**question, "include_private_calls": False} if "include_private_calls" in question else question
    )
    assert smaller is not question
    assert covers(question, smaller)


@pytest.mark.parametrize(
    ("stream", "name", "first", "after"),
    [
        (COACHING, "2026-12", "2026-12-01", "2027-01-01"),
        (DAILY_ACTIVITY, "2026-02-28", "2026-02-28", "2026-03-01"),
        (DAILY_ACTIVITY, "whenever", None, None),
        (DAILY_ACTIVITY, None, None, None),
    ],
)
def test_rows_of_a_day_or_month_lie_in_its_instants(stream: Stream, name: Any, first: Any, after: Any):
    assert isinstance(stream.reads, Windows)
    part = Shaped(stream.tables[0], pa.table({stream.reads.time: pa.array([name], pa.string())}))
    days = [Range(parse_instant(first), parse_instant(after))] if first else []
    assert days_in(stream, part) == RangeSet(days)
