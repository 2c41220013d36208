"""Transcripts that are not wanted: they leave their tables, whichever streams a run reads and whoever loaded them."""

from __future__ import annotations

from collections.abc import Collection

from gong_source.streams.calls.listing import TRANSCRIPTS
from gong_source.streams.context import ReadContext
from gong_source.streams.current import package_id
from gong_source.streams.less import MASKED, forget_all
from gong_source.streams.reader import Jobs, Reader
from gong_source.streams.source_state import SourceState
from gong_source.tables.arrow import Shaped
from gong_source.warehouse.losses import emptied, note_losses
from gong_source.warehouse.rejected import delete_rejected


def drop_transcripts(names: Collection[str], context: ReadContext, source_state: SourceState) -> list[str]:
    """Empty the tables of transcripts where these are not wanted, and forget what was read of them.

    Other pipelines of the dataset remember to have read them, so it is written down before the first row goes.

    Args:
        names: Of the streams that the run reads.
        context: Settings and streams.
        source_state: The dataset, and what is remembered of the streams.

    Returns:
        The stream, where the run does not read it and its state is to be written too.
    """
    if context.settings.transcripts != "drop":
        return []
    raw, store = source_state.of(TRANSCRIPTS).raw, source_state.store
    tables = [table.name for table in context.streams[TRANSCRIPTS].tables]
    there = {name for name in tables if source_state.columns(name)}
    filled, set_aside = there - emptied(store, there)(), context.rejected.selections(TRANSCRIPTS)
    if filled or set_aside:
        note_losses(store, tables, package_id())
    for name in sorted(filled):
        store.execute(f"DELETE FROM {{{name}}} WHERE 1 = 1")
    if set_aside:
        delete_rejected(store, "stream", [TRANSCRIPTS])
    was_read = bool(raw.keys() - {MASKED})
    forget_all(raw)
    return [TRANSCRIPTS] if was_read and TRANSCRIPTS not in names else []


class NoTranscripts(Reader):
    """Reads nothing of a stream that is selected and not wanted."""

    names = (TRANSCRIPTS,)

    def begin(self, jobs: Jobs) -> None:
        """Nothing is asked."""

    def handle(self, event: object, load_id: str) -> list[Shaped]:
        """Nothing comes."""
        return []
