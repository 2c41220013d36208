"""The measurements of how well Gong's rate is used, and of how few requests do."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

from benchmarks.process import server, workplace
from benchmarks.table import Result

RATE, LATENCY = 3, 1.5
"""Requests a second that Gong allows, and seconds that a page of calls takes."""


def days_ago(days: float) -> str:
    """An instant as the settings take it.

    Args:
        days: How long ago.
    """
    return (datetime.now(timezone.utc) - timedelta(days=days)).isoformat()


def quota(calls: int) -> Result:
    """How much of Gong's rate a first sync uses when every page takes 1.5 s.

    Args:
        calls: Of the company.
    """
    days = 90 if calls <= 5000 else 365
    result = Result(
        "quota",
        f"a first sync of {calls:,} calls, {LATENCY} s for each answer, {RATE} requests/s",
        ["what", "requests", "wall s", "requests/rate s", "wall / that", "used while reading", "most in 1 s", "CPU s"],
    )
    for name, chosen in (("calls, transcripts", ["--resources", "calls,transcripts"]), ("everything", [])):
        with (
            server(calls=calls, days=days, latency=LATENCY) as api,
            workplace(api.url, start_date=days_ago(days + 1), requests_per_second=RATE) as place,
        ):
            cost = place.sync(*chosen)
            seen = api.get("/counters")
        least = seen["total"] / RATE
        wall, used = cost.seconds / least, (seen["total"] - 1) / RATE / seen["seconds_first_to_last"]
        result.rows.append((name, seen["total"], cost.seconds, least, wall, used, seen["most_in_a_second"], cost.cpu))
        result.goal(f"{name}: wall at most 1.15 of requests/rate", wall, wall <= 1.15, f"{name}: wall / rate")
    used = result.rows[0][5]
    result.goal("calls, transcripts: quota at least 0.9 used while reading", used, used >= 0.9, "rate used", less=False)
    return result


def small(calls: int) -> Result:
    """Where the time of a small first sync goes: its two ends weigh more than what lies between.

    Args:
        calls: Of 90 days.
    """
    result = Result(
        "small",
        f"a first sync of calls and transcripts, {LATENCY} s for each answer, {RATE} requests/s",
        [
            "calls",
            "requests",
            "wall s",
            "wall / (requests/rate)",
            "to the first s",
            "transcripts after calls s",
            "to load s",
        ],
    )
    with (
        server(calls=calls, days=90, latency=LATENCY) as api,
        workplace(api.url, start_date=days_ago(91), requests_per_second=RATE) as place,
    ):
        began = time.monotonic()  # of the machine: the server tells its starts by the same clock
        cost = place.sync("--resources", "calls,transcripts")
        timeline = [(start - began, path) for start, path in api.get("/timeline")]
    last = {path: start for start, path in timeline}
    wall, most = cost.seconds * RATE / len(timeline), 1.45 if calls < 6_000 else 1.15
    after = last["/v2/calls/transcript"] - last["/v2/calls/extensive"]
    left = cost.seconds - timeline[-1][0] - LATENCY
    result.rows.append((calls, len(timeline), cost.seconds, wall, timeline[0][0], after, left))
    result.for_this_size = calls >= 1_500
    result.goal(f"wall at most {most:g} of requests/rate", wall, wall <= most, "wall / rate")
    return result


def empty(calls: int) -> Result:
    """A start date decades before the first call.

    Args:
        calls: Of the last 30 days.
    """
    result = Result(
        "empty",
        f"a first sync of {calls} calls from 1970 on, the default streams, {RATE} requests/s",
        ["start", "requests", "packages", "wall s", "CPU s"],
    )
    for start in ("1970-01-01", days_ago(31)[:10]):
        with (
            server(calls=calls, days=30) as api,
            workplace(api.url, start_date=start, requests_per_second=RATE) as place,
        ):
            cost = place.sync()
            requests = api.get("/counters")["total"]
        result.rows.append((start, requests, cost.report["packages"], cost.seconds, cost.cpu))
    _, requests, packages, wall, _ = result.rows[0]
    result.goal("at most 3 packages", packages, packages <= 3)
    result.goal("at most 200 requests", requests, requests <= 200)
    result.goal("at most 60 s", wall, wall <= 60)
    return result
