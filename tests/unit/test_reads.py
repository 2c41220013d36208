"""What was read is remembered as if every instant had its own note, in a state that does not grow."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gong_source.ranges import UTC, Range, RangeSet
from gong_source.streams.reads import Reads

steady = settings(deadline=None, derandomize=True)

BASE = datetime(2024, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PLACES = range(40)

runs = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 30), st.integers(0, 12), st.booleans()), max_size=8)
"""Of each run: hours since the last one, hours its range goes back, its look-back, and whether it fails."""


def at(hour: float) -> datetime:
    return BASE + hour * HOUR


def hours(ranges: RangeSet) -> set[int]:
    return {hour for hour in PLACES if at(hour) in ranges}


class Model:
    """A note for each hour: read or not, settled or not."""

    def __init__(self) -> None:
        self.read: set[int] = set()
        self.settled: set[int] = set()

    def add(self, first: int, now: int, lookback: int) -> None:
        self.read |= set(range(first, now))
        self.settled = {hour for hour in self.settled | set(range(first, now)) if hour < now - lookback}

    def open(self, now: int, lookback: int) -> set[int]:
        return {hour for hour in range(now) if hour not in self.settled or hour >= now - lookback}


@steady
@given(runs)
def test_each_instant_is_remembered_as_if_alone(plan: list[tuple[int, int, int, bool]]):
    reads, model, now = Reads(), Model(), 0
    for pause, back, lookback, fails in plan:
        now += pause
        wanted = RangeSet([Range(at(0), at(now))]) - reads.settled_at(at(now), timedelta(hours=lookback))
        assert hours(wanted) == model.open(now, lookback)
        if fails:
            continue
        first = max(0, now - back)
        reads = reads.add(Range(at(first), at(now)), at(now), timedelta(hours=lookback))
        model.add(first, now, lookback)
        reads = Reads.from_state(json.loads(json.dumps(reads.to_state())))
        assert hours(reads.covered) == model.read
        assert hours(reads.settled) == model.settled


@steady
@given(runs)
def test_no_late_row_within_the_look_back_is_missed(plan: list[tuple[int, int, int, bool]]):
    """Whatever fails or pauses: a row that arrives within the look-back is found by the run after its arrival."""
    reads, now, lookback = Reads(), 0, timedelta(hours=6)
    last_read = dict.fromkeys(PLACES, -1)
    for pause, _, _, fails in plan:
        now += pause
        wanted = RangeSet([Range(at(0), at(now))]) - reads.settled_at(at(now), lookback)
        if fails:
            continue
        for piece in wanted:
            reads = reads.add(piece, at(now), lookback)
        last_read |= dict.fromkeys(hours(wanted), now)
        assert all(last_read[hour] >= min(now, hour + 6) for hour in range(min(now, 40)))


def test_a_larger_look_back_opens_its_days_and_no_more():
    reads = Reads().add(Range(BASE - 400 * DAY, BASE), BASE, 3 * DAY)
    for hour in range(1, 48):
        tail = reads.settled.ranges[0].end
        reads = reads.add(Range(tail, at(hour)), at(hour), 3 * DAY)
    now = at(48)
    assert reads.settled_at(now, 3 * DAY) == RangeSet([Range(BASE - 400 * DAY, at(47) - 3 * DAY)])
    assert reads.settled_at(now, 51 * DAY) == RangeSet([Range(BASE - 400 * DAY, now - 51 * DAY)])


def test_a_larger_look_back_stays_open_where_only_some_of_it_was_read():
    reads = Reads().add(Range(BASE - 90 * DAY, BASE), BASE, 3 * DAY)
    reads = reads.add(Range(BASE - DAY, BASE), BASE, 51 * DAY)
    later = BASE + 10 * DAY
    assert reads.settled_at(later, 51 * DAY) == RangeSet([Range(BASE - 90 * DAY, BASE - 51 * DAY)])


@pytest.mark.parametrize("lookback", [3 * DAY, 7 * DAY + timedelta(microseconds=1)], ids=str)
def test_years_of_hourly_runs_stay_small(lookback: timedelta):
    reads = Reads().add(Range(BASE - 90 * DAY, BASE), BASE, lookback)
    for hour in range(1, 10_000):
        now = at(hour) + timedelta(seconds=hour % 7)
        wanted = RangeSet([Range(BASE - 90 * DAY, now)]) - reads.settled_at(now, lookback)
        assert sum((piece.length for piece in wanted), timedelta(0)) < lookback + 2 * HOUR
        for piece in wanted:
            reads = reads.add(piece, now, lookback)
    assert len(json.dumps(reads.to_state())) < 200


def test_what_is_forgotten_is_read_anew():
    reads = Reads().add(Range(BASE, BASE + 9 * DAY), BASE + 10 * DAY, DAY)
    forgotten = RangeSet([Range(BASE + 2 * DAY, BASE + 3 * DAY)])
    left = reads.without(forgotten)
    assert left.covered == left.settled == reads.covered - forgotten


def test_nothing_is_read_where_the_state_has_nothing():
    assert Reads.from_state(None) == Reads.from_state({}) == Reads()
