"""Each run leaves a row in its dataset."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import EXIT_QUOTA, GongDestinationError, GongError
from gong_source.ranges import UTC
from gong_source.report import RunReport
from gong_source.runs.failures import root_of
from gong_source.version import __version__
from gong_source.warehouse.duckdb_load import sparing
from gong_source.warehouse.run_log import RunRow, write_run
from gong_source.warehouse.store import Store
from gong_source.wording import in_a_line

logger = logging.getLogger("gong_source")


def note_run(
    pipeline: Pipeline,
    store: Store,
    command: str,
    began: datetime,
    report: RunReport,
    streams: Iterable[str] = (),
    error: BaseException | None = None,
) -> None:
    """Write a run into ``_gong_runs``; where that fails it is a warning, as what the run did is done.

    A run that lost the destination is not written, as there is nowhere to write it, and neither is one that found no
    dataset and made none.

    Args:
        pipeline: Destination and dataset.
        store: The dataset; no connection of it is kept.
        command: What was run.
        began: When it began.
        report: What was done.
        streams: What was to be loaded.
        error: What ended the run, where that is in no report.
    """
    if any(isinstance(each, GongDestinationError) for each in (error, *report.failures.values())):
        return
    outcome, message = _outcome(report, error)
    row = RunRow(
        pipeline=pipeline.pipeline_name,
        command=command,
        version=__version__,
        started=began,
        ended=datetime.now(UTC),
        streams=sorted(set(streams) - report.notices.keys()),  # those were not read
        ranges=report.ranges,
        requests=sum(report.requests.values()),
        rows=sum(report.rows.values()),
        outcome=outcome,
        message=message,
        requests_by_endpoint=report.requests,
        rows_by_table=report.rows,
    )
    try:
        with store, sparing(pipeline, store=store):
            write_run(store, row)
    except Exception as failed:  # whatever a client library raises
        logger.warning("The run could not be written down: %s", f"{type(failed).__name__}: {in_a_line(failed)}")


def _outcome(report: RunReport, error: BaseException | None) -> tuple[str, str]:
    if error is None:
        code = report.exit_code
        return "stopped" if code == EXIT_QUOTA else "failed" if code else "done", "\n".join(report.endings())
    root = root_of(error)
    if isinstance(root, KeyboardInterrupt):
        return "stopped", "stopped by a signal"
    if not isinstance(root, GongError):
        return "failed", in_a_line(root)
    return "stopped" if root.exit_code == EXIT_QUOTA else "failed", str(root)
