"""What a run reads, ahead of the loader, cut into load packages that dlt's resources draw their rows from."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from gong_source.errors import GongError
from gong_source.streams.company import company_checked
from gong_source.streams.context import ReadContext
from gong_source.streams.masking import mask_stored
from gong_source.streams.read_ahead import ReadAhead
from gong_source.streams.reader import JobFailed, Reader
from gong_source.streams.reader_jobs import Arrived, ReaderJobs
from gong_source.streams.source_state import SourceState
from gong_source.tables.arrow import Shaped, concat

BUFFER = 24 * 2**20
"""Bytes of rows that may wait for the loader: at three pages a second enough for the load of a package into DuckDB."""

BATCH_ROWS = 50_000
"""Rows handed to dlt at once: each hand-over has a price per table, whatever its size."""

CHUNK_SECONDS = 5.0
"""Seconds after which a load package ends with the next chunk: a package costs much the same, whatever it holds."""

WORTH_ROWS = 20_000
"""Rows after which it ends then in mid-chunk: chunks read side by side end together, and would be loaded at the end."""

LOAD_SECONDS = 0.7
"""Seconds that a load takes: what came is loaded while the last answers are waited for, if that takes longer."""

PACKAGE_SECONDS = 60.0
"""Seconds after which it ends, whatever it holds: what a kill may cost of reading."""


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
        self.masked: list[str] = []  # streams that are not read, whose states change all the same
        self._readers = list(readers)
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
            self.masked = mask_stored(self.names, self.context, self.source_state)
            self._each(lambda reader: reader.plan())
            self._each(lambda reader: reader.begin(ReaderJobs(reader, self.context, ahead)))

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
        if isinstance(event, JobFailed):
            self._failed(reader, event)
            return []
        return self._of(reader, lambda: reader.handle(event, load_id))

    def finish(self, load_id: str) -> list[Shaped]:
        """The last rows, once everything was read.

        Args:
            load_id: The load package that will carry them.
        """
        parts = []
        for reader in self._readers:
            parts += self._of(reader, partial(reader.settle if reader.stopped else reader.finish, load_id))
        self.done = True
        self._close_readers()
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

    def close(self) -> None:
        """End the threads, and let go of what they work with."""
        if self._ahead is not None:
            self._ahead.close()
            self._close_readers()

    def _close_readers(self) -> None:
        for reader in self._readers:
            reader.close()

    def _of(self, reader: Reader, rows: Callable[[], list[Shaped]]) -> list[Shaped]:
        """Rows of a reader; an error in them is the error of its streams alone."""
        try:
            parts = rows()
            self.context.write_rejected(self.source_state.store)
            return parts
        except Exception as error:
            self._failed(reader, JobFailed("", error))
            return []

    def _failed(self, reader: Reader, failed: JobFailed) -> None:
        """Stop what can't go on; what every stream would run into stops everything."""
        self.context.write_rejected(self.source_state.store)
        if isinstance(failed.error, GongError) and failed.error.ends_run:
            for other in self._readers:
                if not other.stopped:
                    other.stopped = True
                    self.context.fail(other.names, failed.error)
            return
        self.context.fail(reader.fail(failed), failed.error)

    def _width(self, reader: Reader, lane: str, most: int) -> int:
        return reader.share(lane, min(most, self.context.width()))


class Package:
    """What one load package carries: rows by stream, drawn by the resources in turn."""

    def __init__(self, extraction: Extraction, load_id: str, selected: Iterable[str], batch: int = BATCH_ROWS) -> None:
        """Begin a package.

        Args:
            extraction: Where the rows come from.
            load_id: dlt's id of the package; empty where rows are iterated without a pipeline.
            selected: Streams whose rows are drawn.
            batch: Rows that are handed over at once.
        """
        self.load_id = load_id
        self._batch = batch
        self._extraction = extraction
        self._streams = extraction.context.streams
        self._queues: dict[str, deque[Shaped]] = {name: deque() for name in selected}
        self._waiting: list[Shaped] = []
        self._rows = 0
        self._ended = extraction.done
        self._began = time.monotonic()
        self._chunks = extraction.chunks()

    def items(self, name: str, write: Callable[[str], None]) -> Iterator[Shaped | None]:
        """The rows of a stream in this package.

        Args:
            name: Of the stream.
            write: Called when all were taken: only then is what was read remembered.

        Yields:
            Rows; None where the rows of other streams have to be taken first.
        """
        queue = self._queues.get(name, deque())
        try:
            while True:
                if queue:
                    yield queue.popleft()
                elif self._ended:
                    break
                elif any(self._queues.values()):
                    yield None
                else:
                    self._advance()
            write(name)
        finally:
            self._queues.pop(name, None)  # nobody takes its rows any more
            if not self._queues and not self._ended:
                self._extraction.close()

    def _advance(self) -> None:
        """Read on until there are rows worth handing over, or the package ends."""
        self._extraction.begin()
        with self._extraction.source_state.store:
            while not self._ended and not any(self._queues.values()):
                self._step()

    def _step(self) -> None:
        parts = self._extraction.take(self.load_id)
        if parts is None:
            self._waiting += self._extraction.finish(self.load_id)
            self._ended = True
        else:
            self._rows += _count_rows(parts)
            self._waiting += parts
            self._ended = self._is_full()
        if self._ended or _count_rows(self._waiting) >= self._batch:
            self._hand_out()

    def _is_full(self) -> bool:
        limit = self._extraction.context.package_rows
        if limit is None or not self._rows:
            return False
        seconds = time.monotonic() - self._began
        if self._rows >= limit or seconds >= PACKAGE_SECONDS:
            return True
        if self._rows >= WORTH_ROWS and self._extraction.is_last_round():
            return True
        if seconds < CHUNK_SECONDS:
            return False
        chunks = any(reader.more and reader.chunks > before for reader, before in self._chunks.items())
        return chunks or self._rows >= WORTH_ROWS

    def _hand_out(self) -> None:
        """One part for each table, to the stream that it belongs to."""
        by_table: dict[str, list[Shaped]] = {}
        for part in self._extraction.context.without_people(self._waiting, self._extraction.source_state.store):
            by_table.setdefault(part.table.name, []).append(part)
        self._waiting = []
        for table, parts in by_table.items():
            name = self._streams.of_table(table)
            if (queue := self._queues.get(name)) is not None:
                queue.append(concat(parts))
                self._extraction.source_state.replace(name, queue[-1])


def _count_rows(parts: list[Shaped]) -> int:
    return sum(part.data.num_rows for part in parts)


def _weight(arrived: object) -> int:
    """Bytes of the rows that an event brings."""
    event = getattr(arrived, "event", None)
    return sum(part.data.nbytes for part in getattr(event, "parts", ()))
