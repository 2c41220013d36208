"""The streams of a source, by name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence

from gong_source.errors import GongConfigError
from gong_source.streams.all import STREAMS
from gong_source.streams.stream import Recorded, Stream
from gong_source.tables.model import Table


class StreamTable:
    """Some streams, by name."""

    def __init__(self, streams: Iterable[Stream] = STREAMS) -> None:
        """Take the streams; all that there are where none are given.

        Args:
            streams: With names of their own.
        """
        self._by_name = {stream.name: stream for stream in streams}
        self._by_table = {table.name: stream.name for stream in self for table in stream.tables}

    def __iter__(self) -> Iterator[Stream]:
        """In the order they were declared."""
        return iter(self._by_name.values())

    def __getitem__(self, name: str) -> Stream:
        """The stream of a name."""
        return self._by_name[name]

    def __contains__(self, name: str) -> bool:
        """Whether there is a stream of a name."""
        return name in self._by_name

    def of_table(self, table: str) -> str:
        """The stream that fills a table; the table itself where none does.

        Args:
            table: Name of the table.
        """
        return self._by_table.get(table, table)

    @property
    def read(self) -> tuple[Stream, ...]:
        """The streams that a sync can read."""
        return tuple(stream for stream in self if not isinstance(stream.reads, Recorded))

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables of all streams."""
        return tuple(table for stream in self for table in stream.tables)

    def named(self, wanted: Sequence[str] | None) -> set[str]:
        """Streams for names of streams or tables, ``all`` or ``default``.

        Args:
            wanted: Names as typed, or a text with commas between them; None for the default.

        Raises:
            GongConfigError: A name is none of these.
        """
        read = self.read
        known = {table.name: stream.name for stream in read for table in stream.tables}
        known |= {stream.name: stream.name for stream in read}
        groups = {
            "all": {stream.name for stream in read},
            "default": {stream.name for stream in read if stream.default},
        }
        chosen: set[str] = set()
        for name in names_of(wanted) or ["default"]:
            if name not in known and name not in groups:
                near = difflib.get_close_matches(name.lower(), [*known, *groups], n=1)
                meant = f": did you mean {near[0]}? There" if near else "; there"
                names = ", ".join(stream.name for stream in read)
                raise GongConfigError(f"There is no resource {name}{meant} are {names}; or all, or default.")
            chosen |= groups[name] if name in groups else {known[name]}
        return chosen

    def optional(self, wanted: Sequence[str] | None) -> frozenset[str]:
        """Streams that come with ``all`` alone: off by default, and named by nobody.

        Args:
            wanted: As in :meth:`named`.
        """
        named = [name for name in names_of(wanted) if name != "all"]
        return frozenset(self.named(wanted) - self.named([*named, "default"]))


def names_of(wanted: Sequence[str] | None) -> Sequence[str]:
    """Names one by one, however they are given.

    Args:
        wanted: Names, or a text with commas between them.
    """
    if isinstance(wanted, str):
        return [name.strip() for name in wanted.split(",") if name.strip()]
    return wanted or ()
