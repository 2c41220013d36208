"""How calls are asked for by time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from gong_source.api.endpoints import LIST_CALLS
from gong_source.ranges import Range, RangeSet, iso, moved
from gong_source.streams.calls.ledger import MOST_AWAITED, MOST_RETRIES, Ledger
from gong_source.streams.context import ReadContext
from gong_source.streams.reader import Window
from gong_source.streams.source_state import SourceState
from gong_source.streams.state import EVERYTHING
from gong_source.streams.stream import Stream
from gong_source.warehouse.queries import Wanted, calls_without_transcript
from gong_source.warehouse.store import Store

TRANSCRIPTS = "transcripts"


def calls_request(stream: Stream, window: Window, selector: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """How a window of calls is asked for: a query for GET calls, a body for POST calls/extensive.

    Args:
        stream: ``calls`` or ``calls_basic``.
        window: What is asked for.
        selector: Content selector; the basic fields alone where None.
    """
    limits = {"fromDateTime": iso(window.range.start), "toDateTime": iso(window.range.end)}
    if window.selection != EVERYTHING:
        limits["workspaceId"] = window.selection
    if stream.endpoint is LIST_CALLS:
        return {"params": limits}
    return {"body": {"filter": limits, **({"contentSelector": selector} if selector else {})}}


def beyond_the_ledger(stream: Stream, ledger: Ledger, context: ReadContext, store: Store) -> list[Wanted]:
    """Calls that wait for a transcript and had no room in the ledger: those that are there and have none.

    Args:
        stream: Whose root table tells which calls are there.
        ledger: Told where there is room for all of them again.
        context: Settings and time.
        store: The dataset.
    """
    room = MOST_AWAITED - len(ledger.awaited())
    if not ledger.overflowed or room <= 0:
        return []
    since = context.now - context.settings.transcript_patience - context.settings.lookback
    known = {wanted.call_id for wanted in ledger.awaited()} | ledger.given_up()
    stored = calls_without_transcript(store, stream.tables[0].name, Range(since, context.now), None)
    waiting = [wanted for wanted in stored if wanted.call_id not in known]
    if len(waiting) <= min(room, MOST_RETRIES):
        ledger.settle_overflow()
    return waiting[:MOST_RETRIES]


def asked_again(context: ReadContext, source_state: SourceState, listed: Iterable[Range]) -> RangeSet:
    """When calls were whose transcripts are asked for although they are there, without those that are listed anyway.

    Args:
        context: How far to look back, and what the run is asked for.
        source_state: Keeps the start of the first run.
        listed: What calls are listed of.
    """
    start, end = context.bounds(source_state.company)
    since = transcripts_since(context, source_state)
    first = since if context.looks_back else max(start, since)
    return RangeSet([Range(first, max(first, end))]) - RangeSet(listed)


def transcripts_since(context: ReadContext, source_state: SourceState) -> datetime:
    """Since when transcripts of calls are asked for although they are there: those that were young when last read.

    Args:
        context: Settings and time.
        source_state: What was read before, be it long ago.
    """
    state = source_state.of(TRANSCRIPTS)
    ends = [part.end for selection in context.workspaces() for part in state.covered(selection)]
    return min([context.now, *([max(ends)] if ends else [])]) - timedelta(
        days=context.settings.transcript_lookback_days
    )


class Listed:
    """Event: no window is left to list, and all that were are handed over."""


def instant_of(started: datetime | None) -> Range | None:
    """The shortest range that a call is listed for.

    Args:
        started: When it was recorded, or None.
    """
    if started is None:
        return None
    second = started.replace(microsecond=0)
    return Range(second, moved(second, timedelta(seconds=1)))


def span(ranges: Iterable[Range]) -> Range | None:
    """The shortest range that holds all of these.

    Args:
        ranges: In any order.
    """
    found = list(ranges)
    return Range(min(r.start for r in found), max(r.end for r in found)) if found else None
