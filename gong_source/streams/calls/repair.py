"""Loading calls by id: what a reconcile found missing or different."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gong_source.api.endpoints import BATCH, CALLS_EXTENSIVE
from gong_source.ranges import Range
from gong_source.streams.calls.listing import CallFeed
from gong_source.streams.calls.selector import content_selector
from gong_source.streams.calls.transcripts import TranscriptDesk, batch_job
from gong_source.streams.context import EVERYTHING, ReadContext
from gong_source.streams.feed import Batch, Window, WindowRead, hand_over
from gong_source.streams.read_ahead import Emit
from gong_source.streams.state import SourceState
from gong_source.tables import CALL_DELETIONS
from gong_source.tables.arrow import shape
from gong_source.warehouse.stored import Wanted


@dataclass(frozen=True)
class Deletion:
    """A call that has to go.

    Attributes:
        call_id: Its id.
        started: When it was recorded, as the destination has it.
        reason: ``deleted`` or ``private``.
    """

    call_id: str
    started: datetime | None
    reason: str


@dataclass
class Repairs:
    """What a comparison found.

    Attributes:
        missing: Calls that Gong has and the destination has not.
        changed: Calls whose basic fields differ.
        transcripts: Calls whose transcript is not there, or not whole.
        deletions: Calls that have to go.
    """

    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    transcripts: list[Wanted] = field(default_factory=list)
    deletions: list[Deletion] = field(default_factory=list)


class RepairFeed(CallFeed):
    """Asks for calls and transcripts by id; marks no range as read."""

    def __init__(self, context: ReadContext, repairs: Repairs, whole: Range) -> None:
        """Choose what to load.

        Args:
            context: Shared by the run.
            repairs: What was found.
            whole: The range that was compared, for error messages.
        """
        super().__init__(context, "calls", calls=True, transcripts=True)
        self._repairs = repairs
        self._whole = whole

    def _start(self, state: SourceState) -> None:
        self._desk = TranscriptDesk(
            lambda batch: self.submit("transcripts", batch_job(self.context.client, batch)), {}, set()
        )
        self._desk.want(self._repairs.transcripts)
        wanted = [*self._repairs.missing, *self._repairs.changed]
        batches = [wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH)]
        self._to_list = len(batches)
        for number, batch in enumerate(batches):
            self.submit("calls", self._ids_job(number, batch))
        self._flush_when_listed()

    def _ids_job(self, number: int, ids: Sequence[str]) -> Callable[[Emit], None]:
        body = {"filter": {"callIds": list(ids)}, "contentSelector": content_selector(self.context.settings)}

        def job(emit: Emit) -> None:
            pages = self.context.client.pages(CALLS_EXTENSIVE, body=body, window=f"{len(ids)} call ids")
            hand_over(pages, lambda page: self._shape(number, page.records, self._whole), emit)
            emit(WindowRead(Window(EVERYTHING, self._whole), self.context.now, number))

        return job

    def _mark(self, resource: str, read: WindowRead, state: SourceState) -> None:
        """Nothing: single calls make no range complete."""

    def _finish(self, state: SourceState) -> None:
        """Nothing: the ledger keeps what it has."""


def repair_batches(feed: RepairFeed, repairs: Repairs, next_slice: datetime | None) -> Iterator[Batch]:
    """The next load package of a reconcile: records of deletions in the first, then calls and transcripts.

    Args:
        feed: Reads what is to be loaded.
        repairs: What was found.
        next_slice: Where the next rolling reconcile begins, or None.

    Yields:
        Batches.
    """
    state = feed.context.state()
    if next_slice is not None:
        state.reconcile_next = next_slice
    state.forget_calls(deletion.call_id for deletion in repairs.deletions)
    if gone := repairs.deletions:
        computed: dict[str, list[Any]] = {
            "call_id": [deletion.call_id for deletion in gone],
            "started": [deletion.started for deletion in gone],
            "detected_at": [feed.context.now] * len(gone),
            "reason": [deletion.reason for deletion in gone],
        }
        yield Batch([shape(CALL_DELETIONS, [{}] * len(gone), computed)])
        repairs.deletions = []
    yield from feed.package(state)
