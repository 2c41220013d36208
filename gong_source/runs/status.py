"""What is loaded, how old it is and what is missing: the report of a look at a dataset."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gong_source.ranges import RangeSet, iso


@dataclass
class StreamStatus:
    """How far one stream is.

    Attributes:
        rows: Rows of its first table.
        newest: Time of the newest record, where records have one.
        ranges: What was read, by selection.
        gaps: What lies open in between, by selection.
        last_load: When a load package last brought rows, or noted that something was read.
        up_to: How far the stream is known to be like Gong's; None where nothing tells.
        late: Whether that is longer ago than was asked for.
    """

    rows: int
    newest: datetime | None = None
    ranges: dict[str, RangeSet] = field(default_factory=dict)
    gaps: dict[str, RangeSet] = field(default_factory=dict)
    last_load: datetime | None = None
    up_to: datetime | None = None
    late: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values only."""
        return {
            "rows": self.rows,
            "newest": as_text(self.newest),
            "ranges": {selection: ranges.to_state() for selection, ranges in self.ranges.items()},
            "gaps": {selection: ranges.to_state() for selection, ranges in self.gaps.items()},
            "last_load": as_text(self.last_load),
            "up_to": as_text(self.up_to),
            "late": self.late,
        }


@dataclass
class Status:
    """The state of one dataset.

    Attributes:
        streams: By name; those whose tables are there, or were when rows were loaded into them.
        awaited: Calls whose transcript did not come yet.
        oldest_awaited: Since when the one that was asked for first is waited for.
        given_up: Calls without a transcript for which none is waited for any more.
        rejected: Records that were set aside.
        requests_today: Requests of this UTC day, by pipeline.
        quota_left: Requests that the day's budget leaves; None where there is no budget.
        lag: Seconds from the start of a call to its load, ``p50`` and ``p95``, of the newest calls.
        pipelines: Those that write here: when their state was saved, and their last run.
        where: Where the tables are.
    """

    streams: dict[str, StreamStatus]
    awaited: int
    oldest_awaited: datetime | None
    given_up: int
    rejected: int
    requests_today: dict[str, int]
    quota_left: int | None
    lag: dict[str, float]
    pipelines: dict[str, dict[str, Any]]
    where: dict[str, str]

    @property
    def late(self) -> list[str]:
        """Streams that are older than was asked for."""
        return [name for name, stream in self.streams.items() if stream.late]

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``: plain values only."""
        return {
            "streams": {name: stream.as_dict() for name, stream in self.streams.items()},
            "transcripts": {
                "awaited": self.awaited,
                "given_up": self.given_up,
                "oldest_awaited": as_text(self.oldest_awaited),
            },
            "rejected": self.rejected,
            "requests_today": self.requests_today,
            "destination": self.where["destination"],
            "dataset": self.where["dataset"],
            "quota_left": self.quota_left,
            "lag": self.lag,
            "late": self.late,
            "pipelines": self.pipelines,
            "where": {word: value for word, value in self.where.items() if word != "pipeline"},
        }


def as_text(instant: datetime | None) -> str | None:
    """An instant as text.

    Args:
        instant: Or None.
    """
    return None if instant is None else iso(instant)
