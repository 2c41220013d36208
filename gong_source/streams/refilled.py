"""Tables that are empty and were filled once: by whose hands that is, and who learns of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gong_source.streams.state import StreamState
from gong_source.streams.stream import Snapshot, Stream, Windows
from gong_source.warehouse.losses import emptied, note_rows_lost
from gong_source.warehouse.states import filled_by_any, pipeline_states
from gong_source.warehouse.store import Store


def note_refilled(
    store: Store,
    stream: Stream,
    state: StreamState,
    rows: Mapping[str, int],
    there: Mapping[str, Collection[str]],
    load_id: str,
) -> None:
    """Write down where the first rows that a pipeline brings go into a table that another one remembers as filled.

    That one would have seen it empty, and no longer can.

    Args:
        store: The dataset, of several pipelines.
        stream: Whose rows are about to be loaded.
        state: What the pipeline remembers of it: of a table that it has filled itself, it has told before.
        rows: Of the run, by table.
        there: Columns of each table that was there as it began.
        load_id: The package that carries them.
    """
    first = {table.name for table in stream.tables if rows[table.name] and table.name in there} - state.filled
    empty = emptied(store, first)()
    if lost := empty and empty & filled_by_any(pipeline_states(store)):
        note_rows_lost(store, lost, stream.tables, there, load_id)


def heed_removals(
    store: Store, stream: Stream, state: StreamState, rows: Mapping[str, int], removed: Mapping[str, int]
) -> None:
    """Forget that a stream's tables were filled where Gong shows none of their records any more: nobody emptied them.

    Args:
        store: The dataset.
        stream: Any; what is removed of lists and of what is read by windows was there.
        state: What is remembered of it.
        rows: Of the run, by table.
        removed: Records that the run removes, by table.
    """
    root = stream.tables[0]
    gone = 0 if rows[root.name] else removed[root.name]
    was_filled = gone and state.filled and isinstance(stream.reads, (Snapshot, Windows))
    if was_filled and store.count(root.name, "1 = 1") <= gone:
        del state.raw["filled"]
