"""The ranges of runs whose scheduler hands over intervals: together they leave nothing out, whatever the pace."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, cast

import pytest
from dlt.common.typing import TSecretStrValue

from gong_source.config import GongCredentials, load_settings
from gong_source.streams.context import ReadContext
from gong_source.streams.state import EVERYTHING, CompanyState, StreamState

BEGIN = datetime(2026, 5, 1, tzinfo=timezone.utc)
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


def _context(start: datetime, end: datetime, now: datetime, lookback_days: int) -> ReadContext:
    credentials = GongCredentials(access_key="k", access_key_secret=cast(TSecretStrValue, "s"))
    settings = load_settings(start_date=start, lookback_days=lookback_days, credentials=credentials)
    return ReadContext(settings, cast(Any, None), end_date=end, clock=lambda: now, looks_back=True)
