"""What a pipeline remembers: the ranges of a stream, and what is true of the company. All of it survives JSON."""

import json
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gong_source.ranges import UTC, Range, RangeSet
from gong_source.streams.state import CompanyState, StreamState

NOW = datetime(2024, 2, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def day(number: float) -> datetime:
    return NOW - 60 * DAY + number * DAY


def days(first: float, last: float) -> Range:
    return Range(day(first), day(last))


def reopened(raw: dict[str, Any]) -> StreamState:
    """The state as a later process finds it."""
    return StreamState(json.loads(json.dumps(raw)), {})


class TestRanges:
    def test_nothing_is_covered_at_first_and_asking_changes_nothing(self):
        raw: dict[str, Any] = {}
        state = StreamState(raw, {"pii": "keep"})
        assert state.covered("*") == state.settled("*") == RangeSet()
        assert state.ranges() == {}
        assert state.loads == set()
        assert raw == {}

    def test_reading_covers_and_settles_what_is_a_look_back_old(self):
        raw: dict[str, Any] = {}
        StreamState(raw, {}).mark_read("*", days(0, 10), "1.5", day(12), 7 * DAY)
        state = reopened(raw)
        assert state.covered("*") == RangeSet([days(0, 10)])
        assert state.settled("*") == RangeSet([days(0, 5)])
        assert state.loads == {"1.5"}

    def test_a_later_reading_settles_more_and_an_earlier_one_takes_nothing_back(self):
        state = StreamState({}, {})
        state.mark_read("*", days(0, 10), "1", day(30), 7 * DAY)
        state.mark_read("*", days(5, 20), "2", day(20), 7 * DAY)
        assert state.covered("*") == RangeSet([days(0, 20)])
        assert state.settled("*") == RangeSet([days(0, 13)])

    def test_gaps_stay_gaps(self):
        state = StreamState({}, {})
        state.mark_read("*", days(0, 2), "1", day(30), 7 * DAY)
        state.mark_read("*", days(4, 6), "1", day(30), 7 * DAY)
        assert RangeSet([days(0, 6)]) - state.covered("*") == RangeSet([days(2, 4)])

    def test_selections_have_ranges_of_their_own(self):
        state = StreamState({}, {})
        state.mark_read("AccessLog", days(0, 2), "1", day(30), DAY)
        state.mark_read("UserActivityLog", days(4, 5), "1", day(30), DAY)
        assert not state.covered("UserCallPlay")
        assert state.covered("AccessLog") == RangeSet([days(0, 2)])
        assert state.ranges() == {
            "AccessLog": [["2023-12-31T12:00:00Z", "2024-01-02T12:00:00Z"]],
            "UserActivityLog": [["2024-01-04T12:00:00Z", "2024-01-05T12:00:00Z"]],
        }

    @given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10), st.integers(0, 50)), max_size=8))
    def test_what_is_settled_was_read_late_enough(self, readings: list[tuple[int, int, int]]):
        raw: dict[str, Any] = {}
        for load, (start, length, read_at) in enumerate(readings):
            state = reopened(raw)
            state.mark_read("*", days(start, start + length), str(load), day(read_at), 7 * DAY)
            raw = state.raw
        state = reopened(raw)
        for number in range(45):
            read_at_times = [at for start, length, at in readings if start <= number < start + length]
            assert (day(number) in state.covered("*")) == bool(read_at_times)
            assert (day(number) in state.settled("*")) == any(at - 7 > number for at in read_at_times)


class TestCompany:
    def test_the_start_of_the_first_run_is_kept(self):
        raw: dict[str, Any] = {}
        first = CompanyState(raw).first_start(NOW.replace(microsecond=123), NOW)
        assert first == NOW
        for later in (NOW + 5 * DAY, NOW - 5 * DAY):
            assert CompanyState(json.loads(json.dumps(raw))).first_start(later, NOW + 5 * DAY) == first

    def test_a_first_run_that_began_later_than_now_does_not_count(self):
        company = CompanyState({})
        company.first_start(NOW + 10 * DAY, NOW + 100 * DAY)  # by a clock that was ahead
        for _ in range(2):
            assert company.first_start(NOW - 90 * DAY, NOW) == NOW - 90 * DAY

    def test_requests_are_kept_for_the_next_process(self):
        raw: dict[str, Any] = {}
        CompanyState(raw).note_requests("2024-02-29", 17)
        assert CompanyState(json.loads(json.dumps(raw))).requests() == ("2024-02-29", 17)

    def test_the_next_slice_and_the_company_are_kept(self):
        raw: dict[str, Any] = {}
        state = CompanyState(raw)
        state.reconcile_next = day(3)
        state.company = {"key": "k", "host": "api.gong.io", "workspaces": ["1"]}
        later = CompanyState(json.loads(json.dumps(raw)))
        assert later.reconcile_next == day(3)
        assert later.company == {"key": "k", "host": "api.gong.io", "workspaces": ["1"]}

    def test_looking_does_not_fill_it(self):
        raw: dict[str, Any] = {}
        state = CompanyState(raw)
        assert state.requests() == ("", 0)
        assert state.reconcile_next is None
        assert state.company == {}
        assert raw == {}
