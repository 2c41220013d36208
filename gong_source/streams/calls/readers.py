"""Which readers the selected streams of calls need."""

from __future__ import annotations

from collections.abc import Callable

from gong_source.streams.calls.dropped import NoTranscripts
from gong_source.streams.calls.listing import TRANSCRIPTS
from gong_source.streams.calls.reader import CallsReader
from gong_source.streams.context import ReadContext
from gong_source.streams.reader import Reader
from gong_source.streams.source_state import SourceState


def call_readers(context: ReadContext, source_state: SourceState, selected: set[str]) -> list[Reader]:
    """The readers that the selected streams need; calls are listed once for calls and transcripts together.

    Args:
        context: Shared by the run.
        source_state: What was read before.
        selected: Names of the selected streams.
    """
    basic, calls, spoken = (name in selected for name in ("calls_basic", "calls", TRANSCRIPTS))
    dropped = spoken and context.settings.transcripts == "drop"
    spoken = spoken and not dropped
    make: Callable[..., Reader] = CallsReader
    readers: list[Reader] = [NoTranscripts()] if dropped else []
    if calls or (spoken and not basic):
        stream = context.streams["calls"]
        readers.append(make(stream, context, source_state, emits=calls, with_transcripts=spoken))
    if basic:
        stream = context.streams["calls_basic"]
        readers.append(make(stream, context, source_state, emits=True, with_transcripts=spoken and not calls))
    return readers
