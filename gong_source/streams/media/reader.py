"""Which recordings are wanted is read window by window; each is downloaded once, side by side with others."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack

from gong_source.api import Page
from gong_source.api.endpoints import BATCH, CALLS_EXTENSIVE
from gong_source.errors import GongConfigError, GongError, GongPlannedStop
from gong_source.ranges import Range, RangeSet
from gong_source.streams.calls.listing import calls_request, instant_of, span
from gong_source.streams.calls.parts import call_started, is_private
from gong_source.streams.calls.rows import call_fault
from gong_source.streams.calls.sight import is_blind
from gong_source.streams.context import MOST_WINDOWS, ReadContext
from gong_source.streams.media.events import Addresses, AllListed, Fetched, PageListed
from gong_source.streams.media.failures import Failures
from gong_source.streams.media.fetch import Recordings, not_had
from gong_source.streams.media.stored import Stored
from gong_source.streams.media.windows import OpenWindows
from gong_source.streams.read_ahead import Emit
from gong_source.streams.reader import JobFailed, Jobs, Reader, Window, hand_over_window
from gong_source.streams.set_aside import Place
from gong_source.streams.source_state import SourceState
from gong_source.streams.stream import Stream
from gong_source.streams.window_length import Held
from gong_source.streams.window_plan import WindowPlan, WindowRead, read_windows
from gong_source.tables.arrow import Shaped, as_text


class MediaReader(Reader):
    """Lists calls, asks for the addresses of what is not there, a hundred at a time, and downloads side by side.

    Addresses are valid for hours only, so no more of them are asked for than are downloaded soon. A window counts as
    read once all its recordings are there.
    """

    def __init__(
        self, stream: Stream, context: ReadContext, source_state: SourceState, again: Range | None = None
    ) -> None:
        """Choose what to read.

        Args:
            stream: The one that loads recordings.
            context: Shared by the run.
            source_state: What was read before.
            again: A range to read whether or not it is settled, in place of what is not.
        """
        self.names = (stream.name,)
        self.lanes = {stream.name: MOST_WINDOWS, "addresses": 1, "media": context.settings.media_parallel}
        self.unpaced = frozenset({"media"})
        self._stream = stream
        self._context = context
        self._source_state = source_state
        self._again = again
        self._plan = WindowPlan({}, context.settings.chunk)
        self._held = ExitStack()
        self._waiting: deque[str] = deque()
        self._windows = OpenWindows()
        self._done: list[WindowRead] = []
        self._at: dict[str, Range] = {}
        self._failures = Failures()
        self._listing = self._in_flight = 0

    @property
    def more(self) -> bool:
        """Whether windows are left to read."""
        return self._plan.left

    def begin(self, jobs: Jobs) -> None:
        """See what is there, and plan the windows.

        Raises:
            GongConfigError: No folder is configured, and the stream was asked for by name.
        """
        if not self._context.settings.media_folder:
            self._without_folder()
            return
        self._jobs = jobs
        self._recordings = Recordings(self._stream, self._context)
        self._held.callback(self._recordings.close)
        self._stored = Stored(self._stream, self._context, self._source_state, self._recordings)
        lost = self._stored.look()
        state, company = self._source_state.of(self._stream.name), self._source_state.company
        wanted = {each: self._context.missing(company, state, each) for each in self._context.workspaces()}
        if self._again is not None:
            wanted = dict.fromkeys(wanted, RangeSet([self._again]))
        wanted = {
            each: RangeSet(self._context.rejected.again(self._stream.name, each, missing))
            for each, missing in wanted.items()
        }
        if (asked := self._context.asked(company)) is not None:
            self._at = dict.fromkeys(lost, asked)  # no other is known
        self._plan = WindowPlan(wanted, self._context.settings.chunk, self._context.newest_first)
        if self._plan.left:
            self._listing = MOST_WINDOWS
            for _ in range(MOST_WINDOWS):
                jobs.submit(self._stream.name, self._list_job)
        if not self._context.only_new:
            self._want(lost, 0)
        self._ask()

    def _without_folder(self) -> None:
        error = GongConfigError(
            f"{self._stream.name} needs a folder or bucket to download to: set sources.gong.media_folder."
        )
        if self._stream.name not in self._context.optional:
            raise error
        self._context.notices.setdefault(self._stream.name, error)
        self.stopped = True

    def _list_job(self, emit: Emit) -> None:
        try:
            read_windows(self._plan, self._context, lambda: self.stopped, self._read, emit, self._owed)
        finally:
            emit(AllListed())

    def _owed(self) -> int:
        """Runs in a reader's thread: the requests for addresses of what was listed."""
        return math.ceil(self._windows.left / BATCH)

    def fail(self, failed: JobFailed) -> tuple[str, ...]:
        """Stop; but what was begun when a bound was reached is finished."""
        self.stopped = self.stopped or not isinstance(failed.error, GongPlannedStop)
        return self.names

    def _read(self, window: Window, emit: Emit) -> Held:
        """Runs in a reader's thread."""
        request, told = calls_request(self._stream, window), str(window.range)
        pages = self._context.client.pages(CALLS_EXTENSIVE, window=told, keep_others=True, **request)
        chunk = self._context.settings.chunk
        held = hand_over_window(pages, window, chunk, lambda page: self._listed(page, window), emit)
        self._context.rejected.check(self._stream)
        return held

    def _listed(self, page: Page, window: Window) -> PageListed:
        wanted: dict[str, Range] = {}
        private: list[str] = []
        place = Place(window.selection, window.range)
        for call in self._context.rejected.sifted(self._stream, page.items, place, call_fault):
            basic = call["metaData"]
            self._context.sees_calls = True
            if is_private(basic) and not self._context.settings.include_private_calls:
                private.append(as_text(basic["id"]))
            else:
                wanted[as_text(basic["id"])] = instant_of(call_started(basic)) or window.range
        return PageListed(window, wanted, tuple(private))

    def handle(self, event: object, load_id: str) -> list[Shaped]:
        """Further jobs, rows of what was downloaded, or a window to remember."""
        parts: list[Shaped] = []
        if isinstance(event, PageListed):
            self._stored.take_private_away(event.private, self._windows.calls)
            self._at |= event.wanted
            self._want(event.wanted, event.window.number)
        elif isinstance(event, WindowRead):
            self._close(self._windows.listed(event), load_id)
        elif isinstance(event, AllListed):
            self._listing -= 1
        elif isinstance(event, Addresses):
            self._fetch_all(event, load_id)
        else:
            assert isinstance(event, Fetched), "a reader gets its own events"
            parts = event.parts
            self._fetched(event, load_id)
        self._ask()
        return parts

    def _want(self, call_ids: Iterable[str], window: int) -> None:
        """Note calls that a window needs; each is asked about once in a run."""
        for call_id in call_ids:
            if self._stored.is_purged(call_id) or self._stored.kinds(call_id).issuperset(self._recordings.kinds):
                continue
            if self._windows.want(call_id, window):
                self._waiting.append(call_id)

    def _ask(self) -> None:
        """Ask for further addresses, once few are left to download."""
        while self._waiting and self._in_flight < BATCH and (len(self._waiting) >= BATCH or not self._listing):
            batch = tuple(self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting))))
            self._in_flight += len(batch)
            self._jobs.submit("addresses", self._addresses_job(batch))

    def _addresses_job(self, batch: tuple[str, ...]) -> Callable[[Emit], None]:
        place = self._place(batch)

        def job(emit: Emit) -> None:
            found, odd = self._recordings.addresses(batch)
            for each in odd:
                self._context.rejected.add(self._stream, place, each.record, each.reason, each.call_id)
            self._context.rejected.check(self._stream)
            emit(Addresses(batch, found, bool(odd)))

        return job

    def _place(self, call_ids: Iterable[str]) -> Place:
        return Place(range=span(self._at[call_id] for call_id in call_ids if call_id in self._at))

    def _fetch_all(self, event: Addresses, load_id: str) -> None:
        for call_id in event.asked:
            there = self._stored.kinds(call_id)
            urls = {kind: url for kind, url in event.found.get(call_id, {}).items() if kind not in there}
            if urls:
                self._jobs.submit("media", self._fetch_job(call_id, urls))
                continue
            if event.odd and call_id not in event.found:  # it may be what is odd: asked for again by the next run
                self._windows.give_up(call_id)
            self._fetched(Fetched(call_id, []), load_id)

    def _fetch_job(self, call_id: str, urls: Mapping[str, str]) -> Callable[[Emit], None]:
        def job(emit: Emit) -> None:
            if error := self._failures.last_of_many:
                emit(Fetched(call_id, [], error))
                return
            fetched = self._recordings.fetch_all(call_id, urls, self._stored.is_purged)
            self._failures.fetched(fetched)
            emit(fetched)

        return job

    def _fetched(self, event: Fetched, load_id: str) -> None:
        self._in_flight -= 1
        if event.reason:  # what is gone is so for this recording alone: it tells nothing of the host
            place, record = self._place([event.call_id]), {"id": event.call_id}
            excused = not event.is_odd
            self._context.rejected.add(self._stream, place, record, event.reason, event.call_id, excused=excused)
        elif event.parts:
            self._context.rejected.loaded(self._stream.name, {event.call_id})
        if event.error and not event.is_odd:
            self._windows.give_up(event.call_id)
        settled = self._failures.note(event)
        if not self.stopped:
            self._mind_failures()
        for call_id in settled:
            self._close(self._windows.done_with(call_id), load_id)

    def _mind_failures(self) -> None:
        """Stop where so much can't be had that it is no accident."""
        try:
            self._failures.check()
            self._context.rejected.check(self._stream)
        except GongError as error:
            self.stopped = True
            self._plan.close()
            self._context.fail(self.names, error)

    def _close(self, windows: Iterable[WindowRead], load_id: str) -> None:
        """Remember windows all of whose recordings are there."""
        for read in windows:
            self._plan.taken()
            self.chunks += read.found
            if not self._windows.lacks(read):
                self._done.append(read)
        if not is_blind(self._context, self._source_state):
            self._mark_read(load_id)

    def _mark_read(self, load_id: str, settled: bool = True) -> None:
        for read in self._done:
            window, read_at = read.window, read.read_at if settled else read.window.range.start
            self._source_state.mark_read(self._stream.name, window.selection, window.range, load_id, read_at)
        self._done = []

    def finish(self, load_id: str) -> list[Shaped]:
        """Nothing more to hand over.

        Raises:
            GongRequestError: Some recordings could not be had; their windows are read again by the next run.
        """
        for call_id in self._failures.believed():
            self._close(self._windows.done_with(call_id), load_id)
        self._mark_read(load_id, settled=not is_blind(self._context, self._source_state))
        if self._failures.errors:
            raise not_had(self._failures.errors)
        self._recordings.forget_parts()
        return []

    def close(self) -> None:
        """Leave the parts of files to whoever goes on with them."""
        self._held.close()
