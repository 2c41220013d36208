"""Runs: what the command lines do.

Chunks are committed one by one, and one failing resource costs no other its rows.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from dlt.common.typing import TAnyDateTime
from dlt.extract.exceptions import ResourceExtractionError
from dlt.pipeline.exceptions import PipelineStepFailed
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import (
    GongAuthError,
    GongConfigError,
    GongConnectionError,
    GongDestinationError,
    GongError,
    GongQuotaExceeded,
    GongRedirectError,
)
from gong_source.report import RunReport
from gong_source.resources.context import ReadContext
from gong_source.source import PARENTS, Feeds, build_source, make_context
from gong_source.state import SourceState
from gong_source.tables import OFF_BY_DEFAULT, RESOURCE_TABLES

logger = logging.getLogger("gong_source")

PACKAGE_ROWS = 400_000
"""Rows after which a load package ends: what bounds the memory of a load."""

CALL_RESOURCES = frozenset({"calls", "calls_basic", "transcripts"})

FATAL = (
    GongAuthError,
    GongConfigError,
    GongConnectionError,
    GongDestinationError,
    GongQuotaExceeded,
    GongRedirectError,
)
"""Errors that every other resource would run into as well."""

OnPackage = Callable[[RunReport], None]


def run_sync(
    pipeline: Pipeline,
    *,
    start_date: TAnyDateTime | None = None,
    end_date: TAnyDateTime | None = None,
    resources: Sequence[str] | None = None,
    clock: Callable[[], datetime] | None = None,
    on_package: OnPackage | None = None,
    **settings: Any,
) -> RunReport:
    """Bring the destination up to date with Gong.

    Args:
        pipeline: Destination and dataset.
        start_date: Start of the range; the configured one, or 90 days before the first run, where None.
        end_date: End of the range; five minutes ago where None.
        resources: Resources or tables to load; all but ``calls_basic`` where None.
        clock: The current time.
        on_package: Called after each committed load package.
        **settings: Further fields of :class:`~gong_source.config.GongSettings`.

    Returns:
        What was done, and which resources failed; what was committed stays.

    Raises:
        GongConfigError: A setting is missing or not allowed.
        GongDestinationError: The destination can't merge rows, or an earlier package can't be loaded.
    """
    began = time.monotonic()
    selected = resource_names(resources)
    context = make_context(start_date, end_date, **settings)
    context.package_rows, context.failures = PACKAGE_ROWS, {}
    if clock:
        context.clock = clock
    report = RunReport(failures=context.failures)
    feeds = Feeds(context)
    try:
        prepare(pipeline)
        run = _Run(pipeline, context, feeds, report, on_package)
        run.feed(selected & CALL_RESOURCES, feeds.calls_done)
        run.feed(selected & {"logs"}, feeds.logs_done)
        run.snapshots(selected - CALL_RESOURCES - {"logs"})
    finally:
        feeds.close()
    _complete(report, context, pipeline)
    report.seconds = time.monotonic() - began
    return report


def resource_names(wanted: Sequence[str] | None) -> set[str]:
    """Resources for names of resources or tables.

    Args:
        wanted: Names as typed, or None for the default selection.

    Raises:
        GongConfigError: A name is neither.
    """
    if not wanted:
        return set(RESOURCE_TABLES) - OFF_BY_DEFAULT
    by_table = {table.name: resource for resource, tables in RESOURCE_TABLES.items() for table in tables}
    known = {**by_table, **{name: name for name in RESOURCE_TABLES}}
    if unknown := sorted(set(wanted) - set(known)):
        raise GongConfigError(f"There is no resource {', '.join(unknown)}; there are: {', '.join(RESOURCE_TABLES)}.")
    return {known[name] for name in wanted}


def prepare(pipeline: Pipeline) -> None:
    """Restore the state from the destination, and load what an interrupted run left behind.

    dlt's ``run(data)`` with a package pending loads that one and does not read ``data`` at all, so it goes first.

    Args:
        pipeline: Destination and dataset.

    Raises:
        GongDestinationError: The destination can't merge rows, or the package that was left can't be loaded.
    """
    destination = pipeline.destination
    if destination is None:
        raise GongDestinationError("The pipeline has no destination; give it one, such as duckdb.")
    if not destination.capabilities().supported_merge_strategies:
        raise GongDestinationError(
            f"The destination {destination.destination_name} can't merge rows: it would append each call again at "
            "every run. Use duckdb, bigquery, snowflake or another SQL destination."
        )
    try:
        pipeline.sync_destination()
        if pipeline.has_pending_data:
            logger.info("Loading what an interrupted run left behind.")
            pipeline.run()
    except PipelineStepFailed as failed:
        raise GongDestinationError(
            f"The destination can't be reached, or a package that an earlier run left can't be loaded: {_root(failed)} "
            f"(to drop such packages: dlt pipeline {pipeline.pipeline_name} abort-packages; the next run reads their "
            "ranges again)"
        ) from failed


class _Run:
    """Package after package over one pipeline."""

    def __init__(
        self, pipeline: Pipeline, context: ReadContext, feeds: Feeds, report: RunReport, on_package: OnPackage | None
    ) -> None:
        self._pipeline = pipeline
        self._context = context
        self._feeds = feeds
        self._report = report
        self._on_package = on_package

    def feed(self, resources: set[str] | frozenset[str], done: Callable[[], bool]) -> None:
        """Load a feed's packages until it is done; its own failures are recorded where they happen."""
        while resources and not done() and not self._stopped():
            try:
                self._load(resources)
            except Exception as error:
                self._record(resources, error)
                return

    def snapshots(self, resources: set[str]) -> None:
        """Load the short lists together; one that fails is left out and the others are tried again."""
        remaining = set(resources)
        while remaining and not self._stopped():
            try:
                self._load(remaining)
                return
            except Exception as error:
                failed = _failed_resources(error) & remaining or remaining
                self._record(failed, error)
                remaining -= failed

    def _load(self, resources: set[str] | frozenset[str]) -> None:
        source = build_source(self._context, self._feeds).with_resources(*resources)
        info = self._pipeline.run(source)
        info.raise_on_failed_jobs()
        self._report.packages += len(info.loads_ids)
        _complete(self._report, self._context, self._pipeline)
        if self._on_package:
            self._on_package(self._report)

    def _record(self, resources: set[str] | frozenset[str], error: Exception) -> None:
        root = _root(error)
        if not isinstance(root, GongError):
            logger.error("Loading %s failed", ", ".join(sorted(resources)), exc_info=error)
        self._context.fail(sorted(resources), root)

    def _stopped(self) -> bool:
        return any(isinstance(error, FATAL) for error in self._report.failures.values())


def _complete(report: RunReport, context: ReadContext, pipeline: Pipeline) -> None:
    report.rows = dict(context.rows)
    report.removed = dict(context.removed)
    report.requests = dict(context.client.requests)
    report.ranges = SourceState(pipeline.state.get("sources", {}).get("gong", {})).all_ranges()


def _failed_resources(error: BaseException) -> set[str]:
    """The resources that dlt names in an extraction error, through the parents they read from."""
    for item in _chain(error):
        if isinstance(item, ResourceExtractionError):
            return set(PARENTS.get(item.pipe_name, (item.pipe_name,)))
    return set()


def _root(error: BaseException) -> BaseException:
    """The error of ours inside dlt's chain, or the innermost."""
    chain = _chain(error)
    return next((item for item in chain if isinstance(item, GongError)), chain[-1])


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    return chain
