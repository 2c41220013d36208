"""Loading calls by id: what a reconcile found missing or different."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gong_source.errors import GongTooManyDeletions
from gong_source.ranges import EARLIEST, Range
from gong_source.streams.calls.by_id import batches, pages_of
from gong_source.streams.calls.ledger import Ledger
from gong_source.streams.calls.rows import CallRows, CallsRead
from gong_source.streams.calls.selector import content_selector
from gong_source.streams.calls.transcripts import TABLES, TranscriptQueue, TranscriptsRead
from gong_source.streams.context import MOST_WINDOWS, ReadContext
from gong_source.streams.known import doubt_changed
from gong_source.streams.read_ahead import Emit
from gong_source.streams.reader import Jobs, Reader, hand_over
from gong_source.streams.set_aside import Place
from gong_source.streams.source_state import SourceState
from gong_source.tables.arrow import Shaped, shape
from gong_source.tables.others import CALL_DELETIONS
from gong_source.tables.records import remove_records
from gong_source.warehouse.queries import Wanted


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
        transcripts: Calls whose transcript is not there, not whole, or may have been edited.
        spoken: The transcripts that are there of calls that Gong lists, with the start of the call.
        hashes: Content hashes of those that are whole.
        deletions: Calls that have to go.
        odd: Whether records were listed that can't be loaded.
    """

    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    transcripts: list[Wanted] = field(default_factory=list)
    spoken: dict[str, datetime | None] = field(default_factory=dict)
    hashes: dict[str, int] = field(default_factory=dict)
    deletions: list[Deletion] = field(default_factory=list)
    odd: bool = False


class RepairReader(Reader):
    """Asks for calls and transcripts by id; marks no range as read, and leaves the ledger of a sync alone."""

    def __init__(
        self,
        context: ReadContext,
        source_state: SourceState,
        repairs: Repairs,
        whole: Range,
        max_share: float,
        next_slice: datetime | None = None,
    ) -> None:
        """Choose what to load.

        Args:
            context: Shared by the run.
            source_state: Its ledger is told of calls that are gone.
            repairs: What was found.
            whole: The range that was compared.
            max_share: Of the transcripts that are there: so many may go as Gong does not show them any more.
            next_slice: Where the next rolling reconcile begins once all is repaired, or None.
        """
        self.names = ("calls", "transcripts", CALL_DELETIONS.name)
        self.lanes = {"calls": MOST_WINDOWS, "transcripts": MOST_WINDOWS}
        self._context = context
        self._source_state = source_state
        self._repairs = repairs
        self._whole = whole
        self._max_share = max_share
        self._next_slice = next_slice
        self._rows = CallRows(context.streams["calls"], context)
        self._jobs: Jobs | None = None
        masks = context.masks()  # and all transcripts are asked for, although they are there
        self._queue = TranscriptQueue(self._submit, repairs.spoken, set(), EARLIEST, repairs.hashes, masks)
        self._silent: list[str] = []
        self._to_list = 0

    def _submit(self, batch: tuple[Wanted, ...]) -> None:
        assert self._jobs is not None, "begun before"
        self._jobs.submit("transcripts", self._queue.job(self._context, batch))

    def begin(self, jobs: Jobs) -> None:
        """Ask for everything."""
        self._jobs = jobs
        jobs.submit("calls", lambda emit: emit(self._repairs.deletions))
        self._want(self._repairs.transcripts)
        wanted = batches([*self._repairs.missing, *self._repairs.changed])
        self._to_list = len(wanted)
        for batch in wanted:
            jobs.submit("calls", self._ids_job(batch))
        if not wanted:
            self._queue.flush()

    def _want(self, calls: Sequence[Wanted]) -> None:
        if self._context.settings.transcripts != "drop":
            self._queue.want(calls)

    def _ids_job(self, ids: Sequence[str]) -> Callable[[Emit], None]:
        def job(emit: Emit) -> None:
            pages = pages_of(self._context.client, ids, content_selector(self._context.settings))
            hand_over(pages, lambda page: self._rows.of(page.items, Place(range=self._whole)), emit)
            self._context.rejected.check(self._context.streams["calls"])
            emit(_BatchRead())

        return job

    def handle(self, event: object, load_id: str) -> list[Shaped]:
        """Rows of what was asked for, and records of what goes."""
        if isinstance(event, list):
            return self._deletions(event)
        if isinstance(event, CallsRead):
            self._want(event.calls)
            doubt_changed(self._source_state.store, self._context.streams["calls"], event.parts, self._repairs.changed)
            return event.parts
        if isinstance(event, TranscriptsRead):
            ledger = Ledger(self._source_state.of("transcripts").raw)
            for call_id in event.came:
                ledger.came(call_id)
            self._silent += self._queue.gone(event)
            return self._doubted(event.parts)
        self._to_list -= 1
        if not self._to_list:
            self._queue.flush()
        return []

    def _doubted(self, parts: list[Shaped]) -> list[Shaped]:
        """Rows of transcripts, once those that they replace are not taken for whole any more."""
        doubt_changed(self._source_state.store, self._context.streams["transcripts"], parts, self._repairs.spoken)
        return parts

    def finish(self, load_id: str) -> list[Shaped]:
        """Removals of transcripts that Gong does not show any more; only what was repaired is not compared again.

        Raises:
            GongTooManyDeletions: More transcripts would go than may.
        """
        going, stored = len(self._silent), len(self._repairs.spoken)
        if going > self._max_share * stored:
            raise GongTooManyDeletions(
                f"{going} of the {stored} transcripts stored for {self._whole} are not shown by Gong any more, more "
                f"than the share of {self._max_share:g} that may go. Check in Gong that they are gone; if so, allow it "
                "with --max-delete-share."
            )
        if self._next_slice is not None:
            self._source_state.company.reconcile_next = self._next_slice
        for selection in self._context.workspaces():
            if not self._repairs.odd:
                self._context.rejected.was_read("calls", Place(selection, self._whole))
            self._context.rejected.was_read("transcripts", Place(selection, self._whole))
        return self._doubted(remove_records(TABLES, self._silent))

    def _deletions(self, gone: Sequence[Deletion]) -> list[Shaped]:
        Ledger(self._source_state.of("transcripts").raw).forget(deletion.call_id for deletion in gone)
        if not gone:
            return []
        computed: dict[str, list[Any]] = {
            "call_id": [deletion.call_id for deletion in gone],
            "started": [deletion.started for deletion in gone],
            "detected_at": [self._context.now] * len(gone),
            "reason": [deletion.reason for deletion in gone],
        }
        return [shape(CALL_DELETIONS, [{}] * len(gone), computed)]


class _BatchRead:
    """Event: a batch of calls was read."""
