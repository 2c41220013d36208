"""What a run reads, ahead of the loader."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial

from gong_source.errors import GongError
from gong_source.streams.calls.dropped import drop_transcripts
from gong_source.streams.company import company_checked
from gong_source.streams.context import ReadContext
from gong_source.streams.load_package import BATCH_ROWS, Package
from gong_source.streams.masking import mask_stored
from gong_source.streams.private import clear_of_private, take_all_private_away
from gong_source.streams.read_ahead import ReadAhead
from gong_source.streams.reader import JobFailed, Reader
from gong_source.streams.reader_jobs import Arrived, ReaderJobs
from gong_source.streams.source_state import SourceState
from gong_source.tables.arrow import Shaped

BUFFER = 24 * 2**20
"""Bytes of rows that may wait for the loader: at three pages a second enough for the load of a package into DuckDB."""

LOAD_SECONDS = 0.7
"""Seconds that a load takes: what came is loaded while the last answers are waited for, if that takes longer."""


class Extraction:
    """Readers at work, and what they bring."""

    def __init__(self, context: ReadContext, source_state: SourceState, readers: Iterable[Reader]) -> None:
        """Nothing is read yet.

        Args:
            context: Shared by the run.
            source_state: What is believed of what was read before.
            readers: Read side by side.
        """
        self.context = context
        self.source_state = source_state
        self.done = False
        self.beside: list[str] = []  # streams that are not read, whose states change all the same
        self._readers = list(readers)
        self._jobs: dict[Reader, ReaderJobs] = {}
        self._cut: dict[Reader, GongError] = {}  # readers that stopped for what another one ran into
        self._ahead: ReadAhead | None = None
        self._package: Package | None = None
        self._told_last_round = False

    @property
    def names(self) -> set[str]:
        """The streams that rows are handed over for."""
        return {name for reader in self._readers for name in reader.names}

    def begin(self) -> None:
        """Start to read everything at once, so that what one stream leaves of the rate another uses."""
        if self._ahead is not None:
            return
        self.context.client.quota.budget.seed(*self.source_state.company.requests())
        try:
            with company_checked(self.context, self.source_state):
                self._begin_reading()
        except BaseException:
            self.close()
            raise

    def _begin_reading(self) -> None:
        ahead = self._ahead = ReadAhead(self._lanes(), BUFFER, _weight)
        with self.source_state.store:
            self._each(lambda reader: self.source_state.check_columns(reader.names))
            self.beside = drop_transcripts(self.names, self.context, self.source_state)
            self.beside += mask_stored(self.names, self.context, self.source_state)
            self.beside += take_all_private_away(self.names, self.context, self.source_state)
            self._each(self._clear_of_private)
            self._each(lambda reader: reader.plan())
            self._each(lambda reader: self._begin(reader, ahead))

    def _begin(self, reader: Reader, ahead: ReadAhead) -> None:
        jobs = self._jobs[reader] = ReaderJobs(reader, ahead)
        reader.begin(jobs)

    def _clear_of_private(self, reader: Reader) -> None:
        for stream in (self.context.streams[name] for name in reader.names):
            if stream.by_time:
                clear_of_private(stream, self.context, self.source_state)

    def _lanes(self) -> dict[str, tuple[int, Callable[[], int]]]:
        """How many threads each kind of job has, and how many of them may work at a time."""
        lanes: dict[str, tuple[int, Callable[[], int]]] = {}
        for reader in self._readers:
            for lane, most in reader.lanes.items():
                threads = max(lanes[lane][0] if lane in lanes else 0, most)
                width = int if lane in reader.unpaced else partial(self._width, reader, lane)
                lanes[lane] = threads, partial(width, threads)
        return lanes

    def _each(self, step: Callable[[Reader], None]) -> None:
        """Take a step with each reader; an error in it is the error of its streams alone."""
        for reader in self._readers:
            if not reader.stopped:
                try:
                    step(reader)
                except Exception as error:
                    self._failed(reader, JobFailed("", error))

    def package(self, load_id: str, selected: Iterable[str], page_by_page: bool = False) -> Package:
        """The load package at hand; a new one where the last has ended.

        Args:
            load_id: Of dlt's package.
            selected: Streams whose rows are drawn.
            page_by_page: Whether each page is handed over as it comes, and not many at once.
        """
        if self._package is None or self._package.load_id != load_id:
            self._package = Package(self, load_id, selected, 1 if page_by_page else BATCH_ROWS)
        return self._package

    def take(self, load_id: str) -> list[Shaped] | None:
        """The rows of the next event; None once everything was read.

        Args:
            load_id: The load package that will carry them.
        """
        assert self._ahead is not None, "begun before"
        arrived = self._ahead.take(self.source_state.store.rest)
        if arrived is None:
            return None
        if not isinstance(arrived, Arrived):  # an error of the threads themselves
            raise arrived.error
        reader, event = arrived.reader, arrived.event
        self._jobs[reader].taken()
        if not reader.wanted:
            return []
        if isinstance(event, JobFailed):
            self._failed(reader, event)
            return []
        return self._of(reader, lambda: reader.handle(event, load_id))

    def finish(self, load_id: str) -> list[Shaped]:
        """The last rows, once everything was read.

        Args:
            load_id: The load package that will carry them.
        """
        for reader, error in self._cut.items():
            if self._is_whole(reader):
                reader.stopped = False
            else:
                self.context.fail(reader.names, error)
        parts = []
        for reader in [reader for reader in self._readers if reader.wanted]:
            parts += self._of(reader, partial(reader.settle if reader.stopped else reader.finish, load_id))
        self.done = True
        self.close()
        return parts

    def chunks(self) -> dict[Reader, int]:
        """How many chunks each reader has read."""
        return {reader: reader.chunks for reader in self._readers}

    def is_last_round(self) -> bool:
        """Whether the last answers are being waited for, and longer than a load takes; true once at the most."""
        ahead, latency = self._ahead, self.context.client.latency
        if self._told_last_round or ahead is None or latency < LOAD_SECONDS or not self.context.settings.pace:
            return False
        self._told_last_round = ahead.all_begun and all(reader.ending or reader.stopped for reader in self._readers)
        return self._told_last_round

    def read_on_for(self, names: Collection[str]) -> None:
        """Stop what is read for other streams.

        Args:
            names: Of the streams whose rows are still taken.
        """
        for reader in self._readers:
            if not set(reader.names) & set(names):
                reader.wanted, reader.stopped = False, True
        if not names:
            self.close()

    def close(self) -> None:
        """End the threads, and let go of what they work with."""
        if self._ahead is not None:
            self._ahead.close()
            for reader in self._readers:
                reader.close()

    def _of(self, reader: Reader, rows: Callable[[], list[Shaped]]) -> list[Shaped]:
        """Rows of a reader; an error in them is the error of its streams alone."""
        try:
            parts = rows()
            self.context.brought.update(part.table.name for part in parts if part.data.num_rows > part.removed)
            self.context.write_rejected(self.source_state.store)
            return parts
        except Exception as error:
            self._failed(reader, JobFailed("", error))
            return []

    def _failed(self, reader: Reader, failed: JobFailed) -> None:
        """Stop what can't go on; what every stream would run into stops all, and fails what is not whole in the end."""
        self.context.write_rejected(self.source_state.store)
        self._cut.pop(reader, None)
        if isinstance(failed.error, GongError) and failed.error.ends_run:
            cut = [other for other in self._readers if other is not reader and not other.stopped]
            self._cut |= dict.fromkeys(cut, failed.error)
            for other in (reader, *cut):
                other.stopped = True
            self.context.fail(reader.names, failed.error)
            return
        self.context.fail(reader.fail(failed), failed.error)

    def _is_whole(self, reader: Reader) -> bool:
        """Whether all that a reader had to read came, although it was stopped."""
        return reader in self._jobs and self._jobs[reader].are_done and not reader.more

    def _width(self, reader: Reader, lane: str, most: int) -> int:
        return reader.share(lane, min(most, self.context.width()))


def _weight(arrived: object) -> int:
    """Bytes of the rows that an event brings."""
    event = getattr(arrived, "event", None)
    return sum(part.data.nbytes for part in getattr(event, "parts", ()))
