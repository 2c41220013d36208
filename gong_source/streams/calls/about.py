"""What Gong tells of calls when it is asked about them by their ids: a window's calls are listed, then asked about."""

from __future__ import annotations

from collections.abc import Iterator

from gong_source.api import Page
from gong_source.streams.calls.by_id import batches
from gong_source.streams.calls.listing import calls_request
from gong_source.streams.calls.parts import is_private
from gong_source.streams.calls.rows import call_fault
from gong_source.streams.context import ReadContext
from gong_source.streams.faults import not_asked
from gong_source.streams.reader import Window
from gong_source.streams.set_aside import Place
from gong_source.streams.stream import Stream
from gong_source.tables.arrow import JsonDict, as_text

LISTED_BY = "calls"
"""The stream that tells how calls are listed."""


def pages_about_calls(stream: Stream, context: ReadContext, window: Window, told: str) -> Iterator[Page]:
    """What is told of the calls of a window, each record with the fields ``started`` and ``workspaceId`` of its call.

    Args:
        stream: Its endpoint takes ids of calls, and its records name theirs as ``callId``.
        context: Where to ask, and whether private calls are wanted.
        window: By the time of the calls.
        told: The window in words.
    """
    listing = context.streams[LISTED_BY]
    request, place = calls_request(listing, window), Place(window.selection, window.range)
    for page in context.client.pages(listing.endpoint, window=told, keep_others=True, **request):
        fit = context.rejected.sifted(stream, page.items, place, call_fault)
        calls = {as_text(call["metaData"]["id"]): call["metaData"] for call in fit}
        context.sees_calls |= bool(calls)
        context.privacy.update({key: is_private(basic) for key, basic in calls.items()})
        wanted = [key for key in calls if context.settings.include_private_calls or not context.privacy[key]]
        for batch in batches(wanted):
            asked, strange = {"filter": {"callIds": batch}}, not_asked("callId", batch)
            for answer in context.client.pages(stream.endpoint, body=asked, window=told, keep_others=True):
                others = [record for record in answer.records if strange(record)]
                context.rejected.sifted(stream, others, place, strange, "callId")
                records = [_with_call(record, calls) for record in answer.records if not strange(record)]
                yield Page(records, page.number, page.total, answer.others)


def _with_call(record: JsonDict, calls: dict[str, JsonDict]) -> JsonDict:
    basic = calls[as_text(record["callId"])]
    return {**record, "started": basic.get("started"), "workspaceId": basic.get("workspaceId")}
