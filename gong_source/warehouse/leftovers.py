"""What dlt keeps of rows that it loaded: those of the last package in a staging dataset, all of them in files."""

from __future__ import annotations

import os
from collections.abc import Iterable

import dlt
from dlt.common.destination.client import WithStagingDataset
from dlt.pipeline.pipeline import Pipeline

from gong_source.warehouse.store import Store


def empty_staging(store: Store, more: Iterable[str] = ()) -> None:
    """Take all rows out of the staging dataset, where there is one; its tables stay.

    Args:
        store: The dataset beside it; no load may be going on.
        more: Names of further tables than the source's.
    """
    with store.connection() as client:
        if isinstance(client, WithStagingDataset):
            with client.with_staging_dataset():
                client.sql_client.truncate_tables(*(name for name in store.tables(more) if not name.startswith("_dlt")))


def remove_files(pipeline: Pipeline, load_ids: Iterable[str] | None = None) -> None:
    """Remove the files of packages that were loaded from dlt's working folder; what it tells of packages stays.

    dlt itself would keep them for ever. Files of packages with jobs that failed stay.

    Args:
        pipeline: Whose packages.
        load_ids: Of some of them, which stay where dlt's configuration says so; None for all that were ever loaded.
    """
    if load_ids is not None and dlt.config.get("load.delete_completed_jobs", bool) is False:
        return
    packages = pipeline._get_load_storage().loaded_packages
    if not os.path.isdir(packages.storage.storage_path):  # nothing was ever loaded from this machine
        return
    for load_id in packages.list_packages() if load_ids is None else load_ids:
        if packages.storage.has_folder(packages.get_job_state_folder_path(load_id, packages.COMPLETED_JOBS_FOLDER)):
            packages.remove_completed_jobs(load_id)
