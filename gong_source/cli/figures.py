"""The figures of a run that goes on: shares, date reached, requests, rate, time left, why it waits."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from gong_source.ranges import RangeSet
from gong_source.report import RunReport, many
from gong_source.runs.watch import View

STREAMS = ("calls", "calls_basic", "transcripts")
"""What a bar is drawn for, where it is read by ranges."""


@dataclass(frozen=True)
class Bar:
    """How far one stream is.

    Attributes:
        stream: Its name.
        share: Of the range that was asked for, from 0 to 1.
        reached: Until where in words.
    """

    stream: str
    share: float
    reached: str


class Figures:
    """What can be told of one run at any instant."""

    def __init__(self, view: View) -> None:
        """Remember what is there at the start.

        Args:
            view: Of a run that begins.
        """
        self._view = view
        self._began = time.monotonic()
        self._before = {stream: self._covered(view.before, stream) for stream in STREAMS}
        self._now = dict(self._before)
        self._waits: tuple[float, str] = (0.0, "")

    def committed(self, report: RunReport) -> None:
        """Look at the ranges of a committed package.

        Args:
            report: What was done so far.
        """
        self._now = {stream: self._covered(report.ranges, stream) for stream in STREAMS}

    def waiting(self, seconds: float, why: str) -> None:
        """Remember a wait, until it is over.

        Args:
            seconds: How long it lasts from now.
            why: The reason.
        """
        self._waits = time.monotonic() + seconds, why

    def bars(self) -> list[Bar]:
        """A bar for each stream whose ranges have grown."""
        found = []
        for stream in STREAMS:
            if self._view.asked and (new := self._now[stream] - self._before[stream]):
                pieces = list(new)
                reached = pieces[-1].start if self._view.context.newest_first else pieces[0].end
                share = _length(self._now[stream]) / self._view.asked.length
                found.append(Bar(stream, share, f"{reached:%Y-%m-%d}"))
        return found

    def line(self) -> str:
        """All of it in one line."""
        view = self._view
        seconds = max(time.monotonic() - self._began, 0.1)
        allowed = view.context.settings.daily_budget
        today = f"{view.used_today:,} of {allowed:,} today" if allowed else f"{view.used_today:,} today"
        parts = [
            f"{many(view.rows, 'row')} read, {many(view.requests, 'request')} "
            f"({view.requests / seconds:.1f} a second, {today})",
            *[f"{bar.stream} {bar.share:.0%} at {bar.reached}" for bar in self.bars()[:1]],
            *self._left(seconds),
            *self._why_it_waits(),
        ]
        return ", ".join(parts)

    def _left(self, seconds: float) -> list[str]:
        """How long it takes at the pace so far, by the stream that is furthest behind."""
        if self._view.asked is None:
            return []
        times = []
        for stream in STREAMS:
            done = _length(self._now[stream]) - _length(self._before[stream])
            if done:
                times.append((self._view.asked.length - _length(self._now[stream])) / done * seconds)
        return [f"about {_in_words(max(times))} left"] if times and max(times) >= 1 else []

    def _why_it_waits(self) -> list[str]:
        until, why = self._waits
        left = until - time.monotonic()
        return [f"waiting {left:.0f} s more: {why}"] if left > 0.5 else []

    def _covered(self, ranges: Mapping[str, Mapping[str, list[list[str]]]], stream: str) -> RangeSet:
        """What is there of the asked range, in all selections."""
        asked = self._view.asked
        sets = [
            RangeSet.from_state(each) & RangeSet([asked])
            for each in ranges.get(stream, {}).values()
            if asked is not None
        ]
        covered = sets[0] if sets else RangeSet()
        for each in sets[1:]:
            covered = covered & each
        return covered


def _length(ranges: RangeSet) -> timedelta:
    return sum((each.length for each in ranges), timedelta())


def _in_words(seconds: float) -> str:
    for size, unit, most in ((1, "s", 90), (60, "min", 90)):
        if seconds < size * most:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 3600:.0f} h"
