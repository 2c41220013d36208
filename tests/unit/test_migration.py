"""What release 0.1.0 remembered of a source is remembered of its resources."""

import copy
import json
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from gong_source.config import load_settings
from gong_source.ranges import UTC, Range, RangeSet
from gong_source.streams.calls.ledger import Ledger
from gong_source.streams.context import ReadContext
from gong_source.streams.migration import carry_over
from gong_source.streams.state import CompanyState, StreamState

DAY = timedelta(days=1)
BASE = datetime(2026, 11, 1, tzinfo=UTC)
LOAD = "1795782913.66"

OLD: dict[str, Any] = {
    "ranges": {
        "calls": {
            "*": {
                "covered": [["2026-11-01T00:00:00Z", "2026-11-20T00:00:00Z"]],
                "settled": [["2026-11-01T00:00:00Z", "2026-11-13T00:00:00Z"]],
            }
        },
        "transcripts": {
            "w1": {
                "covered": [
                    ["2026-11-01T00:00:00Z", "2026-11-05T00:00:00Z"],
                    ["2026-11-07T00:00:00Z", "2026-11-09T00:00:00.5Z"],
                ],
                "settled": [["2026-11-01T00:00:00Z", "2026-11-05T00:00:00Z"]],
            }
        },
        "logs": {"AccessLog": {"covered": [["2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"]], "settled": []}},
        "a stream of a later time": {"*": {"covered": [], "settled": []}},
    },
    "awaited": {"c1": [1795782913000000, 1795782914000000]},
    "no_transcript": {"c2": None},
    "awaited_asked_at": "2026-11-19T00:00:00Z",
    "library": {"folders": {"1": "2026-11-01"}, "full_read_at": "2026-11-01T00:00:00Z"},
    "start_date": "2026-08-01T00:00:00Z",
    "requests": {"day": "2026-11-19", "used": 17},
    "reconcile_next": "2026-11-02T00:00:00Z",
}
"""The state of 0.1.0; ``resources`` is dlt's own and stands beside these."""


def days(first: float, last: float) -> Range:
    return Range(BASE + first * DAY, BASE + last * DAY)


def make(**more: Any) -> ReadContext:
    found = load_settings(credentials={"access_key": "a", "access_key_secret": "b"}, **more)
    return ReadContext(settings=found, client=cast(Any, None))


def carried(newest: str = LOAD, old: dict[str, Any] = OLD) -> tuple[dict[str, Any], dict[str, Any]]:
    source, resources = copy.deepcopy(old), dict[str, Any]()
    carry_over(source, resources, make(), lambda: newest)
    return json.loads(json.dumps(source)), json.loads(json.dumps(resources))


def state_of(resources: dict[str, Any], name: str, **more: Any) -> StreamState:
    found = make(**more)
    return StreamState(resources[name], found.question(found.streams[name]))


def test_ranges_hang_on_their_resources_and_answer_the_question_at_hand():
    _, resources = carried()
    calls = state_of(resources, "calls")
    assert calls.covered("*") == RangeSet([days(0, 19)])
    assert calls.settled("*") == RangeSet([days(0, 12)])
    spoken = state_of(resources, "transcripts")
    assert spoken.covered("w1") == RangeSet(
        [days(0, 4), Range(BASE + 6 * DAY, BASE + 8 * DAY + timedelta(milliseconds=500))]
    )
    assert spoken.settled("w1") == RangeSet([days(0, 4)])
    assert not spoken.covered("*")
    assert state_of(resources, "logs").covered("AccessLog") == RangeSet([days(0, 1)])
    assert not state_of(resources, "logs").settled("AccessLog")
    assert set(resources) == {"calls", "transcripts", "logs"}


def test_it_answers_no_larger_question():
    _, resources = carried()
    assert not state_of(resources, "calls", context_timing="TimeOfCall").covered("*")


def test_it_stands_and_falls_with_the_newest_package():
    _, resources = carried()
    assert all(state_of(resources, name).loads == {LOAD} for name in resources)
    calls = state_of(resources, "calls")
    assert calls.drop_loads([LOAD]) == RangeSet([days(0, 19)])
    assert not calls.covered("*")


def test_the_ledger_goes_to_the_transcripts():
    _, resources = carried()
    ledger = Ledger(resources["transcripts"])
    assert [wanted.call_id for wanted in ledger.awaited()] == ["c1"]
    assert ledger.awaited()[0].started == datetime(2026, 11, 27, 12, 35, 13, tzinfo=UTC)
    assert ledger.given_up() == {"c2"}
    assert resources["transcripts"]["awaited_asked_at"] == "2026-11-19T00:00:00Z"


def test_what_is_of_the_company_stays_and_nothing_else():
    source, _ = carried()
    company = CompanyState(source)
    assert company.first_start(BASE, BASE) == datetime(2026, 8, 1, tzinfo=UTC)
    assert company.requests() == ("2026-11-19", 17)
    assert company.reconcile_next == BASE + DAY
    assert set(source) == {"start_date", "requests", "reconcile_next"}


def test_where_the_destination_holds_no_package_nothing_is_believed():
    source, resources = carried(newest="")
    assert resources == {}
    assert set(source) == {"start_date", "requests", "reconcile_next"}


@pytest.mark.parametrize("old", [{}, {"start_date": "2026-08-01T00:00:00Z"}], ids=["empty", "of this release"])
def test_the_destination_is_asked_only_where_there_is_something_to_carry(old: dict[str, Any]):
    source, resources = copy.deepcopy(old), dict[str, Any]()

    def never() -> str:
        raise AssertionError("asked")

    carry_over(source, resources, make(), never)
    assert (source, resources) == (old, {})


def test_it_is_carried_once():
    source, resources = carried()
    before = copy.deepcopy((source, resources))
    carry_over(source, resources, make(), lambda: "9.9")
    assert (source, resources) == before


def test_a_source_that_never_waited_has_no_ledger():
    _, resources = carried(old={"ranges": {"logs": OLD["ranges"]["logs"]}})
    assert set(resources) == {"logs"}
