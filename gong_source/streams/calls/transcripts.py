"""Which transcripts to ask for, in full batches, and which windows are complete thereby."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from gong_source.api.endpoints import BATCH, TRANSCRIPTS
from gong_source.ranges import UTC, Range, RangeSet
from gong_source.streams.calls.ledger import Ledger
from gong_source.streams.calls.transcript_columns import SENTENCE_COUNT, decode_transcripts, shape_columns
from gong_source.streams.calls.transcript_hash import changed_transcripts
from gong_source.streams.calls.transcript_rows import (
    has_transcript,
    sentence_count,
    shape_transcripts,
    transcript_fault,
)
from gong_source.streams.context import ReadContext
from gong_source.streams.faults import Fault, not_asked
from gong_source.streams.question import Question
from gong_source.streams.read_ahead import Emit
from gong_source.streams.set_aside import Place
from gong_source.streams.window_plan import WindowRead
from gong_source.tables.arrow import JsonDict, Shaped, as_text
from gong_source.tables.others import TRANSCRIPT_SENTENCES
from gong_source.tables.others import TRANSCRIPTS as TRANSCRIPTS_TABLE
from gong_source.tables.records import remove_records
from gong_source.warehouse.queries import Wanted

TABLES = (TRANSCRIPTS_TABLE, TRANSCRIPT_SENTENCES)

LAST = datetime.max.replace(tzinfo=UTC) - timedelta(microseconds=1)
"""The last start of a call that a range can end after."""


@dataclass(frozen=True)
class TranscriptsRead:
    """Event: a batch was answered.

    Attributes:
        asked: The calls it was asked for.
        came: Ids of the calls whose transcript came.
        parts: Their rows.
        odd: Whether something was set aside, which may be what did not come.
    """

    asked: tuple[Wanted, ...]
    came: frozenset[str]
    parts: list[Shaped] = field(hash=False)
    odd: bool = False


def ask(
    context: ReadContext,
    batch: Sequence[Wanted],
    known: Mapping[str, int],
    question: Question,
    there: Container[str] = (),
) -> TranscriptsRead:
    """Ask for one batch by call id; an answer with no sentence counts as not there.

    What does not tell which of the calls it is of, or not what was said, is set aside, for the range from the first
    call of the batch to the last.

    Args:
        context: Where to ask, and to set aside.
        batch: At most 100 calls.
        known: Content hashes of what the destination holds; what is the same brings no rows.
        question: What decides how the rows look.
        there: Calls whose transcript the destination holds; of others no list at all is no transcript yet.
    """
    started = {wanted.call_id: wanted.started for wanted in batch}
    body, window = {"filter": {"callIds": list(started)}}, f"{len(started)} call ids"
    items: dict[str, JsonDict] = {}
    odd = False
    stream, place, fault = context.streams["transcripts"], Place(range=_span(batch)), _fault(started, there)
    pages = context.client.pages(TRANSCRIPTS, body=body, window=window, decode=decode_transcripts, keep_others=True)
    for page in pages:
        told = [_told(item, fault) for item in page.items]
        fit = context.rejected.sifted(stream, told, place, fault, "callId")
        odd = odd or len(fit) < len(told)
        items.update({as_text(item["callId"]): item for item in fit if _has_words(item)})
    items = {call_id: {**item, "callId": call_id} for call_id, item in items.items()}
    context.rejected.loaded(stream.name, items.keys())
    context.rejected.check(stream)
    return TranscriptsRead(tuple(batch), frozenset(items), _rows(items, started, known, question), odd)


def _fault(started: Mapping[str, datetime | None], there: Container[str]) -> Fault:
    strange = not_asked("callId", started)

    def lost(item: JsonDict) -> str:
        gone = as_text(item["callId"]) in there and not has_transcript(item)
        return "it came without its transcript, which was there before" if gone else ""

    return lambda item: transcript_fault(item) or strange(item) or lost(item)


def _span(batch: Sequence[Wanted]) -> Range | None:
    times = [min(wanted.started, LAST) for wanted in batch if wanted.started is not None]
    return Range(min(times), max(times) + timedelta(microseconds=1)) if times else None


def _told(item: Any, fault: Fault) -> Any:
    """The item; as plain JSON where it came as columns and can't be loaded."""
    if isinstance(item, dict) and _is_columns(item) and fault(item):
        return {"callId": item.get("callId"), "transcript": item["transcript"][0].as_py()}
    return item


def _has_words(item: JsonDict) -> bool:
    return bool(item[SENTENCE_COUNT] if _is_columns(item) else sentence_count(item))


def _is_columns(item: JsonDict) -> bool:
    return isinstance(item.get("transcript"), pa.Array)


def _rows(
    items: Mapping[str, JsonDict],
    started: Mapping[str, datetime | None],
    known: Mapping[str, int],
    question: Question,
) -> list[Shaped]:
    """Rows of what is new or changed; a page with anything undocumented came as objects."""
    columns = [item for item in items.values() if _is_columns(item)]
    objects = [item for item in items.values() if not _is_columns(item)]
    return [
        *(changed_transcripts(shape_columns(columns, started), known, question) if columns else ()),
        *(changed_transcripts(shape_transcripts(objects, started), known, question) if objects else ()),
    ]


class TranscriptQueue:
    """Collects wanted transcripts into batches and knows which windows still wait for some. For several threads.

    A window is read for the transcripts once every call listed in it was answered for or is in the ledger.
    """

    def __init__(
        self,
        submit: Callable[[tuple[Wanted, ...]], None],
        there: Mapping[str, datetime | None],
        given_up: set[str],
        again: datetime | None = None,
        hashes: Mapping[str, int] | None = None,
        question: Question | None = None,
    ) -> None:
        """Begin with what is known.

        Args:
            submit: Takes each full batch.
            there: Calls whose transcript the destination holds, with the start it was stored with.
            given_up: Calls known to have none.
            again: Transcripts of calls since then are asked for although they are there, as they may have been edited.
            hashes: Of the transcripts that are there.
            question: What decides how the rows look.
        """
        self._again = again
        self._hashes = hashes or {}
        self._question = question or {}
        self._submit = submit
        self.there = there
        self._given_up = given_up
        self._asked: set[str] = set()
        self._unlisted: set[str] = set()
        self._batch: list[Wanted] = []
        self._open: dict[int, set[str]] = {}
        self._closed: dict[int, WindowRead] = {}
        self._lock = threading.RLock()
        self.stopped = False

    def want(self, calls: Iterable[Wanted], window: int | None = None) -> None:
        """Ask for the transcripts of calls, once each and only where they are not there.

        Args:
            calls: Calls that were listed.
            window: Number of the window they were listed in, or None.
        """
        with self._lock:
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

    def ask_again(self, times: RangeSet) -> None:
        """Ask for transcripts that are there, of calls that are not listed: they may have been edited.

        Gong may have deleted such a call since, so one that does not come stays.

        Args:
            times: By the start of the call.
        """
        found = [Wanted(call_id, started) for call_id, started in self.there.items() if started and started in times]
        self._unlisted = {wanted.call_id for wanted in found}
        self.want(found)

    def job(self, context: ReadContext, batch: tuple[Wanted, ...]) -> Callable[[Emit], None]:
        """A job that asks for one batch.

        Args:
            context: Where to ask, and to set aside.
            batch: At most 100 calls.
        """
        return lambda emit: emit(ask(context, batch, self._hashes, self._question, self.there))

    def flush(self) -> None:
        """Ask for what is left, in a batch that is not full."""
        with self._lock:
            if self._batch and not self.stopped:
                self._submit(tuple(self._batch))
            self._batch = []

    def close_window(self, read: WindowRead) -> None:
        """Note that no more calls of a window will come.

        Args:
            read: What was read when.
        """
        with self._lock:
            self._closed[read.window.number] = read
            self._open.setdefault(read.window.number, set())

    def answered(self, event: TranscriptsRead, ledger: Ledger, now: datetime, patience: timedelta) -> list[Shaped]:
        """Take an answer: what came, and what is still awaited.

        Args:
            event: The answer.
            ledger: Keeps what is awaited.
            now: The current time.
            patience: How long a transcript is awaited.

        Returns:
            Its rows, and removals for transcripts that were there and are not shown any more.
        """
        patience = timedelta.max if event.odd else patience  # it may be there: it is not given up
        for wanted in event.asked:
            if wanted.call_id in event.came:
                ledger.came(wanted.call_id)
            elif wanted.call_id not in self._unlisted:
                ledger.missing(wanted, now, patience)
        ids = [wanted.call_id for wanted in event.asked]
        with self._lock:
            for waiting in self._open.values():
                waiting.difference_update(ids)
        return [*event.parts, *remove_records(TABLES, self.gone(event))]

    def gone(self, event: TranscriptsRead) -> list[str]:
        """Listed calls whose transcript was there, and which an answer does not show any more.

        Args:
            event: The answer; where something odd is in it, that may be what it lacks.
        """
        lacking = [] if event.odd else [wanted.call_id for wanted in event.asked if wanted.call_id not in event.came]
        return [call_id for call_id in lacking if call_id in self.there and call_id not in self._unlisted]

    def completed(self) -> list[WindowRead]:
        """Windows that became complete since the last time."""
        if self.stopped:
            return []
        with self._lock:
            ready = [window for window in self._closed if not self._open[window]]
            for window in ready:
                del self._open[window]
            return [self._closed.pop(window) for window in ready]

    def owed(self) -> int:
        """How many requests at least it takes until all windows that were begun are complete."""
        with self._lock:
            return math.ceil(sum(map(len, self._open.values())) / BATCH)

    def _needless(self, call: Wanted) -> bool:
        if call.call_id in self._asked or call.call_id in self._given_up:
            return True
        if call.call_id not in self.there or self.there[call.call_id] != call.started:
            return False
        return self._again is None or call.started is None or call.started < self._again
