"""``gong-source sync``: bring a dataset up to date with Gong."""

from __future__ import annotations

from functools import partial

import click

from gong_source.cli.frame import Command
from gong_source.cli.loading import DATE, EXIT_CODES, Loading, loading_options, resource_list, resources_option
from gong_source.runs import run_sync


@click.command(cls=Command, epilog=EXIT_CODES)
@loading_options(pipeline_name="gong", loads=True)
@resources_option
@click.option("--start-date", help=f"Start of the range. {DATE}")
@click.option("--end-date", help=f"End of the range, exclusive. {DATE}")
def sync(loading: Loading, resources: str, start_date: str | None, end_date: str | None) -> None:
    """Load what is new or changed in Gong since the last run."""
    loading.run(
        lambda pipeline: run_sync(
            pipeline,
            start_date=start_date,
            end_date=end_date,
            resources=resource_list(resources),
            on_package=partial(loading.after.committed, pipeline),
        )
    )
