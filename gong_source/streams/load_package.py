"""A load package of what a run reads: where it ends, and the rows that dlt's resources draw from it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from gong_source.tables.arrow import Shaped, concat

if TYPE_CHECKING:
    from gong_source.streams.extraction import Extraction

BATCH_ROWS = 50_000
"""Rows handed to dlt at once: each hand-over has a price per table, whatever its size."""

CHUNK_SECONDS = 5.0
"""Seconds after which a load package ends with the next chunk: a package costs much the same, whatever it holds."""

WORTH_ROWS = 20_000
"""Rows after which it ends then in mid-chunk: chunks read side by side end together, and would be loaded at the end."""

PACKAGE_SECONDS = 60.0
"""Seconds after which it ends, whatever it holds: what a kill may cost of reading."""


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

    def items(
        self, name: str, write: Callable[[str], None], enough: Callable[[], bool] = lambda: False
    ) -> Iterator[Shaped | None]:
        """The rows of a stream in this package.

        Args:
            name: Of the stream.
            write: Called when all were taken: only then is what was read remembered.
            enough: Whether those that were taken are enough.

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
                elif enough():
                    self._leave(name)
                    break
                elif any(self._queues.values()):
                    yield None
                else:
                    self._advance()
            write(name)
        except BaseException:  # or where it is closed: whoever draws is gone, and those that have not begun never end
            self._extraction.close()
            raise

    def _leave(self, name: str) -> None:
        """Take no more rows of a stream."""
        del self._queues[name]
        self._extraction.read_on_for(self._queues)

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
