"""Which readers the selected streams of calls need."""

from __future__ import annotations

from collections.abc import Callable

from gong_source.streams.calls.listing import TRANSCRIPTS
from gong_source.streams.calls.reader import CallsReader
from gong_source.streams.context import ReadContext
from gong_source.streams.less import forget_all
from gong_source.streams.reader import Jobs, Reader
from gong_source.streams.source_state import SourceState
from gong_source.tables.arrow import Shaped


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
    readers: list[Reader] = [TranscriptsDropped(context, source_state)] if dropped else []
    if calls or (spoken and not basic):
        stream = context.streams["calls"]
        readers.append(make(stream, context, source_state, emits=calls, with_transcripts=spoken))
    if basic:
        stream = context.streams["calls_basic"]
        readers.append(make(stream, context, source_state, emits=True, with_transcripts=spoken and not calls))
    return readers


class TranscriptsDropped(Reader):
    """Reads nothing: what an earlier run loaded of transcripts goes, and is forgotten."""

    def __init__(self, context: ReadContext, source_state: SourceState) -> None:
        """Look at what there is.

        Args:
            context: Shared by the run.
            source_state: What was read before is forgotten in it.
        """
        self.names = (TRANSCRIPTS,)
        self._stream = context.streams[TRANSCRIPTS]
        self._source_state = source_state

    def begin(self, jobs: Jobs) -> None:
        """Empty the tables."""
        if self._source_state.stands(self._stream):
            for table in self._stream.tables:
                self._source_state.store.execute(f"DELETE FROM {{{table.name}}} WHERE 1 = 1")
        forget_all(self._source_state.of(TRANSCRIPTS).raw)

    def handle(self, event: object, load_id: str) -> list[Shaped]:
        """Nothing comes."""
        return []
