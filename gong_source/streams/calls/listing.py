"""How calls are asked for by time, and how private ones leave where they are not wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gong_source.api.endpoints import LIST_CALLS
from gong_source.ranges import iso
from gong_source.streams.calls.by_id import private_among
from gong_source.streams.context import ReadContext
from gong_source.streams.reader import Window
from gong_source.streams.source_state import SourceState
from gong_source.streams.state import EVERYTHING
from gong_source.streams.stream import Stream
from gong_source.warehouse.queries import delete_calls


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


def delete_private(source_state: SourceState, stream: Stream, context: ReadContext) -> None:
    """Delete private calls from every table that carries them.

    Args:
        source_state: Its store.
        stream: Whose root table tells which are private; where it is not there, Gong is asked.
        context: Where to ask.
    """
    if source_state.stands(stream):
        private = [
            row[0] for row in source_state.store.rows(f"SELECT id FROM {{{stream.tables[0].name}}} WHERE is_private")
        ]
    else:
        spoken = [row[0] for row in source_state.store.rows("SELECT call_id FROM {transcripts}")]
        private = sorted(private_among(context.client, spoken))
    delete_calls(source_state.store, private)
