"""Forget what was read, so that the next sync reads it again."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import dlt
from dlt.common.typing import TAnyDateTime
from dlt.extract import DltResource
from dlt.pipeline.exceptions import PipelineStepFailed
from dlt.pipeline.helpers import pipeline_drop
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongConfigError, GongDestinationError
from gong_source.ranges import UTC, Range, RangeSet, parse_instant
from gong_source.runs.failures import raise_signal, root_of
from gong_source.runs.lock import exclusive
from gong_source.runs.prepare import committed, prepare, refuse_refresh
from gong_source.streams.all import STREAMS
from gong_source.streams.less import forget_all
from gong_source.streams.state import StreamState
from gong_source.streams.stream import EachOf, Stream
from gong_source.streams.table import StreamTable
from gong_source.tables.records import hash_column
from gong_source.warehouse.place import has_tables, place_of
from gong_source.warehouse.queries import doubt_all
from gong_source.warehouse.refused import denied, full_disk
from gong_source.warehouse.rejected import delete_rejected
from gong_source.warehouse.store import SCHEMA, Store
from gong_source.wording import is_full

FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
"""Before and after everything that Gong has."""


@dataclass
class ResetResult:
    """What was forgotten.

    Attributes:
        forgotten: The ranges that count as not read, by stream; none for streams that are not read by ranges.
        dropped: Tables that were dropped.
        where: Where the tables are.
    """

    forgotten: dict[str, RangeSet] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    where: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain values only."""
        forgotten = {name: ranges.to_state() for name, ranges in self.forgotten.items()}
        return {"forgotten": forgotten, "dropped": self.dropped, "where": self.where}


@exclusive
def run_reset(
    pipeline: Pipeline,
    names: Sequence[str],
    *,
    start_date: TAnyDateTime | None = None,
    end_date: TAnyDateTime | None = None,
    drop: bool = False,
    streams: Iterable[Stream] = STREAMS,
) -> ResetResult:
    """Forget ranges of streams, or all that is remembered of them, in the pipeline's state and in the destination's.

    Rows stay where they are until the next sync replaces them; with ``drop`` they go at once. Gong is not asked.

    Args:
        pipeline: Destination and dataset.
        names: Of streams or tables; ``all`` or ``default``.
        start_date: Start of the range to forget; from the very start where None.
        end_date: Its end, exclusive; to the very end where None.
        drop: Whether the tables are dropped too.
        streams: All streams that there are.

    Returns:
        What was forgotten and dropped.

    Raises:
        GongConfigError: A name is unknown, a range can't be taken, or the pipeline never loaded into the dataset, or
            resets its sources itself.
        GongDestinationError: The destination can't be reached or changed.
    """
    table = StreamTable(streams)
    chosen = table.named(names)
    wanted = [stream for stream in table if stream.name in chosen]
    window = _window(wanted, start_date, end_date, drop)
    if not has_tables(pipeline):
        where = ", ".join(f"{word} {value}" for word, value in place_of(pipeline).items())
        raise GongConfigError(f"There is no such dataset, so nothing was reset: {where}.")
    refuse_refresh(pipeline)
    prepare(pipeline)
    state = committed(pipeline)
    if SCHEMA not in pipeline.schemas:
        raise GongConfigError(
            f"The pipeline {pipeline.pipeline_name} never loaded into this dataset: give the --pipeline-name of the "
            "one that did."
        )
    if "ranges" in state:
        raise GongConfigError("What is remembered is in the form of an earlier release: run a sync first.")
    result = ResetResult(where=place_of(pipeline))
    resources: Any = state.get("resources", {})
    changed: dict[str, dict[str, Any]] = {}
    for stream in wanted:
        raw = copy.deepcopy(resources.get(stream.name, {}))
        result.forgotten[stream.name] = _forget(raw, window)
        changed[stream.name] = raw
    try:
        if drop:
            result.dropped = _drop(pipeline, list(changed))
            delete_rejected(Store(pipeline), "stream", list(changed))
        else:
            store = Store(pipeline)
            _ask_again(store, wanted)
            _doubt(store, wanted, window or Range(FIRST, LAST))
            pipeline.run(_states(changed))
    except PipelineStepFailed as failed:
        raise_signal(failed)
        root = root_of(failed)
        if is_full(root):
            raise full_disk(pipeline) from failed
        if refusal := denied(pipeline, failed):
            raise GongDestinationError(refusal) from failed
        raise GongDestinationError(f"The reset did not reach the destination: {root}") from failed
    return result


def _window(
    streams: Sequence[Stream], start_date: TAnyDateTime | None, end_date: TAnyDateTime | None, drop: bool
) -> Range | None:
    """The range to forget; None for everything."""
    if start_date is None and end_date is None:
        return None
    if drop:
        raise GongConfigError("Tables are dropped as a whole: a range can't be given with it.")
    if other := [stream.name for stream in streams if not stream.by_time]:
        raise GongConfigError(f"{', '.join(other)}: not read by ranges of time, so no range can be forgotten.")
    try:
        start = FIRST if start_date is None else parse_instant(start_date)
        end = LAST if end_date is None else parse_instant(end_date)
    except ValueError as error:
        raise GongConfigError(f"A range is two dates or times in ISO 8601: {error}") from error
    if start >= end:
        raise GongConfigError(f"The range ends before it starts: {start} > {end}.")
    return Range(start, end)


def _forget(raw: dict[str, Any], window: Range | None) -> RangeSet:
    """Forget a range in the state of a stream, or all of the state; what was forgotten of its ranges."""
    state = StreamState(raw, {})
    covered = RangeSet()
    for ranges in state.ranges().values():
        covered |= RangeSet.from_state(ranges)
    if window is None:
        forget_all(raw)
        return covered
    asked = RangeSet([window])
    state.forget(asked)
    return covered & asked


def _ask_again(store: Store, streams: Sequence[Stream]) -> None:
    """Have every record asked about again; that it was asked about stays, so that one that is gone meanwhile leaves."""
    there = store.tables(table.name for stream in streams for table in stream.tables)
    for stream in streams:
        read = stream.tables[-1].name
        if isinstance(stream.reads, EachOf) and read in there:
            store.execute(f"UPDATE {{{read}}} SET read_at = NULL WHERE read_at IS NOT NULL")


def _doubt(store: Store, streams: Sequence[Stream], window: Range) -> None:
    """Have records that are as they were loaded loaded again: rows of their lists may be gone, or values blanked."""
    for stream in streams:
        root = stream.tables[0]
        if hash_column(stream.tables) and root.disposition != "scd2":
            time = next((column.name for column in root.columns if column.needed == "time"), "")
            doubt_all(store, root, store.between(time, window) if time else "1 = 1")


@dlt.source(name=SCHEMA, section="gong", max_table_nesting=0)
def _states(changed: Mapping[str, dict[str, Any]]) -> Iterator[DltResource]:
    """No rows, but a state for each resource: it travels in a load package, so that a new machine gets it too."""
    for name, raw in changed.items():
        yield dlt.resource(_write, name=name)(name, raw)


def _write(name: str, raw: dict[str, Any]) -> Iterator[Any]:
    state = dlt.current.resource_state(name)
    state.clear()
    state.update(raw)
    yield from ()


def _drop(pipeline: Pipeline, names: list[str]) -> list[str]:
    """Drop the tables of some streams, and their states, in one load package."""
    command = pipeline_drop(pipeline, names, SCHEMA)
    if not command.is_empty:
        command()
    return sorted(command.info["tables_with_data"])
