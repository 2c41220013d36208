"""Which transcripts are asked for, in which batches, and when a window counts as read."""

import threading
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gong_source.api.endpoints import BATCH
from gong_source.ranges import UTC, Range
from gong_source.streams.calls.ledger import MOST_RETRIES, Ledger
from gong_source.streams.calls.transcripts import (
    LAST,
    TranscriptQueue,
    TranscriptsRead,
    _span,
)
from gong_source.streams.reader import Window
from gong_source.streams.window_plan import WindowRead
from gong_source.tables import REMOVED
from gong_source.tables.arrow import Shaped
from gong_source.warehouse.queries import Wanted

NOW = datetime(2024, 2, 29, 12, tzinfo=UTC)
STARTED = datetime(2024, 2, 1, tzinfo=UTC)
PATIENCE = timedelta(days=14)


def call(number: int, started: datetime | None = STARTED) -> Wanted:
    return Wanted(f"c{number}", started)


def calls(*numbers: int) -> list[Wanted]:
    return [call(number) for number in numbers]


def window(number: int) -> WindowRead:
    day = STARTED + timedelta(days=number)
    return WindowRead(Window("*", Range(day, day + timedelta(days=1)), number), NOW)


class Office:
    """A queue, the batches it has handed out, and a ledger."""

    def __init__(
        self,
        there: dict[str, datetime | None] | None = None,
        given_up: set[str] | None = None,
        again: datetime | None = None,
    ) -> None:
        self.batches: list[tuple[Wanted, ...]] = []
        self.ledger = Ledger({})
        self.queue = TranscriptQueue(self.batches.append, there or {}, given_up or set(), again)

    @property
    def asked(self) -> list[str]:
        return [wanted.call_id for batch in self.batches for wanted in batch]

    def answer(self, batch: int, came: set[str] | None = None, odd: bool = False) -> list[Shaped]:
        """Answer a batch; without ``came`` with every transcript. Returns what is loaded thereby."""
        asked = self.batches[batch]
        ids = frozenset(wanted.call_id for wanted in asked) if came is None else frozenset(came)
        return self.queue.answered(TranscriptsRead(asked, ids, [], odd), self.ledger, NOW, PATIENCE)

    def completed(self) -> list[int]:
        return [read.window.number for read in self.queue.completed()]


class TestAsking:
    def test_goes_out_in_full_batches(self):
        office = Office()
        office.queue.want(calls(*range(BATCH - 1)), 0)
        assert office.batches == []
        office.queue.want(calls(*range(BATCH - 1, 2 * BATCH + 5)), 1)
        assert [len(batch) for batch in office.batches] == [BATCH, BATCH]
        office.queue.flush()
        office.queue.flush()
        assert [len(batch) for batch in office.batches] == [BATCH, BATCH, 5]
        assert office.asked == [f"c{number}" for number in range(2 * BATCH + 5)]
        assert BATCH == 100

    def test_asks_once_for_each_call(self):
        office = Office()
        office.queue.want(calls(1, 2, 1))
        office.queue.want(calls(2, 3), 0)
        office.queue.flush()
        office.queue.want(calls(1, 3, 4), 1)
        office.queue.flush()
        assert office.asked == ["c1", "c2", "c3", "c4"]

    def test_skips_what_is_there_and_what_was_given_up(self):
        office = Office({"c1": STARTED, "c2": None}, {"c3"})
        office.queue.want([*calls(1, 3, 4), call(2, None)], 0)
        office.queue.flush()
        assert office.asked == ["c4"]

    @pytest.mark.parametrize("stored", [None, STARTED + timedelta(microseconds=1)], ids=str)
    def test_asks_again_where_the_start_of_the_call_has_changed(self, stored: datetime | None):
        office = Office({"c1": stored})
        office.queue.want(calls(1), 0)
        office.queue.flush()
        assert office.asked == ["c1"]

    def test_the_same_start_in_another_zone_is_no_change(self):
        office = Office({"c1": STARTED.astimezone(timezone(timedelta(hours=5)))})
        office.queue.want(calls(1), 0)
        office.queue.flush()
        assert office.asked == []

    def test_asks_again_for_what_is_young_or_tells_no_start(self):
        old, edge = call(1, STARTED - timedelta(microseconds=1)), call(2, STARTED)
        young, undated, given_up = call(3, NOW), call(4, None), call(5, NOW)
        there = {each.call_id: each.started for each in (old, edge, young, undated)}
        office = Office(there, {"c5"}, again=STARTED)
        office.queue.want([old, edge, young, undated, given_up], 0)
        office.queue.close_window(window(0))
        assert office.completed() == []
        office.queue.flush()
        assert office.asked == ["c2", "c3"]  # an undated one belongs to no look-back, and there it is as it was
        office.answer(0)
        assert office.completed() == [0]


class TestWindows:
    def test_are_complete_only_when_closed_and_answered(self):
        office = Office()
        office.queue.want(calls(1, 2), 0)
        office.queue.flush()
        assert office.completed() == []
        office.answer(0)
        assert office.completed() == []
        office.queue.close_window(window(0))
        assert office.completed() == [0]
        assert office.completed() == []

    def test_wait_for_all_of_their_batches(self):
        office = Office()
        office.queue.want(calls(*range(BATCH + 1)), 0)
        office.queue.close_window(window(0))
        office.queue.flush()
        office.answer(0)
        assert office.completed() == []
        office.answer(1)
        assert office.completed() == [0]

    def test_wait_for_what_is_still_to_be_asked(self):
        office = Office()
        office.queue.want(calls(1), 0)
        office.queue.close_window(window(0))
        assert office.completed() == []
        office.queue.flush()
        office.answer(0)
        assert office.completed() == [0]

    def test_share_batches(self):
        office = Office()
        office.queue.want(calls(1), 0)
        office.queue.want(calls(2), 1)
        office.queue.want(calls(*range(3, BATCH + 3)), 2)
        for number in range(3):
            office.queue.close_window(window(number))
        office.answer(0)
        assert office.completed() == [0, 1]
        office.queue.flush()
        office.answer(1)
        assert office.completed() == [2]

    def test_without_calls_or_with_known_ones_only_are_complete_at_once(self):
        office = Office({"c1": STARTED}, {"c2"})
        office.queue.want([], 0)
        office.queue.want(calls(1, 2), 1)
        for number in range(3):
            office.queue.close_window(window(number))
        assert office.completed() == [0, 1, 2]
        assert office.queue.completed() == []

    def test_carry_what_was_read_when(self):
        office = Office()
        office.queue.close_window(window(4))
        assert office.queue.completed() == [window(4)]

    def test_a_missing_transcript_goes_to_the_ledger_and_does_not_hold_the_window(self):
        office = Office()
        office.queue.want(calls(1, 2), 0)
        office.queue.close_window(window(0))
        office.queue.flush()
        office.answer(0, {"c1"})
        assert office.completed() == [0]
        assert office.ledger.awaited() == calls(2)

    def test_what_comes_leaves_the_ledger(self):
        office = Office()
        for number in (1, 2):
            office.ledger.missing(call(number), NOW - timedelta(days=1), PATIENCE)
        office.queue.want(office.ledger.awaited_now())
        office.queue.flush()
        office.answer(0, {"c1"})
        assert office.ledger.awaited() == calls(2)

    def test_what_does_not_come_in_time_is_given_up(self):
        office = Office()
        office.ledger.missing(call(1), NOW - PATIENCE, PATIENCE)
        office.queue.want(office.ledger.awaited_now())
        office.queue.flush()
        office.answer(0, set())
        assert office.ledger.awaited() == []
        assert office.ledger.given_up() == {"c1"}


class TestGone:
    def test_what_was_there_and_does_not_come_any_more_is_removed(self):
        office = Office({"c1": NOW, "c2": NOW, "c4": None}, again=STARTED)
        office.queue.want([*(call(number, NOW) for number in (1, 2, 3)), *calls(4)], 0)
        office.queue.close_window(window(0))
        office.queue.flush()
        parts = office.answer(0, {"c1"})
        assert [part.table.name for part in parts] == ["transcripts", "transcript_sentences"]
        for part in parts:
            assert part.data["call_id"].to_pylist() == ["c2", "c4"]
            assert part.data[REMOVED].to_pylist() == [True, True]
        assert {wanted.call_id for wanted in office.ledger.awaited()} == {"c2", "c3", "c4"}
        assert office.completed() == [0]

    def test_what_was_never_there_is_not_removed(self):
        office = Office()
        office.queue.want(calls(1, 2), 0)
        office.queue.flush()
        assert office.answer(0, {"c1"}) == []

    def test_nothing_is_removed_or_given_up_where_something_odd_may_be_what_is_missing(self):
        office = Office({"c1": NOW}, again=STARTED)
        office.ledger.missing(call(2), NOW - PATIENCE, PATIENCE)
        office.queue.want([call(1, NOW), *calls(2)])
        office.queue.flush()
        assert office.answer(0, set(), odd=True) == []
        assert {wanted.call_id for wanted in office.ledger.awaited()} == {"c1", "c2"}
        assert not office.ledger.given_up()


class TestStopped:
    def test_asks_for_nothing_more_and_completes_nothing(self):
        office = Office()
        office.queue.want(calls(1), 0)
        office.queue.close_window(window(1))
        office.queue.stopped = True
        office.queue.want(calls(*range(2, BATCH + 50)), 0)
        office.queue.flush()
        office.queue.close_window(window(0))
        assert office.batches == []
        assert office.completed() == []

    def test_still_notes_what_was_answered(self):
        office = Office()
        office.queue.want(calls(1, 2), 0)
        office.queue.flush()
        office.queue.stopped = True
        office.answer(0, {"c1"})
        assert office.ledger.awaited() == calls(2)


@given(
    st.lists(st.lists(st.integers(0, 260), max_size=150), max_size=5),
    st.sets(st.integers(0, 260), max_size=30),
    st.sets(st.integers(0, 260), max_size=30),
    st.randoms(use_true_random=False),
)
def test_whatever_is_listed_is_answered_before_its_window_counts(
    listed: list[list[int]], there: set[int], given_up: set[int], random: Any
):
    office = Office({f"c{number}": STARTED for number in there}, {f"c{number}" for number in given_up})
    for number, numbers in enumerate(listed):
        office.queue.want(calls(*numbers), number)
        office.queue.close_window(window(number))
    office.queue.flush()
    wanted = {number for numbers in listed for number in numbers} - there - given_up
    assert sorted(office.asked) == sorted(f"c{number}" for number in wanted)
    assert all(len(batch) == BATCH for batch in office.batches[:-1])
    order = list(range(len(office.batches)))
    random.shuffle(order)
    answered: set[str] = set()
    complete: set[int] = set(office.completed())
    for batch in order:
        office.answer(batch)
        answered |= {item.call_id for item in office.batches[batch]}
        complete |= set(office.completed())
        for number in complete:
            first_listing = set(listed[number]) - {seen for before in listed[:number] for seen in before}
            assert {f"c{one}" for one in first_listing & wanted} <= answered
    assert complete == set(range(len(listed)))


def test_a_long_ledger_is_asked_in_turn():
    raw: dict[str, Any] = {"awaited": {f"c{number}": [None, 0] for number in range(MOST_RETRIES + 7)}}
    asked = Ledger(raw).awaited_now()
    assert [wanted.call_id for wanted in asked] == [f"c{number}" for number in range(MOST_RETRIES)]


def test_threads_share_a_queue():
    """Readers want, the loader takes answers: each call is asked for once, in full batches, and no window is lost."""
    office, threads, size = Office(), 4, 400
    ready: list[WindowRead] = []

    def want(number: int) -> None:
        for call_id in range(size):  # each call is listed by two threads
            office.queue.want(calls(size * number // 2 + call_id), number)
        office.queue.close_window(window(number))

    workers = [threading.Thread(target=want, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers) or len(ready) < threads:
        for batch in range(len(office.batches)):
            office.answer(batch)
        ready += office.queue.completed()
        if not any(worker.is_alive() for worker in workers):
            office.queue.flush()
    assert sorted(read.window.number for read in ready) == list(range(threads))
    assert len(office.asked) == len(set(office.asked)) == size * (threads + 1) // 2
    assert {len(batch) for batch in office.batches} == {BATCH}


@pytest.mark.parametrize("earlier", [[], [datetime(2026, 5, 1, tzinfo=UTC)]], ids=["alone", "among others"])
def test_calls_that_begin_in_the_last_instant_of_time_have_a_range(earlier: list[datetime]):
    """A range has an end, and no time is later."""
    times = [*earlier, datetime.max.replace(tzinfo=UTC), None]
    span = _span([call(number, time) for number, time in enumerate(times)])
    assert span == Range(min([*earlier, LAST]), datetime.max.replace(tzinfo=UTC))
