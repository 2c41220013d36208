"""The staging dataset, which merges go through, is left alone by a package that brings no rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from dlt.common.destination.client import WithStagingDataset
from dlt.pipeline.pipeline import Pipeline


@contextmanager
def staged_if_needed(pipeline: Pipeline) -> Iterator[None]:
    """Load, as long as the block lasts, a normalized package.

    At each load dlt makes sure that the staging tables of all that ever held rows are as the schema has them, which
    takes a statement and more. An hour in which nothing happened loads nothing but the state.

    Args:
        pipeline: With a destination.
    """
    destination: Any = pipeline.destination
    if destination is None or _brings_rows(pipeline):
        yield
        return
    own = vars(destination).get("client")
    destination.client = partial(_unstaged, destination.client)
    try:
        yield
    finally:
        del destination.client  # the method of the class again
        if own is not None:
            destination.client = own


def _brings_rows(pipeline: Pipeline) -> bool:
    for load_id in pipeline.list_normalized_load_packages():
        package = pipeline.get_load_package_info(load_id)
        own = set(pipeline.schemas[package.schema_name].dlt_table_names())
        if any(job.job_file_info.table_name not in own for job in package.jobs["new_jobs"]):
            return True
    return False


def _unstaged(make: Any, *args: Any, **kwargs: Any) -> Any:
    client = make(*args, **kwargs)
    if isinstance(client, WithStagingDataset):
        client.should_load_data_to_staging_dataset = lambda table_name: False  # type: ignore[method-assign]
    return client
