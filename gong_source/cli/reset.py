"""``gong-source reset``: forget what was read, so that it is read again."""

from __future__ import annotations

import sys

import click
import orjson

from gong_source.cli.frame import Command
from gong_source.cli.loading import DATE, Loading, loading_options
from gong_source.cli.output import put
from gong_source.runs.lock import locked
from gong_source.runs.reset import ResetResult, run_reset
from gong_source.streams.table import StreamTable


@click.command(cls=Command)
@click.argument("streams", nargs=-1, required=True, metavar="STREAM...")
@loading_options(pipeline_name="gong")
@click.option("--from", "start_date", metavar="DATE", help=f"Forget only from here on. {DATE}")
@click.option("--to", "end_date", metavar="DATE", help=f"Forget only what is before. {DATE}")
@click.option("--drop", is_flag=True, help="Drop the tables of the streams too.")
@click.option("--yes", is_flag=True, help="Don't ask before tables are dropped; needed where there is no terminal.")
def reset(
    loading: Loading, streams: tuple[str, ...], start_date: str | None, end_date: str | None, drop: bool, yes: bool
) -> None:
    """Forget what was read of streams, so that the next sync reads it again. `gong-source streams` lists them.

    Rows stay until a sync replaces them. With --drop the tables go too, and the next sync makes and loads them anew.
    Each pipeline has a memory of its own: what a backfill loaded is forgotten with --pipeline-name gong_backfill.
    """
    if drop and not (yes or sys.stdin.isatty()):
        raise click.UsageError("There is no terminal to ask whether to drop the tables: give --yes.")
    loading.set_up_logging()
    StreamTable().named(streams)
    pipeline = loading.pipeline()
    with locked(pipeline, loading.wait, loading.say):
        if drop and not yes:
            click.confirm(f"Drop the tables of {', '.join(streams)} in {loading.dataset_name}?", abort=True, err=True)
        result = run_reset(pipeline, streams, start_date=start_date, end_date=end_date, drop=drop)
    told = orjson.dumps(result.as_dict())
    put(told if loading.as_json else as_text(result), done=f"The reset is done: {told.decode()}")


def as_text(result: ResetResult) -> str:
    """What was forgotten, for people.

    Args:
        result: Of a reset.
    """
    lines = [f"{name}: {', '.join(map(str, ranges)) or '-'}" for name, ranges in result.forgotten.items()]
    dropped = [f"Dropped: {', '.join(result.dropped)}"] if result.dropped else []
    where = ", ".join(f"{word} {value}" for word, value in result.where.items())
    return "\n".join([f"Forgotten in {where}; the next sync reads it again:", *lines, *dropped])
