"""What was read is remembered as if every hour had its own note, with the package that carried it, and stays small."""

import itertools
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gong_source.ranges import UTC, Range, RangeSet
from gong_source.streams.marks import Mark, Marks

BASE = datetime(2026, 11, 27, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PLACES = range(48)


def at(hour: float) -> datetime:
    return BASE + hour * HOUR


def hours(first: float, last: float) -> Range:
    return Range(at(first), at(last))


def load_at(seconds: float) -> str:
    """A load id as dlt makes it: seconds since 1970."""
    return f"{1795782913.66 + seconds:.6f}"


def reopened(marks: Marks) -> Marks:
    """As a later process finds them."""
    return Marks.from_state(json.loads(json.dumps(marks.to_state())))


def places(ranges: RangeSet) -> set[int]:
    return {hour for hour in PLACES if at(hour) in ranges}


@dataclass
class Note:
    """What is known of one hour: the package that carried it last, and whether it is settled."""

    load_id: str
    settled: bool


hour = st.integers(0, 12)
length = st.integers(1, 8)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), hour, length, st.integers(-6, 12), st.integers(1, 10_000)),
        st.tuples(st.just("remove"), hour, length),
        st.tuples(st.just("unsettle"), hour),
        st.tuples(st.just("restore"), st.integers(0, 12)),
    ),
    max_size=14,
)
"""Reads with the hours after their end at which they are made, and the seconds since the last package; what is
forgotten; what a longer look-back opens; and restoring the destination as it was some packages ago."""


@given(steps, st.integers(0, 6))
def test_each_hour_is_remembered_as_if_alone(plan: list[tuple[str, int, int, int, int]], lookback: int):
    marks, notes, loads, clock = Marks(), dict[int, Note](), list[str](), 0
    for kind, *rest in plan:
        first = rest[0]
        if kind == "add":
            _, long, delay, pause = rest
            clock += pause
            loads.append(load_at(clock))
            read_at = first + long + delay
            marks.add(hours(first, first + long), loads[-1], at(read_at), lookback * HOUR)
            for place in range(first, first + long):
                settled = place < read_at - lookback or (place in notes and notes[place].settled)
                notes[place] = Note(loads[-1], settled)
        elif kind == "remove":
            marks.remove(RangeSet([hours(first, first + rest[1])]))
            notes = {place: note for place, note in notes.items() if not first <= place < first + rest[1]}
        elif kind == "unsettle":
            marks.unsettle(at(first))
            notes = {place: Note(note.load_id, note.settled and place < first) for place, note in notes.items()}
        else:
            gone = loads[max(0, len(loads) - first) :]
            before = marks.covered
            lost = marks.drop_loads(gone)
            assert marks.covered == before - lost
            assert not marks.loads & set(gone)
            assert {place for place, note in notes.items() if note.load_id in gone} <= places(lost)
            notes = {place: note for place, note in notes.items() if place not in places(lost)}
        marks = reopened(marks)
        listed = list(marks)
        assert all(one.range.end <= other.range.start for one, other in itertools.pairwise(listed))
        assert not any(mark.range.empty for mark in listed)
        assert places(marks.covered) == set(notes)
        assert places(marks.settled) == {place for place, note in notes.items() if note.settled}
        for mark in listed:  # joined under the later package, so that no older destination is believed to hold it
            carried = [float(notes[place].load_id) for place in places(RangeSet([mark.range]))]
            assert max(carried) <= float(mark.load_id)


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=30))
def test_no_late_row_within_the_look_back_is_missed(plan: list[tuple[int, bool]]):
    """Whatever fails or pauses: a row that arrives within the look-back is found by the run after its arrival."""
    marks, now, lookback = Marks(), 0, 6
    last_read = dict.fromkeys(PLACES, -1)
    for pause, fails in plan:
        now += pause
        wanted = RangeSet([hours(0, now)]) - marks.settled
        if fails:
            continue
        for piece in wanted:
            marks.add(piece, load_at(3600 * now), at(now), lookback * HOUR)
        last_read |= dict.fromkeys(places(wanted), now)
        assert all(last_read[place] >= min(now, place + lookback) for place in PLACES if place < now)


@cache
def hourly(runs: int, lookback: timedelta) -> Marks:
    """What is remembered after so many hourly runs, each of which read what was not settled."""
    marks = Marks()
    begin = BASE - 90 * DAY
    for run in range(runs):
        now = at(run) + timedelta(seconds=run % 7)
        for piece in RangeSet([Range(begin, now)]) - marks.settled:
            marks.add(piece, load_at((now - BASE).total_seconds()), now, lookback)
        marks = reopened(marks) if run % 100 == 0 else marks
    return marks


@pytest.mark.parametrize(
    ("runs", "lookback"), [(10_000, timedelta(0)), (1_000, 7 * DAY + timedelta(microseconds=1))], ids=str
)
def test_a_year_of_hourly_runs_stays_small(runs: int, lookback: timedelta):
    marks = hourly(runs, lookback)
    assert len(list(marks)) < 25
    now = at(runs - 1) + timedelta(seconds=(runs - 1) % 7)
    assert marks.covered == RangeSet([Range(BASE - 90 * DAY, now)])
    assert marks.settled == RangeSet([Range(BASE - 90 * DAY, now - lookback)])


def test_an_older_destination_has_not_much_more_read_again_than_it_lacks():
    kept = list(hourly(10_000, timedelta(0)))
    for back in (1, 5, 24, 24 * 7, 24 * 30, 24 * 180):
        marks = Marks(kept)
        loads = {mark.load_id for mark in marks if float(mark.load_id) > float(load_at(3600 * (9_999 - back)))}
        lost = marks.drop_loads(loads)
        assert at(9_998) in lost
        read_again = sum((piece.length for piece in lost), timedelta(0))
        assert back * HOUR <= read_again <= 3 * back * HOUR, back


def test_a_package_is_told_apart_from_the_newest_one():
    """Two packages close behind each other: the destination may hold the first and not the second."""
    marks = Marks()
    marks.add(hours(0, 5), load_at(0), at(40), HOUR)
    marks.add(hours(5, 9), load_at(1), at(40), HOUR)
    assert [mark.load_id for mark in marks] == [load_at(0), load_at(1)]
    assert marks.drop_loads([load_at(1)]) == RangeSet([hours(5, 9)])
    assert list(marks) == [Mark(hours(0, 5), load_at(0), True)]


def test_neighbours_become_one_of_the_later_package_as_time_goes_by():
    marks = Marks()
    for number in range(4):
        marks.add(hours(number, number + 1), load_at(number), at(40), HOUR)
    assert list(marks) == [
        Mark(hours(0, 2), load_at(1), True),
        Mark(hours(2, 3), load_at(2), True),
        Mark(hours(3, 4), load_at(3), True),
    ]


@pytest.mark.parametrize("gap", ["apart", "unsettled"])
def test_what_is_not_alike_or_adjacent_is_not_joined(gap: str):
    marks = Marks()
    marks.add(hours(0, 1), load_at(0), at(40), HOUR)
    second = hours(2, 3) if gap == "apart" else hours(1, 2)
    marks.add(second, load_at(1), at(40) if gap == "apart" else at(1), HOUR)
    marks.add(hours(10, 11), load_at(9_999), at(40), HOUR)
    assert [mark.load_id for mark in marks] == [load_at(0), load_at(1), load_at(9_999)]


def test_dropping_a_package_that_carried_nothing_forgets_nothing():
    marks = Marks([Mark(hours(0, 5), load_at(0), True)])
    assert marks.drop_loads([load_at(7)]) == RangeSet()
    assert list(marks) == [Mark(hours(0, 5), load_at(0), True)]


def test_a_longer_look_back_opens_its_time_and_no_more():
    marks = Marks()
    marks.add(Range(BASE - 400 * DAY, BASE), load_at(0), BASE, 3 * DAY)
    marks.unsettle(BASE - 51 * DAY)
    assert marks.covered == RangeSet([Range(BASE - 400 * DAY, BASE)])
    assert marks.settled == RangeSet([Range(BASE - 400 * DAY, BASE - 51 * DAY)])
    marks.add(Range(BASE - DAY, BASE), load_at(60), BASE, 51 * DAY)  # a run that failed after a part of it
    assert marks.settled == RangeSet([Range(BASE - 400 * DAY, BASE - 51 * DAY)])


def test_nothing_was_read_where_the_state_has_nothing():
    assert not Marks.from_state(None)
    assert not Marks.from_state([])
    assert Marks().to_state() == []
