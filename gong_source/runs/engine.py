"""What all runs share: load package after package, and let one failing resource cost no other its rows."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from concurrent import futures
from types import TracebackType

from dlt.common.runtime import signals
from dlt.destinations.exceptions import DestinationConnectionError
from dlt.extract import DltSource
from dlt.pipeline.exceptions import PipelineStepFailed
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongConfigError, GongDestinationError, GongError
from gong_source.report import RunReport
from gong_source.runs.failures import FATAL, FATAL_FOR_WHAT_WAS_READ, failed_resources, raise_signal, root_of
from gong_source.runs.watch import View, tell_began, tell_committed
from gong_source.source import build_source
from gong_source.streams.context import ReadContext
from gong_source.streams.feeds import CALL_RESOURCES, LIBRARY, LOG_RESOURCES, Feeds
from gong_source.streams.state import SourceState
from gong_source.tables import RESOURCE_TABLES
from gong_source.warehouse.allocators import frugal, release
from gong_source.warehouse.dialects import package_rows, ready_destination
from gong_source.warehouse.duckdb_load import load_sparingly
from gong_source.warehouse.place import place_of
from gong_source.warehouse.store import Store

logger = logging.getLogger("gong_source")

PATIENCE = 5.0
"""Seconds that a package waits for short lists to be read."""

DATE_RANGED = CALL_RESOURCES | LOG_RESOURCES
"""Resources that are read by ranges of time; the others are short lists, read whole."""

ALL = frozenset(RESOURCE_TABLES)

OnPackage = Callable[[RunReport], None]


def resource_names(wanted: Sequence[str] | None, default: set[str], every: AbstractSet[str] = ALL) -> set[str]:
    """Resources for names of resources or tables.

    Args:
        wanted: Names as typed, also ``default`` and ``all``, or None for the default.
        default: Resources where nothing is typed.
        every: What ``all`` stands for.

    Raises:
        GongConfigError: A name is neither.
    """
    if not wanted:
        return set(default)
    by_table = {table.name: resource for resource, tables in RESOURCE_TABLES.items() for table in tables}
    known = {**by_table, **{name: name for name in RESOURCE_TABLES}}
    groups: dict[str, AbstractSet[str]] = {"default": default, "all": every}
    if unknown := sorted(set(wanted) - set(known) - set(groups)):
        raise GongConfigError(f"There is no resource {', '.join(unknown)}; there are: {', '.join(RESOURCE_TABLES)}.")
    return set().union(*(groups.get(name) or {known[name]} for name in wanted))


def prepare(pipeline: Pipeline) -> None:
    """Restore the state from the destination, and load what an interrupted run left behind.

    dlt's ``run(data)`` with a package pending loads that one and does not read ``data`` at all, so it goes first.

    Args:
        pipeline: Destination and dataset.

    Raises:
        GongDestinationError: The destination can't merge rows or be reached, or the package that was left can't be
            loaded.
    """
    if pipeline.destination is None:
        raise GongDestinationError("The pipeline has no destination; give it one, such as duckdb.")
    ready_destination(pipeline)
    pipeline.activate()  # what reads ahead asks dlt's current pipeline what is there; another may have been made since
    try:
        with Store(pipeline).connection():  # waits for a file that another process has open
            pipeline.sync_destination()
            if pipeline.has_pending_data:
                logger.info("Loading what an interrupted run left behind.")
                load_sparingly(pipeline, pipeline.run)
    except (PipelineStepFailed, DestinationConnectionError) as failed:
        raise_signal(failed)
        raise GongDestinationError(
            "The destination can't be reached, or a package that an earlier run left can't be loaded: "
            f"{root_of(failed)} (to drop such packages: dlt pipeline {pipeline.pipeline_name} abort-packages; the next "
            "run reads their ranges again)"
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
        context.package_rows, context.failures = package_rows(pipeline.destination), {}
        self._began = time.monotonic()
        self._pipeline = pipeline
        self._context = context
        self._on_package = on_package
        self.feeds = Feeds(context)
        self._frugal = frugal()
        self.report = RunReport(failures=context.failures)

    def __enter__(self) -> Run:
        """The run, ready to load."""
        try:
            prepare(self._pipeline)
        except BaseException:
            self.feeds.close()
            raise
        self.report.where = place_of(self._pipeline)
        state = pipeline_state(self._pipeline)
        tell_began(View(self.report, self._context, self._context.asked(state), state.all_ranges()))
        self._frugal.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the threads and complete the report."""
        self.feeds.close()
        self._frugal.__exit__(kind, error, trace)
        self._complete()

    def load_everything(self, selected: set[str]) -> None:
        """Load the selected resources, package after package, as they come.

        Each package holds the next chunk of calls, the next of logs, and the short lists that are read by then. A
        resource that fails is recorded and left out.

        Args:
            selected: Names of the resources that are wanted.
        """
        wanted, side_by_side = set(selected), self._context.max_requests is None
        try:
            if side_by_side:  # where requests are counted, they are for what comes first
                self.feeds.read_ahead(wanted, pipeline_state(self._pipeline))
        except Exception as error:
            self._record(wanted, error)
            return
        while resources := self._next_package(wanted, side_by_side):
            source = build_source(self._context, self.feeds).with_resources(*resources)
            failed = self._failed_in(resources, source)
            wanted -= failed or resources - DATE_RANGED

    def _next_package(self, wanted: set[str], side_by_side: bool) -> set[str]:
        """What the next package holds; nothing when all is done, or nothing more can be done.

        Once the quota is used up, what was read until then is still loaded: it has cost its requests.
        """
        if self._stopped(FATAL_FOR_WHAT_WAS_READ if side_by_side else FATAL):
            return set()
        unfinished = self.feeds.unfinished(wanted)
        ranges = set().union(*unfinished if side_by_side else unfinished[:1])
        return ranges | self._ready_lists(wanted, wait=not ranges)

    def _ready_lists(self, wanted: set[str], wait: bool) -> set[str]:
        """Resources of the short lists that are there to be loaded; those that failed are recorded and left out.

        Waits for all of them where nothing else is left to do, and else for a moment, if nobody is held back thereby: a
        package with everything in it costs little more than one with some of it.
        """
        lists, began = self.feeds.lists(wanted), time.monotonic()
        while not all(future.done() for future in lists):
            if not wait and (self.feeds.crowded or time.monotonic() - began > PATIENCE):
                break
            futures.wait(lists, timeout=0.05)
        ready: set[str] = set()
        for future, resources in lists.items():
            if not future.done():
                continue
            if (error := future.exception()) is not None:
                self._record(resources, error)
                wanted -= resources
            elif wait or self._context.settings.include_private_calls or not resources <= LIBRARY:
                ready |= resources  # which calls of the library are private is known when all calls were seen
        return ready

    def attempt(self, resources: set[str], source: DltSource) -> bool:
        """Load one package; an error is recorded.

        Args:
            resources: Names of the resources in it.
            source: What to load.

        Returns:
            Whether the package was committed.
        """
        return not self._failed_in(resources, source)

    def _failed_in(self, resources: set[str], source: DltSource) -> set[str]:
        """Load one package; the resources that an error names, or else all of them, where it was lost."""
        try:
            self.load(source)
        except Exception as error:
            raise_signal(error)
            failed = failed_resources(error) & resources or resources
            self._record(failed, error)
            self.feeds.restart()
            return failed
        return set()

    def load(self, source: DltSource) -> None:
        """Load one package.

        Args:
            source: What to load; an error in it loses the whole package.
        """
        if self._pipeline.has_pending_data:  # what an earlier group left; dlt would not read this source at all
            load_sparingly(self._pipeline, self._pipeline.run)
        # dlt would keep the steps of the last 33 packages, and write all of them at each step
        self._pipeline._last_trace = None  # type: ignore[assignment]  # dlt sets None itself before the first step
        self._pipeline.extract(source)
        with signals.intercepted_signals():  # dlt forgets a signal that comes after the last of its own looks
            self._pipeline.normalize()
            release()
            info = load_sparingly(self._pipeline, self._pipeline.load, merging=not self.report.packages)
            signals.raise_if_signalled()
        info.raise_on_failed_jobs()
        self.report.packages += len(info.loads_ids)
        release()
        self._complete()
        if self._on_package:
            self._on_package(self.report)
        tell_committed(self.report)

    def _record(self, resources: set[str], error: BaseException) -> None:
        root = root_of(error)
        if not isinstance(root, GongError):
            logger.error("Loading %s failed", ", ".join(sorted(resources)), exc_info=error)
        self._context.fail(sorted(resources), root)

    def _stopped(self, fatal: tuple[type[GongError], ...] = FATAL) -> bool:
        return any(isinstance(error, fatal) for error in self.report.failures.values())

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
