"""Which share of what a stream reads can't be loaded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from gong_source.streams.faults import is_key
from gong_source.streams.set_aside import Place
from gong_source.streams.stream import EachOf, Stream, Windows
from gong_source.tables.arrow import as_text

ALWAYS = 10
"""Records of a stream that may be set aside in any run, however few it reads."""


@dataclass
class _Tally:
    """How many records there are, and how many users, managers or such they tell of."""

    records: int = 0
    nameless: int = 0
    named: set[str] = field(default_factory=set)

    def add(self, about: str) -> None:
        self.records += 1
        if about:
            self.named.add(about)
        else:
            self.nameless += 1

    @property
    def both(self) -> tuple[int, int]:
        return self.records, len(self.named) + self.nameless


class Share:
    """What a run read of each stream, and what of it was set aside. For one thread at a time.

    It is counted twice, by the records and by whom they tell of, and is too much where it is by both: one user whose
    figures are odd is so on every day, which is a request each, and a day that is odd is so for every user.
    """

    def __init__(self, most: float) -> None:
        """Nothing was read yet.

        Args:
            most: The share of a stream that may be set aside.
        """
        self._most = most
        self._read: dict[str, _Tally] = defaultdict(_Tally)
        self._aside: dict[str, _Tally] = defaultdict(_Tally)

    def read(self, stream: Stream, place: Place, records: Iterable[Any]) -> None:
        """Count what was listed.

        Args:
            stream: Whose records they are.
            place: What was asked for.
            records: Any JSON values.
        """
        for record in records:
            self._read[stream.name].add(_about(stream, place, record))

    def set_aside(self, stream: Stream, place: Place, record: Any) -> None:
        """Count a record that was listed and can't be loaded.

        Args:
            stream: Whose record it is.
            place: What was asked for.
            record: Any JSON value.
        """
        self._aside[stream.name].add(_about(stream, place, record))

    def too_much(self, stream: Stream) -> str:
        """How much was set aside, in words; empty where it may be.

        Args:
            stream: What is read.
        """
        aside, read = self._aside[stream.name], self._read[stream.name]
        if any(odd <= max(ALWAYS, self._most * all_) for odd, all_ in zip(aside.both, read.both, strict=True)):
            return ""
        return f"{aside.records} of {read.records} records of {stream.name}"


def _about(stream: Stream, place: Place, record: Any) -> str:
    """Whom a record tells of, where others tell of the same; empty where it does not say so, or each stands alone."""
    way = stream.reads
    if isinstance(way, EachOf):
        return place.selection
    if isinstance(way, Windows) and isinstance(record, dict):
        return next((as_text(record[name]) for name in way.about if is_key(record.get(name))), "")
    return ""
