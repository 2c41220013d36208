"""Whether a request is sent again, by what came of it."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gong_source.api.retry import (
    CONNECTS,
    FIRST_WAIT,
    LONGEST_WAIT,
    YEAR,
    Attempt,
    Stop,
    Wait,
    decide,
    is_transient,
    parse_retry_after,
    wait_asked,
)

NOW = datetime(2024, 2, 29, 12, 0, 0, tzinfo=timezone.utc)

TRANSIENT = [408, 425, 499, 500, 501, 502, 503, 504, 520, 522, 524, 529, 599]
statuses = st.none() | st.sampled_from([400, 401, 403, 404, 409, 422, 429, 301, *TRANSIENT])
waits = st.none() | st.floats(0, 1000)
jitters = st.floats(0, 1)


def decision(attempt: Attempt, patience: float = 300.0, max_wait: float = 300.0, jitter: float = 1.0) -> Wait | Stop:
    return decide(attempt, patience=patience, max_wait=max_wait, jitter=jitter)


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (Attempt(1, 500), Wait(1.0)),
        (Attempt(2, 502), Wait(2.0)),
        (Attempt(3, 503), Wait(4.0)),
        (Attempt(4, 504), Wait(8.0)),
        (Attempt(1, None), Wait(1.0)),
        (Attempt(5, 500, failing=284.0), Wait(16.0)),
        (Attempt(5, 500, failing=284.5), Stop()),
        (Attempt(6, None, failing=280.0), Stop()),
        (Attempt(1, 503, 20.0), Wait(20.0)),
        (Attempt(6, 503, 20.0), Wait(30.0)),
        (Attempt(1, 408, 20.0), Wait(20.0)),
        (Attempt(1, 425, 0.0), Wait(1.0)),
        (Attempt(1, 503, 300.5), Stop()),
        (Attempt(1, 503, 20.0, failing=280.5), Stop()),
        (Attempt(1, 400), Stop()),
        (Attempt(1, 401), Stop()),
        (Attempt(1, 403), Stop()),
        (Attempt(1, 404), Stop()),
        (Attempt(1, 302), Stop()),
        (Attempt(1, 500, safe=False), Stop()),
        (Attempt(1, None, safe=False), Stop()),
        (Attempt(1, None, safe=False, sent=False), Wait(1.0)),
        (Attempt(CONNECTS, None, safe=False, sent=False), Stop()),
        (Attempt(CONNECTS, None, sent=False), Stop()),
        (Attempt(1, None, sent=False, failing=299.5), Stop()),
        (Attempt(1, 429, 7.0), Wait(7.0, everybody=True)),
        (Attempt(1, 429, 7.0, safe=False), Wait(7.0, everybody=True)),
        (Attempt(9, 429, 7.0), Wait(7.0, everybody=True)),
        (Attempt(1, 429, 7.0, limited=100.0), Wait(7.0, everybody=True)),
        (Attempt(1, 429, 0.0), Wait(1.0, everybody=True)),
        (Attempt(1, 429), Wait(1.0, everybody=True)),
        (Attempt(1, 429, limited=0.5), Wait(1.0, everybody=True)),
        (Attempt(1, 429, limited=20.0), Wait(20.0, everybody=True)),
        (Attempt(1, 429, 0.0, limited=100.0), Wait(30.0, everybody=True)),
        (Attempt(1, 429, 300.0), Wait(300.0, everybody=True)),
        (Attempt(1, 429, 300.5), Stop(quota=True)),
        (Attempt(1, 429, 7.0, limited=293.0), Wait(7.0, everybody=True)),
        (Attempt(1, 429, 7.0, limited=293.5), Stop(quota=True)),
        (Attempt(1, 429, 0.0, limited=270.5), Stop(quota=True)),
    ],
    ids=str,
)
def test_table(attempt: Attempt, expected: Wait | Stop):
    assert decision(attempt) == expected


def test_back_off_ends_at_half_a_minute():
    assert decision(Attempt(10, 503)) == Wait(30.0)


@pytest.mark.parametrize("status", [None, *TRANSIENT])
def test_without_patience_nothing_is_repeated(status: int | None):
    assert decision(Attempt(1, status), patience=0.0) == Stop()


def test_a_cap_of_zero_waits_for_no_429():
    assert decision(Attempt(1, 429, 0.0), max_wait=0.0) == Stop(quota=True)


@given(st.sampled_from([None, 0.0]), st.integers(0, 100), st.lists(jitters, min_size=40, max_size=40))
def test_a_429_without_a_wait_costs_few_requests_for_as_long_as_it_goes_on(
    retry_after: float | None, latency: int, spread: list[float]
):
    limited, waits = 0.0, list[float]()
    for jitter in spread:
        verdict = decision(Attempt(1, 429, retry_after, limited), jitter=jitter)
        if isinstance(verdict, Stop):
            break
        waits.append(verdict.seconds)
        limited += verdict.seconds + latency / 100
    assert 8 < len(waits) < 34


@given(st.sampled_from([None, *TRANSIENT]), st.integers(1, 100), st.floats(0, 1e6), waits)
def test_writes_are_not_repeated_where_they_may_have_arrived(
    status: int | None, number: int, limited: float, retry_after: float | None
):
    attempt = Attempt(number, status, retry_after, limited, safe=False)
    assert decision(attempt, patience=1e9, max_wait=1e9) == Stop()


@given(st.integers(1, 20), waits, st.floats(0, 400), jitters)
def test_a_429_is_the_same_for_reads_and_writes(number: int, retry_after: float | None, limited: float, jitter: float):
    read, write = (Attempt(number, 429, retry_after, limited, safe) for safe in (True, False))
    assert decision(read, jitter=jitter) == decision(write, jitter=jitter)


@given(st.integers(1, 100), jitters)
def test_back_off_doubles_up_to_a_bound_and_is_spread_over_its_upper_half(number: int, jitter: float):
    wait = decision(Attempt(number, 503), jitter=jitter)
    full = min(FIRST_WAIT * 2 ** (number - 1), LONGEST_WAIT)
    assert isinstance(wait, Wait)
    assert full / 2 <= wait.seconds <= full
    assert not wait.everybody


@given(st.lists(st.tuples(statuses, waits, jitters), max_size=60), st.booleans(), st.floats(0, 600), st.floats(0, 400))
def test_every_request_ends_within_its_patience_and_its_waits(
    outcomes: list[tuple[int | None, float | None, float]], safe: bool, patience: float, max_wait: float
):
    """Drives the decision as the client does, with whatever the other side answers."""
    number, limited, failing = 1, 0.0, None
    for status, retry_after, jitter in outcomes:
        if status != 429 and failing is None:
            failing = 0.0
        attempt = Attempt(number, status, retry_after, limited, failing or 0.0, safe)
        verdict = decide(attempt, patience=patience, max_wait=max_wait, jitter=jitter)
        if isinstance(verdict, Stop):
            assert verdict.quota == (status == 429)
            break
        assert verdict.everybody == (status == 429)
        assert verdict.seconds >= (retry_after or 0.0)
        if status == 429:
            assert not retry_after or verdict.seconds == retry_after
            limited += verdict.seconds
        else:
            assert safe
            assert status is None or is_transient(status)
            number += 1
        if failing is not None:
            failing += verdict.seconds
            assert status == 429 or failing <= patience
        assert limited <= max_wait


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("2.5", 2.5),
        ("86400", 86400.0),
        ("Thu, 29 Feb 2024 12:01:30 GMT", 90.0),
        ("Thu, 29 Feb 2024 12:01:30 -0000", 90.0),
        ("Thu, 29 Feb 2024 14:01:30 +0200", 90.0),
        ("Thu, 29 Feb 2024 11:59:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("1e3", None),
        ("nan", None),
        (".", None),
        ("9" * 400, YEAR),
        ("1.2.3", None),
        ("Thu, 99 Feb 2024 12:00:00 GMT", None),
        ("Thu, 29 Feb 2024 12:00:00 +99999999999999999999999", None),
        ("99999999999 Feb 2024 12:00:00 GMT", None),
        ("\x1e4", 4.0),
        ("²", None),  # a digit to Python, in the character set of HTTP headers, and no number
    ],
)
def test_retry_after(header: str | None, expected: float | None):
    assert parse_retry_after(header, NOW) == expected


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1)))
def test_retry_after_as_a_date_is_never_negative(moment: datetime):
    moment = moment.replace(tzinfo=timezone.utc, microsecond=0)
    header = moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert parse_retry_after(header, NOW) == min(max(0.0, (moment - NOW) / timedelta(seconds=1)), YEAR)


@given(st.text(st.characters(max_codepoint=0xB1), max_size=30) | st.text("0123456789. ,:+-GMTFeb", max_size=30))
def test_retry_after_never_fails(header: str):
    seconds = parse_retry_after(header, NOW)
    assert seconds is None or seconds >= 0


def test_retry_after_as_a_date_counts_from_now():
    header = (datetime.now(timezone.utc) + timedelta(days=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    seconds = parse_retry_after(header)
    assert seconds is not None
    assert 80_000 < seconds <= 86_400


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"Date": "Thu, 29 Feb 2024 12:00:00 GMT", "Retry-After": "Thu, 29 Feb 2024 12:00:05 GMT"}, 5.0),
        ({"Date": "soon", "Retry-After": "Thu, 29 Feb 2024 12:00:05 GMT"}, 0.0),
        ({"Date": "Thu, 29 Feb 2024 12:00:00 GMT", "Retry-After": "7"}, 7.0),
        ({"Date": "Thu, 29 Feb 2024 12:00:00 GMT"}, None),
    ],
    ids=str,
)
def test_a_moment_is_by_the_clock_of_the_server(told: dict[str, str], expected: float | None):
    assert wait_asked(told) == expected
