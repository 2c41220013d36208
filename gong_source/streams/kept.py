"""What Gong does not keep any more: it can't be read, and whoever missed it is told."""

from __future__ import annotations

import logging

from gong_source.errors import GongError
from gong_source.ranges import Range, RangeSet
from gong_source.streams.context import ReadContext
from gong_source.streams.source_state import SourceState
from gong_source.streams.stream import Stream, Windows

logger = logging.getLogger("gong_source")


def still_kept(
    stream: Stream, context: ReadContext, source_state: SourceState, selection: str, wanted: RangeSet
) -> RangeSet:
    """Of what is to be read, what Gong still has; tells of a time that went while no run read it, once.

    Args:
        stream: One that is read by windows.
        context: Shared by the run.
        source_state: What was read before.
        selection: As in its state.
        wanted: What is to be read.
    """
    assert isinstance(stream.reads, Windows), "what is read otherwise is asked for as a whole"
    kept = stream.reads.kept(selection, context.now)
    if kept is None:
        return wanted
    covered = source_state.of(stream.name).covered(selection)
    last = max((each.end for each in covered), default=kept)
    start, end = context.bounds(source_state.company)
    since = max(last, start)
    if since < kept < end and not _are_there(stream, source_state, selection, gone := Range(since, kept)):
        _tell(stream, context, selection, gone)
    return wanted & RangeSet([Range(min(kept, context.now), context.now)])


def _are_there(stream: Stream, source_state: SourceState, log_type: str, gone: Range) -> bool:
    """Whether another pipeline has read them."""
    root, store = stream.tables[0], source_state.store
    condition = f"log_type = {{log_type}} AND {store.between('event_time', gone)}"
    return "event_time" in source_state.columns(root.name) and store.count(root.name, condition, log_type=log_type) > 0


def _tell(stream: Stream, context: ReadContext, selection: str, gone: Range) -> None:
    days = (context.now - gone.end).days + 1
    told = GongError(
        f"Gong keeps {selection} for {days} days, and no run read it in time: its entries of {gone} can't be had any "
        "more. Runs that are less far apart lose none."
    )
    logger.warning("%s: %s", stream.name, told)
    context.notices[stream.name] = told
