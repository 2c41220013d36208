"""What a pipeline remembers: ranges, the ledger of awaited transcripts, requests. All of it survives JSON."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gong_source.ranges import UTC, Range, RangeSet
from gong_source.streams.state import MOST_AWAITED, SourceState
from gong_source.warehouse.stored import Wanted

steady = settings(deadline=None, derandomize=True)

NOW = datetime(2024, 2, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PATIENCE = 14 * DAY


def day(number: float) -> datetime:
    return NOW - 60 * DAY + number * DAY


def days(first: float, last: float) -> Range:
    return Range(day(first), day(last))


def reopened(raw: dict[str, Any]) -> SourceState:
    """The state as a later process finds it."""
    return SourceState(json.loads(json.dumps(raw)))


def ids(wanted: list[Wanted]) -> list[str]:
    return [item.call_id for item in wanted]


class TestRanges:
    def test_nothing_is_covered_at_first_and_asking_changes_nothing(self):
        raw: dict[str, Any] = {}
        state = SourceState(raw)
        assert state.covered("calls", "*") == state.settled("calls", "*") == RangeSet()
        assert state.all_ranges() == {}
        assert raw == {}

    def test_reading_covers_and_settles_what_is_a_look_back_old(self):
        raw: dict[str, Any] = {}
        SourceState(raw).mark_read("calls", "*", days(0, 10), day(12), 7 * DAY)
        state = reopened(raw)
        assert state.covered("calls", "*") == RangeSet([days(0, 10)])
        assert state.settled("calls", "*") == RangeSet([days(0, 5)])

    def test_a_later_reading_settles_more_and_an_earlier_one_takes_nothing_back(self):
        state = SourceState({})
        state.mark_read("calls", "*", days(0, 10), day(30), 7 * DAY)
        state.mark_read("calls", "*", days(5, 20), day(20), 7 * DAY)
        assert state.covered("calls", "*") == RangeSet([days(0, 20)])
        assert state.settled("calls", "*") == RangeSet([days(0, 13)])

    def test_gaps_stay_gaps(self):
        state = SourceState({})
        state.mark_read("calls", "*", days(0, 2), day(30), 7 * DAY)
        state.mark_read("calls", "*", days(4, 6), day(30), 7 * DAY)
        assert RangeSet([days(0, 6)]) - state.covered("calls", "*") == RangeSet([days(2, 4)])

    def test_resources_and_selections_have_ranges_of_their_own(self):
        state = SourceState({})
        state.mark_read("calls", "w1", days(0, 2), day(30), DAY)
        state.mark_read("logs", "AccessLog", days(4, 5), day(30), DAY)
        assert not state.covered("calls", "w2")
        assert not state.covered("transcripts", "w1")
        assert state.all_ranges() == {
            "calls": {"w1": [["2023-12-31T12:00:00Z", "2024-01-02T12:00:00Z"]]},
            "logs": {"AccessLog": [["2024-01-04T12:00:00Z", "2024-01-05T12:00:00Z"]]},
        }

    @steady
    @given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10), st.integers(0, 50)), max_size=8))
    def test_what_is_settled_was_read_late_enough(self, readings: list[tuple[int, int, int]]):
        raw: dict[str, Any] = {}
        for start, length, read_at in readings:
            reopened_state = SourceState(raw)
            reopened_state.mark_read("calls", "*", days(start, start + length), day(read_at), 7 * DAY)
            raw = json.loads(json.dumps(raw))
        state = SourceState(raw)
        for number in range(45):
            read_at_times = [at for start, length, at in readings if start <= number < start + length]
            assert (day(number) in state.covered("calls", "*")) == bool(read_at_times)
            assert (day(number) in state.settled("calls", "*")) == any(at - 7 > number for at in read_at_times)


class TestDefaultStart:
    def test_is_kept_from_the_first_run(self):
        raw: dict[str, Any] = {}
        first = SourceState(raw).default_start(NOW.replace(microsecond=123), 90)
        assert first == NOW - 90 * DAY
        assert reopened(raw).default_start(NOW + 5 * DAY, 30) == first


class TestLedger:
    def test_waits_for_a_transcript_until_it_comes(self):
        raw: dict[str, Any] = {}
        wanted = Wanted("c1", day(1.5) + timedelta(microseconds=7))
        SourceState(raw).transcript_missing(wanted, NOW, PATIENCE)
        state = reopened(raw)
        assert state.awaited() == [wanted]
        assert state.without_transcript() == set()
        state.transcript_came("c1")
        assert state.awaited() == []

    def test_keeps_calls_without_a_start(self):
        raw: dict[str, Any] = {}
        SourceState(raw).transcript_missing(Wanted("c1", None), NOW, PATIENCE)
        assert reopened(raw).awaited() == [Wanted("c1", None)]

    def test_what_came_unasked_is_no_error(self):
        state = SourceState({})
        state.transcript_came("c1")
        assert state.awaited() == []

    def test_is_asked_in_turn(self):
        state = SourceState({})
        for name in "abc":
            state.transcript_missing(Wanted(name, day(1)), NOW, PATIENCE)
        state.transcript_missing(Wanted("a", day(1)), NOW + DAY, PATIENCE)
        assert ids(state.awaited()) == ["b", "c", "a"]

    def test_patience_counts_from_the_first_asking(self):
        state = SourceState({})
        for later in range(14):
            state.transcript_missing(Wanted("c1", day(1)), NOW + later * DAY, PATIENCE)
            assert ids(state.awaited()) == ["c1"]
        state.transcript_missing(Wanted("c1", day(1)), NOW + 14 * DAY, PATIENCE)
        assert state.awaited() == []
        assert state.without_transcript() == {"c1"}

    def test_no_patience_gives_up_at_once(self):
        state = SourceState({})
        state.transcript_missing(Wanted("c1", day(1)), NOW, timedelta(0))
        assert state.awaited() == []
        assert state.without_transcript() == {"c1"}

    def test_is_bounded_and_gives_up_those_asked_for_first(self):
        raw: dict[str, Any] = {"awaited": {f"c{n}": [None, 0] for n in range(MOST_AWAITED)}}
        state = SourceState(raw)
        long_patience = timedelta(days=100_000)
        state.transcript_missing(Wanted("c0", None), NOW, long_patience)
        state.transcript_missing(Wanted("new", day(1)), NOW, long_patience)
        assert len(state.awaited()) == MOST_AWAITED
        assert ids(state.awaited())[-2:] == ["c0", "new"]
        assert state.without_transcript() == {"c1"}

    def test_what_the_bound_gives_up_is_pruned_like_all_else(self):
        state = SourceState({"awaited": {f"c{n}": [n, 0] for n in range(MOST_AWAITED)}})
        state.transcript_missing(Wanted("new", day(1)), NOW, timedelta(days=100_000))
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        state.prune_given_up(RangeSet([Range(epoch, epoch + timedelta(microseconds=1))]))
        assert state.without_transcript() == set()

    def test_an_overfull_ledger_of_an_older_version_shrinks_to_the_bound(self):
        state = SourceState({"awaited": {f"c{n}": [None, 0] for n in range(MOST_AWAITED + 3)}})
        state.transcript_missing(Wanted("new", None), NOW, timedelta(days=100_000))
        assert len(state.awaited()) == MOST_AWAITED
        assert state.without_transcript() == {"c0", "c1", "c2", "c3"}

    def test_forgets_calls_wherever_they_are(self):
        state = SourceState({})
        state.transcript_missing(Wanted("waiting", day(1)), NOW, PATIENCE)
        state.transcript_missing(Wanted("kept", day(1)), NOW, PATIENCE)
        state.transcript_missing(Wanted("given up", day(1)), NOW, timedelta(0))
        state.forget_calls(["waiting", "given up", "never seen"])
        assert ids(state.awaited()) == ["kept"]
        assert state.without_transcript() == set()

    def test_given_up_calls_are_kept_until_no_run_lists_them_again(self):
        raw: dict[str, Any] = {}
        state = SourceState(raw)
        for name, started in [("settled", day(4.5)), ("edge", day(5)), ("later", day(9)), ("undated", None)]:
            state.transcript_missing(Wanted(name, started), NOW, timedelta(0))
        state = reopened(raw)
        state.prune_given_up(RangeSet([days(0, 5)]))
        assert state.without_transcript() == {"edge", "later", "undated"}

    @steady
    @given(
        st.lists(
            st.tuples(st.sampled_from("abcde"), st.sampled_from(["missing", "came", "forget"]), st.integers(0, 9)),
            max_size=30,
        )
    )
    def test_a_call_is_in_one_place_at_most(self, events: list[tuple[str, str, int]]):
        raw: dict[str, Any] = {}
        now, first_asked, given_up = NOW, dict[str, datetime](), set[str]()
        for call_id, event, later in events:
            state, now = reopened(raw), now + later * DAY
            raw = state._raw
            if event == "missing" and call_id not in given_up:
                begun = first_asked.setdefault(call_id, now)
                state.transcript_missing(Wanted(call_id, day(1)), now, PATIENCE)
                if now - begun >= PATIENCE:
                    given_up.add(call_id)
                    del first_asked[call_id]
            elif event == "came":
                state.transcript_came(call_id)
                first_asked.pop(call_id, None)
            elif event == "forget":
                state.forget_calls([call_id])
                first_asked.pop(call_id, None)
                given_up.discard(call_id)
        state = SourceState(raw)
        assert set(ids(state.awaited())) == set(first_asked)
        assert state.without_transcript() == given_up


class TestRequests:
    def test_are_kept_for_the_next_process(self):
        raw: dict[str, Any] = {}
        SourceState(raw).note_requests("2024-02-29", 17)
        assert reopened(raw).requests() == ("2024-02-29", 17)

    def test_are_of_no_day_at_first(self):
        assert SourceState({}).requests() == ("", 0)


def test_the_library_keeps_its_own():
    raw: dict[str, Any] = {}
    SourceState(raw).library["folders"] = {"1": "2024-02-29"}
    assert reopened(raw).library == {"folders": {"1": "2024-02-29"}}


def test_looking_at_a_state_does_not_fill_it():
    raw: dict[str, Any] = {}
    state = SourceState(raw)
    state.awaited()
    state.without_transcript()
    state.requests()
    state.forget_calls(["c1"])
    state.prune_given_up(RangeSet())
    assert raw == {}


@pytest.mark.parametrize("microseconds", [0, 1, 999_999])
def test_starts_before_1970_and_with_fractions_are_exact(microseconds: int):
    started = datetime(1969, 12, 31, 23, 59, 59, microseconds, tzinfo=UTC)
    raw: dict[str, Any] = {}
    SourceState(raw).transcript_missing(Wanted("c1", started), NOW, PATIENCE)
    assert reopened(raw).awaited() == [Wanted("c1", started)]
