"""What all runs share: load package after package, and let one failing stream cost no other its rows."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack, nullcontext
from datetime import datetime
from functools import partial
from types import TracebackType

from dlt.common.runtime import signals
from dlt.extract import DltSource
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongError, GongLoadError
from gong_source.ranges import UTC, iso
from gong_source.report import RunReport
from gong_source.runs.again import until_loaded
from gong_source.runs.away import kept_away, load_pending
from gong_source.runs.failures import failed_resources, raise_signal, root_of
from gong_source.runs.log import note_run
from gong_source.runs.mend import mend_folder
from gong_source.runs.prepare import committed, prepare, ranges_of, refuse_refresh
from gong_source.runs.watch import View, tell_began, tell_committed
from gong_source.source import build_source
from gong_source.streams.context import ReadContext
from gong_source.streams.extraction import Extraction
from gong_source.streams.reader import Reader
from gong_source.streams.readers import readers_of
from gong_source.streams.source_state import SourceState
from gong_source.streams.state import CompanyState
from gong_source.warehouse.allocators import frugal, release
from gong_source.warehouse.dialects import package_rows
from gong_source.warehouse.duckdb_load import load_sparingly
from gong_source.warehouse.leftovers import remove_files
from gong_source.warehouse.outset import Outset
from gong_source.warehouse.place import mind_folder, place_of
from gong_source.warehouse.refused import denied, full_disk
from gong_source.warehouse.schemas import refuse_other_naming
from gong_source.warehouse.settled import lasting, settled
from gong_source.warehouse.staging import brings_rows, staged_if_needed
from gong_source.warehouse.store import SCHEMA, Store
from gong_source.wording import is_full

logger = logging.getLogger("gong_source")

OnPackage = Callable[[RunReport], None]
MakeReaders = Callable[[SourceState, set[str]], Iterable[Reader]]


class Run:
    """Package after package over one pipeline, into one report and one row of ``_gong_runs``."""

    def __init__(
        self,
        command: str,
        pipeline: Pipeline,
        context: ReadContext,
        streams: Iterable[str],
        on_package: OnPackage | None = None,
    ) -> None:
        """Prepare the pipeline: restored state, nothing pending.

        Args:
            command: What is run, as ``_gong_runs`` has it.
            pipeline: Destination and dataset.
            context: Settings, client and range; failures are collected in it.
            streams: Names of the streams that are wanted.
            on_package: Called with the report after each committed load package.
        """
        context.package_rows, context.failures = package_rows(pipeline.destination), {}
        self._began, self._began_at = time.monotonic(), datetime.now(UTC)
        self._command = command
        self._streams = sorted(streams)
        self._pipeline = pipeline
        self._context = context
        self._on_package = on_package
        self._measures = ExitStack()
        self._to_the_end = lasting(pipeline)  # for what follows the run; nobody else finds the file open after it
        self._loads_everything = False
        self._store = Store(pipeline)
        self._outset: Outset | None = None
        self.report = RunReport(failures=context.failures, notices=context.notices)

    def __enter__(self) -> Run:
        """The run, ready to load."""
        try:
            self._measures.enter_context(frugal())
            self._measures.enter_context(settled(self._pipeline))
            refuse_refresh(self._pipeline)
            tables, private = self._context.streams.tables, self._context.settings.include_private_calls
            self._store, self._outset = prepare(self._pipeline, [table.name for table in tables], private)
            refuse_other_naming(self._pipeline, SCHEMA)
            self._begin()
        except BaseException as error:
            with self._measures:
                self._context.client.close()
                self._note(error)
            raise
        return self

    def _begin(self) -> None:
        """Tell where rows go, and which."""
        mind_folder(self._pipeline, is_locked=True)
        self.report.where = place_of(self._pipeline)
        company = CompanyState(committed(self._pipeline))
        asked = self._context.asked(company)
        if not asked and not self._context.looks_back:
            logger.warning(
                "The range is empty, so no calls, transcripts or logs are read: it starts at %s and ends at %s.",
                *map(iso, self._context.bounds(company)),
            )
        tell_began(View(self.report, self._context, asked, ranges_of(self._pipeline)))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the connections, complete the report and write the run down."""
        with self._measures:
            self._context.client.close()
            self._complete()
            self._tell_refusals()
            self._note(error)

    def _tell_refusals(self) -> None:
        """Say what the destination did not let the streams do, where it said so in its own words alone."""
        for name, error in list(self.report.failures.items()):
            if not isinstance(error, GongError) and (refusal := denied(self._pipeline, error)):
                self.report.failures[name] = told = GongLoadError(refusal)
                told.__cause__ = error

    def _note(self, error: BaseException | None) -> None:
        note_run(self._pipeline, self._store, self._command, self._began_at, self.report, self._streams, error)

    def source_state(self, outset: Outset | None = None) -> SourceState:
        """What is remembered, as last committed and as far as the destination confirms it.

        Args:
            outset: What that just told; None to ask it.
        """
        with self._store:
            return SourceState(self._context, committed(self._pipeline), self._store, outset)

    def load_everything(self, selected: set[str]) -> None:
        """Load the selected streams, package after package, as their rows come.

        A stream that fails is recorded and left out. Where a package is lost, what it held is read again, without the
        stream that lost it.

        Args:
            selected: Names of the streams that are wanted.
        """
        self._loads_everything = True
        outset, self._outset = self._outset, None  # what is loaded now is not in it
        self.load(lambda source_state, names: readers_of(self._context, source_state, names), selected, outset)

    def load(self, make: MakeReaders, selected: set[str], outset: Outset | None = None) -> bool:
        """Load what some readers read.

        Args:
            make: Makes the readers for some streams.
            selected: Names of the streams that are wanted.
            outset: What the destination told, where nothing was done there since.

        Returns:
            Whether everything was handed over and committed.
        """
        wanted = set(selected)
        while wanted:
            lost, outset = self._load_once(make, wanted, outset), None
            if lost is None:
                return not self.report.failures
            if not wanted & lost:  # what was loaded beside them, which is read again with them each time
                return False
            wanted -= lost
        return False

    def _load_once(self, make: MakeReaders, wanted: set[str], outset: Outset | None) -> set[str] | None:
        """Read and load until all is committed; where a package is lost, the streams that lost it."""
        if self._to_the_end is not None:
            self._to_the_end.close()
        try:
            source_state = self.source_state(outset)
            self.report.ranges = source_state.ranges()
            extraction = Extraction(self._context, source_state, make(source_state, wanted))
            extraction.begin()
        except Exception as error:
            self._record(wanted, error)
            return set(wanted)
        try:
            while not extraction.done:
                source = build_source(self._context, extraction).with_resources(*sorted(extraction.names))
                if lost := self._lost_by(extraction, source):
                    return lost
        finally:
            extraction.close()
        self._context.rejected.leave(self._store, self.report.failures)
        return None

    def _lost_by(self, extraction: Extraction, source: DltSource) -> set[str]:
        """Load one package; the streams that an error names, or else all of them, where it was lost."""
        try:
            self._load_package(extraction, source)
        except Exception as error:
            raise_signal(error)
            lost = failed_resources(error) & extraction.names or extraction.names
            self._record(lost, error)
            self._context.rows, self._context.removed = self.report.rows.copy(), self.report.removed.copy()
            return lost
        return set()

    def _load_package(self, extraction: Extraction, source: DltSource) -> None:
        mend_folder(self._pipeline)
        if self._pipeline.has_pending_data:  # what an earlier package left; dlt would not read this source at all
            load_pending(self._pipeline)
        # dlt would keep the steps of the last 33 packages, and write all of them at each step
        self._pipeline._last_trace = None  # type: ignore[assignment]  # dlt sets None itself before the first step
        self._pipeline.extract(source)
        with signals.intercepted_signals():  # dlt forgets a signal that comes after the last of its own looks
            self._pipeline.normalize()
            release()
            rows = brings_rows(self._pipeline)
            merging = rows and not self.report.packages
            is_last = extraction.done and self._loads_everything  # nothing is asked any more that would be waited for
            purged = kept_away(self._pipeline, self._context) if rows else nullcontext()
            with staged_if_needed(self._pipeline, rows), purged:
                to_the_end = self._to_the_end if is_last else None
                load = partial(load_sparingly, self._pipeline, self._pipeline.load, merging, to_the_end)
                info = until_loaded(self._pipeline, load)
            signals.raise_if_signalled()
        info.raise_on_failed_jobs()
        remove_files(self._pipeline, info.loads_ids)
        self.report.packages += len(info.loads_ids)
        self.report.rows, self.report.removed = self._context.rows.copy(), self._context.removed.copy()
        self.report.ranges = ranges_of(self._pipeline)
        release()
        self._complete()
        if self._on_package:
            self._on_package(self.report)
        tell_committed(self.report)

    def _record(self, streams: Iterable[str], error: BaseException) -> None:
        root, names = root_of(error), sorted(streams)
        if is_full(root):
            root = full_disk(self._pipeline)
        unforeseen = not isinstance(root, GongError)
        logger.log(
            logging.ERROR if unforeseen else logging.DEBUG, "Loading %s failed", ", ".join(names), exc_info=error
        )
        self._context.fail(names, root)

    def _complete(self) -> None:
        self.report.requests = dict(self._context.client.requests)
        self.report.rejected = dict(self._context.rejected.counts)
        self.report.seconds = time.monotonic() - self._began
