"""``gong-source status``: what is loaded, how old it is and what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import click
import orjson

from gong_source.cli.frame import Command
from gong_source.cli.loading import Loading, loading_options
from gong_source.cli.logs import say
from gong_source.cli.output import put
from gong_source.cli.values import Base
from gong_source.ranges import UTC, RangeSet, ago
from gong_source.runs.look import read_status
from gong_source.runs.status import Status

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Duration(Base):
    """A number with ``m``, ``h`` or ``d`` behind it."""

    name = "DURATION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read it."""
        if not isinstance(value, str):
            return value
        found = re.fullmatch(r"(\d{1,5}(?:\.\d+)?)([mhd])", value.strip())
        if not found:
            self.fail("give minutes, hours or days, such as 90m, 3h or 2d", param, ctx)
        return timedelta(**{UNITS[found[2]]: float(found[1])})


@click.command(cls=Command)
@loading_options(pipeline_name="gong")
@click.option("--max-lag", type=Duration(), help="Exit with 1 where a stream is older, such as 90m, 3h or 2d.")
def status(loading: Loading, max_lag: timedelta | None) -> None:
    """Show rows, newest record, ranges and gaps of each stream, and who loads here.

    All of it is in the destination; Gong is not asked. With --max-lag it is a check for a monitor: what is read once a
    day is given a day more.
    """
    loading.set_up_logging()
    found = read_status(loading.pipeline(reads=True), max_lag)
    put(orjson.dumps(found.as_dict()) if loading.as_json else "\n".join(_lines(found)))
    if found.late:
        say(f"Older than {max_lag}: {', '.join(found.late)}", loading.log_format, "warning")
        raise SystemExit(1)


def _lines(found: Status) -> Iterator[str]:
    width, now = max(map(len, ("stream", *found.streams))), datetime.now(UTC)
    yield f"{'stream':<{width}}  {'rows':>12}  {'newest':<16}  {'up to':<16}  last load"
    for name, stream in found.streams.items():
        times = "  ".join(f"{at:%Y-%m-%d %H:%M}" if at else " " * 16 for at in (stream.newest, stream.up_to))
        loaded = (ago(stream.last_load, now) if stream.last_load else "") + ("  LATE" if stream.late else "")
        yield f"{name:<{width}}  {stream.rows:>12,}  {times}  {loaded}".rstrip()
    yield ""
    for title, sets in (("read", "ranges"), ("GAP", "gaps")):
        for name, stream in found.streams.items():
            ranges: dict[str, RangeSet] = getattr(stream, sets)
            for selection, pieces in ranges.items():
                which = "" if selection == "*" else f" {selection}"
                yield f"{title} {name}{which}: {', '.join(map(str, pieces))}"
    yield ""
    since = f", the first asked for {ago(found.oldest_awaited, now)}" if found.oldest_awaited else ""
    yield f"transcripts: {found.awaited:,} awaited{since}, {found.given_up:,} given up"
    yield f"rejected records: {found.rejected:,}"
    if found.lag:
        p50, p95 = (f"{found.lag[share] / 3600:.1f} h" for share in ("p50", "p95"))
        yield f"from the start of a call to its load: half within {p50}, 95 % within {p95}"
    left = "" if found.quota_left is None else f"; {found.quota_left:,} left"
    today = ", ".join(f"{name} {count:,}" for name, count in found.requests_today.items()) or "none"
    yield f"requests today (UTC): {today}{left}"
    for name, facts in found.pipelines.items():
        yield f"pipeline {name}: {_last(facts)}"
    yield "where: " + ", ".join(f"{word} {value}" for word, value in found.where.items() if word != "pipeline")


def _last(facts: dict[str, Any]) -> str:
    run = facts["last_run"]
    if run is None:
        return f"its state was saved at {facts['state_saved']}, no run of the last days is known"
    told = ": " + run["message"].replace("\n", "; ") if run["message"] else ""
    return f"{run['command']} {run['outcome']} at {run['ended']}{told}"
