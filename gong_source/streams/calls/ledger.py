"""Which transcripts are still awaited, and which calls have none: a part of the state of ``transcripts``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from gong_source.api.endpoints import BATCH
from gong_source.ranges import UTC, RangeSet
from gong_source.warehouse.queries import Wanted

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

MOST_AWAITED = 5000
"""Bound of the ledger; what is beyond it is found in the destination, as calls without a transcript."""

MOST_RETRIES = 10 * BATCH
"""Awaited transcripts asked for again in one run; a longer ledger is asked in turn over several runs."""

SLACK = 500
"""So many more are kept for a while: making room for each one by itself would take long."""


class Ledger:
    """A view over dlt's dict."""

    def __init__(self, raw: dict[str, Any]) -> None:
        """Look at a ledger.

        Args:
            raw: State of the stream ``transcripts``, or a copy of it.
        """
        self._raw = raw

    def awaited(self) -> list[Wanted]:
        """Calls whose transcript did not come yet, those asked for longest ago first."""
        return [Wanted(call_id, _instant(entry[0])) for call_id, entry in self._raw.get("awaited", {}).items()]

    def awaited_now(self) -> list[Wanted]:
        """Those of them to ask for in this run."""
        return self.awaited()[:MOST_RETRIES]

    def given_up(self) -> set[str]:
        """Calls that have no transcript, as far as is known."""
        return set(self._raw.get("no_transcript", {}))

    def came(self, call_id: str) -> None:
        """Strike a call."""
        self._raw.get("awaited", {}).pop(call_id, None)
        self._raw.get("no_transcript", {}).pop(call_id, None)

    def missing(self, wanted: Wanted, now: datetime, patience: timedelta) -> None:
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
        if len(ledger) >= MOST_AWAITED + SLACK:
            self._make_room(ledger)

    def wait_longer(self, now: datetime, patience: timedelta, lookback: timedelta) -> None:
        """Where the patience has grown, await again what was given up under less.

        Calls that are not remembered as given up any more are found in the destination, as those without room are.

        Args:
            now: The current time.
            patience: How long after it was first asked for a transcript is given up, by the settings at hand.
            lookback: How late after its time a call may have come.
        """
        seconds = patience.total_seconds()
        if seconds > self._raw.get("patience", seconds):
            self._raw["overflowed"] = True
            for call_id, stamp in list(self._raw.get("no_transcript", {}).items()):
                started = _instant(stamp)
                if started is not None and started >= now - patience - lookback:
                    del self._raw["no_transcript"][call_id]
                    self.missing(Wanted(call_id, started), now, patience)
        self._raw["patience"] = seconds

    def _make_room(self, ledger: dict[str, Any]) -> None:
        """Leave those that waited longest to the destination, which knows them too."""
        longest = sorted(ledger, key=lambda call_id: int(ledger[call_id][1]))
        for call_id in longest[: len(ledger) - MOST_AWAITED]:
            del ledger[call_id]
        self._raw["overflowed"] = True

    @property
    def overflowed(self) -> bool:
        """Whether calls wait that the ledger had no room for: the destination tells which."""
        return bool(self._raw.get("overflowed"))

    def settle_overflow(self) -> None:
        """Note that all that waits is in the ledger again."""
        self._raw.pop("overflowed", None)

    def forget(self, call_ids: Iterable[str]) -> None:
        """Strike calls that are not kept any more from everything."""
        for call_id in call_ids:
            self.came(call_id)

    def prune(self, settled: RangeSet) -> None:
        """Drop given-up calls that no later run lists again, so that the state stays small.

        Args:
            settled: Settled ranges of the transcripts.
        """
        given_up = self._raw.get("no_transcript", {})
        for call_id, stamp in list(given_up.items()):
            if (started := _instant(stamp)) is not None and started in settled:
                del given_up[call_id]


def _stamp(instant: datetime | None) -> int | None:
    return None if instant is None else (instant - EPOCH) // timedelta(microseconds=1)


def _instant(stamp: int | None) -> datetime | None:
    return None if stamp is None else EPOCH + timedelta(microseconds=stamp)
