"""The backfill: a long past range beside the live sync, chunk by chunk, on machines that may vanish."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from dlt.common.typing import TAnyDateTime
from dlt.pipeline.pipeline import Pipeline

from gong_source.api import GongClient
from gong_source.api.endpoints import BATCH
from gong_source.errors import GongConfigError
from gong_source.ranges import Range, RangeSet, iso
from gong_source.report import RunReport
from gong_source.runs.engine import Run
from gong_source.runs.lock import exclusive
from gong_source.runs.prepare import committed, prepare
from gong_source.source import make_context
from gong_source.streams.calls.listing import calls_request
from gong_source.streams.company import check_key
from gong_source.streams.context import ReadContext
from gong_source.streams.pieces import pieces_of
from gong_source.streams.reader import Window
from gong_source.streams.snapshot import lists_of
from gong_source.streams.source_state import SourceState
from gong_source.streams.stream import Calls, Stream, Windows
from gong_source.streams.table import names_of
from gong_source.streams.windows import selections_of
from gong_source.warehouse.store import Store

Order = Literal["newest", "oldest"]


@dataclass
class Part:
    """What is missing of one resource and selection.

    Attributes:
        resource: Resource.
        selection: Workspace id or log type; ``*`` for all.
        missing: Ranges that are not settled.
        records: How many records Gong says are there; a hint, None where it was not asked.
        pieces: Requests of those ranges that take one for each day, month or whatever else.
    """

    resource: str
    selection: str
    missing: RangeSet
    records: int | None = None
    pieces: int = 0


@dataclass
class BackfillPlan:
    """What a backfill has left to do.

    Attributes:
        wanted: The whole range.
        chunk: Longest range committed as one.
        parts: What is missing.
        daily_requests: Requests allowed a day.
    """

    wanted: Range
    chunk: timedelta
    parts: list[Part] = field(default_factory=list)
    daily_requests: int = 0

    @property
    def chunks(self) -> int:
        """Chunks left, over all resources."""
        return sum(math.ceil(gap.length / self.chunk) for part in self.parts for gap in part.missing)

    @property
    def requests(self) -> int | None:
        """About how many requests are left: a page for each 100 records, and one part page for each chunk."""
        if any(part.records is None for part in self.parts):
            return None
        return self.chunks + sum(part.pieces + math.ceil((part.records or 0) / BATCH) for part in self.parts)

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``: plain values only."""
        return {
            "range": [iso(self.wanted.start), iso(self.wanted.end)],
            "missing": {f"{part.resource} {part.selection}": part.missing.to_state() for part in self.parts},
            "chunks": self.chunks,
            "requests_expected": self.requests,
            "days_at_quota": self._days(),
        }

    def as_text(self) -> str:
        """Ranges, chunks and requests, readable."""
        lines = [f"range {self.wanted}, chunks of {self.chunk.total_seconds() / 86400:g} days"]
        for part in self.parts:
            found = "" if part.records is None else f", about {part.records:,} records"
            lines += [f"  {part.resource} {part.selection}: {gap}{found}" for gap in part.missing]
        about = "unknown" if self.requests is None else f"about {self.requests:,}"
        days = "" if self._days() is None else f", {self._days():.1f} days at {self.daily_requests:,} a day"
        lines.append(f"{self.chunks} chunks to read, {about} requests{days}")
        return "\n".join(lines)

    def _days(self) -> float | None:
        return self.requests / self.daily_requests if self.requests is not None and self.daily_requests else None


@exclusive
def plan_backfill(
    pipeline: Pipeline,
    *,
    start_date: TAnyDateTime,
    end_date: TAnyDateTime,
    resources: Sequence[str] | None = None,
    clock: Callable[[], datetime] | None = None,
    ask_gong: bool = True,
    **settings: Any,
) -> BackfillPlan:
    """What a backfill would do, without doing it.

    Args:
        pipeline: Destination and dataset; its covered ranges are restored.
        start_date: Start of the range.
        end_date: End of the range, exclusive.
        resources: As in :func:`run_backfill`.
        clock: The current time.
        ask_gong: Ask how many records there are: one request for each missing range.
        **settings: Further fields of :class:`~gong_source.config.GongSettings`.

    Raises:
        GongConfigError: A setting is missing or not allowed, or the key is another company's.
        GongError: Gong or the destination can't be asked.
    """
    context = make_context(start_date, end_date, clock=clock, pipeline_name=pipeline.pipeline_name, **settings)
    selected = _date_ranged(context, resources)
    with context.client as client:
        prepare(pipeline)
        if ask_gong:
            check_key(context, Store(pipeline))
        plan = plan_of(context, _source_state(pipeline, context), selected)
        for part in plan.parts if ask_gong else ():
            part.records, part.pieces = 0, 0
            for gap in part.missing:
                records, pieces = _count(client, context, part, gap)
                part.records += records
                part.pieces += pieces
    return plan


@exclusive
def run_backfill(
    pipeline: Pipeline,
    *,
    start_date: TAnyDateTime,
    end_date: TAnyDateTime,
    resources: Sequence[str] | None = None,
    order: Order = "newest",
    max_requests: int | None = None,
    clock: Callable[[], datetime] | None = None,
    on_package: Callable[[RunReport, BackfillPlan], None] | None = None,
    **settings: Any,
) -> RunReport:
    """Load a past range; what earlier starts committed is skipped, wherever they ran.

    Give it a pipeline name of its own, so that it keeps its ranges apart from the live sync's. It may load into the
    same dataset, but not at the same time as another writer of a DuckDB file.

    Args:
        pipeline: Destination and dataset.
        start_date: Start of the range.
        end_date: End of the range, exclusive.
        resources: Streams or tables that are read by ranges; those that are on by default where None.
        order: Which end of the range comes first.
        max_requests: Begin no further chunk after this many requests. What earlier starts read is looked back at once
            no chunk is left, however many requests that takes.
        clock: The current time.
        on_package: Called after each committed load package with what is left.
        **settings: Further fields of :class:`~gong_source.config.GongSettings`, such as ``chunk_days``.

    Returns:
        What was done; exit code 75 where the quota or ``max_requests`` stopped it. Its ``left`` says what remains.

    Raises:
        GongConfigError: A setting is missing or not allowed.
        GongDestinationError: The destination can't merge rows, or an earlier package can't be loaded.
    """
    context = make_context(start_date, end_date, clock=clock, pipeline_name=pipeline.pipeline_name, **settings)
    selected = _date_ranged(context, resources)
    context.newest_first, context.max_requests = order == "newest", max_requests

    def after_package(report: RunReport) -> None:
        if on_package:
            on_package(report, plan_of(context, _source_state(pipeline, context), selected))

    with Run("backfill", pipeline, context, selected, after_package) as run:
        days_before = _days_left(plan_of(context, _source_state(pipeline, context), selected))
        run.load_everything(selected)
        if max_requests is not None and not run.report.exit_code:  # nothing is left that was never read
            context.max_requests = None
            run.load_everything(selected)
    if run.report.exit_code:
        left = plan_of(context, _source_state(pipeline, context), selected)
        run.report.left = _what_is_left(left, days_before - _days_left(left), run.report)
    return run.report


def plan_of(context: ReadContext, source_state: SourceState, selected: set[str]) -> BackfillPlan:
    """What is missing of a range, from what is remembered alone.

    Args:
        context: Settings and range.
        source_state: What was read before.
        selected: Names of the streams.

    Raises:
        GongConfigError: The range is empty.
    """
    wanted = context.asked(source_state.company)
    if wanted is None:
        raise GongConfigError("The range is empty; a backfill needs a start before its end, and an end in the past.")
    plan = BackfillPlan(wanted, context.settings.chunk, daily_requests=context.settings.daily_budget)
    for name in sorted(selected):
        stream = context.streams[name]
        way = stream.reads
        selections = selections_of(stream, context) if isinstance(way, Windows) else context.workspaces()
        for selection in selections:
            missing = RangeSet([wanted]) - source_state.of(name).covered(selection)
            if isinstance(way, Windows) and (kept := way.kept(selection, context.now)) is not None:
                missing = missing & RangeSet([Range(min(kept, context.now), context.now)])
            if missing:
                plan.parts.append(Part(name, selection, missing))
    return plan


def _source_state(pipeline: Pipeline, context: ReadContext) -> SourceState:
    return SourceState(context, committed(pipeline), Store(pipeline))


def _date_ranged(context: ReadContext, resources: Sequence[str] | None) -> set[str]:
    by_time = {stream.name for stream in context.streams if stream.by_time}
    selected = context.streams.named(resources)
    if set(names_of(resources)) <= {"all", "default"}:
        return selected & by_time
    if other := sorted(selected - by_time):
        raise GongConfigError(
            f"{', '.join(other)}: a backfill reads ranges of time, and this has none: the sync reads it whole."
        )
    return selected


def _count(client: GongClient, context: ReadContext, part: Part, gap: Range) -> tuple[int, int]:
    """How many records Gong says a range holds, and how many requests it takes where these are not one for a chunk.

    What hangs on calls is counted by them; of a range in pieces the first is asked for, and stands for the others.
    """
    stream: Stream = context.streams[part.resource]
    window = Window(part.selection, gap)
    way = stream.reads
    requests: list[dict[str, Any]]
    if stream.lists_calls:
        by_listing = way == Calls("transcripts") or isinstance(way, Windows)
        stream = context.streams["calls"] if by_listing else stream
        requests = [calls_request(stream, window)]
    else:
        pieces = pieces_of(stream, window, context.now, lists_of(context))
        requests = [piece.tries[-1] for piece in pieces]
    if not requests:
        return 0, 0
    page = next(client.pages(stream.endpoint, window=str(gap), keep_others=True, **requests[0]))
    records = page.total if page.total is not None else len(page.records)
    return records * len(requests), len(requests) if len(requests) > 1 else 0


def _days_left(plan: BackfillPlan) -> float:
    return sum(gap.length.total_seconds() / 86400 for part in plan.parts for gap in part.missing)


def _what_is_left(left: BackfillPlan, days_done: float, report: RunReport) -> dict[str, Any]:
    """What remains, and about how long it takes at the rate that this run saw."""
    made = sum(report.requests.values())
    requests = round(made / days_done * _days_left(left)) if days_done > 0 else None
    days = requests / left.daily_requests if requests is not None and left.daily_requests else None
    return {"chunks": left.chunks, "requests_about": requests, "days_at_quota_about": days}
