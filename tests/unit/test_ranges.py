"""Ranges behave like sets of instants, and instants are read as Gong writes them."""

import itertools
import json
import time
from datetime import date, datetime, timedelta, timezone

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gong_source.ranges import UTC, Range, RangeSet, ago, iso, parse_instant, settled_part

BASE = datetime(2024, 2, 28, 23, 59, 50, tzinfo=UTC)
PLACES = range(-1, 32)
"""Every second that the ranges below can touch, and one beyond each end."""

ends = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted)
spans = st.lists(ends, max_size=7)
aware = st.datetimes(
    min_value=datetime(1950, 1, 1),
    max_value=datetime(2200, 1, 1),
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


def at(second: int) -> datetime:
    return BASE + timedelta(seconds=second)


def range_set(pairs: list[list[int]]) -> RangeSet:
    return RangeSet(Range(at(first), at(last)) for first, last in pairs)


def model(pairs: list[list[int]]) -> set[int]:
    return {second for first, last in pairs for second in range(first, last)}


def members(ranges: RangeSet) -> set[int]:
    return {second for second in PLACES if at(second) in ranges}


class TestRange:
    def test_holds_its_start_and_not_its_end(self):
        ranges = RangeSet([Range(at(0), at(2))])
        assert at(0) in ranges
        assert at(2) - timedelta(microseconds=1) in ranges
        assert at(2) not in ranges

    @pytest.mark.parametrize("naive", [0, 1], ids=["start", "end"])
    def test_refuses_naive_instants(self, naive: int):
        instants = [at(0), at(1)]
        instants[naive] = instants[naive].replace(tzinfo=None)
        with pytest.raises(ValueError, match="timezone"):
            Range(*instants)

    def test_refuses_an_end_before_the_start(self):
        with pytest.raises(ValueError, match="ends before it starts"):
            Range(at(1), at(0))

    def test_reads_as_gong_takes_it(self):
        assert str(Range(BASE, at(10))) == "2024-02-28T23:59:50Z .. 2024-02-29T00:00:00Z"

    def test_knows_its_length(self):
        assert Range(at(0), at(7)).length == timedelta(seconds=7)
        assert Range(at(3), at(3)).empty
        assert not Range(at(3), at(4)).empty


class TestSplit:
    @given(ends, st.integers(1, 40))
    def test_covers_exactly_in_order_with_pieces_of_the_longest_length(self, pair: list[int], longest: int):
        whole, limit = Range(at(pair[0]), at(pair[1])), timedelta(seconds=longest)
        pieces = list(whole.split(limit))
        assert [piece.start for piece in pieces] == [at(n) for n in range(pair[0], pair[1], longest)]
        assert [piece.end for piece in pieces] == [
            *(piece.start for piece in pieces[1:]),
            *([whole.end] * bool(pieces)),
        ]
        assert all(timedelta(0) < piece.length <= limit for piece in pieces)

    def test_gives_nothing_for_an_empty_range(self):
        assert list(Range(at(0), at(0)).split(timedelta(days=1))) == []

    @pytest.mark.parametrize("longest", [timedelta(0), timedelta(seconds=-1)])
    def test_refuses_a_length_that_leads_nowhere(self, longest: timedelta):
        with pytest.raises(ValueError, match="positive"):
            list(Range(at(0), at(1)).split(longest))


class TestRangeSet:
    @given(spans, spans)
    def test_is_an_algebra_of_sets(self, left: list[list[int]], right: list[list[int]]):
        one, other = range_set(left), range_set(right)
        assert members(one | other) == model(left) | model(right)
        assert members(one - other) == model(left) - model(right)
        assert members(one & other) == model(left) & model(right)
        assert bool(one) == bool(model(left))

    @given(spans, spans)
    def test_has_one_form_for_equal_sets(self, left: list[list[int]], right: list[list[int]]):
        one, other = range_set(left), range_set(right)
        assert (one == other) == (model(left) == model(right))
        assert one != other or hash(one) == hash(other)
        results = [one, one | other, one - other, one & other]
        for ranges in (result.ranges for result in results):
            assert not any(item.empty for item in ranges)
            assert all(before.end < after.start for before, after in itertools.pairwise(ranges))

    @given(st.lists(st.tuples(aware, aware).map(sorted), max_size=5))
    def test_survives_the_state_with_every_microsecond(self, pairs: list[list[datetime]]):
        ranges = RangeSet(Range(start, end) for start, end in pairs)
        assert RangeSet.from_state(json.loads(json.dumps(ranges.to_state()))) == ranges

    def test_is_empty_where_the_state_has_nothing(self):
        assert RangeSet.from_state(None) == RangeSet.from_state([]) == RangeSet()
        assert not RangeSet()

    def test_is_no_other_thing(self):
        assert RangeSet() != []

    def test_shows_its_ranges(self):
        assert repr(range_set([[0, 1]])) == "RangeSet(2024-02-28T23:59:50Z .. 2024-02-28T23:59:51Z)"


class TestSettledPart:
    @given(ends, st.integers(-5, 60), st.integers(0, 30))
    def test_is_what_was_read_a_look_back_after_its_time(self, pair: list[int], read_at: int, lookback: int):
        read = Range(at(pair[0]), at(pair[1]))
        settled = settled_part(read, at(read_at), timedelta(seconds=lookback))
        assert members(settled) == {n for n in range(*pair) if n + lookback < read_at}

    def test_counts_from_the_reading_and_not_from_a_later_look(self):
        read, lookback = Range(at(0), at(30)), timedelta(seconds=10)
        first = settled_part(read, at(30), lookback)
        assert members(first) == set(range(20))
        assert members(first | settled_part(Range(at(20), at(30)), at(100), lookback)) == set(range(30))


WRONG: list[object] = [
    *[
        "",
        " ",
        "soon",
        "now",
        "today",
        "2024",
        "2024-02",
        "202402",
        "2024-W05",
        "2024-W00-1",
        "2024-W09-8",
        "2024-366x",
    ],
    *["2023-366", "2024-02-30", "2024-13-01T00:00:00Z", "2024-02-29T24:00:00", "2024-02-29T25:00:00", "12:30:00"],
    *["T12:30", "Z", ".", "P1D", "PT1H", "2024-01-01/2024-02-01", "2024-01-01/P1D", "2024-01-01T00/P1D", "R2/P1D"],
    *["2024/02/29", "29.02.2024", "1709164800", "2024-2-9", "2024-02-29T", "2024-02-29Z", "2024-02-29T12:30:00+"],
    *["2024-02-29x12:30:00", "2024-02-29  12:30", "2024-02-29T12:30:00 +05:30", "2024-02-29T12:30:00+5"],
    *["2024-02-29T12:30:00 Europe/Paris", "2024-02-29T23:59:60Z", "0000-01-01", "+002024-02-29", "\uff12024-02-29"],
    *["2024-02-29\x00", "2024-02-29T12:30:00\ud83d", None, 5, 5.0, True, [], {}, timedelta(1), datetime.min.time()],
    *[
        pendulum.duration(days=1),
        pendulum.time(1),
        pendulum.interval(pendulum.date(2024, 1, 1), pendulum.date(2024, 1, 2)),
    ],
    object(),
]
SHAPED = r"\d{4}(-\d\d-\d\d|-?\d{3}|\d{4}|-?W\d\d-?\d)[T ]\d\d(:?\d\d(:?\d\d([.,]\d{1,9})?)?)?(Z|[+-]\d\d(:?\d\d)?)?"


class TestParseInstant:
    @given(
        st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2200, 1, 1)).map(
            lambda moment: moment.replace(microsecond=0)
        ),
        st.text("0123456789", max_size=9),
        st.sampled_from(["Z", "z"]) | st.integers(-14 * 60, 14 * 60),
    )
    def test_reads_every_offset_and_fraction(self, moment: datetime, fraction: str, zone: str | int):
        shift = 0 if isinstance(zone, str) else zone
        hours, minutes = divmod(abs(shift), 60)
        suffix = zone if isinstance(zone, str) else f"{'-' if shift < 0 else '+'}{hours:02}:{minutes:02}"
        text = moment.isoformat() + (f".{fraction}" if fraction else "") + suffix
        expected = moment + timedelta(microseconds=int(fraction[:6].ljust(6, "0"))) - timedelta(minutes=shift)
        assert parse_instant(text) == expected.replace(tzinfo=UTC)
        assert parse_instant(text).utcoffset() == timedelta(0)

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
            (date(2024, 2, 29), datetime(2024, 2, 29, tzinfo=UTC)),
            ("2024-02-29T12:30:00", datetime(2024, 2, 29, 12, 30, tzinfo=UTC)),
            (datetime(2024, 2, 29, 12, 30), datetime(2024, 2, 29, 12, 30, tzinfo=UTC)),
            ("2024-02-29T12:30:00.5", datetime(2024, 2, 29, 12, 30, 0, 500_000, tzinfo=UTC)),
            ("  2024-02-29T12:30:00Z ", datetime(2024, 2, 29, 12, 30, tzinfo=UTC)),
            ("2024-02-29 12:30:00-08:00", datetime(2024, 2, 29, 20, 30, tzinfo=UTC)),
            ("20240229T123000Z", datetime(2024, 2, 29, 12, 30, tzinfo=UTC)),
            ("20240229", datetime(2024, 2, 29, tzinfo=UTC)),
            ("2024-060", datetime(2024, 2, 29, tzinfo=UTC)),
            ("2024-W09-4T12:30", datetime(2024, 2, 29, 12, 30, tzinfo=UTC)),
            ("2024W094", datetime(2024, 2, 29, tzinfo=UTC)),
            ("2024-02-29T12", datetime(2024, 2, 29, 12, tzinfo=UTC)),
            ("2024-02-29t12:30:00,25z", datetime(2024, 2, 29, 12, 30, 0, 250_000, tzinfo=UTC)),
            ("2024-02-29T12:30+0530", datetime(2024, 2, 29, 7, tzinfo=UTC)),
            ("2024-02-29T12:30:00-08", datetime(2024, 2, 29, 20, 30, tzinfo=UTC)),
            (pendulum.datetime(2024, 3, 31, 3, tz="Europe/Paris"), datetime(2024, 3, 31, 1, tzinfo=UTC)),
            (pendulum.naive(2024, 2, 29, 1), datetime(2024, 2, 29, 1, tzinfo=UTC)),
            (pendulum.date(2024, 2, 29), datetime(2024, 2, 29, tzinfo=UTC)),
            (datetime(2024, 2, 29, tzinfo=timezone(timedelta(hours=2))), datetime(2024, 2, 28, 22, tzinfo=UTC)),
        ],
    )
    def test_takes_dates_datetimes_and_texts(self, value: object, expected: datetime):
        assert parse_instant(value) == expected
        assert parse_instant(value).tzinfo is UTC
        assert type(parse_instant(value)) is datetime

    def test_no_zone_means_utc_wherever_the_machine_stands(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        try:
            naive = parse_instant("2024-02-29T12:00:00"), parse_instant(datetime(2024, 2, 29, 12))
            assert naive == (datetime(2024, 2, 29, 12, tzinfo=UTC),) * 2
            assert iso(naive[0]) == "2024-02-29T12:00:00Z"
        finally:
            monkeypatch.undo()
            time.tzset()

    @pytest.mark.parametrize("value", WRONG, ids=lambda value: repr(value).partition(" at 0x")[0])
    def test_refuses_everything_else(self, value: object):
        with pytest.raises(ValueError, match="not a date or time in ISO 8601"):
            parse_instant(value)

    @given(st.datetimes(datetime(1950, 1, 1), datetime(2200, 1, 1)), st.sampled_from(["", "Z", "+05:30", "-08:00"]))
    def test_reads_one_instant_in_every_form(self, moment: datetime, zone: str):
        day, clock = moment.strftime("%Y-%m-%d"), moment.time().isoformat("microseconds") + zone
        expected = datetime.fromisoformat(f"{day}T{clock.replace('Z', '+00:00')}")
        expected = expected if expected.tzinfo else expected.replace(tzinfo=UTC)
        year, week, weekday = moment.isocalendar()
        forms = [day, f"{moment.year}-{moment.timetuple().tm_yday:03}", f"{year}-W{week:02}-{weekday}"]
        assert {parse_instant(f"{form}T{clock}") for form in forms} == {expected}
        compact = f"{day}T{clock}".replace("-", "", 2).replace(":", "")
        assert parse_instant(compact) == parse_instant(compact.replace(".", ",")) == expected

    @pytest.mark.parametrize(
        "text", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "2024-01-01T00:00+99:99"]
    )
    def test_refuses_what_is_out_of_range_in_utc(self, text: str):
        with pytest.raises(ValueError):  # noqa: PT011  an OverflowError is none, and callers expect none
            parse_instant(text)

    @given(st.text(max_size=30) | st.text("0123456789-:.,+TZWP/ ", max_size=30) | st.from_regex(SHAPED, fullmatch=True))
    def test_never_fails_in_another_way(self, text: str):
        try:
            assert parse_instant(text).utcoffset() == timedelta(0)
        except ValueError:
            return


class TestIso:
    @given(aware)
    def test_is_read_back_as_the_same_instant(self, moment: datetime):
        text = iso(moment)
        assert parse_instant(text) == moment
        assert text.endswith("Z")
        assert ("." in text) == bool(moment.microsecond)

    def test_is_in_utc(self):
        local = datetime(2024, 2, 29, 1, 0, 0, 250, tzinfo=timezone(timedelta(hours=5, minutes=30)))
        assert iso(local) == "2024-02-28T19:30:00.000250Z"


class TestAgo:
    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            (0, "a few seconds ago"),
            (59, "59 seconds ago"),
            (3 * 3600 + 59, "3 hours ago"),
            (26 * 3600, "1 day ago"),
            (400 * 86400, "1 year ago"),
            (-120, "in 2 minutes"),
        ],
    )
    def test_is_told_as_people_do(self, seconds: int, words: str):
        assert ago(BASE - timedelta(seconds=seconds), BASE) == words

    def test_does_not_mind_zones(self):
        there = BASE.astimezone(timezone(timedelta(hours=9)))
        assert ago(there - timedelta(hours=2), BASE) == "2 hours ago"
