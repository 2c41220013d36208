"""What Gong does not keep any more: it can't be read, and whoever missed it is told."""

from __future__ import annotations

import logging

from gong_source.errors import GongError
from gong_source.ranges import Range, RangeSet, parse_instant
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
    lost = RangeSet.from_state(source_state.lost.get(stream.name, {}).get(selection))
    last = max((each.end for each in covered), default=min((each.start for each in lost), default=kept))
    start, end = context.bounds(source_state.company)
    since = max(last, start)
    if since < kept < end and (gone := _missed(stream, source_state, selection, Range(since, kept))):
        _tell(stream, context, selection, gone, had=bool(lost & RangeSet([gone])))
    return wanted & RangeSet([Range(min(kept, context.now), context.now)])


def _missed(stream: Stream, source_state: SourceState, log_type: str, unread: Range) -> Range | None:
    """What of a time nobody has read, as far as entries tell: another pipeline may have, or a backup holds some."""
    root, store = stream.tables[0], source_state.store
    if "event_time" not in source_state.columns(root.name):
        return unread
    of_type = "log_type = {log_type} AND "
    newest = f"SELECT MAX(event_time) FROM {{{root.name}}} WHERE {of_type}{store.between('event_time', unread)}"
    last = [time for (time,) in store.rows(newest, log_type=log_type) if time is not None]
    if not last:
        return unread
    if store.count(root.name, f"{of_type}event_time >= {{end}}", log_type=log_type, end=unread.end):
        return None  # whoever has read these has read on
    return Range(parse_instant(last[0]), unread.end)


def _tell(stream: Stream, context: ReadContext, selection: str, gone: Range, had: bool) -> None:
    days = (context.now - gone.end).days + 1
    why = "the destination lost what was read of it" if had else "no run read it in time"
    told = GongError(
        f"Gong keeps {selection} for {days} days, and {why}: its entries of {gone} can't be had any more."
        + ("" if had else " Runs that are less far apart lose none.")
    )
    logger.warning("%s: %s", stream.name, told)
    context.notices[stream.name] = told
