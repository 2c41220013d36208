"""What a pipeline remembers between runs, in dlt's source state: ranges read, transcripts awaited, requests made.

A resource writes it while it yields, so that it travels in the load package that carries the rows: neither is ever
there without the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from gong_source.ranges import UTC, Range, RangeSet, iso, parse_instant, settled_part
from gong_source.warehouse.stored import Wanted

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

MOST_AWAITED = 5000
"""Bound of the ledger of awaited transcripts; beyond it those asked for first are given up early."""


class SourceState:
    """Reads and writes the state of one source; a thin view over dlt's dict."""

    def __init__(self, raw: dict[str, Any]) -> None:
        """Look at a state.

        Args:
            raw: ``dlt.current.source_state()``, or a copy of it.
        """
        self._raw = raw

    def covered(self, resource: str, selection: str) -> RangeSet:
        """The ranges that have been read at all."""
        return RangeSet.from_state(self._ranges(resource, selection).get("covered"))

    def settled(self, resource: str, selection: str) -> RangeSet:
        """The ranges that need not be read again: read at least a look-back after their time."""
        return RangeSet.from_state(self._ranges(resource, selection).get("settled"))

    def mark_read(self, resource: str, selection: str, window: Range, read_at: datetime, lookback: timedelta) -> None:
        """Note that a window was read to its end.

        Args:
            resource: Resource the window belongs to.
            selection: Workspace id or log type; ``*`` for all.
            window: What was read.
            read_at: When its first page was asked for.
            lookback: How late rows may arrive.
        """
        covered = self.covered(resource, selection) | RangeSet([window])
        settled = self.settled(resource, selection) | settled_part(window, read_at, lookback)
        entry = self._raw.setdefault("ranges", {}).setdefault(resource, {}).setdefault(selection, {})
        entry.update(covered=covered.to_state(), settled=settled.to_state())

    def all_ranges(self) -> dict[str, dict[str, list[list[str]]]]:
        """The covered ranges of every resource and selection, for reports."""
        ranges = self._raw.get("ranges", {})
        return {name: {key: entry["covered"] for key, entry in keys.items()} for name, keys in ranges.items()}

    def default_start(self, now: datetime, days: int) -> datetime:
        """The start where none is configured: some days before the first run, the same at every later one.

        Args:
            now: The current time.
            days: How far back the first run goes.
        """
        kept = self._raw.get("start_date")
        if kept is None:
            kept = self._raw["start_date"] = iso((now - timedelta(days=days)).replace(microsecond=0))
        return parse_instant(kept)

    def awaited(self) -> list[Wanted]:
        """Calls whose transcript did not come yet, those asked for longest ago first."""
        return [Wanted(call_id, _instant(entry[0])) for call_id, entry in self._raw.get("awaited", {}).items()]

    def without_transcript(self) -> set[str]:
        """Calls that were given up: they have no transcript."""
        return set(self._raw.get("no_transcript", {}))

    def transcript_came(self, call_id: str) -> None:
        """Strike a call from the ledger."""
        self._raw.get("awaited", {}).pop(call_id, None)

    def transcript_missing(self, wanted: Wanted, now: datetime, patience: timedelta) -> None:
        """Keep waiting for a transcript that did not come, or give it up.

        Args:
            wanted: The call.
            now: The current time.
            patience: How long after it was first asked for it is given up.
        """
        ledger = self._raw.setdefault("awaited", {})
        entry = ledger.pop(wanted.call_id, None) or [_stamp(wanted.started), _stamp(now)]
        if now - (_instant(entry[1]) or now) >= patience:
            self._raw.setdefault("no_transcript", {})[wanted.call_id] = entry[0]
            return
        ledger[wanted.call_id] = entry  # at the end: the ledger is asked in turn
        for call_id in list(ledger)[: max(0, len(ledger) - MOST_AWAITED)]:
            self._raw.setdefault("no_transcript", {})[call_id] = ledger.pop(call_id)[0]

    def forget_calls(self, call_ids: Iterable[str]) -> None:
        """Strike calls that are not kept any more from everything."""
        for call_id in call_ids:
            for name in ("awaited", "no_transcript"):
                self._raw.get(name, {}).pop(call_id, None)

    def prune_given_up(self, settled: RangeSet) -> None:
        """Drop given-up calls that no later run lists again, so that the state stays small.

        Args:
            settled: Settled ranges of the transcripts.
        """
        given_up = self._raw.get("no_transcript", {})
        for call_id, stamp in list(given_up.items()):
            if (started := _instant(stamp)) is not None and started in settled:
                del given_up[call_id]

    def requests(self) -> tuple[str, int]:
        """UTC day and requests made on it, as the last run left them."""
        entry = self._raw.get("requests", {})
        return str(entry.get("day", "")), int(entry.get("used", 0))

    def note_requests(self, day: str, used: int) -> None:
        """Keep the day's count for the next process."""
        self._raw["requests"] = {"day": day, "used": used}

    @property
    def reconcile_next(self) -> datetime | None:
        """Where the next slice of a rolling reconcile begins."""
        value = self._raw.get("reconcile_next")
        return None if value is None else parse_instant(value)

    @reconcile_next.setter
    def reconcile_next(self, instant: datetime) -> None:
        """Keep where the next slice begins."""
        self._raw["reconcile_next"] = iso(instant)

    @property
    def library(self) -> dict[str, Any]:
        """What the library's resource keeps: ``folders`` (id to ``updated``) and ``full_read_at``."""
        library: dict[str, Any] = self._raw.setdefault("library", {})
        return library

    def _ranges(self, resource: str, selection: str) -> dict[str, Any]:
        entry: dict[str, Any] = self._raw.get("ranges", {}).get(resource, {}).get(selection, {})
        return entry


def _stamp(instant: datetime | None) -> int | None:
    return None if instant is None else (instant - EPOCH) // timedelta(microseconds=1)


def _instant(stamp: int | None) -> datetime | None:
    return None if stamp is None else EPOCH + timedelta(microseconds=stamp)
