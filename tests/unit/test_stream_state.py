"""What was read for a question counts for no larger one, is read again where the look-back grows, and survives JSON."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from gong_source.ranges import UTC, Range, RangeSet
from gong_source.streams.question import key_of, some_private
from gong_source.streams.state import StreamState

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LARGE: dict[str, Any] = {"call_parts": ["parties", "topics"], "include_private_calls": True}
SMALL: dict[str, Any] = {"call_parts": ["parties"], "include_private_calls": True}
OTHER: dict[str, Any] = {"call_parts": ["context"], "include_private_calls": True}
PUBLIC: dict[str, Any] = {**LARGE, "include_private_calls": False}


def day(number: float) -> datetime:
    return NOW - 100 * DAY + number * DAY


def days(first: float, last: float) -> Range:
    return Range(day(first), day(last))


def spans(*bounds: tuple[float, float]) -> RangeSet:
    return RangeSet(days(first, last) for first, last in bounds)


class Pipeline:
    """A state that every run finds as the last one left it in JSON."""

    def __init__(self) -> None:
        self.raw: dict[str, Any] = {}

    def asks(self, question: dict[str, Any]) -> StreamState:
        self.raw = json.loads(json.dumps(self.raw))
        return StreamState(self.raw, dict(question))

    def reads(
        self, question: dict[str, Any], first: float, last: float, selection: str = "*", load_id: str = "1.0"
    ) -> StreamState:
        state = self.asks(question)
        state.mark_read(selection, days(first, last), load_id, NOW, 7 * DAY)
        return state

    def covered(self, question: dict[str, Any], selection: str = "*") -> RangeSet:
        state = self.asks(question)
        settled = state.settled(selection)
        assert settled == state.covered(selection) & RangeSet([Range(NOW - 1000 * DAY, NOW - 7 * DAY)])
        return state.covered(selection)

    @property
    def questions(self) -> list[dict[str, Any]]:
        assert set(self.raw["questions"]) == {key for each in self.raw["ranges"].values() for key in each}
        return list(self.raw["questions"].values())


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline()


class TestQuestions:
    def test_what_was_read_counts_for_smaller_questions_only(self, pipeline: Pipeline):
        pipeline.reads(LARGE, 0, 10)
        assert pipeline.covered(LARGE) == pipeline.covered(SMALL) == pipeline.covered(PUBLIC) == spans((0, 10))
        assert pipeline.covered(OTHER) == RangeSet()
        pipeline = Pipeline()
        pipeline.reads(SMALL, 0, 10)
        assert pipeline.covered(LARGE) == RangeSet()

    def test_several_questions_count_together(self, pipeline: Pipeline):
        pipeline.reads(LARGE, 0, 10)
        pipeline.reads(SMALL, 10, 15)
        assert pipeline.covered(SMALL) == spans((0, 15))
        assert pipeline.covered(LARGE) == spans((0, 10))

    def test_reading_again_for_a_smaller_question_takes_that_window_from_the_larger(self, pipeline: Pipeline):
        pipeline.reads(LARGE, 0, 10)
        pipeline.reads(SMALL, 4, 6)
        assert pipeline.covered(LARGE) == spans((0, 4), (6, 10))
        assert pipeline.covered(SMALL) == spans((0, 10))

    @pytest.mark.parametrize("questions", [(LARGE, OTHER), (OTHER, LARGE)])
    def test_so_does_reading_for_another_question(self, pipeline: Pipeline, questions: tuple[Any, Any]):
        first, second = questions
        pipeline.reads(first, 0, 10)
        pipeline.reads(second, 4, 6)
        assert pipeline.covered(first) == spans((0, 4), (6, 10))
        assert pipeline.covered(second) == spans((4, 6))

    def test_reading_for_a_larger_question_takes_nothing_away(self, pipeline: Pipeline):
        pipeline.reads(SMALL, 0, 10)
        pipeline.reads(LARGE, 4, 6)
        assert pipeline.covered(SMALL) == spans((0, 10))
        assert pipeline.covered(LARGE) == spans((4, 6))

    def test_questions_of_which_nothing_is_left_are_forgotten(self, pipeline: Pipeline):
        pipeline.reads(LARGE, 4, 6)
        pipeline.reads(SMALL, 0, 10)
        assert pipeline.questions == [SMALL]
        pipeline.asks(SMALL).forget(spans((-1, 11)))
        assert pipeline.questions == []
        assert pipeline.raw["ranges"] == {}

    def test_a_question_is_kept_as_it_is(self, pipeline: Pipeline):
        pipeline.reads(SMALL, 0, 1)
        assert pipeline.raw["questions"] == {key_of(SMALL): SMALL}


class TestSelections:
    def test_what_was_read_of_all_workspaces_counts_for_each(self, pipeline: Pipeline):
        pipeline.reads(LARGE, 0, 10)
        pipeline.reads(LARGE, 10, 12, "w1")
        assert pipeline.covered(LARGE, "w1") == spans((0, 12))
        assert pipeline.covered(LARGE, "w2") == spans((0, 10))

    def test_what_was_read_of_one_counts_for_no_other_and_not_for_all(self, pipeline: Pipeline):
        pipeline.reads(LARGE, 0, 10, "w1")
        assert pipeline.covered(LARGE, "w2") == pipeline.covered(LARGE) == RangeSet()

    @pytest.mark.parametrize(("read", "again"), [("*", "w1"), ("w1", "*"), ("w1", "w1"), ("*", "*")])
    def test_a_smaller_reading_of_what_is_shared_takes_from_the_larger(self, pipeline: Pipeline, read: str, again: str):
        pipeline.reads(LARGE, 0, 10, read)
        pipeline.reads(SMALL, 4, 6, again)
        assert pipeline.covered(LARGE, read) == spans((0, 4), (6, 10))

    def test_and_nothing_from_other_workspaces(self, pipeline: Pipeline):
        pipeline.reads(LARGE, 0, 10, "w1")
        pipeline.reads(SMALL, 4, 6, "w2")
        assert pipeline.covered(LARGE, "w1") == spans((0, 10))

    def test_reports_tell_each_selection_over_all_questions(self, pipeline: Pipeline):
        pipeline.reads(LARGE, 0, 3, "w1")
        pipeline.reads(OTHER, 2, 5, "w1")
        state = pipeline.reads(OTHER, 8, 9, "w2")
        assert {name: RangeSet.from_state(value) for name, value in state.ranges().items()} == {
            "w1": spans((0, 5)),
            "w2": spans((8, 9)),
        }


class TestLookBack:
    def settled_until(self, pipeline: Pipeline, lookback: float, now: datetime) -> datetime | None:
        """Look at the state with a look-back, as every run does; how far it is settled."""
        state = pipeline.asks(LARGE)
        state.look_back(lookback * DAY, now)
        return state.settled("*").ranges[-1].end if state.settled("*") else None

    def test_to_and_fro(self, pipeline: Pipeline):
        state = pipeline.asks(LARGE)
        state.look_back(7 * DAY, NOW)
        state.mark_read("*", days(0, 100), "1.0", NOW, 7 * DAY)
        assert self.settled_until(pipeline, 7, NOW) == NOW - 7 * DAY
        assert self.settled_until(pipeline, 3, NOW) == NOW - 7 * DAY  # nothing was read since
        pipeline.asks(LARGE).mark_read("*", days(93, 100), "2.0", NOW, 3 * DAY)
        assert self.settled_until(pipeline, 3, NOW) == NOW - 3 * DAY
        assert self.settled_until(pipeline, 7, NOW + DAY) == NOW + DAY - 7 * DAY
        assert self.settled_until(pipeline, 30, NOW + DAY) == NOW + DAY - 30 * DAY
        assert self.settled_until(pipeline, 7, NOW + DAY) == NOW + DAY - 30 * DAY  # opened, and not read since
        assert self.settled_until(pipeline, 30, NOW + DAY) == NOW + DAY - 30 * DAY
        assert pipeline.asks(LARGE).covered("*") == spans((0, 100))

    def test_the_same_one_opens_nothing_after_a_pause(self, pipeline: Pipeline):
        state = pipeline.asks(LARGE)
        state.look_back(7 * DAY, NOW)
        state.mark_read("*", days(0, 90), "1.0", NOW, 7 * DAY)
        assert self.settled_until(pipeline, 7, NOW) == day(90)

    def test_a_clock_that_was_ahead_settles_nothing_by_that(self, pipeline: Pipeline):
        state = pipeline.asks(LARGE)
        state.look_back(7 * DAY, NOW)
        state.mark_read("*", days(0, 100), "1.0", NOW + 3 * DAY, 7 * DAY)
        assert state.settled("*") == spans((0, 96))
        assert self.settled_until(pipeline, 7, NOW) == NOW - 7 * DAY
        assert pipeline.asks(LARGE).covered("*") == spans((0, 100))

    def test_a_longer_one_opens_what_was_read_for_any_question(self, pipeline: Pipeline):
        pipeline.asks(LARGE).look_back(DAY, NOW)
        pipeline.asks(LARGE).mark_read("*", days(0, 90), "1.0", NOW, DAY)
        pipeline.asks(OTHER).mark_read("w1", days(90, 95), "1.0", NOW, DAY)
        pipeline.asks(SMALL).look_back(20 * DAY, NOW)
        assert pipeline.asks(LARGE).settled("*") == spans((0, 80))
        assert pipeline.asks(OTHER).settled("w1") == RangeSet()
        assert pipeline.asks(OTHER).covered("w1") == spans((90, 95))


class TestPrivate:
    def test_may_be_there_where_they_were_asked_for_and_are_no_more(self, pipeline: Pipeline):
        pipeline.reads(LARGE, 0, 10)
        assert pipeline.asks(PUBLIC).holds_private
        assert not pipeline.asks(LARGE).holds_private
        assert not pipeline.asks({"pii": "keep"}).holds_private
        pipeline = Pipeline()
        pipeline.reads(PUBLIC, 0, 10)
        assert not pipeline.asks(PUBLIC).holds_private

    def test_when_they_went_the_others_are_still_there(self, pipeline: Pipeline):
        pipeline.reads(LARGE, 0, 10)
        pipeline.reads(LARGE, 3, 5, "w1")
        pipeline.asks(PUBLIC).private_went()
        assert pipeline.covered(PUBLIC) == pipeline.covered(PUBLIC, "w1") == spans((0, 10))
        assert pipeline.covered(LARGE) == pipeline.covered(LARGE, "w1") == RangeSet()
        assert not pipeline.asks(PUBLIC).holds_private
        assert pipeline.questions == [PUBLIC]

    def test_when_some_went_others_may_be_there_and_all_are_read_again(self, pipeline: Pipeline):
        pipeline.reads(LARGE, 0, 10)
        pipeline.asks(PUBLIC).narrow(some_private)
        assert pipeline.covered(PUBLIC) == spans((0, 10))
        assert pipeline.covered(LARGE) == RangeSet()
        assert pipeline.asks(PUBLIC).holds_private
        pipeline.asks(PUBLIC).private_went()
        assert not pipeline.asks(PUBLIC).holds_private
        assert pipeline.covered(PUBLIC) == spans((0, 10))

    def test_what_was_read_without_them_keeps_its_packages(self, pipeline: Pipeline):
        pipeline.reads(LARGE, 0, 10, load_id="1.0")
        pipeline.reads(PUBLIC, 4, 6, load_id="2.0")
        pipeline.asks(PUBLIC).private_went()
        assert pipeline.covered(PUBLIC) == spans((0, 10))
        assert pipeline.asks(PUBLIC).drop_loads(["2.0"]) == spans((4, 6))
        assert pipeline.covered(PUBLIC) == spans((0, 4), (6, 10))
        assert pipeline.asks(PUBLIC).drop_loads(["1.0"]) == spans((0, 4), (6, 10))
        assert pipeline.questions == []

    def test_questions_that_know_no_privacy_stay(self, pipeline: Pipeline):
        pipeline.reads({"pii": "keep"}, 0, 10)
        pipeline.asks(PUBLIC).private_went()
        assert pipeline.covered({"pii": "keep"}) == spans((0, 10))


class TestLoads:
    def test_what_came_with_a_package_goes_with_it(self, pipeline: Pipeline):
        pipeline.reads(LARGE, 0, 10, load_id="1.0")
        pipeline.reads(SMALL, 10, 20, "w1", load_id="2.0")
        pipeline.reads(SMALL, 30, 40, "w1", load_id="3.0")
        assert pipeline.asks(SMALL).loads == {"1.0", "2.0", "3.0"}
        assert pipeline.asks(SMALL).drop_loads(["2.0", "9.0"]) == spans((10, 20))
        assert pipeline.covered(SMALL, "w1") == spans((0, 10), (30, 40))
        assert pipeline.asks(SMALL).loads == {"1.0", "3.0"}

    def test_a_list_that_was_read_as_a_whole_counts_too(self, pipeline: Pipeline):
        pipeline.raw["read"] = {"load": "4.0", "at": "2026-11-27T12:00:00Z"}
        assert pipeline.asks({}).loads == {"4.0"}
        pipeline.asks({}).drop_loads(["3.0"])
        assert "read" in pipeline.raw
        pipeline.asks({}).drop_loads(["4.0"])
        assert "read" not in pipeline.raw

    def test_what_is_forgotten_is_read_anew(self, pipeline: Pipeline):
        pipeline.reads(LARGE, 0, 10)
        pipeline.reads(LARGE, 5, 20, "w1")
        pipeline.asks(OTHER).forget(spans((4, 7)))
        assert pipeline.covered(LARGE, "w1") == spans((0, 4), (7, 20))


def test_rows_that_hold_less_now_are_read_again_for_what_asks_for_more(pipeline: Pipeline) -> None:
    pipeline.reads(SMALL, 0, 10)
    pipeline.reads(LARGE, 10, 30)
    pipeline.asks(SMALL).hold_less(spans((5, 15)), SMALL)
    assert (pipeline.covered(LARGE), pipeline.covered(SMALL)) == (spans((15, 30)), spans((0, 10), (15, 30)))
    pipeline.asks(PUBLIC).hold_less(spans((25, 30)), {"include_private_calls": False})
    assert pipeline.covered(LARGE) == spans((15, 25))


@pytest.mark.parametrize(
    ("asked", "held", "kept"),
    [
        (LARGE, {"call_parts": ["parties"]}, spans((0, 5), (10, 20))),
        (LARGE, {"call_parts": ["parties", "topics"]}, spans((0, 20))),
        (SMALL, {"call_parts": ["parties", "topics"]}, spans((0, 20))),
        (OTHER, {"call_parts": ["parties"]}, spans((0, 20))),
    ],
    ids=["less", "the same", "more", "neither"],
)
def test_less_of_another_pipeline_counts_for_what_came_before_and_asked_for_all_of_it(
    pipeline: Pipeline, asked: dict[str, Any], held: dict[str, Any], kept: RangeSet
) -> None:
    pipeline.reads(asked, 0, 10, load_id="1.0")
    pipeline.reads(asked, 10, 20, load_id="3.0")
    pipeline.asks(asked).hold_less(spans((5, 15)), held, before="2.0")
    assert pipeline.covered(asked) == kept
