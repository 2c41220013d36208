"""Which readers the selected streams need."""

from __future__ import annotations

from collections.abc import Callable

from gong_source.streams.calls.readers import call_readers
from gong_source.streams.context import ReadContext
from gong_source.streams.each_of import EachOfReader
from gong_source.streams.media.reader import MediaReader
from gong_source.streams.reader import Reader
from gong_source.streams.snapshot import SnapshotReader
from gong_source.streams.source_state import SourceState
from gong_source.streams.stream import EachOf, Recordings, Snapshot, Stream, Windows
from gong_source.streams.windows import WindowsReader

READERS: dict[type, Callable[[Stream, ReadContext, SourceState], Reader]] = {
    Snapshot: SnapshotReader,
    Windows: WindowsReader,
    EachOf: EachOfReader,
    Recordings: MediaReader,
}


def readers_of(context: ReadContext, source_state: SourceState, selected: set[str]) -> list[Reader]:
    """A reader for each selected stream; calls and transcripts share one.

    Args:
        context: Shared by the run.
        source_state: What was read before.
        selected: Names of streams.
    """
    readers: list[Reader] = [*call_readers(context, source_state, selected)]
    for stream in context.streams:
        if stream.name in selected and (make := READERS.get(type(stream.reads))):
            readers.append(make(stream, context, source_state))
    return readers
