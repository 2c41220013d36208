"""``gong-source backfill``: load a long past range in chunks that survive anything."""

from __future__ import annotations

import json

import click

from gong_source.cli.frame import Command
from gong_source.cli.loading import DATE, EXIT_CODES, Loading, loading_options, resource_list, resources_option
from gong_source.cli.output import put
from gong_source.runs import run_backfill
from gong_source.runs.backfill import Order, plan_backfill


@click.command(cls=Command, epilog=EXIT_CODES)
@loading_options(pipeline_name="gong_backfill", loads=True)
@resources_option
@click.option("--start-date", required=True, help=f"Start of the range. {DATE}")
@click.option("--end-date", required=True, help=f"End of the range, exclusive. {DATE}")
@click.option("--chunk-days", type=float, help="Longest range committed as one; sources.gong.chunk_days by default.")
@click.option(
    "--order", type=click.Choice(["newest", "oldest"]), default="newest", show_default=True, help="Which end is first."
)
@click.option(
    "--max-requests",
    type=click.IntRange(min=1),
    help="Begin no further chunk after this many requests, and exit with 75 where something is left.",
)
@click.option("--dry-run", is_flag=True, help="Print ranges, chunks and requests expected; asks Gong for counts only.")
def backfill(
    loading: Loading,
    resources: str,
    start_date: str,
    end_date: str,
    chunk_days: float | None,
    order: Order,
    max_requests: int | None,
    dry_run: bool,
) -> None:
    """Load what has dates of a past range: calls, transcripts, logs, answered scorecards, daily activity.

    The same command goes on where an earlier one stopped.
    """
    names = resource_list(resources)
    if dry_run:
        loading.set_up_logging()
        plan = plan_backfill(
            loading.pipeline(), start_date=start_date, end_date=end_date, resources=names, chunk_days=chunk_days
        )
        put(json.dumps(plan.as_dict()) if loading.as_json else plan.as_text())
        return
    loading.run(
        lambda pipeline: run_backfill(
            pipeline,
            start_date=start_date,
            end_date=end_date,
            resources=names,
            order=order,
            max_requests=max_requests,
            chunk_days=chunk_days,
        )
    )
