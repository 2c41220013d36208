"""Before a run reads anything: the state as the destination has it, and nothing left of an interrupted run."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from dlt.destinations.exceptions import DatabaseException, DestinationConnectionError
from dlt.pipeline.exceptions import PipelineStepFailed
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongConfigError, GongDestinationError, GongLoadError
from gong_source.runs.away import load_pending
from gong_source.runs.failures import raise_signal, root_of
from gong_source.runs.mend import mend_folder
from gong_source.runs.pending import Pending
from gong_source.streams.outset import asked_at_outset
from gong_source.streams.state import StreamState
from gong_source.tables import TABLES
from gong_source.warehouse.datasets import check_datasets
from gong_source.warehouse.dialects import ready_destination
from gong_source.warehouse.duckdb_load import held
from gong_source.warehouse.outset import Outset
from gong_source.warehouse.refused import denied
from gong_source.warehouse.store import SCHEMA, Store
from gong_source.warehouse.unfit import incomplete, unfit
from gong_source.warehouse.waiting import unreachable
from gong_source.wording import in_a_line

logger = logging.getLogger("gong_source")


def prepare(pipeline: Pipeline, tables: Iterable[str] = (), keeps_private: bool = True) -> tuple[Store, Outset | None]:
    """Restore the state from the destination, and load what an interrupted run left behind.

    dlt's ``run(data)`` with a package pending loads that one and does not read ``data`` at all, so it goes first; or is
    dropped where it is :meth:`~gong_source.runs.pending.Pending.outdated`, and what it held is read again.

    Args:
        pipeline: Destination and dataset.
        tables: Names of the tables that will be loaded.
        keeps_private: Whether private calls may be there.

    Returns:
        The dataset, and what it told; None where no tables are named and nothing had to be asked.

    Raises:
        GongConfigError: The dataset is another one's staging dataset, or has one that is a dataset itself.
        GongDestinationError: The destination can't merge rows or be reached, or the package that was left can't be
            loaded.
    """
    if pipeline.destination is None:
        raise GongDestinationError("The pipeline has no destination; give it one, such as duckdb.")
    ready_destination(pipeline)
    pipeline.activate()  # what reads ahead asks dlt's current pipeline what is there; another may have been made since
    store, tables = Store(pipeline), list(tables)
    is_left = False
    try:
        with store:
            mend_folder(pipeline)
            pending = Pending.of(pipeline)
            check_datasets(pipeline, store)
            if SCHEMA in pipeline.schemas:
                waiting = pending.load_id if pending else ""
                outset = asked_at_outset(store, tables, committed(pipeline), waiting, keeps_private)
                if not pending and not outset.is_another and outset.has_newest(pipeline):
                    return store, outset
                if pending and (reason := pending.outdated(outset)):
                    logger.warning(
                        "What an interrupted run left is dropped, and its ranges are read again: %s.", reason
                    )
                    pipeline.abort_packages()
                    pending = None
                if outset.is_another and not pending:
                    _yield_to_destination(pipeline)
            with held(pipeline, store):
                pipeline.sync_destination()
                if pending:
                    is_left = True
                    logger.info("Loading what an interrupted run left behind.")
                    load_pending(pipeline)
            return store, asked_at_outset(store, tables, committed(pipeline), "", keeps_private) if tables else None
    except (PipelineStepFailed, DestinationConnectionError, DatabaseException, GongLoadError) as failed:
        raise_signal(failed)
        if refusal := denied(pipeline, failed):
            raise GongDestinationError(refusal) from failed
        if not isinstance(failed, DestinationConnectionError) and (reason := _damage(store)):
            raise GongDestinationError(reason) from failed
        raise GongDestinationError(_told(pipeline, failed, is_left)) from failed


def refuse_refresh(pipeline: Pipeline) -> None:
    """Refuse a pipeline that resets its sources with whatever it extracts: a run does so package after package.

    Args:
        pipeline: That is about to extract.

    Raises:
        GongConfigError: It is one.
    """
    if pipeline.refresh:
        raise GongConfigError(
            f'The pipeline has refresh="{pipeline.refresh}", by which each load package would take away what is there: '
            "leave it out of dlt.pipeline, the environment (REFRESH) and config.toml, and have streams read anew with "
            "gong-source reset STREAMS --drop."
        )


def _told(pipeline: Pipeline, failed: BaseException, is_left: bool) -> str:
    """What a person is told of a destination that could not be asked, or of a package that could not be loaded."""
    if told := unreachable(failed):
        return told
    root = in_a_line(root_of(failed)).rstrip(".")
    if is_left:
        return (
            f"A package that an earlier run left can't be loaded: {root} (to drop such packages: dlt pipeline "
            f"{pipeline.pipeline_name} abort-packages; the next run reads their ranges again)"
        )
    return f"The destination does not tell what it holds: {root}."


def _damage(store: Store) -> str:
    """What tables lack, or have of another type, in words; empty where that is nothing, or can't be found out."""
    try:
        columns = store.columns()
        return incomplete(columns) or unfit(store, TABLES, columns)
    except Exception:  # the destination can't be asked: what failed before tells why
        return ""


def _yield_to_destination(pipeline: Pipeline) -> None:
    """Have dlt take the destination's state, whatever its version: the local one tells of another dataset.

    One folder of pipelines may serve several working folders, each with a DuckDB file of its own.
    """
    state = pipeline._get_state()
    state["_state_version"] = 0
    pipeline._save_state(state)


def committed(pipeline: Pipeline) -> dict[str, dict[str, object]]:
    """Dlt's state of the source as last committed; changes to it are not kept.

    Args:
        pipeline: Whose local state is read.
    """
    sources: dict[str, dict[str, dict[str, object]]] = pipeline.state.get("sources", {})
    return sources.get(SCHEMA, {})


def ranges_of(pipeline: Pipeline) -> dict[str, dict[str, list[list[str]]]]:
    """The covered ranges of every stream and selection, as last committed.

    Args:
        pipeline: Whose local state is read.
    """
    resources: dict[str, dict[str, object]] = committed(pipeline).get("resources", {})  # type: ignore[assignment]
    found = {name: StreamState(dict(state), {}).ranges() for name, state in resources.items()}
    return {name: ranges for name, ranges in found.items() if ranges}
