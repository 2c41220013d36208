"""Records that can't be loaded: set aside, told of, and taken back once they load.

A record that was set aside has no time and mostly no key, so a row of ``_gong_rejected`` stands for the range that it
was listed for. It leaves when a record of its id loads, or when its whole range was read again and it did not come. To
make sure that the second happens, a range with such a row that is touched by a read is read as a whole.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from gong_source.config import GongSettings
from gong_source.errors import GongTooManyRejected
from gong_source.ranges import Range, RangeSet
from gong_source.streams.faults import NO_OBJECT, Fault, is_key
from gong_source.streams.set_aside import Place, SetAside, row_of
from gong_source.streams.share import ALWAYS, Share
from gong_source.streams.state import EVERYTHING
from gong_source.streams.stream import Stream
from gong_source.tables.arrow import JsonDict, as_text
from gong_source.warehouse.rejected import (
    RejectedRow,
    delete_rejected,
    insert_rejected,
    narrow_rejected,
)
from gong_source.warehouse.store import Store
from gong_source.warehouse.suppression import Suppression
from gong_source.wording import redacted

logger = logging.getLogger("gong_source")


class Rejected:
    """The records that a run sets aside. Threads that read add to it; the loader's own thread writes it down."""

    def __init__(self, settings: GongSettings, clock: Callable[[], datetime]) -> None:
        """Nothing is set aside yet.

        Args:
            settings: ``max_rejected_share``, and what may be kept of a record.
            clock: The current time.
        """
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._share = Share(settings.max_rejected_share)
        self.counts: Counter[str] = Counter()
        self._first: dict[tuple[str, bool], str] = {}
        self._places: dict[str, list[Place]] = defaultdict(list)
        self._pending: list[SetAside] = []
        self._rows: dict[str, RejectedRow] = {}
        self._came: set[str] = set()
        self._reads: dict[str, list[Place]] = defaultdict(list)
        self._alike: Counter[str] = Counter()
        self._leaving: set[str] = set()
        self._left: dict[str, str] = {}

    def open(self, rows: Iterable[RejectedRow]) -> None:
        """Learn what was set aside by earlier runs.

        Args:
            rows: All that are there.
        """
        self._rows = {row.id: row for row in rows}
        self._alike.clear()
        with self._lock:
            self._came, self._reads, self._left = set(), defaultdict(list), {}

    def sifted(self, stream: Stream, items: Sequence[Any], place: Place, fault: Fault, key: str = "") -> list[JsonDict]:
        """The records that can be loaded; the others are set aside.

        Args:
            stream: Whose records they are.
            items: What Gong listed.
            place: What was asked for.
            fault: Tells which can't be.
            key: Gong's name for the field that identifies a record, told of those that have it; empty for none.
        """
        told = [(item, fault(item) if isinstance(item, dict) else NO_OBJECT) for item in items]
        for item, reason in told:
            if reason:
                value = item.get(key) if key and isinstance(item, dict) else None
                self.add(stream, place, item, reason, as_text(value) if is_key(value) else "")
        fit = [item for item, reason in told if not reason]
        with self._lock:
            self._share.read(stream, place, fit)
        return fit

    def add(
        self, stream: Stream, place: Place, record: Any, reason: str, record_id: str = "", excused: bool = False
    ) -> None:
        """Set one record aside.

        Args:
            stream: Whose record it is.
            place: What was asked for.
            record: Any JSON value.
            reason: Why it can't be loaded, in words.
            record_id: Its id, where it is known.
            excused: Whether that speaks for no fault in how the stream is read, however many there are.
        """
        reason = reason.rstrip(".")  # it goes into sentences
        with self._lock:
            self._pending.append(SetAside(stream, place, record, reason, record_id))
            self._places[stream.name].append(place)
            self.counts[stream.name] += 1
            self._share.read(stream, place, [record])
            if not excused:
                self._share.set_aside(stream, place, record)
            if (stream.name, excused) not in self._first:
                self._first[stream.name, excused] = reason
                logger.warning("A record of %s can't be loaded and is set aside: %s", stream.name, redacted(reason))

    def was_set_aside(self, stream: str, selection: str, window: Range) -> bool:
        """Whether this run set a record aside that was listed for a range.

        Args:
            stream: Name of the stream.
            selection: As in its state.
            window: The range.
        """
        with self._lock:
            ranges = [place.range for place in self._places[stream] if place.selection == selection and place.range]
        return any(RangeSet([each]) & RangeSet([window]) for each in ranges)

    def check(self, stream: Stream) -> None:
        """Refuse to go on with a stream of which too much can't be loaded.

        Args:
            stream: What is read.

        Raises:
            GongTooManyRejected: More of its records were set aside in this run than may be.
        """
        with self._lock:
            first, too_much = self._first.get((stream.name, False), ""), self._share.too_much(stream)
        if too_much:
            raise GongTooManyRejected(
                redacted(
                    f"{stream.endpoint.name}: {too_much} can't be loaded, where {ALWAYS}, or the share of "
                    f"{self._settings.max_rejected_share:g}, may be set aside. The first reason: {first}. They are in "
                    "_gong_rejected. If Gong's data is right as it is, raise sources.gong.max_rejected_share."
                )
            )

    def again(self, stream: str, selection: str, wanted: RangeSet) -> list[Range]:
        """What to read: what is wanted, and beside it the rest of ranges in which a record was set aside.

        Args:
            stream: Name of the stream.
            selection: As in its state.
            wanted: What is read anyhow.
        """
        touched = RangeSet(
            row.range
            for row in self._rows.values()
            if row.stream == stream and row.selection == selection and row.range and wanted & RangeSet([row.range])
        )
        return sorted([*wanted, *(touched - wanted)], key=lambda part: part.start)

    def known_in(self, stream: str, window: Range) -> bool:
        """Whether an earlier run set a record aside in a range.

        Args:
            stream: Name of the stream.
            window: The range.
        """
        rows = [row for row in list(self._rows.values()) if row.stream == stream and row.range]
        return any(RangeSet([row.range]) & RangeSet([window]) for row in rows if row.range)

    def selections(self, stream: str) -> set[str]:
        """What records of a stream were listed for that earlier runs set aside.

        Args:
            stream: Name of the stream.
        """
        return {row.selection for row in list(self._rows.values()) if row.stream == stream}

    def was_read(self, stream: str, place: Place) -> None:
        """Note that something was read to its end: what was set aside there and did not come again leaves.

        Args:
            stream: Name of the stream.
            place: What was read; without a range, all that there is of the selection.
        """
        with self._lock:
            self._reads[stream].append(place)

    def loaded(self, stream: str, ids: Collection[str]) -> None:
        """Note that records were loaded: those of them that were set aside leave.

        Args:
            stream: Name of the stream.
            ids: Their ids.
        """
        gone = {row.id for row in list(self._rows.values()) if row.stream == stream and row.record_id in ids}
        if gone:
            with self._lock:
                self._leaving |= gone

    def flush(self, store: Store, purged: Callable[[], Suppression]) -> None:
        """Write down what is new, and learn what leaves.

        Args:
            store: The dataset.
            purged: Tells who was purged from it.
        """
        with self._lock:
            pending, self._pending = self._pending, []
        fresh: list[RejectedRow] = []
        for each in pending:
            row = self._numbered(row_of(each, self._settings, purged(), self._clock()))
            known = self._same(row) if row else None
            if row is not None and known is None:
                fresh += [row] if self._left.pop(row.id, None) is None else []
                self._rows[row.id] = replace(row, raw=None)
            elif row is not None and known is not None and known.range != (smaller := _common(known, row)):
                self._rows[known.id] = replace(known, range=smaller)
                narrow_rejected(store, self._rows[known.id])
            if row is not None:
                with self._lock:
                    self._came.add((known or row).id)
        insert_rejected(store, fresh)
        self._left |= {key: self._rows.pop(key).stream for key in self._gone()}

    def leave(self, store: Store, failed: Collection[str] = ()) -> None:
        """Delete what left: once what was read is there, as its range is not read as a whole any more without it.

        Args:
            store: The dataset.
            failed: Names of the streams of which something that was read may not be there.
        """
        delete_rejected(store, "id", {key for key, stream in self._left.items() if stream not in failed})
        self._left = {}

    def _numbered(self, row: RejectedRow | None) -> RejectedRow | None:
        """Records that are alike have a row each."""
        if row is None:
            return None
        self._alike[row.id] += 1
        number = self._alike[row.id]
        return row if number == 1 else replace(row, id=f"{row.id}.{number}", record_id=f"{row.record_id}.{number}")

    def _gone(self) -> set[str]:
        with self._lock:
            leaving, self._leaving = self._leaving & self._rows.keys(), set()
            if not self._rows:  # as nearly always: no copy of all that was read, at every event
                return set()
            came, reads = set(self._came), {stream: list(places) for stream, places in self._reads.items()}
        unseen = (row for row in self._rows.values() if row.id not in came)
        return leaving | {row.id for row in unseen if _covers(reads.get(row.stream, ()), row)}

    def _same(self, row: RejectedRow) -> RejectedRow | None:
        """The row that is there of the same record."""
        for other in self._rows.values():
            same = (other.stream, other.record_id, other.selection) == (row.stream, row.record_id, row.selection)
            if same and (other.range is None or row.range is None or RangeSet([other.range]) & RangeSet([row.range])):
                return other
        return None


def _covers(reads: Iterable[Place], row: RejectedRow) -> bool:
    ranges = []
    for read in reads:
        if read.selection in (row.selection, EVERYTHING):
            if read.range is None:
                return True
            ranges.append(read.range)
    return row.range is not None and bool(ranges) and not RangeSet([row.range]) - RangeSet(ranges)


def _common(known: RejectedRow, row: RejectedRow) -> Range | None:
    """Where a record must be that came for two ranges."""
    if known.range is None or row.range is None:
        return known.range
    return next(iter(RangeSet([known.range]) & RangeSet([row.range])))
