"""The ledger of awaited transcripts and of calls that have none; all of it survives JSON."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gong_source.ranges import UTC, Range, RangeSet
from gong_source.streams.calls.ledger import MOST_AWAITED, SLACK, Ledger
from gong_source.warehouse.queries import Wanted

NOW = datetime(2024, 2, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PATIENCE = 14 * DAY


def day(number: float) -> datetime:
    return NOW - 60 * DAY + number * DAY


def days(first: float, last: float) -> Range:
    return Range(day(first), day(last))


def reopened(raw: dict[str, Any]) -> Ledger:
    """The ledger as a later process finds it."""
    return Ledger(json.loads(json.dumps(raw)))


def ids(wanted: list[Wanted]) -> list[str]:
    return [item.call_id for item in wanted]


class TestWaiting:
    def test_waits_for_a_transcript_until_it_comes(self):
        raw: dict[str, Any] = {}
        wanted = Wanted("c1", day(1.5) + timedelta(microseconds=7))
        Ledger(raw).missing(wanted, NOW, PATIENCE)
        ledger = reopened(raw)
        assert ledger.awaited() == [wanted]
        assert ledger.given_up() == set()
        ledger.came("c1")
        assert ledger.awaited() == []

    def test_what_was_given_up_and_comes_after_all_has_come(self):
        ledger = Ledger({})
        ledger.missing(Wanted("c1", day(1)), NOW, timedelta(0))
        ledger.came("c1")
        assert ledger.given_up() == set()

    def test_keeps_calls_without_a_start(self):
        raw: dict[str, Any] = {}
        Ledger(raw).missing(Wanted("c1", None), NOW, PATIENCE)
        assert reopened(raw).awaited() == [Wanted("c1", None)]

    def test_what_came_unasked_is_no_error(self):
        ledger = Ledger({})
        ledger.came("c1")
        assert ledger.awaited() == []

    def test_is_asked_in_turn(self):
        ledger = Ledger({})
        for name in "abc":
            ledger.missing(Wanted(name, day(1)), NOW, PATIENCE)
        ledger.missing(Wanted("a", day(1)), NOW + DAY, PATIENCE)
        assert ids(ledger.awaited()) == ["b", "c", "a"]

    def test_patience_counts_from_the_first_asking(self):
        ledger = Ledger({})
        for later in range(14):
            ledger.missing(Wanted("c1", day(1)), NOW + later * DAY, PATIENCE)
            assert ids(ledger.awaited()) == ["c1"]
        ledger.missing(Wanted("c1", day(1)), NOW + 14 * DAY, PATIENCE)
        assert ledger.awaited() == []
        assert ledger.given_up() == {"c1"}

    def test_no_patience_gives_up_at_once(self):
        ledger = Ledger({})
        ledger.missing(Wanted("c1", day(1)), NOW, timedelta(0))
        assert ledger.awaited() == []
        assert ledger.given_up() == {"c1"}

    @pytest.mark.parametrize("came_late", [False, True])
    def test_is_bounded_and_says_so(self, came_late: bool):
        """Those asked for first have no room: they are given up by none, and found in the destination."""
        raw: dict[str, Any] = {"awaited": {f"c{n}": [None, n] for n in range(MOST_AWAITED + SLACK - 1)}}
        ledger = Ledger(raw)
        long_patience = timedelta(days=100_000)
        assert not ledger.overflowed
        ledger.missing(Wanted("c0", None), NOW, long_patience)
        assert not ledger.overflowed
        if came_late:
            ledger.came("c7")
        ledger.missing(Wanted("new", day(1)), NOW, long_patience)
        ledger = reopened(raw)
        assert len(ledger.awaited()) == (MOST_AWAITED + SLACK - 1 if came_late else MOST_AWAITED)
        last = "c0" if came_late else f"c{MOST_AWAITED + SLACK - 2}"
        assert ids(ledger.awaited())[-2:] == [last, "new"]
        assert ledger.overflowed is not came_late
        assert ledger.given_up() == set()
        ledger.settle_overflow()
        assert not ledger.overflowed

    def test_forgets_calls_wherever_they_are(self):
        ledger = Ledger({})
        ledger.missing(Wanted("waiting", day(1)), NOW, PATIENCE)
        ledger.missing(Wanted("kept", day(1)), NOW, PATIENCE)
        ledger.missing(Wanted("given up", day(1)), NOW, timedelta(0))
        ledger.forget(["waiting", "given up", "never seen"])
        assert ids(ledger.awaited()) == ["kept"]
        assert ledger.given_up() == set()

    def test_given_up_calls_are_kept_until_no_run_lists_them_again(self):
        raw: dict[str, Any] = {}
        ledger = Ledger(raw)
        for name, started in [("settled", day(4.5)), ("edge", day(5)), ("later", day(9)), ("undated", None)]:
            ledger.missing(Wanted(name, started), NOW, timedelta(0))
        ledger = reopened(raw)
        ledger.prune(RangeSet([days(0, 5)]))
        assert ledger.given_up() == {"edge", "later", "undated"}

    def test_what_was_given_up_under_less_patience_is_awaited_again(self):
        raw: dict[str, Any] = {}
        Ledger(raw).wait_longer(NOW, DAY, 7 * DAY)
        for name, started in [("recent", day(55)), ("old", day(20)), ("undated", None)]:
            Ledger(raw).missing(Wanted(name, started), NOW, timedelta(0))
        for patience in (DAY, timedelta(0), DAY / 2):
            ledger = reopened(raw)
            ledger.wait_longer(NOW, patience, 7 * DAY)
            assert ledger.overflowed is (patience == DAY / 2)
            raw = ledger._raw
        raw.pop("overflowed")
        ledger = reopened(raw)
        ledger.wait_longer(NOW, PATIENCE, 7 * DAY)
        assert ledger.overflowed, "others are not remembered any more"
        assert ledger.awaited() == [Wanted("recent", day(55))]
        assert ledger.given_up() == {"old", "undated"}
        ledger.missing(Wanted("recent", day(55)), NOW + PATIENCE, PATIENCE)
        assert ledger.given_up() == {"old", "undated", "recent"}

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
            ledger, now = reopened(raw), now + later * DAY
            raw = ledger._raw
            if event == "missing" and call_id not in given_up:
                begun = first_asked.setdefault(call_id, now)
                ledger.missing(Wanted(call_id, day(1)), now, PATIENCE)
                if now - begun >= PATIENCE:
                    given_up.add(call_id)
                    del first_asked[call_id]
            elif event == "came":
                ledger.came(call_id)
                first_asked.pop(call_id, None)
                given_up.discard(call_id)
            elif event == "forget":
                ledger.forget([call_id])
                first_asked.pop(call_id, None)
                given_up.discard(call_id)
        ledger = Ledger(raw)
        assert set(ids(ledger.awaited())) == set(first_asked)
        assert ledger.given_up() == given_up


def test_looking_does_not_fill_it():
    raw: dict[str, Any] = {}
    ledger = Ledger(raw)
    ledger.awaited()
    ledger.given_up()
    ledger.forget(["c1"])
    ledger.prune(RangeSet())
    assert raw == {}


@pytest.mark.parametrize("microseconds", [0, 1, 999_999])
def test_starts_before_1970_and_with_fractions_are_exact(microseconds: int):
    started = datetime(1969, 12, 31, 23, 59, 59, microseconds, tzinfo=UTC)
    raw: dict[str, Any] = {}
    Ledger(raw).missing(Wanted("c1", started), NOW, PATIENCE)
    assert reopened(raw).awaited() == [Wanted("c1", started)]
