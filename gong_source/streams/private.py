"""Private calls that are there although they are not wanted: they leave every table, whichever streams a run reads."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from gong_source.errors import GongError
from gong_source.streams.calls.by_id import private_among
from gong_source.streams.context import ReadContext
from gong_source.streams.leaving import take_private_away, take_unshown_away
from gong_source.streams.source_state import SourceState
from gong_source.streams.state import WENT
from gong_source.streams.stream import EachOf, Recordings, Stream, Windows
from gong_source.tables import CALLS, CALLS_BASIC
from gong_source.warehouse.files import Folder
from gong_source.warehouse.questions import tell_wanted_again


def take_all_private_away(names: Collection[str], context: ReadContext, source_state: SourceState) -> list[str]:
    """Delete private calls that are not wanted, also those of streams that the run does not read.

    Where they are wanted again, the other pipelines of the dataset are told that they left.

    The tables of calls tell which those are, whoever loaded them. Gong is asked about what else this pipeline is
    remembered to have loaded, once.

    Args:
        names: Of the streams that the run reads, which :func:`clear_of_private` is called for.
        context: Shared by the run; told of the streams of which private calls could not be taken.
        source_state: The dataset, and what is remembered of the streams.

    Returns:
        The other streams that hold no private call any more: their states are to be written too.

    Raises:
        GongError: One that every stream would run into.
    """
    if context.settings.include_private_calls:
        if source_state.took_private_away:
            tell_wanted_again(source_state.store)
        return []
    cleared: list[str] = []
    with _failing(CALLS.name, context):
        take_private_away(source_state, context, source_state.private, media_folder=context.settings.media_folder)
    for stream in context.streams:
        if stream.name not in names and _was_loaded(stream, source_state):
            with _failing(stream.name, context):
                cleared += [stream.name] if clear_of_private(stream, context, source_state) else []
    return cleared


def _was_loaded(stream: Stream, source_state: SourceState) -> bool:
    """Whether this pipeline remembers to have loaded a stream: rows of it, where what was read is not remembered."""
    state = source_state.of(stream.name)
    return bool(state.filled if isinstance(stream.reads, EachOf) else state.loads)


@contextmanager
def _failing(name: str, context: ReadContext) -> Iterator[None]:
    """Make an error that of a stream alone, unless every stream would run into it."""
    try:
        yield
    except GongError as error:
        if error.ends_run:
            raise
        context.fail([name], error)


def clear_of_private(stream: Stream, context: ReadContext, source_state: SourceState) -> bool:
    """Delete what a stream was allowed to load of private calls, though no table of calls tells of them.

    Args:
        stream: Any; what the run reads for each record of another it asks about anew where its settings are others.
        context: Where to ask, and what is wanted.
        source_state: The dataset; told that the stream holds none any more.

    Returns:
        Whether it may have held any.
    """
    root, folder = stream.tables[0], context.settings.media_folder
    if not source_state.columns(root.name) or not source_state.of(stream.name).holds_private:
        return False
    calls, cleared = _unknown(stream, source_state), (stream.name,)
    if isinstance(stream.reads, Windows):
        take_unshown_away(source_state, context, root, calls, cleared=cleared)
        return True
    if isinstance(stream.reads, EachOf):
        take_unshown_away(source_state, context, root, calls)
        source_state.of(stream.name).raw[WENT] = True
        return True
    if folder and isinstance(stream.reads, Recordings):
        calls |= Folder(folder).calls()  # a run that was killed left files that no row names
    private = private_among(context.client, calls, context.privacy)
    take_private_away(source_state, context, private, cleared=cleared, media_folder=folder)
    return True


def _unknown(stream: Stream, source_state: SourceState) -> set[str]:
    """Calls that a stream names; of transcripts and folders, those that no table of calls tells of."""
    root, known = stream.tables[0], [each for each in (CALLS, CALLS_BASIC) if source_state.columns(each.name)]
    if root in known:
        return set()
    beyond = [f"{root.call_column} NOT IN (SELECT id FROM {{{each.name}}})" for each in known]
    where = f" WHERE {' AND '.join(beyond)}" if beyond and not isinstance(stream.reads, (Windows, Recordings)) else ""
    rows = source_state.store.rows(f"SELECT DISTINCT {root.call_column} FROM {{{root.name}}}{where}")
    return {row[0] for row in rows if row[0]}
