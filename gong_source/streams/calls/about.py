"""What Gong tells of calls when it is asked about them by their ids: a window's calls are listed, then asked about."""

from __future__ import annotations

from collections.abc import Iterator

from gong_source.api import Page
from gong_source.streams.calls.by_id import batches
from gong_source.streams.calls.listing import calls_request
from gong_source.streams.calls.parts import is_private
from gong_source.streams.context import ReadContext
from gong_source.streams.reader import Window
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
    request = calls_request(listing, window)
    for page in context.client.pages(listing.endpoint, window=told, keep_others=True, **request):
        calls = {as_text(basic["id"]): basic for basic in map(_basic, page.records) if basic.get("id")}
        context.privacy.update({key: is_private(basic) for key, basic in calls.items()})
        wanted = [key for key in calls if context.settings.include_private_calls or not context.privacy[key]]
        for batch in batches(wanted):
            asked = {"filter": {"callIds": batch}}
            for answer in context.client.pages(stream.endpoint, body=asked, window=told, keep_others=True):
                records = [_with_call(record, calls) for record in answer.records]
                yield Page(records, page.number, page.total, answer.others)


def _basic(call: JsonDict) -> JsonDict:
    basic = call.get("metaData")
    return basic if isinstance(basic, dict) else {}


def _with_call(record: JsonDict, calls: dict[str, JsonDict]) -> JsonDict:
    basic = calls.get(as_text(record.get("callId")), {})
    return {**record, "started": basic.get("started"), "workspaceId": basic.get("workspaceId")}
