"""Bring a dataset up to date with Gong: ``python -m pipelines.sync``."""

from __future__ import annotations

import click

from gong_source.runs import run_sync
from pipelines.options import DATE, finish, make_pipeline, pipeline_options, print_package, resource_list


@click.command()
@pipeline_options(default_name="gong")
@click.option("--start-date", help=f"Start of the range. {DATE}")
@click.option("--end-date", help=f"End of the range, exclusive. {DATE}")
def main(
    destination: str,
    dataset_name: str,
    pipeline_name: str,
    resources: str,
    progress: str,
    as_json: bool,
    start_date: str | None,
    end_date: str | None,
) -> None:
    """Load what is new or changed in Gong since the last run.

    Exit codes: 0 done; 1 failed (what had been committed stays); 2 wrong usage or configuration; 75 stopped by the
    quota, run the same command later.
    """
    finish(
        lambda: run_sync(
            make_pipeline(pipeline_name, destination, dataset_name, progress),
            start_date=start_date,
            end_date=end_date,
            resources=resource_list(resources),
            on_package=print_package,
        ),
        as_json,
    )


if __name__ == "__main__":
    main()
