"""What was read into a dataset by all pipelines together, and what lies open in between."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from gong_source.ranges import Range, RangeSet, parse_instant
from gong_source.streams.state import EVERYTHING, StreamState
from gong_source.streams.stream import Stream, Windows
from gong_source.warehouse.states import PipelineState


class Coverage:
    """The ranges of all pipelines, joined."""

    def __init__(self, pipelines: Iterable[PipelineState], workspaces: Collection[str] = ()) -> None:
        """Join them.

        Args:
            pipelines: Those that write into the dataset.
            workspaces: Those that are wanted, as far as that is known; others may be wanted no more.
        """
        self._workspaces = workspaces
        self._ranges: dict[str, dict[str, RangeSet]] = {}
        self._loads: dict[str, set[str]] = {}
        self._read: dict[str, datetime] = {}
        for pipeline in pipelines:
            for name, raw in pipeline.resources.items():
                self._add(name, StreamState(dict(raw), {}))

    def _add(self, name: str, state: StreamState) -> None:
        self._loads.setdefault(name, set()).update(state.loads)
        ranges = self._ranges.setdefault(name, {})
        for selection, covered in state.ranges().items():
            ranges[selection] = ranges.get(selection, RangeSet()) | RangeSet.from_state(covered)
        if read := state.raw.get("read"):
            at = parse_instant(read["at"])
            self._read[name] = max(at, self._read.get(name, at))

    def of(self, stream: str) -> dict[str, RangeSet]:
        """What was read of a stream, by selection.

        Args:
            stream: Its name.
        """
        return {selection: ranges for selection, ranges in self._ranges.get(stream, {}).items() if ranges}

    def whole(self, stream: str) -> RangeSet:
        """What was read of a stream in any selection.

        Args:
            stream: Its name.
        """
        return RangeSet(each for ranges in self.of(stream).values() for each in ranges)

    def loads(self, stream: str) -> set[str]:
        """The load packages that carried what was read of a stream.

        Args:
            stream: Its name.
        """
        return self._loads.get(stream, set())

    def gaps(self, stream: Stream, now: datetime) -> dict[str, RangeSet]:
        """What was not read between the first and the last that was, by selection; what Gong has no more is none.

        Args:
            stream: The stream.
            now: The current time.
        """
        found = {}
        for selection, covered in self.of(stream.name).items():
            pieces = list(covered)
            start, end = pieces[0].start, pieces[-1].end
            if isinstance(stream.reads, Windows) and (kept := stream.reads.kept(selection, now)) is not None:
                start = max(start, min(kept, end))
            if open_ := RangeSet([Range(start, end)]) - covered:
                found[selection] = open_
        return found

    def up_to(self, stream: Stream) -> datetime | None:
        """Until when a stream was read, or when its list was; None where that is not remembered.

        Of several workspaces that are wanted the one counts that is furthest behind.

        Args:
            stream: The stream.
        """
        ranges = {selection: list(covered) for selection, covered in self.of(stream.name).items()}
        if not ranges:
            return self._read.get(stream.name)
        ends = {selection: pieces[-1].end for selection, pieces in ranges.items()}
        if isinstance(stream.reads, Windows) and stream.reads.selections:
            return min(ends.values())  # a kind of log is always wanted
        if not self._workspaces:
            return max(ends.values())
        nothing = min(pieces[0].start for pieces in ranges.values())
        return min(max(ends.get(each, nothing), ends.get(EVERYTHING, nothing)) for each in self._workspaces)
