"""What users did, day by day: Gong tells it user by user, each with a list of days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from gong_source.api.endpoints import ACTIVITY_BY_PERIOD
from gong_source.errors import GongProtocolError
from gong_source.ranges import parse_instant
from gong_source.tables.activity import COUNTERS, DAILY_ACTIVITY
from gong_source.tables.arrow import JsonDict, Shaped, as_text, shape
from gong_source.tables.model import CONTENT_HASH
from gong_source.tables.records import record_hash


def shape_activity(users: Sequence[JsonDict], selection: str) -> list[Shaped]:
    """Rows of ``daily_activity``.

    Gong tells nothing of users who did nothing in all the days that are asked for, and zeros of the others: a day of a
    user with nothing but zeros makes no row, so that it does not matter which days are asked for together.

    Args:
        users: Items of POST stats/activity/aggregate-by-period.
        selection: Not used; there is one alone.

    Raises:
        GongProtocolError: A user or a day does not tell which it is.
    """
    rows: dict[str, JsonDict] = {}
    dates = []
    for user in users:
        own = {key: value for key, value in user.items() if key != "userAggregateActivity"}
        for day in user.get("userAggregateActivity") or ():
            if not isinstance(day, dict) or not day.get("fromDate") or not user.get("userId"):
                raise GongProtocolError("a day came without its user or date", endpoint=ACTIVITY_BY_PERIOD.name)
            key = f"{as_text(user['userId'])} {day_of(day['fromDate'])}"
            if key not in rows and any(day.get(path) for _, path in COUNTERS):
                rows[key] = {**own, **day}
                dates.append(day_of(day["fromDate"]))
    hashes = [record_hash(row, (DAILY_ACTIVITY,)) for row in rows.values()]
    computed: dict[str, Sequence[Any]] = {"id": list(rows), "date": dates, CONTENT_HASH: hashes}
    return [shape(DAILY_ACTIVITY, list(rows.values()), computed)] if rows else []


def day_of(start: Any) -> str:
    """The company's day that begins at an instant.

    Args:
        start: As Gong writes it: with the offset of the company's time zone, or as UTC.

    Raises:
        GongProtocolError: It is no date and time.
    """
    try:
        began = parse_instant(start)
    except ValueError as error:
        raise GongProtocolError("a day came without a date", endpoint=ACTIVITY_BY_PERIOD.name) from error
    told = as_text(start)
    return (began + timedelta(hours=12)).date().isoformat() if told.endswith("Z") else told[:10]
