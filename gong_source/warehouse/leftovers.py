"""What dlt keeps of rows that it loaded: those of the last package in a staging dataset, all of them in files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import dlt
from dlt.common.destination.client import WithStagingDataset
from dlt.common.storages.load_package import WORKING_FOLDERS
from dlt.pipeline.pipeline import Pipeline
from dlt.pipeline.trace import TRACE_FILE_NAME

from gong_source.warehouse.store import Store
from gong_source.warehouse.together import absent_is_empty


def empty_staging(store: Store, more: Iterable[str] = ()) -> None:
    """Take all rows out of the staging dataset, where there is one; its tables stay.

    Args:
        store: The dataset beside it; no load may be going on.
        more: Names of further tables than the source's.
    """
    with store.connection() as client:
        if isinstance(client, WithStagingDataset):
            names = [name for name in store.tables(more) if not name.startswith("_dlt")]
            with client.with_staging_dataset(), absent_is_empty():
                there = [name for name, columns in client.get_storage_tables(names) if columns]
                client.sql_client.truncate_tables(*there)


def mend_staging(store: Store) -> None:
    """Have dlt make again, with the next load, what somebody took from the staging dataset: a table, or a column of it.

    A table with a column less is dropped: no destination adds one that is never NULL. The others stay, as a role may
    have the right to fill tables and none to make them.

    Args:
        store: The dataset beside it; no load may be going on.
    """
    with store.connection() as client:
        if not isinstance(client, WithStagingDataset):
            return
        names = filter(client.should_load_data_to_staging_dataset, client.schema.data_table_names(seen_data_only=True))
        made = {name: client.schema.get_table_columns(name).keys() for name in names}
        with client.with_staging_dataset(), absent_is_empty():
            if not client.is_storage_initialized():  # which BigQuery's client does not ask for ten minutes, as all else
                return
            there = {name: set(map(str.lower, columns)) for name, columns in client.get_storage_tables(made)}
            if lacking := [name for name, columns in made.items() if not columns <= there[name]]:
                client.drop_tables(*filter(there.get, lacking))  # and forget the schema, else dlt would not look


def remove_files(pipeline: Pipeline, load_ids: Iterable[str]) -> None:
    """Remove the files of packages that were loaded from dlt's working folder; what it tells of packages stays.

    dlt itself would keep them for ever. Files of packages with jobs that failed stay, as do all where dlt's
    configuration says so.

    Args:
        pipeline: Whose packages.
        load_ids: Of the packages.
    """
    if dlt.config.get("load.delete_completed_jobs", bool) is False:
        return
    packages = pipeline._get_load_storage().loaded_packages
    for load_id in load_ids:
        if packages.storage.has_folder(packages.get_job_state_folder_path(load_id, packages.COMPLETED_JOBS_FOLDER)):
            packages.remove_completed_jobs(load_id)


def remove_all_files(pipeline: Pipeline) -> None:
    """Remove all rows from dlt's working folder: of every package that came to its end, however it did.

    Files of jobs that failed or were aborted go too, and the errors and the trace of the last run, which quote rows.
    The folders themselves stay, in which dlt looks for them.

    Args:
        pipeline: Whose packages; none waits to be loaded.
    """
    packages = pipeline._get_load_storage().loaded_packages
    if not os.path.isdir(packages.storage.storage_path):  # nothing was ever loaded from this machine
        return
    for load_id in packages.list_packages():
        for folder in (*WORKING_FOLDERS, packages.EXCEPTIONS_FOLDER):
            path = packages.get_job_state_folder_path(load_id, folder)  # type: ignore[arg-type]  # of a folder's name
            if packages.storage.has_folder(path):
                for file in packages.storage.list_folder_files(path):
                    packages.storage.delete(file)
    Path(pipeline.working_dir, TRACE_FILE_NAME).unlink(missing_ok=True)
