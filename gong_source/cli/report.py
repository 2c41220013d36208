"""``gong-source report``: a page of charts over the views."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from gong_source.cli.frame import Command
from gong_source.cli.loading import Loading, loading_options
from gong_source.cli.output import put
from gong_source.cli.paths import Named
from gong_source.runs.lock import locked
from gong_source.views import require_views
from gong_source.views.report import write_report


@click.command(cls=Command)
@loading_options(pipeline_name="gong")
@click.option(
    "--out",
    type=Named(dir_okay=False),
    default="report.html",
    show_default=True,
    help="File to write.",
)
@click.option("--weeks", type=click.IntRange(1), default=26, show_default=True, help="Weeks back from the last call.")
@click.option("--title", default="Gong calls", show_default=True, help="Heading of the page.")
def report(loading: Loading, out: Path, weeks: int, title: str) -> None:
    """Write a page of charts: calls, talk ratios, trackers, coverage, accounts, scorecards.

    One file that works offline. Makes the views where they are missing. Needs the extra "report".
    """
    loading.set_up_logging()
    pipeline = loading.pipeline(reads=True)
    require_views(pipeline, locked(pipeline, loading.wait, loading.say))
    write_report(pipeline, out, weeks, title)
    put(orjson.dumps({"file": str(out)}) if loading.as_json else str(out), done=f"The page is {out}.")
