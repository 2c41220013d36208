"""The ranges of runs: a scheduler's intervals leave nothing out, whatever the pace, and a sync's start is kept."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, cast

import pytest
from dlt.common.typing import TSecretStrValue

from gong_source.config import GongCredentials, load_settings
from gong_source.streams.context import FIRST_RUN_DAYS, ReadContext
from gong_source.streams.state import EVERYTHING, CompanyState, StreamState

BEGIN = datetime(2026, 5, 1, tzinfo=timezone.utc)
NOW = BEGIN + timedelta(days=20)
RUNS = 12


@pytest.mark.parametrize("lookback_days", [0, 7])
@pytest.mark.parametrize("minutes", [1, 5, 15, 60, 1440])
@pytest.mark.parametrize("late", [0, 3, 400], ids="started {} s late".format)
def test_intervals_leave_nothing_out(minutes: int, late: int, lookback_days: int) -> None:
    every, state = timedelta(minutes=minutes), StreamState({}, {})
    for number in range(RUNS):
        start, end = BEGIN + number * every, BEGIN + (number + 1) * every
        now = end + timedelta(seconds=late)
        context = _context(start, end, now, lookback_days)
        for window in context.missing(CompanyState({}), state, EVERYTHING):
            assert window.end <= now
            state.mark_read(EVERYTHING, window, "1", now, context.settings.lookback)
    (read,) = state.covered(EVERYTHING)
    assert BEGIN - timedelta(minutes=5) <= read.start <= BEGIN
    assert read.end >= BEGIN + RUNS * every - timedelta(minutes=5, seconds=1)


@pytest.mark.parametrize(
    ("start", "end", "scheduled", "kept"),
    [
        (BEGIN, None, False, BEGIN),
        (None, None, False, NOW - timedelta(days=FIRST_RUN_DAYS)),
        (BEGIN, NOW, False, None),
        (BEGIN, NOW, True, None),
        (NOW + timedelta(days=400), None, False, None),
    ],
    ids=["given", "none given", "past range", "interval", "mistyped year"],
)
def test_which_runs_keep_where_they_began(
    start: datetime | None, end: datetime | None, scheduled: bool, kept: datetime | None
) -> None:
    company = CompanyState({})
    _context(start, end, NOW, 7, scheduled).missing(company, StreamState({}, {}), EVERYTHING)
    later = NOW + timedelta(days=30)
    begin, _ = _context(None, None, later, 7, False).bounds(company)
    assert begin == (kept or later - timedelta(days=FIRST_RUN_DAYS))


def _context(
    start: datetime | None, end: datetime | None, now: datetime, lookback_days: int, scheduled: bool = True
) -> ReadContext:
    credentials = GongCredentials(access_key="k", access_key_secret=cast(TSecretStrValue, "s"))
    settings = load_settings(start_date=start, lookback_days=lookback_days, credentials=credentials)
    return ReadContext(settings, cast(Any, None), end_date=end, clock=lambda: now, looks_back=scheduled)
