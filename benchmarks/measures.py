"""The measurements. Each takes the number of calls and returns what it found."""

from __future__ import annotations

import json
import tempfile
import time
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from statistics import mean, median

import duckdb

from benchmarks.duckdb_load import save_answers
from benchmarks.pace import days_ago, empty, quota, small
from benchmarks.process import DATASET, Cost, Server, Workplace, run, server, workplace
from benchmarks.table import Result
from gong_source.config import load_settings

PARTS = {"calls": "calls", "transcripts": "transcripts", "all": "calls,transcripts"}


def capacity(calls: int) -> Result:
    """Show that the server is never the bottleneck: pages read as fast as they come, nothing done with them.

    Args:
        calls: How many the server holds.
    """
    result = Result("server", f"how fast the server answers: {calls:,} calls", ["pages of", "pages/s", "MB/s"])
    with server(calls=calls) as api:
        for kind, path in (("calls", "/v2/calls/extensive"), ("transcripts", "/v2/calls/transcript")):
            body = {"filter": {}, **({"contentSelector": {"context": "None"}} if kind == "calls" else {})}
            cursor: str | None = ""
            pages, size, began = 0, 0, time.monotonic()
            while cursor is not None:
                content = _post(api.url + path, {**body, **({"cursor": cursor} if cursor else {})})
                pages, size = pages + 1, size + len(content)
                cursor = str(pages * 100) if pages * 100 < calls else None
            seconds = time.monotonic() - began
            result.rows.append((kind, pages / seconds, size / seconds / 1e6))
    slowest = min(row[1] for row in result.rows)
    result.goal("at least 30 pages/s, ten times Gong's rate", slowest, slowest >= 30)
    return result


def own_work(calls: int, repeats: int = 3) -> Result:
    """Processor seconds of a sync against DuckDB's own reading of the same answers into the same tables.

    Args:
        calls: Of the company.
        repeats: Runs of each; the medians count.
    """
    result = Result(
        "work",
        f"{calls:,} calls with all parts and about 300 sentences each, no limit, no latency; medians of {repeats}",
        ["part", "sync CPU s", "sync wall s", "sync MB", "DuckDB CPU s", "DuckDB wall s", "CPU ratio", "wall ratio"],
    )
    with server(calls=calls) as api, tempfile.TemporaryDirectory(prefix="gong-bench-") as directory:
        settings = load_settings(base_url=api.url, credentials={"access_key": "key", "access_key_secret": "secret"})
        now = datetime.now(timezone.utc)
        saved = save_answers(api.url, Path(directory), now - timedelta(days=100), now, settings)
        result.about += f"; {saved / 1e6:,.0f} MB of answers"
        for part, resources in PARTS.items():
            pairs = [(_fresh_sync(api, "--resources", resources), _duckdb(directory, part)) for _ in range(repeats)]
            ours, theirs = ([pair[side] for pair in pairs] for side in (0, 1))
            cpu = median(cost.cpu for cost in ours), median(cost.cpu for cost in theirs)
            wall = median(cost.seconds for cost in ours), median(cost.seconds for cost in theirs)
            peak = max(cost.peak_mb for cost in ours)
            result.rows.append(
                (part, cpu[0], wall[0], round(peak), cpu[1], wall[1], cpu[0] / cpu[1], wall[0] / wall[1])
            )
    for part, most in (("transcripts", 1.4), ("all", 2.0)):
        ratio = next(row[6] for row in result.rows if row[0] == part)
        result.goal(f"{part}: at most {most:g} times DuckDB's own CPU", ratio, ratio <= most, f"{part} / DuckDB")
    return result


def plain(calls: int) -> Result:
    """The same range loaded by a plain dlt ``rest_api`` source with default settings.

    That takes minutes, in which the machine's speed drifts: a sync before and one after it, and their mean, are set
    against it.

    Args:
        calls: Of the company.
    """
    result = Result(
        "plain",
        f"{calls:,} calls against a plain dlt rest_api source with default settings",
        ["part", "sync CPU s", "plain CPU s", "ratio", "sync MB", "plain MB"],
    )
    with server(calls=calls) as api:
        for part, resources in PARTS.items():
            before = _fresh_sync(api, "--resources", resources)
            with workplace(api.url) as place:
                theirs = run(
                    ["-m", "benchmarks.plain", api.url, resources, days_ago(100), days_ago(0)], place.environment
                )
            after = _fresh_sync(api, "--resources", resources)
            ours, peak = mean((before.cpu, after.cpu)), max(before.peak_mb, after.peak_mb)
            result.rows.append((part, ours, theirs.cpu, theirs.cpu / ours, round(peak), round(theirs.peak_mb)))
    result.for_this_size = True
    for part, least in (("transcripts", 12.0 if calls < 5_000 else 25.0), ("all", 10.0 if calls < 5_000 else 18.0)):
        ratio = next(row[3] for row in result.rows if row[0] == part)
        result.goal(
            f"{part}: at least {least:g} times less CPU", ratio, ratio >= least, f"plain dlt / {part}", less=False
        )
    return result


def memory(calls: int) -> Result:
    """Peak memory of a whole first sync, at growing sizes; single peaks differ by a tenth.

    Args:
        calls: The smallest size, measured twice; the others are 4 and, with 5,000 and more, 10 times it.
    """
    result = Result(
        "memory", "peak of a whole first sync, no limit, no latency", ["calls", "peak MB", "CPU s", "wall s"]
    )
    for size in (calls, 4 * calls, *([10 * calls] if calls >= 5000 else []), calls):
        days = 90 * size / calls
        with (
            server(calls=size, days=days) as api,
            workplace(api.url, start_date=days_ago(days + 1), requests_per_second=0, daily_requests=0) as place,
        ):
            cost = place.sync()
        result.rows.append((size, round(cost.peak_mb), cost.cpu, cost.seconds))
    peak = max(row[1] for row in result.rows)
    growth = peak / mean(row[1] for row in result.rows if row[0] == calls)
    result.goal(
        "highest at most 1.15 times that of the smallest", growth, growth <= 1.15, "highest peak / smallest size's"
    )
    result.goal("at most 400 MB", peak, peak <= 400)
    return result


def idle(calls: int) -> Result:
    """A sync that finds nothing new, with a year of history behind it.

    Args:
        calls: Of the year.
    """
    result = Result(
        "idle",
        f"a sync with nothing new after a year with {calls:,} calls, 7 days looked back",
        ["run", "requests", "wall s", "CPU s", "peak MB", "state bytes"],
    )
    with (
        server(calls=calls, days=365, sentences=40) as api,
        workplace(api.url, start_date=days_ago(366), requests_per_second=0, daily_requests=0) as place,
    ):
        for name in ("first", "second", "third", "fourth"):
            api.get("/reset")
            cost = place.sync()
            with duckdb.connect(str(place.database), read_only=True) as connection:
                query = f"SELECT strlen(state) FROM {DATASET}._dlt_pipeline_state ORDER BY created_at DESC LIMIT 1"
                (state,) = connection.execute(query).fetchone() or (0,)
            result.rows.append(
                (name, api.get("/counters")["total"], cost.seconds, cost.cpu, round(cost.peak_mb), state)
            )
    wall = median(row[2] for row in result.rows[1:])
    result.goal("start to exit within 1.3 s", wall, wall <= 1.3)
    result.goal("at most 10 requests", result.rows[-1][1], result.rows[-1][1] <= 10)
    result.goal("state under 200 kB", result.rows[-1][5], result.rows[-1][5] < 200_000)
    return result


def growth(calls: int) -> Result:
    """What a new call costs when more and more are in the destination already.

    Args:
        calls: The largest history, after those of 1,000 and 10,000.
    """
    new = 500
    result = Result(
        "growth",
        f"a sync of {new} new calls, all parts, some 300 sentences each, where a history is there; medians of 3",
        ["calls there", "rows there", "CPU s", "wall s", "ms CPU per new call", "peak MB"],
    )
    with server(calls=new, days=6) as api:
        for history in (*(size for size in (1_000, 10_000) if size < calls), calls):
            with workplace(api.url, start_date=days_ago(7), requests_per_second=0, daily_requests=0) as place:
                place.sync("--end-date", days_ago(6.5), "--resources", "calls,transcripts")  # makes the tables
                padded = run(["-m", "benchmarks.padding", api.url, str(place.database), str(history)])
                costs = _three_syncs(place, "--resources", "calls,transcripts")
            cpu, seconds, peak = (
                median(getattr(cost, name) for cost in costs) for name in ("cpu", "seconds", "peak_mb")
            )
            result.rows.append((history, int(padded.output), cpu, seconds, cpu / new * 1000, round(peak)))
    ratio = result.rows[-1][4] / result.rows[0][4]
    result.goal("cost per new call grows at most 1.1 times", ratio, ratio <= 1.1, "largest history / smallest")
    return result


def _fresh_sync(api: Server, *arguments: str) -> Cost:
    settings = {"start_date": days_ago(100), "requests_per_second": 0, "daily_requests": 0}
    with workplace(api.url, **settings) as place:
        return place.sync(*arguments)


def _three_syncs(place: Workplace, *arguments: str) -> list[Cost]:
    """Of the same data: one alone differs by a tenth from the next."""
    with place.as_it_is() as put_back:
        costs = [place.sync(*arguments)]
        while len(costs) < 3:
            put_back()
            costs.append(place.sync(*arguments))
    return costs


def _duckdb(directory: str, part: str) -> Cost:
    with tempfile.TemporaryDirectory(prefix="gong-bench-") as place:
        return run(["-m", "benchmarks.duckdb_load", directory, f"{place}/own.duckdb", part])


def _post(url: str, body: object) -> bytes:
    request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request) as response:
        content: bytes = response.read()
        return content


MEASURES: dict[str, tuple[Callable[[int], Result], int, int]] = {
    "server": (capacity, 2_000, 20_000),
    "quota": (quota, 2_000, 20_000),
    "small": (small, 1_500, 6_000),
    "empty": (empty, 60, 60),
    "work": (own_work, 2_000, 5_000),
    "plain": (plain, 500, 5_000),
    "memory": (memory, 1_500, 5_000),
    "idle": (idle, 10_000, 20_000),
    "growth": (growth, 20_000, 100_000),
}
"""Each measurement with its usual size, and that of ``--full``."""
