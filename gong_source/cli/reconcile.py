"""``gong-source reconcile``: compare a dataset with Gong and repair it."""

from __future__ import annotations

import click

from gong_source.cli.frame import Command
from gong_source.cli.loading import DATE, EXIT_CODES, Loading, loading_options
from gong_source.cli.numbers import Finite
from gong_source.runs import run_reconcile
from gong_source.runs.reconcile import MAX_DELETE_SHARE, OnDelete


@click.command(cls=Command, epilog=EXIT_CODES)
@loading_options(pipeline_name="gong", loads=True, makes_views=False)
@click.option("--start-date", help=f"Start of the range. {DATE}")
@click.option("--end-date", help=f"End of the range, exclusive. {DATE}")
@click.option(
    "--rolling",
    type=click.IntRange(1),
    metavar="RUNS",
    help="Compare the next slice of all; everything in so many runs.",
)
@click.option(
    "--on-delete",
    type=click.Choice(["mark", "purge"]),
    default="mark",
    show_default=True,
    help="Set calls.deleted_at, or delete the call from every table.",
)
@click.option(
    "--max-delete-share",
    type=Finite(0, 1),
    default=MAX_DELETE_SHARE,
    show_default=True,
    help="Stop where a larger share of the stored calls would go, or of the transcripts.",
)
def reconcile(
    loading: Loading,
    start_date: str | None,
    end_date: str | None,
    rolling: int | None,
    on_delete: OnDelete,
    max_delete_share: float,
) -> None:
    """Load calls that are missing, refresh those that differ, and mark or purge those that Gong deleted."""
    loading.run(
        lambda pipeline: run_reconcile(
            pipeline,
            start_date=start_date,
            end_date=end_date,
            rolling=rolling,
            on_delete=on_delete,
            max_delete_share=max_delete_share,
        )
    )
