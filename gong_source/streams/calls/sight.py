"""Whether the key sees calls at all: one that does not gets the same answers as a time without any."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace

from gong_source.errors import GongError
from gong_source.ranges import RangeSet
from gong_source.streams.calls.by_id import unshown_among
from gong_source.streams.calls.listing import TRANSCRIPTS, span
from gong_source.streams.context import ReadContext
from gong_source.streams.reader import Window
from gong_source.streams.source_state import SourceState
from gong_source.streams.state import EVERYTHING
from gong_source.streams.stream import Stream, Windows
from gong_source.streams.window_plan import WindowRead
from gong_source.tables import CALL_CARRIERS
from gong_source.tables.calls import CALLS
from gong_source.warehouse.queries import call_hashes
from gong_source.warehouse.store import COMPLETED
from gong_source.warehouse.together import Later

logger = logging.getLogger("gong_source")

CHECK = "A key sees what its creator may see: gong-source check tells whether this one sees any call."


def is_blind(context: ReadContext, source_state: SourceState) -> bool:
    """Whether a run up to now saw no call at all, though some were loaded before: none of what it read is settled.

    Args:
        context: Of the run.
        source_state: What was read before.
    """
    return source_state.first_calls.ever and not context.sees_calls


def unshown(context: ReadContext, stream: Stream, call_ids: Iterable[str]) -> set[str]:
    """Which of the calls that a stream's records name may be private; noted is what that tells of the key's sight.

    Args:
        context: Of the run.
        stream: Any.
        call_ids: Ids of calls.
    """
    named = set(call_ids)
    kept_out = unshown_among(context.client, named, context.privacy)
    if named - kept_out:
        context.sees_calls = True
    if kept_out:
        context.brought.add(stream.tables[0].name)
    return kept_out


class Sight:
    """Holds what Gong shows of calls in a run against what is there.

    Where a run up to now sees none at all, though calls were loaded before, nothing that it reads is settled, which
    costs hardly a request: what is empty is read by long windows. Where calls are there of what it read, it is told.
    """

    def __init__(self, stream: Stream, context: ReadContext, source_state: SourceState) -> None:
        """Nothing is seen yet.

        Args:
            stream: ``calls`` or ``calls_basic``, whose calls are loaded.
            context: Shared by the run.
            source_state: What was read before.
        """
        self._stream = stream
        self._root = stream.tables[0]
        self._context = context
        self._source_state = source_state
        self._loaded: Later[dict[str, int]] = dict
        self._doubts = False
        self._read: list[Window] = []
        self._held: list[WindowRead] = []

    def plan(self, to_list: Mapping[str, RangeSet]) -> None:
        """Ask which calls the destination holds of what is read again.

        Args:
            to_list: What is about to be listed, by selection.
        """
        state = self._source_state.of(self._stream.name)
        again = [part for selection, parts in to_list.items() for part in parts & state.covered(selection)]
        if self._root is CALLS and (whole := span(again)) and self._source_state.stands(self._stream):
            self._loaded = call_hashes(self._source_state.store, whole)

    def begin(self) -> dict[str, int]:
        """Content hashes of the calls that are there of what is read again."""
        loaded = self._loaded()
        self._doubts = bool(loaded) or self._source_state.first_calls.ever
        return loaded

    def counted(self, read: WindowRead) -> list[WindowRead]:
        """The windows that count as read now; none as long as no call is seen, where some were loaded before.

        Args:
            read: A window that was read to its end.
        """
        self._read.append(read.window)
        self._held.append(read)
        return self.rest() if self._context.sees_calls or not self._doubts else []

    def rest(self) -> list[WindowRead]:
        """The windows that were held back; not to be settled where no call was seen that may be there."""
        held, self._held = self._held, []
        if self._context.sees_calls or not self._doubts:
            return held
        if there := [read.window.told for read in held if self._holds(read.window)]:
            self._tell(
                f"Gong shows none of the calls that are there, of {', '.join(there)}. {CHECK} If they were deleted, a "
                "reconcile marks them; until it shows one, each run reads again what it found empty."
            )
        return [replace(read, read_at=read.window.range.start) for read in held]

    def tell_none(self) -> None:
        """Tell where Gong shows no call, and what other streams bring names some."""
        own = (self._stream.name, TRANSCRIPTS)
        naming = [stream.name for stream in self._context.streams if stream.name not in own and self._names(stream)]
        whole = span(window.range for window in self._read)
        if whole and naming and not self._context.sees_calls:
            self._tell(f"Gong shows no call of {whole}, while {', '.join(naming)} name some, be they older. {CHECK}")

    def _holds(self, window: Window) -> bool:
        """Whether calls of a window are there that nobody found deleted."""
        store = self._source_state.store
        if "started" not in self._source_state.columns(self._root.name):
            return False
        condition = f"{store.between('started', window.range)} AND {COMPLETED}"
        condition += " AND deleted_at IS NULL" if self._root is CALLS else ""
        condition += "" if window.selection == EVERYTHING else " AND workspace_id = {workspace}"
        return store.count(self._root.name, condition, workspace=window.selection) > 0

    def _names(self, stream: Stream) -> bool:
        """Whether rows that name calls come with this run; or came before, where no call ever did.

        Where workspaces are chosen, what comes of every one names calls that were not asked for.
        """
        if self._context.settings.workspace_ids and isinstance(way := stream.reads, Windows) and not way.by_workspace:
            return False
        tables = {table.name for table in stream.tables} & CALL_CARRIERS.keys()
        never = tables and not self._source_state.first_calls.ever
        filled = self._source_state.of(stream.name).filled if never else set()
        return bool(tables & (filled | self._context.brought))

    def _tell(self, message: str) -> None:
        if self._stream.name not in self._context.notices:
            logger.warning("%s: %s", self._stream.name, message)
            self._context.notices[self._stream.name] = GongError(message)
