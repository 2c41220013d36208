"""Streams that are read by windows of time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gong_source.api import Page
from gong_source.api.endpoints import Cursor
from gong_source.errors import GongBadRequestError, GongProtocolError
from gong_source.ranges import Range, RangeSet, iso
from gong_source.streams.calls.by_id import private_among
from gong_source.streams.context import MOST_WINDOWS, ReadContext
from gong_source.streams.due import Due
from gong_source.streams.known import Known, changed_rows, known_in, only
from gong_source.streams.memory import Memory
from gong_source.streams.read_ahead import Emit
from gong_source.streams.reader import Jobs, Reader, Window, hand_over_window
from gong_source.streams.state import EVERYTHING
from gong_source.streams.stream import Days, Instants, Stream, Windows
from gong_source.streams.window_plan import WindowPlan, WindowRead, read_windows
from gong_source.tables.arrow import JsonDict, Shaped, as_text
from gong_source.tables.model import CONTENT_HASH
from gong_source.tables.records import hash_column, remove_records
from gong_source.warehouse.stored import delete_calls

FURTHEST_EAST = timedelta(hours=14)
FURTHEST_WEST = timedelta(hours=12)
"""How far local days run before and behind those of UTC."""
MOST_BEHIND = 2
"""How many days the day in the west may be behind that in the east, at the most."""


@dataclass(frozen=True)
class _PageRead:
    parts: list[Shaped]


class WindowsReader(Reader):
    """Reads a stream window by window; what a look-back finds as it was loaded is left alone."""

    def __init__(self, stream: Stream, context: ReadContext, memory: Memory, again: Range | None = None) -> None:
        """Choose what to read.

        Args:
            stream: One that is read by windows.
            context: Shared by the run.
            memory: What was read before.
            again: A range to read whether or not it is settled, in place of what is not.
        """
        self._whole = again
        assert isinstance(stream.reads, Windows), "streams of other ways have readers of their own"
        self.names = (stream.name,)
        self.lanes = {stream.name: MOST_WINDOWS}
        self._stream = stream
        self._way = stream.reads
        self._context = context
        self._memory = memory
        self._due = Due(stream, context, memory)
        self._selections = stream.reads.selections or (EVERYTHING,)
        self._known: Known = {}
        self._seen: set[str] = set()
        self._lock = threading.Lock()
        self._again = RangeSet()
        self._plan = WindowPlan({}, context.settings.chunk)

    @property
    def more(self) -> bool:
        """Whether windows are left to read."""
        return self._plan.left

    def begin(self, jobs: Jobs) -> None:
        """Plan the windows, and learn what is there of what is read again."""
        self._take_private_away()
        state = self._memory.of(self._stream.name)
        gaps: dict[str, RangeSet] = {}
        for selection in self._selections:
            wanted = self._context.missing(self._memory.company, state, selection)
            if not self._due.now:  # what was asked for in vain a while ago is asked for again when it is due
                unread = wanted - state.covered(selection)
                wanted = RangeSet(gap for gap in unread if gap.length >= self._due.refresh)
            if self._whole is not None:
                wanted = RangeSet([self._whole])
            if (kept := self._way.kept(selection, self._context.now)) is not None:
                wanted = wanted & RangeSet([Range(min(kept, self._context.now), self._context.now)])
            gaps[selection] = wanted
            self._again |= wanted  # rows may be there although nothing is remembered: other pipelines, a reset
        if self._again and self._memory.stands(self._stream):
            self._known = known_in(self._memory.store, self._stream, self._way.time, self._again)
        self._plan = WindowPlan(gaps, self._context.settings.chunk, self._context.newest_first)
        if self._plan.left:
            for _ in range(MOST_WINDOWS):
                jobs.submit(self._stream.name, self._job)

    def _job(self, emit: Emit) -> None:
        read_windows(self._plan, self._context, lambda: self.stopped, self._read, emit)

    def _read(self, window: Window, emit: Emit) -> bool | None:
        """Runs in a reader's thread."""
        pages = self._pages(window)
        return hand_over_window(
            pages, window, self._context.settings.chunk, lambda page: self._shape(page.records, window), emit
        )

    def _pages(self, window: Window) -> Iterator[Page]:
        """The pages of a window; where Gong refuses its last day as too late for the company, those to a day before."""
        told = str(window.range) if window.selection == EVERYTHING else f"{window.selection}, {window.range}"
        most = MOST_BEHIND if isinstance(self._way.bounds, Days) else 0
        for behind in range(most + 1):
            request = window_request(self._stream, window, self._context.clock(), behind)
            if request is None:
                return
            pages = self._context.client.pages(self._stream.endpoint, window=told, **request)
            try:
                first = next(pages, None)
            except GongBadRequestError:
                if behind == most:
                    raise
                continue
            if first is not None:
                yield first
                yield from pages
            return

    def _shape(self, records: list[JsonDict], window: Window) -> _PageRead:
        """Runs in a reader's thread: rows of what was not seen before in this run, and is not there as it is."""
        if self._way.shape is not None:
            return _PageRead([self._unknown(part) for part in self._way.shape(records, window.selection)])
        shown = self._without_private(records)
        by_key = {_key_of(record, self._way.key, self._stream, window): record for record in shown}
        with self._lock:
            by_key = {key: record for key, record in by_key.items() if key not in self._seen}
            self._seen.update(by_key)
        return _PageRead(changed_rows(by_key, self._known, self._stream, self._context.question(self._stream)))

    def _without_private(self, records: list[JsonDict]) -> list[JsonDict]:
        """Records of calls that are wanted; Gong is asked which are private, as the records do not tell."""
        if not self._way.call or self._context.settings.include_private_calls:
            return records
        ids = {as_text(record[self._way.call]) for record in records if record.get(self._way.call)}
        private = private_among(self._context.client, ids)
        return [record for record in records if as_text(record.get(self._way.call)) not in private]

    def _take_private_away(self) -> None:
        """What an earlier run was allowed to load of private calls goes at once."""
        state, root = self._memory.of(self._stream.name), self._stream.tables[0]
        if self._way.call and state.holds_private:
            rows = self._memory.store.rows(f"SELECT DISTINCT {root.call_column} FROM {{{root.name}}}")
            delete_calls(self._memory.store, private_among(self._context.client, [row[0] for row in rows if row[0]]))
            state.private_went()

    def _unknown(self, part: Shaped) -> Shaped:
        """Rows without those that are there as they are."""
        root = self._stream.tables[0]
        keys = part.data[root.primary_key[0]].to_pylist()
        hashed = bool(hash_column(self._stream.tables))
        hashes = part.data[CONTENT_HASH].to_pylist() if hashed else [0] * len(keys)
        if hashed:
            with self._lock:
                self._seen.update(keys)
        known = [row for row, key in enumerate(keys) if self._known.get(key) == hashes[row]] if self._known else []
        return only(part, sorted({*range(len(keys))} - {*known})) if known else part

    def handle(self, event: object, load_id: str) -> list[Shaped]:
        """Rows of a page, or a window to remember."""
        if isinstance(event, _PageRead):
            return event.parts
        assert isinstance(event, WindowRead), "a reader gets its own events"
        self._plan.taken()
        self.chunks += event.found
        self._memory.mark_read(self._stream.name, event.window.selection, event.window.range, load_id, event.read_at)
        return []

    def finish(self, load_id: str) -> list[Shaped]:
        """Removals of records that were read again and are not shown any more."""
        if self._whole is None:
            self._due.done(load_id)
        if not self._known or (self._way.shape is not None and not hash_column(self._stream.tables)):
            return []
        return remove_records(self._stream.tables, [key for key in self._known if key not in self._seen])


def window_request(stream: Stream, window: Window, now: datetime, behind: int = 0) -> dict[str, Any] | None:
    """How a window is asked for; None where Gong keeps nothing of it any more.

    Args:
        stream: One that is read by windows.
        window: What is asked for.
        now: The current time.
        behind: How many days fewer than Gong may take, as the company's today may be behind the latest on earth.
    """
    way = stream.reads
    assert isinstance(way, Windows), "streams of other ways have no such windows"
    start = window.range.start
    if (kept := way.kept(window.selection, now)) is not None:
        start = max(start, kept)  # since the run began, Gong may have dropped some of it
    if start >= window.range.end:
        return None
    if isinstance(way.bounds, Instants):
        bounds: JsonDict | None = {way.bounds.start: iso(start), way.bounds.end: iso(window.range.end)}
    else:
        bounds = _days(way.bounds, Range(start, window.range.end), now, behind)
    if bounds is None:
        return None
    chosen = {way.select: window.selection} if way.select else {}
    request = {**way.fixed, **chosen, **bounds}
    return {"body": {**way.beside, "filter": request}} if stream.endpoint.cursor is Cursor.BODY else {"params": request}


def _key_of(record: JsonDict, key: str, stream: Stream, window: Window) -> str:
    value = record.get(key)
    if value is None or value == "":
        raise GongProtocolError(f"a record came without {key}", endpoint=stream.endpoint.name, window=str(window.range))
    return as_text(value)


def _days(ends: Days, window: Range, now: datetime, behind: int) -> JsonDict | None:
    """The days that a window touches in any time zone, the last one as late as Gong takes it."""
    first = (window.start - FURTHEST_WEST).date()
    after = (window.end + FURTHEST_EAST).date() + timedelta(days=1)
    last = min(after, (now + FURTHEST_EAST).date() + timedelta(days=ends.latest)) - timedelta(days=behind)
    return {ends.start: first.isoformat(), ends.end: last.isoformat()} if first < last else None
