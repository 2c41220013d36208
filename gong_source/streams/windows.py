"""Streams that are read by windows of time."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from gong_source.api import Page
from gong_source.ranges import Range, RangeSet
from gong_source.streams.calls.sight import is_blind, unshown
from gong_source.streams.context import MOST_WINDOWS, ReadContext
from gong_source.streams.due import Due
from gong_source.streams.faults import Fault, fault_of, keyed, no_fault, whole
from gong_source.streams.first_calls import goes_by_sight
from gong_source.streams.kept import still_kept
from gong_source.streams.known import Inside, Known, asked, changed_rows, doubt_changed, known_in, only
from gong_source.streams.pieces import span_of
from gong_source.streams.read_ahead import Emit
from gong_source.streams.reader import Jobs, Reader, Window, hand_over_window
from gong_source.streams.set_aside import Place
from gong_source.streams.source_state import SourceState
from gong_source.streams.state import EVERYTHING
from gong_source.streams.stream import Shape, Stream, Windows
from gong_source.streams.unseen import Owed, Unseen
from gong_source.streams.window_length import MANY, Held
from gong_source.streams.window_pages import WindowPages
from gong_source.streams.window_plan import WindowPlan, WindowRead, read_windows
from gong_source.streams.window_probe import probe
from gong_source.tables.arrow import Shaped, as_text
from gong_source.tables.model import CONTENT_HASH
from gong_source.tables.records import hash_column, remove_records
from gong_source.warehouse.together import Later


@dataclass(frozen=True)
class _PageRead:
    """Event: rows of a page.

    Attributes:
        parts: Those that are not there as they are.
        found: Whether there were any.
    """

    parts: list[Shaped]
    found: bool = True


class WindowsReader(Reader):
    """Reads a stream window by window; what a look-back finds as it was loaded is left alone.

    What a window brings may be there already, or be brought by the window beside it: days touch two.
    """

    def __init__(
        self, stream: Stream, context: ReadContext, source_state: SourceState, again: Range | None = None
    ) -> None:
        """Choose what to read.

        Args:
            stream: One that is read by windows.
            context: Shared by the run.
            source_state: What was read before.
            again: A range to read whether or not it is settled, in place of what is not.
        """
        self._whole = again
        assert isinstance(stream.reads, Windows), "streams of other ways have readers of their own"
        self.names = (stream.name,)
        self.lanes = {stream.name: MOST_WINDOWS}
        self._stream = stream
        self._way = stream.reads
        self._context = context
        self._source_state = source_state
        self._due = Due(stream, context, source_state)
        self._is_due = again is None and self._due.now
        self._asked: Later[tuple[Known, Inside]] = lambda: ({}, {})
        self._known: Known = {}
        self._unseen = Unseen(stream, {}, context.now, {})
        self._gaps: dict[str, list[Range]] = {}
        self._seen: set[str] = set()
        self._lock = threading.Lock()
        self._again = RangeSet()
        self._pages = WindowPages(stream, context)
        self._plan = WindowPlan({}, context.settings.chunk)

    @property
    def more(self) -> bool:
        """Whether windows are left to read."""
        return self._plan.left

    def plan(self) -> None:
        """Plan the windows, and ask what is there of what is read again."""
        state = self._source_state.of(self._stream.name)
        gaps = self._gaps
        for selection in selections_of(self._stream, self._context):
            wanted = self._context.missing(self._source_state.company, state, selection)
            if not self._is_due:  # the newest, of which there is a little more each time, waits until it is due
                newest, unread = self._context.now - self._due.refresh, wanted - state.covered(selection)
                wanted = RangeSet(gap for gap in unread if gap.length >= self._due.refresh or gap.end < newest)
            if self._whole is not None:
                wanted = RangeSet([self._whole])
            wanted = still_kept(self._stream, self._context, self._source_state, selection, wanted)
            gaps[selection] = self._context.rejected.again(self._stream.name, selection, wanted)
            # rows may be there although nothing is remembered: other pipelines, a reset
            self._again |= self._comparable(gaps[selection], selection)
        if self._again and self._source_state.stands(self._stream):
            spans = [span_of(self._stream, part, self._context.now) for part in self._again]
            chosen = self._context.settings.workspace_ids or ()
            self._asked = known_in(self._source_state.store, self._stream, spans, chosen)
        probed, longest = self._way.probe is not None, self._way.longest
        newest_first = self._context.newest_first or probed or longest is not None
        self._plan = WindowPlan(gaps, self._context.settings.chunk, newest_first, longest, probed)

    def begin(self, jobs: Jobs) -> None:
        """Learn what is there, and read the windows."""
        self._known, inside = self._asked()
        stay = self._way.shape is not None and not hash_column(self._stream.tables)  # the entries of a log
        self._unseen = Unseen(self._stream, {} if stay else inside, self._context.now, self._gaps)
        if self._plan.left:
            for _ in range(MOST_WINDOWS):
                jobs.submit(self._stream.name, self._job)

    def _comparable(self, gaps: Iterable[Range], selection: str) -> RangeSet:
        """What may be there as Gong shows it; where no hash tells, only what was read for this very question."""
        if hash_column(self._stream.tables):
            return RangeSet(gaps)
        return RangeSet(gaps) & self._source_state.of(self._stream.name).covered(selection)

    def _job(self, emit: Emit) -> None:
        read_windows(self._plan, self._context, lambda: self.stopped, self._read, emit)

    def _read(self, window: Window, emit: Emit) -> Held:
        """Runs in a reader's thread."""
        chunk, probed = self._context.settings.chunk, self._way.probe is not None
        pages_of = partial(self._pages.of_piece, window=window)
        if probed and (held := probe(self._stream, self._context, window, pages_of)) is not None:
            return held
        found = False

        def shape(page: Page) -> _PageRead:
            nonlocal found
            read = self._shape(page, window)
            found = found or read.found
            return read

        try:
            held = hand_over_window(self._pages.of(window), window, chunk, shape, emit)
            self._context.rejected.check(self._stream)
            return Held(MANY if found else 0) if probed else held
        except BaseException:
            self._pages.give_back(window)
            raise

    def _shape(self, page: Page, window: Window) -> _PageRead:
        """Runs in a reader's thread: rows of what was not seen before in this run, and is not there as it is."""
        root, place = self._stream.tables[0], Place(window.selection, window.range)
        if self._way.shape is not None:
            parts = self._shaped(self._way.shape, page, place)
            found = any(part.data.num_rows for part in parts)
            question = self._context.question(self._stream)
            return _PageRead([self._unknown(asked(self._shown(part), question)) for part in parts], found)
        named = next((column.path for column in root.columns if column.name == root.call_column), "")
        unwanted = self._unwanted(record.get(named) for record in page.records)
        listed = [*page.others, *(each for each in page.records if as_text(each.get(named)) not in unwanted)]
        fit = self._context.rejected.sifted(self._stream, listed, place, keyed(self._way.key, root), self._way.key)
        by_key = {as_text(record[self._way.key]): record for record in fit}
        with self._lock:
            by_key = {key: record for key, record in by_key.items() if key not in self._seen}
            self._seen.update(by_key)
        return _PageRead(changed_rows(by_key, self._known, self._stream, self._context.question(self._stream)))

    def _shaped(self, shape: Shape, page: Page, place: Place) -> list[Shaped]:
        """Rows of a page by a function of the stream's own; what it can't take is set aside."""
        parts: list[Shaped] | None = None
        fault: Fault = no_fault
        try:
            parts = whole(shape(page.records, place.selection))
        except Exception:  # whatever is wrong with one record must not cost the others
            fault = fault_of(shape, place.selection)
        fit = self._context.rejected.sifted(self._stream, page.items, place, fault)
        parts = shape(fit, place.selection) if parts is None else parts
        for record, reason in (each for part in parts for each in part.odd):
            self._context.rejected.add(self._stream, place, record, reason)
        return parts

    def _unwanted(self, calls: Iterable[Any]) -> set[str]:
        """Those of some calls that are not wanted; Gong is asked which may be private, as the records do not tell."""
        if not self._way.of_calls or self._context.settings.include_private_calls:
            return set()
        return unshown(self._context, self._stream, (as_text(call) for call in calls if call))

    def _shown(self, part: Shaped) -> Shaped:
        """Rows without those of calls that may be private, where these are not wanted."""
        named = part.table.call_column
        calls = part.data[named].to_pylist() if named and self._way.of_calls else []
        unwanted = self._unwanted(calls)
        return only(part, [row for row, call in enumerate(calls) if call not in unwanted]) if unwanted else part

    def _unknown(self, part: Shaped) -> Shaped:
        """Rows without those that are there as they are."""
        root = self._stream.tables[0]
        keys = part.data[root.primary_key[0]].to_pylist()
        hashed = bool(hash_column(self._stream.tables))
        hashes = part.data[CONTENT_HASH].to_pylist() if hashed else [0] * len(keys)
        with self._lock:
            fresh = [
                row
                for row, key in enumerate(keys)
                if key not in self._seen and not (key in self._known and self._known[key] == hashes[row])
            ]
            if hashed:
                self._seen.update(keys)
        return part if len(fresh) == len(keys) else only(part, fresh)

    def handle(self, event: object, load_id: str) -> list[Shaped]:
        """Rows of a page, or a window to remember."""
        if isinstance(event, _PageRead):
            doubt_changed(self._source_state.store, self._stream, event.parts, self._known)
            return event.parts
        assert isinstance(event, WindowRead), "a reader gets its own events"
        self._plan.taken()
        self.chunks += event.found
        window, rejected = event.window, self._context.rejected
        lacks = self._not_shown(filter(self._pages.was_asked, self._unseen.of(window)))
        odd = lacks and rejected.was_set_aside(self._stream.name, window.selection, window.range)
        if odd or not self._pages.is_whole(window):  # what is set aside or refused may be what it lacks
            self._mark_read(window, None, load_id)
            return []
        self._unseen.was_read(window)
        if lacks or self._is_blind:
            self._unseen.owed.append(Owed(window, event.read_at, lacks))
        else:
            self._mark_read(window, event.read_at, load_id)
        return []

    @property
    def _is_blind(self) -> bool:
        """Whether all that is lacking may be lacking as the key sees no call."""
        by_sight = goes_by_sight(self._stream, self._context.settings.include_private_calls)
        return by_sight and is_blind(self._context, self._source_state)

    def _not_shown(self, keys: Iterable[str]) -> tuple[str, ...]:
        """Keys of what no page of this run showed."""
        with self._lock:
            return tuple(key for key in keys if key not in self._seen)

    def _mark_read(self, window: Window, read_at: datetime | None, load_id: str) -> None:
        """Remember a window; without a time none of it is settled, and it is read again once it is due."""
        at = window.range.start if read_at is None else read_at
        self._source_state.mark_read(self._stream.name, window.selection, window.range, load_id, at)

    def finish(self, load_id: str) -> list[Shaped]:
        """Removals of records that were read again and are not shown any more."""
        self._pages.tell()
        if self._is_due and self._context.reads_newest(self._source_state.company):
            self._due.done(load_id)  # else what was not looked at again would wait for another day, each day
        return self.settle(load_id)

    def settle(self, load_id: str) -> list[Shaped]:
        """Removals of what no window showed of those that were read to their end, which count as read by that.

        What moved to a window that is not read yet is gone until it is.
        """
        owed, self._unseen.owed, still = self._unseen.owed, [], self._unseen.open()
        blind = self._is_blind
        lacking = () if blind else (key for each in owed for key in self._not_shown(each.keys))
        gone = dict.fromkeys(key for key in lacking if key not in still)
        parts = remove_records(self._stream.tables, list(gone))
        doubt_changed(self._source_state.store, self._stream, parts, self._known)
        for each in owed:
            lacks = blind or still.intersection(each.keys)
            self._mark_read(each.window, None if lacks else each.read_at, load_id)
        return parts


def selections_of(stream: Stream, context: ReadContext) -> tuple[str, ...]:
    """What a stream's ranges are kept for.

    Args:
        stream: One that is read by windows.
        context: Knows the workspaces that were chosen.
    """
    way = stream.reads
    assert isinstance(way, Windows), "streams of other ways have no such windows"
    return tuple(context.workspaces()) if way.by_workspace else way.selections or (EVERYTHING,)
