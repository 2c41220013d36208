"""Windows cover what is missing exactly once, whatever they hold, and one grows into the unknown at a time."""

import threading
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gong_source.config import GongSettings
from gong_source.errors import GongBadRequestError
from gong_source.ranges import UTC, Range, RangeSet
from gong_source.streams.context import ReadContext
from gong_source.streams.reader import Window
from gong_source.streams.window_length import MANY, Held
from gong_source.streams.window_plan import WindowPlan, WindowRead, read_windows

BASE = datetime(2026, 11, 27, tzinfo=UTC)
DAY = timedelta(days=1)
CHUNK = 30 * DAY
YEARS = Range(datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 11, 27, tzinfo=UTC))


def days(first: float, last: float) -> Range:
    return Range(BASE + first * DAY, BASE + last * DAY)


def context() -> ReadContext:
    """One with a clock alone."""
    return ReadContext(settings=GongSettings(), client=cast(Any, None), clock=lambda: BASE)


gaps = st.dictionaries(
    st.sampled_from(["*", "w1", "w2"]),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 200)), max_size=4).map(
        lambda pairs: RangeSet(days(first, first + length) for first, length in pairs)
    ),
    max_size=3,
)


@given(gaps, st.booleans(), st.booleans(), st.data())
def test_the_gaps_are_covered_exactly_once(
    missing: dict[str, RangeSet], newest_first: bool, probed: bool, data: st.DataObject
):
    """In whatever order up to three windows in flight end, empty, with records, or as too long."""
    plan = WindowPlan(missing, CHUNK, newest_first, probed=probed)
    assert plan.left is any(missing.values())
    in_flight: list[Window] = []
    read: dict[str, list[Range]] = {}
    numbers: list[int] = []
    while True:
        while len(in_flight) < 3 and (window := plan.take(wait=not in_flight)) is not None:
            in_flight.append(window)
            numbers.append(window.number)
        if not in_flight:
            break
        assert plan.left
        window = in_flight.pop(data.draw(st.integers(0, len(in_flight) - 1)))
        outcome = data.draw(st.sampled_from(["records", "nothing", "too long", "refused"]))
        held = Held(data.draw(st.integers(101, 100_000)), too_long=True) if outcome == "too long" else None
        if outcome in ("too long", "refused") and plan.too_long(window, held):
            assert window.range.length > CHUNK
            continue
        if outcome in ("too long", "refused"):
            assert window.range.length <= CHUNK
        plan.found(window, {"records": data.draw(st.integers(1, 500)), "nothing": 0}.get(outcome, 1))
        plan.taken()
        read.setdefault(window.selection, []).append(window.range)
    assert not plan.left
    assert len(set(numbers)) == len(numbers)
    for selection, wanted in missing.items():
        pieces = read.get(selection, [])
        assert RangeSet(pieces) == wanted
        assert sum((piece.length for piece in pieces), timedelta(0)) == sum((r.length for r in wanted), timedelta(0))


@pytest.mark.parametrize("newest_first", [False, True])
def test_years_of_nothing_take_a_few_windows(newest_first: bool):
    plan = WindowPlan({"*": RangeSet([YEARS])}, CHUNK, newest_first)
    lengths = []
    for window in plan:
        lengths.append(window.range.length)
        plan.found(window, 0)
    assert lengths[:4] == ([CHUNK, 2 * CHUNK, 8 * CHUNK, 32 * CHUNK] if newest_first else [YEARS.length])
    assert len(lengths) <= 7


def test_windows_with_many_records_stay_as_long_as_a_chunk():
    plan = WindowPlan({"*": RangeSet([days(0, 300)])}, CHUNK)
    for window in plan:
        assert window.range.length == CHUNK
        plan.found(window, 300)


def test_selections_grow_on_their_own():
    plan = WindowPlan({"empty": RangeSet([days(0, 700)]), "full": RangeSet([days(0, 700)])}, CHUNK)
    longest = dict.fromkeys(["empty", "full"], timedelta(0))
    for window in plan:
        longest[window.selection] = max(longest[window.selection], window.range.length)
        plan.found(window, 200 * (window.selection == "full"))
    assert longest["full"] == CHUNK
    assert longest["empty"] >= 8 * CHUNK


def test_windows_in_flight_side_by_side_do_not_grow_each_other():
    plan = WindowPlan({"*": RangeSet([days(0, 600)])}, CHUNK)
    first = [next(iter(plan)) for _ in range(8)]
    for window in first:
        plan.found(window, 0)
    assert next(iter(plan)).range.length == 2 * CHUNK


def test_a_window_that_grows_into_the_unknown_goes_alone():
    plan = WindowPlan({"a": RangeSet([YEARS]), "b": RangeSet([days(0, 600)])}, CHUNK)
    first = plan.take()
    assert first == Window("a", YEARS, 1)
    assert [plan.take(wait=False).selection for _ in range(3)] == ["b", "b", "b"]  # type: ignore[union-attr]
    plan.too_long(first, Held(20_000, too_long=True))  # all at one end: a chunk would hold 29
    half = plan.take(wait=False)
    assert half is not None
    assert half.selection == "a"
    plan.found(half, 5)  # what is sparse is read side by side
    assert [plan.take(wait=False).selection for _ in range(3)] == ["a", "a", "a"]  # type: ignore[union-attr]


@pytest.mark.parametrize("newest_first", [False, True])
def test_the_order_is_of_time_over_all_selections(newest_first: bool):
    plan = WindowPlan({"w1": RangeSet([days(0, 100)]), "w2": RangeSet([days(60, 160)])}, CHUNK, newest_first)
    listed = []
    for window in plan:
        listed.append(window)
        plan.found(window, 300)
    if newest_first:
        assert [window.range.end for window in listed] == sorted((w.range.end for w in listed), reverse=True)
        assert listed[0] == Window("w2", days(130, 160), 1)
    else:
        assert [window.range.start for window in listed] == sorted(window.range.start for window in listed)
        assert listed[0] == Window("w1", days(0, 30), 1)
    assert [window.number for window in listed] == list(range(1, len(listed) + 1))


def test_the_ends_of_time_are_no_obstacle():
    ends = Range(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    for newest_first in (False, True):
        plan = WindowPlan({"*": RangeSet([ends])}, timedelta(days=36_500), newest_first)
        pieces = []
        for window in plan:
            plan.found(window, 0)
            pieces.append(window.range)
        assert RangeSet(pieces) == RangeSet([ends])


def held_by(window: Window) -> Held:
    """Years without calls, then one every day: a window that is long and holds many is not read."""
    calls = RangeSet([window.range]) & RangeSet([days(-900, 0)])
    found = sum((piece.length for piece in calls), timedelta(0)) // DAY
    return Held(found, too_long=found > MANY and window.range.length > CHUNK)


@pytest.mark.parametrize("threads", [1, 8])
@pytest.mark.parametrize("refusal", ["asked", "error"])
def test_threads_share_a_plan(threads: int, refusal: str):
    events: list[WindowRead] = []
    asked: list[Range] = []
    lock = threading.Lock()

    def read(window: Window, emit: Any) -> Held:
        with lock:
            asked.append(window.range)
        held = held_by(window)
        if held.too_long and refusal == "error":
            raise GongBadRequestError("the range is too long", endpoint="GET /v2/calls", status=400)
        return held

    plan = WindowPlan({"*": RangeSet([YEARS])}, CHUNK)
    workers = [
        threading.Thread(target=read_windows, args=(plan, context(), lambda: False, read, events.append))
        for _ in range(threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(300)
    for _ in events:
        plan.taken()
    assert not plan.left
    assert RangeSet(event.window.range for event in events) == RangeSet([YEARS])
    assert sum((event.window.range.length for event in events), timedelta(0)) == YEARS.length
    assert {event.found for event in events} == {True, False}
    assert all(event.read_at == BASE for event in events)
    assert len(asked) < (60 if refusal == "asked" else 250)


def test_a_chunk_that_is_refused_is_an_error():
    plan, events = WindowPlan({"*": RangeSet([days(0, 30)])}, CHUNK), list[Any]()

    def read(window: Window, emit: Any) -> Held:
        raise GongBadRequestError("no", endpoint="GET /v2/calls", status=400)

    with pytest.raises(GongBadRequestError):
        read_windows(plan, context(), lambda: False, read, events.append)
    assert events == []
    assert plan.left


def test_nothing_is_read_once_the_stream_has_stopped():
    plan, events = WindowPlan({"*": RangeSet([days(0, 300)])}, CHUNK), list[Any]()
    read_windows(plan, context(), lambda: len(events) == 2, lambda window, emit: Held(1), events.append)
    assert len(events) == 2
    assert plan.left
