"""Calls and their transcripts: the windows of calls are listed once and serve both."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime
from functools import partial

from gong_source.ranges import Range, RangeSet
from gong_source.streams.calls.by_id import private_among
from gong_source.streams.calls.ledger import MOST_RETRIES, Ledger
from gong_source.streams.calls.listing import (
    TRANSCRIPTS,
    Listed,
    asked_again,
    beyond_the_ledger,
    calls_request,
    span,
    transcripts_since,
)
from gong_source.streams.calls.rows import CallRows, CallsRead
from gong_source.streams.calls.selector import content_selector
from gong_source.streams.calls.sight import Sight
from gong_source.streams.calls.stored import StoredCalls, in_order
from gong_source.streams.calls.transcripts import TranscriptQueue, TranscriptsRead
from gong_source.streams.context import MOST_WINDOWS, ReadContext
from gong_source.streams.known import doubt_changed
from gong_source.streams.leaving import take_private_away
from gong_source.streams.read_ahead import Emit, Within
from gong_source.streams.reader import JobFailed, Jobs, Reader, Window, hand_over_window
from gong_source.streams.set_aside import Place
from gong_source.streams.source_state import SourceState
from gong_source.streams.stream import Stream
from gong_source.streams.window_length import Held
from gong_source.streams.window_plan import WindowPlan, WindowRead, read_windows
from gong_source.tables.arrow import Shaped
from gong_source.warehouse.queries import Wanted, transcript_hashes, transcripts
from gong_source.warehouse.together import Later


class CallsReader(Reader):
    """Lists calls by windows, and asks for the transcripts that are wanted by id."""

    def __init__(
        self, stream: Stream, context: ReadContext, source_state: SourceState, *, emits: bool, with_transcripts: bool
    ) -> None:
        """Choose what to read.

        Args:
            stream: ``calls`` or ``calls_basic``: which endpoint lists, which table is asked for known calls.
            context: Shared by the run.
            source_state: What was read before.
            emits: Whether the calls themselves are loaded.
            with_transcripts: Whether their transcripts are.
        """
        self.names = (*([stream.name] if emits else []), *([TRANSCRIPTS] if with_transcripts else []))
        self.lanes = {stream.name: MOST_WINDOWS, TRANSCRIPTS: MOST_WINDOWS}
        self._stream = stream
        self._context = context
        self._source_state = source_state
        self._emits = emits
        self._with_transcripts = with_transcripts
        self._rows = CallRows(stream, context, emits)
        self._plan = WindowPlan({}, context.settings.chunk)
        self._queue: TranscriptQueue | None = None
        self._listing = 0
        self._reading = Within()
        self._lock = threading.Lock()
        self._failed_to_list = False
        self._reloads = False
        self._asks_all = False
        self._later: list[Wanted] = []
        self._again = RangeSet()
        self._stored = StoredCalls()
        self._there: Later[dict[str, datetime | None]] = dict
        self._hashes: Later[dict[str, int]] = dict
        self._sight = Sight(stream, context, source_state)
        self._jobs: Jobs | None = None

    def share(self, lane: str, width: int) -> int:
        """Transcripts get what listing leaves: after the last page of calls, the rate is to have something to do."""
        return max(1, width - self._reading.threads) if lane == TRANSCRIPTS else width

    @property
    def more(self) -> bool:
        """Whether windows are left to list."""
        return self._plan.left

    @property
    def ending(self) -> bool:
        """Whether all calls are listed."""
        return not self._listing

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self._source_state.of(TRANSCRIPTS).raw)

    def plan(self) -> None:
        """Plan what to list; calls that are there already need no listing for their transcripts."""
        to_list: dict[str, RangeSet] = {}
        gaps: dict[str, list[Range]] = {}
        rejected, name = self._context.rejected, self._stream.name
        for selection in self._context.workspaces():
            calls, company = self._source_state.of(self._stream.name), self._source_state.company
            missing = RangeSet()
            if self._with_transcripts:
                missing = self._context.missing(company, self._source_state.of(TRANSCRIPTS), selection)
            if self._with_transcripts and self._source_state.of(TRANSCRIPTS).asks_more:
                self._reloads = True
                to_list[selection] = missing | self._context.missing(company, calls, selection)
            elif self._emits:
                to_list[selection] = self._context.missing(company, calls, selection)
            else:
                to_list[selection] = missing - calls.settled(selection)
            listed = rejected.again(name, selection, to_list[selection])
            gaps[selection], stored = in_order(listed, missing)
            to_list[selection] = RangeSet(listed)
            self._stored.add(selection, stored)
        self._plan = WindowPlan(gaps, self._context.settings.chunk, self._context.newest_first)
        if self._with_transcripts:
            self._ask_for_transcripts(to_list)
        if self._emits:
            self._sight.plan(to_list)

    def begin(self, jobs: Jobs) -> None:
        """Learn what is there, and list."""
        self._jobs = jobs
        self._rows.loaded = self._sight.begin()
        if self._with_transcripts:
            self._open_queue()
        if self._plan.left:
            self._listing = MOST_WINDOWS
            for _ in range(MOST_WINDOWS):
                jobs.submit(self._stream.name, self._list_job)
        else:
            self._all_listed()

    def _ask_for_transcripts(self, to_list: dict[str, RangeSet]) -> None:
        """Ask which transcripts are there."""
        listed = [part for parts in to_list.values() for part in parts]
        if not self._context.only_new:
            self._again = asked_again(self._context, self._source_state, listed)
        whole = span([*listed, *self._stored.ranges, *self._again])
        if whole and not self._reloads and self._source_state.stands(self._context.streams[TRANSCRIPTS]):
            store, since = self._source_state.store, transcripts_since(self._context, self._source_state)
            self._there, self._hashes = transcripts(store, whole), transcript_hashes(store, since)

    def _open_queue(self) -> None:
        """Begin with what the destination and the ledger know."""
        settings = self._context.settings
        self._ledger.wait_longer(self._context.now, settings.transcript_patience, settings.lookback)
        given_up, masks = self._ledger.given_up(), self._context.masks()
        since = transcripts_since(self._context, self._source_state)
        self._queue = TranscriptQueue(self._submit_batch, self._there(), given_up, since, self._hashes(), masks)
        self._queue.ask_again(self._again)
        self._stored.look(self._source_state.store, self._stream.tables[0].name)
        if self._context.only_new:
            return
        self._asks_all = len(self._ledger.awaited()) <= MOST_RETRIES and not self._ledger.overflowed
        beyond = beyond_the_ledger(self._stream, self._ledger, self._context, self._source_state.store)
        self._later = self._ledger.awaited_now() + beyond
        if settings.include_private_calls:
            self._ask_awaited()

    def _submit_batch(self, batch: tuple[Wanted, ...]) -> None:
        assert self._jobs is not None, "begun before"
        assert self._queue is not None, "opened before"
        self._jobs.submit(TRANSCRIPTS, self._queue.job(self._context, batch))

    def _list_job(self, emit: Emit) -> None:
        owed = self._queue.owed if self._queue else None
        read_windows(self._plan, self._context, lambda: self.stopped or self._failed_to_list, self._read, emit, owed)
        with self._lock:
            self._listing -= 1
            last = not self._listing
        if last:
            if self._queue and not self._later:
                self._queue.flush()  # no more calls come to fill a batch
            emit(Listed())

    def _read(self, window: Window, emit: Emit) -> Held:
        """Runs in a reader's thread."""
        if self._stored.holds(window):
            assert self._queue is not None, "only transcripts are asked for without a listing"
            return self._stored.read(window, self._context.settings.chunk, self._queue.want)
        selector = content_selector(self._context.settings) if self._emits else None
        request, told = calls_request(self._stream, window, selector), str(window.range)
        pages = self._context.client.pages(self._stream.endpoint, window=told, keep_others=True, **request)
        place = Place(window.selection, window.range)
        chunk, hand = self._context.settings.chunk, partial(self._hand_over, emit)
        with self._reading:
            held = hand_over_window(
                pages, window, chunk, lambda page: self._rows.of(page.items, place, window.number), hand
            )
        self._context.rejected.check(self._stream)
        return held

    def _hand_over(self, emit: Emit, listed: CallsRead) -> None:
        """Hand calls over, and ask for their transcripts at once: the loader may be busy with a package."""
        emit(listed)
        if self._queue:
            self._queue.want(listed.calls, listed.window)

    def handle(self, event: object, load_id: str) -> list[Shaped]:
        """Rows of calls or transcripts, or a window to remember."""
        if isinstance(event, CallsRead):
            if event.private:
                self._drop_private(event.private)
            doubt_changed(self._source_state.store, self._stream, event.parts, self._rows.loaded)
            return event.parts
        if isinstance(event, TranscriptsRead):
            assert self._queue is not None, "only the queue asks for transcripts"
            patience = self._context.settings.transcript_patience
            parts = self._queue.answered(event, self._ledger, self._context.now, patience)
            doubt_changed(self._source_state.store, self._context.streams[TRANSCRIPTS], parts, self._queue.there)
            self._mark_transcripts(load_id)
            return parts
        if isinstance(event, WindowRead):
            self._plan.taken()
            self.chunks += event.found
            stored = self._stored.holds(event.window)
            self._count([event] if stored else self._sight.counted(event), load_id)
        elif isinstance(event, Listed):
            self._all_listed()
            self._mark_transcripts(load_id)
        return []

    def _count(self, windows: Iterable[WindowRead], load_id: str) -> None:
        """Remember windows that were read."""
        for read in windows:
            name, window = self._stream.name, read.window
            if self._emits and not self._stored.holds(window):
                self._source_state.mark_read(name, window.selection, window.range, load_id, read.read_at)
            elif not self._emits:
                self._context.rejected.was_read(name, Place(window.selection, window.range))
            if self._queue:
                self._queue.close_window(read)
        self._mark_transcripts(load_id)

    def _drop_private(self, call_ids: Iterable[str]) -> None:
        """A call that turned private leaves every table before its window is remembered."""
        ids = list(call_ids)
        take_private_away(self._source_state, self._context, ids)
        self._ledger.forget(ids)
        gone = set(ids)
        self._later = [wanted for wanted in self._later if wanted.call_id not in gone]

    def _all_listed(self) -> None:
        """What waited for the last window is asked for, in a batch that need not be full."""
        if self._queue and not self._queue.stopped:
            if not self._context.settings.include_private_calls:
                self._drop_private(private_among(self._context.client, [each.call_id for each in self._later]))
            self._ask_awaited()
            self._queue.flush()

    def _ask_awaited(self) -> None:
        assert self._queue is not None, "opened before"
        self._queue.want(self._later)
        self._later = []

    def _mark_transcripts(self, load_id: str) -> None:
        for read in self._queue.completed() if self._queue else ():
            self._source_state.mark_read(TRANSCRIPTS, read.window.selection, read.window.range, load_id, read.read_at)

    def finish(self, load_id: str) -> list[Shaped]:
        """The ledger keeps what a later run may list again."""
        self.settle(load_id)
        if self._emits:
            self._sight.tell_none()
        if self._queue:
            if self._asks_all and not self._queue.stopped and not self._failed_to_list:
                self._context.rejected.was_read(TRANSCRIPTS, Place())
            for selection in self._context.workspaces():
                self._ledger.prune(self._source_state.of(TRANSCRIPTS).settled(selection))
        return []

    def settle(self, load_id: str) -> list[Shaped]:
        """What was read without a call counts now."""
        self._count(self._sight.rest(), load_id)
        return []

    def fail(self, failed: JobFailed) -> tuple[str, ...]:
        """Calls go on without transcripts, and what was listed is still worth asking for without the rest.

        Where calls can't be listed, some transcripts are not read either.
        """
        if failed.lane == TRANSCRIPTS and self._emits and self._queue:
            self._queue.stopped = True
            return (TRANSCRIPTS,)
        if failed.lane == self._stream.name and self._queue:
            if not self._failed_to_list:
                self._failed_to_list = True
                self._queue.flush()
            return self.names
        self.stopped = True
        return self.names
