"""Calls and their transcripts: the windows of calls are listed once and serve both."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import dlt

from gong_source.api.endpoints import CALLS_EXTENSIVE, LIST_CALLS, Endpoint
from gong_source.errors import GongProtocolError
from gong_source.ranges import Range, RangeSet, iso
from gong_source.streams.calls.parts import call_started, is_private, remove_calls, shape_calls
from gong_source.streams.calls.selector import content_selector
from gong_source.streams.calls.transcripts import (
    TranscriptDesk,
    TranscriptsRead,
    awaited_now,
    batch_job,
    span,
)
from gong_source.streams.calls.unchanged import changed_hashes
from gong_source.streams.context import EVERYTHING, ReadContext
from gong_source.streams.feed import MOST_WINDOWS, Feed, Window, WindowRead, hand_over
from gong_source.streams.read_ahead import Emit, Failed
from gong_source.streams.state import SourceState
from gong_source.tables import CALLS, CALLS_BASIC
from gong_source.tables.arrow import JsonDict, Shaped, as_text, shape
from gong_source.warehouse.store import Store
from gong_source.warehouse.stored import Wanted, call_hashes, calls_without_transcript, transcripts


@dataclass(frozen=True)
class CallsRead:
    """Event: a page of calls.

    Attributes:
        window: Number of the window it belongs to.
        calls: Calls that are new in this run.
        parts: Their rows.
    """

    window: int
    calls: list[Wanted]
    parts: list[Shaped]


class CallFeed(Feed):
    """Lists calls by windows, and asks for the transcripts that are wanted by id."""

    def __init__(self, context: ReadContext, resource: str, *, calls: bool, transcripts: bool) -> None:
        """Choose what to read.

        Args:
            context: Shared by the run.
            resource: ``calls`` or ``calls_basic``: which endpoint lists, which table is asked for known calls.
            calls: Whether the calls themselves are loaded.
            transcripts: Whether their transcripts are.
        """
        super().__init__(context)
        self._resource = resource
        self._table = CALLS if resource == "calls" else CALLS_BASIC
        self._endpoint = CALLS_EXTENSIVE if resource == "calls" else LIST_CALLS
        self._emits_calls = calls
        self._emits_transcripts = transcripts
        self._seen: set[str] = set()
        self._seen_lock = threading.Lock()
        self._loaded: dict[str, int] = {}
        self._desk: TranscriptDesk | None = None
        self._chunked_by = resource if calls else "transcripts"
        self._to_list = 0

    def _lanes(self) -> dict[str, tuple[int, Callable[[], int]]]:
        return {"calls": (MOST_WINDOWS, self.width), "transcripts": (MOST_WINDOWS, self.width)}

    def _start(self, state: SourceState) -> None:
        asked = self.context.asked(state)
        wanted = RangeSet([asked] if asked else [])
        listed: list[Window] = []
        stored: list[Window] = []
        for selection in self.context.selections():
            calls_settled = state.settled(self._resource, selection)
            missing = wanted - state.settled("transcripts", selection)
            to_list = wanted - calls_settled if self._emits_calls else missing - calls_settled
            listed += self.windows(selection, to_list)
            stored += self.windows(selection, missing - to_list) if self._emits_transcripts else []
        if self._emits_transcripts:
            self._open_desk(state, listed, stored)
        if self._emits_calls and self._table is CALLS:
            self._look_at_calls(state, listed)
        self._to_list = len(listed)
        self._windows_left = len(listed) + (0 if self._emits_calls else len(stored))
        for number, window in enumerate(listed):
            self.submit("calls", self._window_job(number, window))
        self._flush_when_listed()

    def _open_desk(self, state: SourceState, listed: list[Window], stored: list[Window]) -> None:
        """Start with what the destination and the ledger know; calls that are there already need no listing."""
        store = Store(dlt.current.pipeline())
        whole = span(window.range for window in (*listed, *stored))
        there = transcripts(store, whole) if whole else {}
        self._desk = TranscriptDesk(
            lambda batch: self.submit("transcripts", batch_job(self.context.client, batch)),
            there,
            state.without_transcript(),
        )
        self._desk.want(awaited_now(state))
        for number, window in enumerate(stored, start=len(listed)):
            workspace = None if window.selection == EVERYTHING else window.selection
            self._desk.want(calls_without_transcript(store, self._table.name, window.range, workspace), number)
            self._desk.close_window(WindowRead(window, self.context.now, number))

    def _look_at_calls(self, state: SourceState, listed: list[Window]) -> None:
        """Learn which calls the destination holds of what is read again."""
        covered = {window: state.covered(self._resource, window.selection) for window in listed}
        again = span(part for window, there in covered.items() for part in there & RangeSet([window.range]))
        self._loaded = call_hashes(Store(dlt.current.pipeline()), again) if again else {}

    def _window_job(self, number: int, window: Window) -> Callable[[Emit], None]:
        client, request = self.context.client, self._request(window)

        def job(emit: Emit) -> None:
            read_at = self.context.clock()
            pages = client.pages(self._endpoint, window=str(window.range), **request)
            hand_over(pages, lambda page: self._shape(number, page.records, window.range), emit)
            emit(WindowRead(window, read_at, number))

        return job

    def _request(self, window: Window) -> dict[str, Any]:
        """Query for GET calls, body for POST calls/extensive; a call's parts only where calls are loaded."""
        limits = {"fromDateTime": iso(window.range.start), "toDateTime": iso(window.range.end)}
        if window.selection != EVERYTHING:
            limits["workspaceId"] = window.selection
        if self._endpoint is LIST_CALLS:
            return {"params": limits}
        selector = content_selector(self.context.settings) if self._emits_calls else None
        return {"body": {"filter": limits, **({"contentSelector": selector} if selector else {})}}

    def _shape(self, number: int, records: list[JsonDict], window: Range) -> CallsRead:
        """Runs in a reader's thread: rows of the calls of a page that were not seen before in this run."""
        calls = records if self._endpoint is CALLS_EXTENSIVE else [{"metaData": record} for record in records]
        fresh: list[tuple[str, JsonDict]] = []
        with self._seen_lock:
            for call in calls:
                call_id = _id_of(call, self._endpoint, window)
                if call_id not in self._seen:
                    self._seen.add(call_id)
                    fresh.append((call_id, call))
        keeps_private = self.context.settings.include_private_calls
        kept = [(key, call) for key, call in fresh if keeps_private or not is_private(call["metaData"])]
        dropped = [key for key, call in fresh if not keeps_private and is_private(call["metaData"])]
        self.context.private_calls.update(dropped)
        parts = remove_calls(dropped, self._table)
        ids, objects = [key for key, _ in kept], [call for _, call in kept]
        if kept and self._emits_calls:
            parts = [*self._rows(objects, ids), *parts]
        return CallsRead(number, [Wanted(key, call_started(call["metaData"])) for key, call in kept], parts)

    def _rows(self, calls: list[JsonDict], ids: list[str]) -> list[Shaped]:
        """Rows of calls, but for those that a look-back finds as they were loaded."""
        if self._table is not CALLS:
            return [shape(CALLS_BASIC, calls, {})]
        settings = self.context.settings
        hashes = changed_hashes(calls, ids, self._loaded, self.context.now - settings.lookback)
        changed = [call for key, call in zip(ids, calls, strict=True) if key in hashes]
        return shape_calls(changed, list(hashes), settings.call_parts or (), list(hashes.values())) if changed else []

    def _handle(self, event: object, state: SourceState) -> list[Shaped]:
        if isinstance(event, CallsRead):
            if self._desk:
                self._desk.want(event.calls, event.window)
            if event.parts and not self.context.settings.include_private_calls:
                state.forget_calls(self.context.private_calls)
            return event.parts
        if isinstance(event, TranscriptsRead):
            assert self._desk is not None, "only the desk asks for transcripts"
            self._desk.answered(event, state, self.context.now, self.context.settings.transcript_patience)
            self._mark_transcripts(state)
            return event.parts
        assert isinstance(event, WindowRead)
        self._to_list -= 1
        if self._emits_calls:
            self._mark(self._resource, event, state)
        if self._desk:
            self._desk.close_window(event)
            self._flush_when_listed()
            self._mark_transcripts(state)
        return []

    def _flush_when_listed(self) -> None:
        """After the last window no more calls come to fill a batch."""
        if self._desk and not self._to_list:
            self._desk.flush()

    def _mark_transcripts(self, state: SourceState) -> None:
        for read in self._desk.completed() if self._desk else ():
            self._mark("transcripts", read, state)

    def _mark(self, resource: str, read: WindowRead, state: SourceState) -> None:
        window = read.window
        if resource == self._chunked_by:
            self._windows_left -= 1
        state.mark_read(resource, window.selection, window.range, read.read_at, self.context.settings.lookback)

    def _finish(self, state: SourceState) -> None:
        if self._desk:
            self._mark_transcripts(state)
            for selection in self.context.selections():
                state.prune_given_up(state.settled("transcripts", selection))

    def _on_failure(self, failed: Failed) -> None:
        resources = ["transcripts"] if failed.lane == "transcripts" else [self._resource]
        self.drop(failed.lane)
        if failed.lane == "calls":
            self._to_list = self._windows_left = 0
            if not self._emits_calls:
                resources = ["transcripts"]
            elif self._desk:
                self._desk.flush()  # what was listed is still worth asking for
        elif self._desk:
            self._desk.stopped = True
        self.context.fail(resources, failed.error)


def _id_of(call: JsonDict, endpoint: Endpoint, window: Range) -> str:
    basic = call.get("metaData")
    call_id = basic.get("id") if isinstance(basic, dict) else None
    if call_id is None or call_id == "":
        raise GongProtocolError("a call came without an id", endpoint=endpoint.name, window=str(window))
    return as_text(call_id)


def call_feeds(context: ReadContext, selected: set[str]) -> Iterator[CallFeed]:
    """The feeds that the selected resources need; calls are listed once for calls and transcripts together.

    Args:
        context: Shared by the run.
        selected: Names of the selected resources.
    """
    basic, calls, transcripts = (name in selected for name in ("calls_basic", "calls", "transcripts"))
    if calls or (transcripts and not basic):
        yield CallFeed(context, "calls", calls=calls, transcripts=transcripts)
    if basic:
        yield CallFeed(context, "calls_basic", calls=True, transcripts=transcripts and not calls)
