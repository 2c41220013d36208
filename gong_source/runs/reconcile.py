"""The reconcile: deletions, which Gong tells nobody about, and whatever slipped past every look-back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from dlt.common.typing import TAnyDateTime
from dlt.pipeline.pipeline import Pipeline

from gong_source.config.checks import Choice, Number
from gong_source.errors import GongConfigError, GongLoadError, GongTooManyDeletions
from gong_source.ranges import Range, days_of, parse_instant
from gong_source.report import RunReport
from gong_source.runs.compare import Comparison, compare, confirm_gone
from gong_source.runs.engine import OnPackage, Run
from gong_source.runs.lock import exclusive
from gong_source.runs.prepare import committed
from gong_source.source import make_context
from gong_source.streams.calls.repair import Deletion, RepairReader, Repairs
from gong_source.streams.company import check_key
from gong_source.streams.context import HEAD_LAG, ReadContext
from gong_source.streams.leaving import ask_about, remove_calls, remove_private
from gong_source.streams.media.reader import MediaReader
from gong_source.streams.reader import Reader
from gong_source.streams.source_state import SourceState
from gong_source.streams.state import CompanyState
from gong_source.streams.strays import brought_back, named
from gong_source.streams.stream import Recordings, Stream, Windows
from gong_source.streams.windows import WindowsReader
from gong_source.tables import CALL_CARRIERS
from gong_source.tables.media import CALL_MEDIA
from gong_source.tables.records import hash_column
from gong_source.warehouse.place import refuse_empty
from gong_source.warehouse.queries import delete_orphans, mark_calls
from gong_source.warehouse.recordings import refuse
from gong_source.warehouse.rejected import rejected_rows
from gong_source.warehouse.store import Store
from gong_source.warehouse.unfit import unfit

OnDelete = Literal["mark", "purge"]
WAYS = Choice(get_args(OnDelete))
"""What ``on_delete`` may be: another word would not be the one that keeps the calls."""

SHORTEST_SLICE = timedelta(minutes=1)
"""Of what is compared at once, in however many runs: one without a length would never get on."""

MAX_DELETE_SHARE = 0.05
SHARE = Number(0.0, 1.0)
"""What ``max_delete_share`` may be: ``nan`` would let everything go."""

AGAIN: dict[type, Callable[[Stream, ReadContext, SourceState, Range], Reader]] = {
    Windows: WindowsReader,
    Recordings: MediaReader,
}
"""What reads a range again, whether or not it is settled."""


@exclusive
def run_reconcile(
    pipeline: Pipeline,
    *,
    start_date: TAnyDateTime | None = None,
    end_date: TAnyDateTime | None = None,
    rolling: int | None = None,
    on_delete: OnDelete = "mark",
    max_delete_share: float = MAX_DELETE_SHARE,
    clock: Callable[[], datetime] | None = None,
    on_package: OnPackage | None = None,
    **settings: Any,
) -> RunReport:
    """Compare a range with Gong and repair what differs: load, refresh, and mark or purge what Gong deleted.

    Args:
        pipeline: Destination and dataset.
        start_date: Start of the range, by the start of the calls.
        end_date: End of the range, exclusive.
        rolling: In place of a range: take the next slice of all that is stored, such that everything was compared
            after so many runs, or after fewer where a slice would be too short.
        on_delete: ``mark`` sets ``calls.deleted_at``, ``purge`` deletes the call from every table. Either way it is
            recorded in ``call_deletions``.
        max_delete_share: Refuse to go on where a larger share of the stored calls would go, or of the transcripts.
        clock: The current time.
        on_package: Called after the committed load package.
        **settings: Further fields of :class:`~gong_source.config.GongSettings`.

    Returns:
        What was done; its ``found`` says what differed.

    Raises:
        GongConfigError: Neither a range nor ``rolling``, nothing was ever loaded for ``rolling`` to go through, a
            setting, the share or ``on_delete`` is not allowed, or the key is another company's.
        GongLoadError: A column of calls or transcripts has another type than it is loaded as.
        GongTooManyDeletions: More would go than ``max_delete_share`` allows; nothing was changed.
        GongError: Gong or the destination can't be asked.
    """
    dates = [date for date in (start_date, end_date) if date is not None]
    if len(dates) != (2 if rolling is None else 0):
        raise GongConfigError("A reconcile needs a start and an end date, or --rolling and neither of them.")
    if rolling is not None:
        if rolling < 1:
            raise GongConfigError(f"--rolling takes a number of runs of at least 1, not {rolling}.")
        refuse_empty(pipeline)
    max_delete_share = SHARE("max_delete_share", max_delete_share)
    WAYS("on_delete", on_delete)
    context = make_context(start_date, end_date, clock=clock, pipeline_name=pipeline.pipeline_name, **settings)
    streams = {"calls", "transcripts", *_compared(context)}
    with Run("reconcile", pipeline, context, streams, on_package) as run:
        store = Store(pipeline)  # not kept open: readers of a DuckDB file would wait for Gong
        _check_columns(context, store)
        whole, next_slice = (
            _slice(context, store, pipeline, rolling) if rolling is not None else (_asked(context), None)
        )
        check_key(context, store)
        context.rejected.open(rejected_rows(store)())
        comparison = compare(context, store, whole, purging=on_delete == "purge")
        _guard(comparison, max_delete_share, whole)
        confirm_gone(context, comparison)
        deletions = list(comparison.repairs.deletions)
        committed = _load(run, context, store.tables(), comparison.repairs, max_delete_share, (whole, next_slice))
        if committed:
            _remove(pipeline, deletions, on_delete, context)
            ask_about(store, context.streams, named(context, store))
    run.report.found = {
        "range": str(whole),
        "listed": comparison.listed,
        "stored": comparison.stored,
        "missing": len(comparison.repairs.missing),
        "changed": len(comparison.repairs.changed),
        "transcripts": run.report.rows["transcripts"] + run.report.removed["transcripts"],
        "deleted": len(deletions),
    }
    return run.report


def _check_columns(context: ReadContext, store: Store) -> None:
    """Before calls are asked for by the ids that are stored."""
    tables = [*context.streams["calls"].tables, *context.streams["transcripts"].tables]
    if reason := unfit(store, tables, store.columns()):
        raise GongLoadError(reason)


def _asked(context: ReadContext) -> Range:
    head = (context.now - HEAD_LAG).replace(microsecond=0)
    start, end = context.settings.start_date, min(context.end_date or head, head)
    if start is None or start >= end:
        raise GongConfigError("The range to reconcile is empty; it needs a start before its end, in the past.")
    return Range(start, end)


def _slice(context: ReadContext, store: Store, pipeline: Pipeline, rolling: int) -> tuple[Range, datetime]:
    """The next slice of everything stored, and where the one after it begins."""
    head = (context.now - HEAD_LAG).replace(microsecond=0)
    found = store.rows("SELECT MIN(started), MAX(started) FROM {calls}")
    first = parse_instant(found[0][0]).replace(microsecond=0) if found and found[0][0] else head - timedelta(days=1)
    length = max((head - first) / rolling, SHORTEST_SLICE)
    begin = CompanyState(committed(pipeline)).reconcile_next
    if begin is None or not first <= begin < head:
        begin = first
    end = begin + length
    # what would be left is too short to be worth a run of its own
    end = head if head - end < length / 2 else end
    return Range(begin, end), first if end == head else end


def _guard(comparison: Comparison, max_share: float, whole: Range) -> None:
    going = len(comparison.gone) + len(comparison.repairs.deletions)
    if going and going > max_share * max(comparison.stored, 1):
        raise GongTooManyDeletions(
            f"{going} of the {comparison.stored} calls stored for {whole} are not shown by Gong any more, more than "
            f"the share of {max_share:g} that may go. Check that the key still sees all calls (a key that sees none "
            "gets the same answer as an empty period); if so, allow it with --max-delete-share."
        )


def _load(
    run: Run,
    context: ReadContext,
    there: set[str],
    repairs: Repairs,
    max_share: float,
    slices: tuple[Range, datetime | None],
) -> bool:
    """Records of deletions, calls and transcripts, and at their end the next slice; whether all was committed.

    Other streams that are read by time and tell what became of their records are read again as a whole, where they were
    loaded, and so are those that bring what belongs to a call.
    """
    whole, next_slice = slices
    loaded = {stream.name for stream in context.streams if {table.name for table in stream.tables} <= there}
    compared = _compared(context) & loaded

    def readers(source_state: SourceState, wanted: set[str]) -> list[Reader]:
        repair = RepairReader(context, source_state, repairs, whole, max_share, next_slice)
        again = [
            context.streams[name] for name in sorted(wanted & compared) if source_state.stands(context.streams[name])
        ]
        return [repair, *(AGAIN[type(each.reads)](each, context, source_state, whole) for each in again)]

    return run.load(readers, {"calls", "transcripts", *compared})


def _compared(context: ReadContext) -> set[str]:
    """Streams that are read by windows and whose records tell whether they changed, and recordings."""

    def is_one(stream: Stream) -> bool:
        if isinstance(stream.reads, Recordings):
            return bool(context.settings.media_folder)
        return isinstance(stream.reads, Windows) and bool(hash_column(stream.tables))

    return {stream.name for stream in context.streams if is_one(stream)}


def _remove(pipeline: Pipeline, deletions: list[Deletion], on_delete: OnDelete, context: ReadContext) -> None:
    """After the record of it is committed, so that a crash between the two only repeats the removal."""
    private = {deletion.call_id: deletion.started for deletion in deletions if deletion.reason == "private"}
    deleted = [deletion.call_id for deletion in deletions if deletion.reason != "private"]
    with Store(pipeline) as store:
        folder = context.settings.media_folder
        days = days_of(private.values())
        kept = remove_private(store, context.streams, private, days=days, media_folder=folder)
        carriers = _carriers_of_deleted(on_delete, context.settings.keep_media)
        kept += remove_calls(store, context.streams, deleted, carriers, media_folder=folder)
        late = brought_back(context, store, carriers)
        kept += remove_calls(store, context.streams, late, carriers, media_folder=folder)
        if on_delete == "mark":
            mark_calls(store, set(deleted) - {each.call_id for each in kept}, context.now)
        else:
            there = store.tables()
            for name in ("calls", "transcripts"):
                delete_orphans(store, context.streams[name].tables, there)
    refuse(kept)


def _carriers_of_deleted(on_delete: OnDelete, keep_media: bool) -> dict[str, str]:
    """The tables that a deleted call leaves."""
    media = {CALL_MEDIA.name}
    leaves = (media if on_delete == "mark" else CALL_CARRIERS.keys()) - (media if keep_media else set())
    return {table: column for table, column in CALL_CARRIERS.items() if table in leaves}
