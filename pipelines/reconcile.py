"""Compare a dataset with Gong and repair it: ``python -m pipelines.reconcile``."""

from __future__ import annotations

import click

from gong_source.runs import run_reconcile
from gong_source.runs.reconcile import MAX_DELETE_SHARE, OnDelete
from pipelines.options import DATE, finish, make_pipeline, pipeline_options, print_package


@click.command()
@pipeline_options(default_name="gong", with_resources=False)
@click.option("--start-date", help=f"Start of the range. {DATE}")
@click.option("--end-date", help=f"End of the range, exclusive. {DATE}")
@click.option("--rolling", type=int, metavar="DAYS", help="Compare the next slice of all; everything in so many runs.")
@click.option(
    "--on-delete",
    type=click.Choice(["mark", "purge"]),
    default="mark",
    show_default=True,
    help="Set calls.deleted_at, or delete the call from every table.",
)
@click.option(
    "--max-delete-share",
    type=click.FloatRange(0, 1),
    default=MAX_DELETE_SHARE,
    show_default=True,
    help="Stop where a larger share of the stored calls would go.",
)
def main(
    destination: str,
    dataset_name: str,
    pipeline_name: str,
    progress: str,
    as_json: bool,
    start_date: str | None,
    end_date: str | None,
    rolling: int | None,
    on_delete: OnDelete,
    max_delete_share: float,
) -> None:
    """Load calls that are missing, refresh those that differ, and mark or purge those that Gong deleted.

    Exit codes: 0 done; 1 failed (what had been committed stays); 2 wrong usage or configuration; 75 stopped by the
    quota, run the same command later.
    """
    finish(
        lambda: run_reconcile(
            make_pipeline(pipeline_name, destination, dataset_name, progress),
            start_date=start_date,
            end_date=end_date,
            rolling=rolling,
            on_delete=on_delete,
            max_delete_share=max_delete_share,
            on_package=print_package,
        ),
        as_json,
    )


if __name__ == "__main__":
    main()
