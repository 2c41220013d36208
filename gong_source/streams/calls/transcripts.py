"""Which transcripts to ask for, in full batches, and which windows are complete thereby."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyarrow as pa

from gong_source.api import GongClient
from gong_source.api.endpoints import BATCH, TRANSCRIPTS
from gong_source.ranges import Range
from gong_source.streams.calls.transcript_columns import SENTENCE_COUNT, decode_transcripts, shape_columns
from gong_source.streams.calls.transcript_rows import sentence_count, shape_transcripts
from gong_source.streams.feed import WindowRead
from gong_source.streams.read_ahead import Emit
from gong_source.streams.state import SourceState
from gong_source.tables.arrow import JsonDict, Shaped
from gong_source.warehouse.stored import Wanted

MOST_RETRIES = 10 * BATCH
"""Awaited transcripts asked for again in one run; a longer ledger is asked in turn over several runs."""


@dataclass(frozen=True)
class TranscriptsRead:
    """Event: a batch was answered.

    Attributes:
        asked: The calls it was asked for.
        came: Ids of the calls whose transcript came.
        parts: Their rows.
    """

    asked: tuple[Wanted, ...]
    came: frozenset[str]
    parts: list[Shaped] = field(hash=False)


def batch_job(client: GongClient, batch: tuple[Wanted, ...]) -> Callable[[Emit], None]:
    """A job that asks for one batch by call id; an answer with no sentence counts as not there yet.

    Args:
        client: Where to ask.
        batch: At most 100 calls.
    """
    return lambda emit: emit(_ask(client, batch))


def _ask(client: GongClient, batch: tuple[Wanted, ...]) -> TranscriptsRead:
    ids = [wanted.call_id for wanted in batch]
    known = set(ids)
    body, window = {"filter": {"callIds": ids}}, f"{len(ids)} call ids"
    items: dict[str, JsonDict] = {}
    for page in client.pages(TRANSCRIPTS, body=body, window=window, decode=decode_transcripts):
        items.update(
            (item["callId"], item) for item in page.records if item.get("callId") in known and _has_words(item)
        )
    return TranscriptsRead(batch, frozenset(items), _rows(items, {w.call_id: w.started for w in batch}))


def _has_words(item: JsonDict) -> bool:
    return bool(item[SENTENCE_COUNT] if _is_columns(item) else sentence_count(item))


def _is_columns(item: JsonDict) -> bool:
    return isinstance(item.get("transcript"), pa.Array)


def _rows(items: dict[str, JsonDict], started: dict[str, datetime | None]) -> list[Shaped]:
    """Rows of all; a page with anything undocumented came as objects."""
    columns = [item for item in items.values() if _is_columns(item)]
    objects = [item for item in items.values() if not _is_columns(item)]
    return [
        *(shape_columns(columns, started) if columns else ()),
        *(shape_transcripts(objects, started) if objects else ()),
    ]


class TranscriptDesk:
    """Collects wanted transcripts into batches and knows which windows still wait for some.

    A window is read for the transcripts once every call listed in it was answered for or is in the ledger.
    """

    def __init__(
        self, submit: Callable[[tuple[Wanted, ...]], None], there: dict[str, datetime | None], given_up: set[str]
    ) -> None:
        """Begin with what is known.

        Args:
            submit: Takes each full batch.
            there: Calls whose transcript the destination holds, with the start it was stored with.
            given_up: Calls known to have none.
        """
        self._submit = submit
        self._there = there
        self._given_up = given_up
        self._asked: set[str] = set()
        self._batch: list[Wanted] = []
        self._open: dict[int, set[str]] = {}
        self._closed: dict[int, WindowRead] = {}
        self.stopped = False

    def want(self, calls: Iterable[Wanted], window: int | None = None) -> None:
        """Ask for the transcripts of calls, once each and only where they are not there.

        Args:
            calls: Calls that were listed.
            window: Number of the window they were listed in, or None.
        """
        if window is not None:
            self._open.setdefault(window, set())
        for call in calls:
            if self._needless(call):
                continue
            self._asked.add(call.call_id)
            self._batch.append(call)
            if window is not None:
                self._open[window].add(call.call_id)
            if len(self._batch) == BATCH:
                self.flush()

    def flush(self) -> None:
        """Ask for what is left, in a batch that is not full."""
        if self._batch and not self.stopped:
            self._submit(tuple(self._batch))
        self._batch = []

    def close_window(self, read: WindowRead) -> None:
        """Note that no more calls of a window will come.

        Args:
            read: What was read when.
        """
        self._closed[read.number] = read
        self._open.setdefault(read.number, set())

    def answered(self, event: TranscriptsRead, state: SourceState, now: datetime, patience: timedelta) -> None:
        """Take an answer: what came, and what is still awaited.

        Args:
            event: The answer.
            state: Keeps the ledger.
            now: The current time.
            patience: How long a transcript is awaited.
        """
        for wanted in event.asked:
            if wanted.call_id in event.came:
                state.transcript_came(wanted.call_id)
            else:
                state.transcript_missing(wanted, now, patience)
            for waiting in self._open.values():
                waiting.discard(wanted.call_id)

    def completed(self) -> list[WindowRead]:
        """Windows that became complete since the last time."""
        if self.stopped:
            return []
        ready = [window for window in self._closed if not self._open[window]]
        for window in ready:
            del self._open[window]
        return [self._closed.pop(window) for window in ready]

    def _needless(self, call: Wanted) -> bool:
        if call.call_id in self._asked or call.call_id in self._given_up:
            return True
        return call.call_id in self._there and self._there[call.call_id] == call.started


def awaited_now(state: SourceState) -> list[Wanted]:
    """Awaited transcripts to ask for in this run.

    Args:
        state: Keeps the ledger.
    """
    return state.awaited()[:MOST_RETRIES]


def span(ranges: Iterable[Range]) -> Range | None:
    """The shortest range that holds all of these.

    Args:
        ranges: Any ranges.
    """
    found = list(ranges)
    return Range(min(r.start for r in found), max(r.end for r in found)) if found else None
