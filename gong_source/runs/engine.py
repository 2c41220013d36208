"""What all runs share: load package after package, and let one failing resource cost no other its rows."""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable, Sequence
from types import TracebackType

from dlt.extract import DltSource
from dlt.extract.exceptions import ResourceExtractionError
from dlt.pipeline.exceptions import PipelineStepFailed
from dlt.pipeline.pipeline import Pipeline

from gong_source.destinations import ready_destination
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
from gong_source.source import PARENTS, Feeds, build_source
from gong_source.state import SourceState
from gong_source.tables import RESOURCE_TABLES

logger = logging.getLogger("gong_source")

PACKAGE_ROWS = 400_000
"""Rows after which a load package ends: what bounds the memory of a load."""

OBJECTS_BETWEEN_COLLECTIONS = 200_000
"""Decoded pages are many objects and no cycles; at Python's own threshold, looking for cycles among them takes a sixth
of a run's processor time."""

CALL_RESOURCES = frozenset({"calls", "calls_basic", "transcripts"})
DATE_RANGED = CALL_RESOURCES | {"logs"}
"""Resources that are read by ranges of time; the others are short lists, read whole."""

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


def resource_names(wanted: Sequence[str] | None, default: set[str]) -> set[str]:
    """Resources for names of resources or tables.

    Args:
        wanted: Names as typed, or None for the default.
        default: Resources where nothing is typed.

    Raises:
        GongConfigError: A name is neither.
    """
    if not wanted:
        return set(default)
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
    if pipeline.destination is None:
        raise GongDestinationError("The pipeline has no destination; give it one, such as duckdb.")
    ready_destination(pipeline)
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


class Run:
    """Package after package over one pipeline, into one report."""

    def __init__(self, pipeline: Pipeline, context: ReadContext, on_package: OnPackage | None = None) -> None:
        """Prepare the pipeline: restored state, nothing pending.

        Args:
            pipeline: Destination and dataset.
            context: Settings, client and range; failures are collected in it.
            on_package: Called with the report after each committed package.
        """
        context.package_rows, context.failures = PACKAGE_ROWS, {}
        self._began = time.monotonic()
        self._pipeline = pipeline
        self._context = context
        self._on_package = on_package
        self.feeds = Feeds(context)
        self.report = RunReport(failures=context.failures)

    def __enter__(self) -> Run:
        """The run, ready to load."""
        try:
            prepare(self._pipeline)
        except BaseException:
            self.feeds.close()
            raise
        self._collection = gc.get_threshold()
        gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *self._collection[1:])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the threads and complete the report."""
        self.feeds.close()
        gc.set_threshold(*self._collection)
        self._complete()

    def date_ranges(self, selected: set[str]) -> None:
        """Load calls, transcripts and logs, in chunks.

        Args:
            selected: Names of the resources that are wanted; others than these three are passed over.
        """
        self._feed(selected & CALL_RESOURCES, self.feeds.calls_done)
        self._feed(selected & {"logs"}, self.feeds.logs_done)

    def _feed(self, resources: set[str], done: Callable[[], bool]) -> None:
        """Load a feed's packages until it is done; its own failures are recorded where they happen."""
        while resources and not done() and not self._stopped():
            if not self.attempt(resources, build_source(self._context, self.feeds).with_resources(*resources)):
                return

    def snapshots(self, resources: set[str]) -> None:
        """Load the short lists together; one that fails is left out and the others are tried again.

        Args:
            resources: Names of the resources.
        """
        remaining = set(resources)
        while remaining and not self._stopped():
            try:
                self.load(build_source(self._context, self.feeds).with_resources(*remaining))
                return
            except Exception as error:
                failed = _failed_resources(error) & remaining or remaining
                self._record(failed, error)
                remaining -= failed

    def attempt(self, resources: set[str], source: DltSource) -> bool:
        """Load one package; an error is recorded for its resources.

        Args:
            resources: Names of the resources in it.
            source: What to load.

        Returns:
            Whether the package was committed.
        """
        try:
            self.load(source)
        except Exception as error:
            if isinstance(root := _root(error), KeyboardInterrupt):
                raise root from error  # dlt wraps the signal that it waited for
            self._record(resources, error)
            return False
        return True

    def load(self, source: DltSource) -> None:
        """Load one package.

        Args:
            source: What to load; an error in it loses the whole package.
        """
        if self._pipeline.has_pending_data:
            self._pipeline.run()  # what an earlier group left; with it pending, dlt would not read this source at all
        info = self._pipeline.run(source)
        info.raise_on_failed_jobs()
        self.report.packages += len(info.loads_ids)
        self._complete()
        if self._on_package:
            self._on_package(self.report)

    def _record(self, resources: set[str], error: Exception) -> None:
        root = _root(error)
        if not isinstance(root, GongError):
            logger.error("Loading %s failed", ", ".join(sorted(resources)), exc_info=error)
        self._context.fail(sorted(resources), root)

    def _stopped(self) -> bool:
        return any(isinstance(error, FATAL) for error in self.report.failures.values())

    def _complete(self) -> None:
        report, context = self.report, self._context
        report.rows, report.removed = dict(context.rows), dict(context.removed)
        report.requests = dict(context.client.requests)
        report.ranges = pipeline_state(self._pipeline).all_ranges()
        report.seconds = time.monotonic() - self._began


def pipeline_state(pipeline: Pipeline) -> SourceState:
    """The state of the source as last committed; changes to it are not kept.

    Args:
        pipeline: Whose local state is read.
    """
    return SourceState(pipeline.state.get("sources", {}).get("gong", {}))


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
