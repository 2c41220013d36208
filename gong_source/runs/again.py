"""What is loaded once more is loaded from its beginning, and so ends as if nothing had been cut off.

dlt goes on with the files of a package that it has not noted as loaded. But it notes that here, after the destination
has committed the rows: of what a kill or a lost connection cuts off in between, nobody knows whether it is there. Rows
that come a second time are refused where a key is unique, and doubled elsewhere. And of its staging tables dlt makes
sure as a package begins, and only where the schema is new to it: what somebody took from one would be missed for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from dlt.common.destination.exceptions import DestinationTransientException, DestinationUndefinedEntity
from dlt.common.runtime import signals
from dlt.common.storages import PackageStorage, ParsedLoadJobFileName
from dlt.load.exceptions import LoadClientJobException
from dlt.pipeline.pipeline import Pipeline

from gong_source.warehouse.leftovers import mend_staging
from gong_source.warehouse.loads import forget_load
from gong_source.warehouse.store import Store
from gong_source.wording import chain_of, in_a_line, is_full

logger = logging.getLogger("gong_source")

Result = TypeVar("Result")

FOLLOWING = ("sql", "reference")
"""Files that dlt itself makes in a package once others are loaded, and makes again."""

CURABLE = (LoadClientJobException, DestinationUndefinedEntity, DestinationTransientException)
"""A file or a merge that failed, a table that is missing, and what passes by itself: a deadlock, say."""


def until_loaded(pipeline: Pipeline, load: Callable[[], Result]) -> Result:
    """Load; where the destination fails in a way that may be :data:`CURABLE`, a second time from the beginning.

    Args:
        pipeline: With a destination and something to load.
        load: Loads it.

    Returns:
        What ``load`` does.

    Raises:
        Exception: What ``load`` raised, the last time.
    """
    try:
        return load()
    except Exception as failed:
        if signals.was_signal_received() or not _may_be_cured(failed) or not _can_begin_again(pipeline):
            raise
    return load()


def _may_be_cured(failed: BaseException) -> bool:
    chain = chain_of(failed)
    return any(isinstance(each, CURABLE) for each in chain) and not any(map(is_full, chain))


def _can_begin_again(pipeline: Pipeline) -> bool:
    """Begin again; False where the destination, which has just failed, does not let that be done either."""
    logger.info("A load failed, and is tried once more from its beginning.")
    try:
        begin_again(pipeline)
    except Exception as error:
        logger.info("That can't be done: %s", in_a_line(error))
        return False
    return True


def begin_again(pipeline: Pipeline) -> None:
    """Have what waits to be loaded begin anew, as far as some of it was loaded; all merges of it may be repeated.

    Args:
        pipeline: With a destination.

    Raises:
        DestinationException: The destination can't be asked.
    """
    packages = pipeline._get_load_storage().normalized_packages
    for load_id in pipeline.list_normalized_load_packages():
        store = Store(pipeline, packages.schema_name(load_id))
        mend_staging(store)
        forget_load(store, load_id)
        _begin_anew(packages, load_id)


def _begin_anew(packages: PackageStorage, load_id: str) -> None:
    """Take back what dlt noted in a package's folder; what it could not load and left out stays out."""
    jobs = packages.get_load_package_jobs(load_id)
    for folder in ("new_jobs", "started_jobs", "completed_jobs"):
        for job in jobs[folder]:
            if job.file_format in FOLLOWING:
                packages.storage.delete(packages.get_job_file_path(load_id, folder, job.file_name()))
            else:  # BigQuery knows a file by its name, and would not load it twice
                again = job._replace(file_id=ParsedLoadJobFileName.new_file_id(), retry_count=0)
                packages._move_job(load_id, folder, "new_jobs", job.file_name(), again.file_name())
    for name in packages.list_pending_transitions(load_id):
        packages.clear_pending_transition(load_id, name)
    if packages.get_schema_update_file(load_id) is None:  # dlt made sure of all tables, and is to do it again
        state = packages.get_load_package_state(load_id)
        state["dropped_tables"] = state["truncated_tables"] = []
        packages.save_load_package_state(load_id, state)
        packages.save_schema_updates(load_id, {})
