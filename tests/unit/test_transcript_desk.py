"""Which transcripts are asked for, in which batches, and when a window counts as read."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from gong_source.streams.feed import Window, WindowRead
from hypothesis import given, settings
from hypothesis import strategies as st

from gong_source.api.endpoints import BATCH
from gong_source.ranges import UTC, Range
from gong_source.streams.calls.transcripts import MOST_RETRIES, TranscriptDesk, TranscriptsRead, awaited_now, span
from gong_source.streams.state import SourceState
from gong_source.warehouse.stored import Wanted

steady = settings(deadline=None, derandomize=True)

NOW = datetime(2024, 2, 29, 12, tzinfo=UTC)
STARTED = datetime(2024, 2, 1, tzinfo=UTC)
PATIENCE = timedelta(days=14)


def call(number: int, started: datetime | None = STARTED) -> Wanted:
    return Wanted(f"c{number}", started)


def calls(*numbers: int) -> list[Wanted]:
    return [call(number) for number in numbers]


def window(number: int) -> WindowRead:
    day = STARTED + timedelta(days=number)
    return WindowRead(Window("*", Range(day, day + timedelta(days=1))), NOW, number)


class Office:
    """A desk, the batches it has handed out, and a state."""

    def __init__(self, there: dict[str, datetime | None] | None = None, given_up: set[str] | None = None) -> None:
        self.batches: list[tuple[Wanted, ...]] = []
        self.raw: dict[str, Any] = {}
        self.state = SourceState(self.raw)
        self.desk = TranscriptDesk(self.batches.append, there or {}, given_up or set())

    @property
    def asked(self) -> list[str]:
        return [wanted.call_id for batch in self.batches for wanted in batch]

    def answer(self, batch: int, came: set[str] | None = None) -> None:
        """Answer a batch; without ``came`` with every transcript."""
        asked = self.batches[batch]
        ids = frozenset(wanted.call_id for wanted in asked) if came is None else frozenset(came)
        self.desk.answered(TranscriptsRead(asked, ids, []), self.state, NOW, PATIENCE)

    def completed(self) -> list[int]:
        return [read.number for read in self.desk.completed()]


class TestAsking:
    def test_goes_out_in_full_batches(self):
        office = Office()
        office.desk.want(calls(*range(BATCH - 1)), 0)
        assert office.batches == []
        office.desk.want(calls(*range(BATCH - 1, 2 * BATCH + 5)), 1)
        assert [len(batch) for batch in office.batches] == [BATCH, BATCH]
        office.desk.flush()
        office.desk.flush()
        assert [len(batch) for batch in office.batches] == [BATCH, BATCH, 5]
        assert office.asked == [f"c{number}" for number in range(2 * BATCH + 5)]
        assert BATCH == 100

    def test_asks_once_for_each_call(self):
        office = Office()
        office.desk.want(calls(1, 2, 1))
        office.desk.want(calls(2, 3), 0)
        office.desk.flush()
        office.desk.want(calls(1, 3, 4), 1)
        office.desk.flush()
        assert office.asked == ["c1", "c2", "c3", "c4"]

    def test_skips_what_is_there_and_what_was_given_up(self):
        office = Office({"c1": STARTED, "c2": None}, {"c3"})
        office.desk.want([*calls(1, 3, 4), call(2, None)], 0)
        office.desk.flush()
        assert office.asked == ["c4"]

    @pytest.mark.parametrize("stored", [None, STARTED + timedelta(microseconds=1)], ids=str)
    def test_asks_again_where_the_start_of_the_call_has_changed(self, stored: datetime | None):
        office = Office({"c1": stored})
        office.desk.want(calls(1), 0)
        office.desk.flush()
        assert office.asked == ["c1"]

    def test_the_same_start_in_another_zone_is_no_change(self):
        office = Office({"c1": STARTED.astimezone(timezone(timedelta(hours=5)))})
        office.desk.want(calls(1), 0)
        office.desk.flush()
        assert office.asked == []


class TestWindows:
    def test_are_complete_only_when_closed_and_answered(self):
        office = Office()
        office.desk.want(calls(1, 2), 0)
        office.desk.flush()
        assert office.completed() == []
        office.answer(0)
        assert office.completed() == []
        office.desk.close_window(window(0))
        assert office.completed() == [0]
        assert office.completed() == []

    def test_wait_for_all_of_their_batches(self):
        office = Office()
        office.desk.want(calls(*range(BATCH + 1)), 0)
        office.desk.close_window(window(0))
        office.desk.flush()
        office.answer(0)
        assert office.completed() == []
        office.answer(1)
        assert office.completed() == [0]

    def test_wait_for_what_is_still_to_be_asked(self):
        office = Office()
        office.desk.want(calls(1), 0)
        office.desk.close_window(window(0))
        assert office.completed() == []
        office.desk.flush()
        office.answer(0)
        assert office.completed() == [0]

    def test_share_batches(self):
        office = Office()
        office.desk.want(calls(1), 0)
        office.desk.want(calls(2), 1)
        office.desk.want(calls(*range(3, BATCH + 3)), 2)
        for number in range(3):
            office.desk.close_window(window(number))
        office.answer(0)
        assert office.completed() == [0, 1]
        office.desk.flush()
        office.answer(1)
        assert office.completed() == [2]

    def test_without_calls_or_with_known_ones_only_are_complete_at_once(self):
        office = Office({"c1": STARTED}, {"c2"})
        office.desk.want([], 0)
        office.desk.want(calls(1, 2), 1)
        for number in range(3):
            office.desk.close_window(window(number))
        assert office.completed() == [0, 1, 2]
        assert office.desk.completed() == []

    def test_carry_what_was_read_when(self):
        office = Office()
        office.desk.close_window(window(4))
        assert office.desk.completed() == [window(4)]

    def test_a_missing_transcript_goes_to_the_ledger_and_does_not_hold_the_window(self):
        office = Office()
        office.desk.want(calls(1, 2), 0)
        office.desk.close_window(window(0))
        office.desk.flush()
        office.answer(0, {"c1"})
        assert office.completed() == [0]
        assert office.state.awaited() == calls(2)

    def test_what_comes_leaves_the_ledger(self):
        office = Office()
        for number in (1, 2):
            office.state.transcript_missing(call(number), NOW - timedelta(days=1), PATIENCE)
        office.desk.want(awaited_now(office.state))
        office.desk.flush()
        office.answer(0, {"c1"})
        assert office.state.awaited() == calls(2)

    def test_what_does_not_come_in_time_is_given_up(self):
        office = Office()
        office.state.transcript_missing(call(1), NOW - PATIENCE, PATIENCE)
        office.desk.want(awaited_now(office.state))
        office.desk.flush()
        office.answer(0, set())
        assert office.state.awaited() == []
        assert office.state.without_transcript() == {"c1"}


class TestStopped:
    def test_asks_for_nothing_more_and_completes_nothing(self):
        office = Office()
        office.desk.want(calls(1), 0)
        office.desk.close_window(window(1))
        office.desk.stopped = True
        office.desk.want(calls(*range(2, BATCH + 50)), 0)
        office.desk.flush()
        office.desk.close_window(window(0))
        assert office.batches == []
        assert office.completed() == []

    def test_still_notes_what_was_answered(self):
        office = Office()
        office.desk.want(calls(1, 2), 0)
        office.desk.flush()
        office.desk.stopped = True
        office.answer(0, {"c1"})
        assert office.state.awaited() == calls(2)


@steady
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
        office.desk.want(calls(*numbers), number)
        office.desk.close_window(window(number))
    office.desk.flush()
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
    asked = awaited_now(SourceState(raw))
    assert [wanted.call_id for wanted in asked] == [f"c{number}" for number in range(MOST_RETRIES)]


def test_span():
    ranges = [Range(STARTED, NOW), Range(STARTED - timedelta(days=1), STARTED)]
    assert span(ranges) == Range(STARTED - timedelta(days=1), NOW)
    assert span([]) is None
