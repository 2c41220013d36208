"""Calls that webhooks brought, through the very shaping of the sync; their transcripts through the same ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from gong_source.ranges import Range, RangeSet, days_of, iso, parse_instant
from gong_source.streams.calls.event import ArrivedCall
from gong_source.streams.calls.ledger import EPOCH, Ledger
from gong_source.streams.calls.parts import call_started
from gong_source.streams.calls.rows import CallRows, CallsRead
from gong_source.streams.calls.transcripts import TranscriptQueue, TranscriptsRead
from gong_source.streams.context import MOST_WINDOWS, ReadContext
from gong_source.streams.known import doubt_changed
from gong_source.streams.leaving import take_private_away
from gong_source.streams.read_ahead import Emit
from gong_source.streams.reader import JobFailed, Jobs, Reader
from gong_source.streams.set_aside import Place
from gong_source.streams.source_state import SourceState
from gong_source.tables.arrow import Shaped
from gong_source.warehouse.queries import Wanted

AWAITED_EVERY = timedelta(hours=1)
"""How often transcripts that did not come are asked for again: an inbox may be loaded every minute."""

GIVEN_UP_KEPT = timedelta(days=90)
"""How long it is remembered, after a call, that it has no transcript."""


class ArrivedReader(Reader):
    """Hands over calls that are here already, and asks for their transcripts and for those still awaited."""

    def __init__(
        self,
        context: ReadContext,
        source_state: SourceState,
        calls: Sequence[ArrivedCall],
        there: dict[str, datetime | None] | None,
        on_package: Callable[[str], None],
    ) -> None:
        """Choose what to load.

        Args:
            context: Shared by the run.
            source_state: Its ledger tells which transcripts are awaited.
            calls: At most one of each id.
            there: Calls whose transcript is in the destination, with its start; None to ask for none.
            on_package: Called with the id of the package that carries the calls, before any row of them is handed over.
        """
        self.names = ("calls", *(["transcripts"] if there is not None else []))
        self.lanes = {"calls": 1, "transcripts": MOST_WINDOWS}
        self._context = context
        self._source_state = source_state
        self._calls = calls
        self._ids = {arrived.call_id for arrived in calls}
        self._there = there or {}
        self._on_package = on_package
        self._rows = CallRows(context.streams["calls"], context)
        self._unanswered: dict[str, Wanted] = {}
        self._queue: TranscriptQueue | None = None
        self._jobs: Jobs | None = None

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self._source_state.of("transcripts").raw)

    def begin(self, jobs: Jobs) -> None:
        """Shape the calls, and ask for what is awaited."""
        self._jobs = jobs
        if "transcripts" in self.names:
            settings = self._context.settings
            self._ledger.wait_longer(self._context.now, settings.transcript_patience, settings.lookback)
            self._queue = TranscriptQueue(
                self._submit, self._there, self._ledger.given_up(), question=self._context.masks()
            )
            self._want_awaited(self._queue)
        jobs.submit("calls", self._calls_job)

    def _submit(self, batch: tuple[Wanted, ...]) -> None:
        assert self._jobs is not None, "begun before"
        assert self._queue is not None, "opened before"
        self._jobs.submit("transcripts", self._queue.job(self._context, batch))

    def _want_awaited(self, queue: TranscriptQueue) -> None:
        raw = self._source_state.of("transcripts").raw
        last = raw.get("awaited_asked_at")
        if last is None or not parse_instant(last) <= self._context.now < parse_instant(last) + AWAITED_EVERY:
            raw["awaited_asked_at"] = iso(self._context.now)
            queue.want(self._ledger.awaited_now())

    def _calls_job(self, emit: Emit) -> None:
        parts = {arrived.call_id: arrived.parts for arrived in self._calls}
        emit(self._rows.of([arrived.call for arrived in self._calls], Place(), parts=parts))

    def handle(self, event: object, load_id: str) -> list[Shaped]:
        """Rows of the calls, or of transcripts."""
        if isinstance(event, CallsRead):
            self._on_package(load_id)
            self._delete_private(event.private)
            doubt_changed(self._source_state.store, self._context.streams["calls"], event.parts, self._ids)
            self._want(event.calls)
            return event.parts
        assert isinstance(event, TranscriptsRead), "a reader gets its own events"
        assert self._queue is not None, "only the queue asks for transcripts"
        for wanted in event.asked:
            self._unanswered.pop(wanted.call_id, None)
        patience = self._context.settings.transcript_patience
        parts = self._queue.answered(event, self._ledger, self._context.now, patience)
        doubt_changed(self._source_state.store, self._context.streams["transcripts"], parts, self._queue.there)
        return parts

    def _delete_private(self, ids: Sequence[str]) -> None:
        gone = (arrived.call["metaData"] for arrived in self._calls if arrived.call_id in ids)
        take_private_away(self._source_state, self._context, ids, days=days_of(map(call_started, gone)))

    def _want(self, calls: Sequence[Wanted]) -> None:
        if self._queue is None:
            return
        given_up = self._ledger.given_up()
        for wanted in calls:
            if wanted.call_id in self._there and self._there[wanted.call_id] == wanted.started:
                self._ledger.came(wanted.call_id)
            elif wanted.call_id not in given_up:
                self._unanswered[wanted.call_id] = wanted
        self._queue.want(calls)
        self._queue.flush()

    def fail(self, failed: JobFailed) -> tuple[str, ...]:
        """Calls are loaded without their transcripts; what could not be asked for is awaited."""
        if failed.lane == "transcripts" and self._queue is not None:
            self._queue.stopped = True
            return ("transcripts",)
        self.stopped = True
        return self.names

    def finish(self, load_id: str) -> list[Shaped]:
        """What could not be asked for is awaited like what did not come."""
        if self._queue is not None:
            now, patience = self._context.now, self._context.settings.transcript_patience
            for wanted in self._unanswered.values():
                self._ledger.missing(wanted, now, patience)
            self._ledger.prune(RangeSet([Range(EPOCH, now - patience - GIVEN_UP_KEPT)]))
        return []
