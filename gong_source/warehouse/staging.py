"""The staging dataset, which merges go through: a pipeline's own, and left alone by a package that brings no rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dlt.common.destination.client import WithStagingDataset
from dlt.common.normalizers.naming.snake_case import NamingConvention
from dlt.pipeline.pipeline import Pipeline

from gong_source.warehouse.load_jobs import changed_clients

LAYOUT, STAGING = "staging_dataset_name_layout", "%s_staging"
"""dlt's setting and its default."""
OF_A_SYNC = "gong"
"""Name of a sync's pipeline, for which the default stays."""


def staging_of(pipeline_name: str) -> str:
    """Layout of the name of the dataset that a pipeline's rows are merged from: each pipeline has its own.

    dlt empties what it finds there when a load begins. Of two pipelines that load one dataset, such as a sync and a
    backfill beside it, either would else merge the other one's rows in place of its own.

    Args:
        pipeline_name: Of the pipeline.
    """
    if pipeline_name == OF_A_SYNC:
        return STAGING
    name = _normal(pipeline_name)
    if _normal(f"staging_{pipeline_name}") != f"staging_{pipeline_name}":  # dlt would call it like that of another one
        name += f"_{hashlib.blake2b(pipeline_name.encode(), digest_size=4).hexdigest()}"
    return f"{STAGING}_{name}"


def is_staging_of(dataset: str, pipeline_name: str, other: str) -> bool:
    """Whether a pipeline merges the rows of a dataset from another one.

    Args:
        dataset: Name of the dataset, in any case.
        pipeline_name: Of the pipeline.
        other: Name of the one that it may merge from.
    """
    return _normal((staging_of(pipeline_name) % dataset).casefold()) == _normal(other.casefold())


def _normal(name: str) -> str:
    return NamingConvention().normalize_table_identifier(name)


@contextmanager
def staged_if_needed(pipeline: Pipeline, needed: bool) -> Iterator[None]:
    """Load, as long as the block lasts, a normalized package.

    At each load dlt makes sure that the staging tables of all that ever held rows are as the schema has them, which
    takes a statement and more. An hour in which nothing happened loads nothing but the state.

    Args:
        pipeline: With a destination.
        needed: Whether the package :func:`brings_rows`.
    """
    if pipeline.destination is None or needed:
        yield
        return
    with changed_clients(pipeline.destination, _unstage):
        yield


def brings_rows(pipeline: Pipeline) -> bool:
    """Whether a normalized package has rows for other tables than dlt's own.

    Args:
        pipeline: With a destination.
    """
    for load_id in pipeline.list_normalized_load_packages():
        package = pipeline.get_load_package_info(load_id)
        own = set(pipeline.schemas[package.schema_name].dlt_table_names())
        if any(job.job_file_info.table_name not in own for job in package.jobs["new_jobs"]):
            return True
    return False


def _unstage(client: Any) -> None:
    if isinstance(client, WithStagingDataset):
        client.should_load_data_to_staging_dataset = lambda table_name: False  # type: ignore[method-assign]
