"""Load a long past range in chunks that survive anything: ``python -m pipelines.backfill``."""

from __future__ import annotations

import json
import time

import click

from gong_source.errors import GongError
from gong_source.report import RunReport
from gong_source.runs import run_backfill
from gong_source.runs.backfill import BackfillPlan, Order, plan_backfill
from pipelines.options import DATE, finish, make_pipeline, pipeline_options, resource_list


@click.command()
@pipeline_options(default_name="gong_backfill")
@click.option("--start-date", required=True, help=f"Start of the range. {DATE}")
@click.option("--end-date", required=True, help=f"End of the range, exclusive. {DATE}")
@click.option("--chunk-days", type=float, help="Longest range committed as one; sources.gong.chunk_days by default.")
@click.option(
    "--order", type=click.Choice(["newest", "oldest"]), default="newest", show_default=True, help="Which end is first."
)
@click.option("--max-requests", type=int, help="Begin no further chunk after this many requests, and exit with 75.")
@click.option("--dry-run", is_flag=True, help="Print ranges, chunks and requests expected; asks Gong for counts only.")
def main(
    destination: str,
    dataset_name: str,
    pipeline_name: str,
    resources: str,
    progress: str,
    as_json: bool,
    start_date: str,
    end_date: str,
    chunk_days: float | None,
    order: Order,
    max_requests: int | None,
    dry_run: bool,
) -> None:
    """Load calls, transcripts and logs of a past range; the same command goes on where an earlier one stopped.

    Exit codes: 0 done; 1 failed (what had been committed stays); 2 wrong usage or configuration; 75 stopped by the
    quota or --max-requests, run the same command later.
    """
    pipeline = make_pipeline(pipeline_name, destination, dataset_name, progress)
    names = resource_list(resources)
    if dry_run:
        try:
            plan = plan_backfill(
                pipeline, start_date=start_date, end_date=end_date, resources=names, chunk_days=chunk_days
            )
        except GongError as error:
            click.echo(f"Error: {error}", err=True)
            raise SystemExit(error.exit_code) from error
        click.echo(json.dumps(plan.as_dict()) if as_json else plan.as_text())
        return
    show = ProgressLine()
    finish(
        lambda: run_backfill(
            pipeline,
            start_date=start_date,
            end_date=end_date,
            resources=names,
            order=order,
            max_requests=max_requests,
            chunk_days=chunk_days,
            on_package=show,
        ),
        as_json,
    )


class ProgressLine:
    """One line to standard error for each committed package: chunks, requests, rate, time left."""

    def __init__(self) -> None:
        """Start the clock."""
        self._began = time.monotonic()
        self._first_left: int | None = None

    def __call__(self, report: RunReport, plan: BackfillPlan) -> None:
        """Print a line.

        Args:
            report: What was done so far.
            plan: What is left.
        """
        seconds = max(time.monotonic() - self._began, 0.001)
        requests = sum(report.requests.values())
        if self._first_left is None:
            self._first_left = plan.chunks
        done = self._first_left - plan.chunks
        left = f"{plan.chunks / done * seconds / 60:.0f} minutes left" if done else "time left unknown"
        click.echo(
            f"package {report.packages}: {plan.chunks} chunks left, {requests:,} requests, "
            f"{requests / seconds:.1f} a second, {left}",
            err=True,
        )


if __name__ == "__main__":
    main()
