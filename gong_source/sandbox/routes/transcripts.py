"""The transcript endpoint."""

from __future__ import annotations

from gong_source.sandbox import checks
from gong_source.sandbox.messages import Json, Request
from gong_source.sandbox.routes.base import Context, Route
from gong_source.sandbox.routes.call_filter import CALLS_FILTER, matching_calls
from gong_source.sandbox.routes.calls import NO_CALLS
from gong_source.sandbox.routes.paging import Question, page

ENDPOINT = "POST /v2/calls/transcript"
TRANSCRIPT_SCOPE = "api:calls:read:transcript"
BODY = checks.Shape({"cursor": checks.text, "filter": checks.Shape(CALLS_FILTER)}, required=("filter",))


def list_transcripts(context: Context, request: Request) -> Json:
    """List what was said on calls; a call without a transcript is not in the list."""
    raw = checks.json_object(request)
    matches = matching_calls(context.world, BODY(raw)["filter"])
    now = context.clock.now()
    ready = [call for call in matches if call.has_transcript(now)]
    pending = sum(call.transcript_available_at is not None for call in matches) - len(ready)
    return page(
        context,
        Question.of_body(ENDPOINT, raw),
        "callTranscripts",
        ready,
        lambda call: {"callId": call.id, "transcript": call.transcript},
        nothing=NO_CALLS,
        uncounted=pending,
    )


ROUTES = (Route("POST", "/v2/calls/transcript", list_transcripts, (TRANSCRIPT_SCOPE,), "callTranscripts"),)
