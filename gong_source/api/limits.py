"""The company's quota, shared: pacing of starts and the daily budget, one of each per host and key.

Gong allows 3 calls a second and 10,000 a day for all integrations of a company together, and tells neither what is
left nor when the day begins anew (reference: rate limits). So this counts for itself, by UTC day.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import dlt

from gong_source.api.notebook import Note, Notebook, open_notebook
from gong_source.errors import GongQuotaExceeded

SPACING = 1.04
"""Starts are spaced this much wider than the rate: at exactly 1/rate, jitter on the way makes the server count one
start too many in a second."""


class Pacer:
    """Spaces the starts of requests, over all who share its notebook."""

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        notebook: Notebook | None = None,
    ) -> None:
        """Make a pacer.

        Args:
            clock: Seconds, the same for all who share the notebook.
            sleep: Waits the given seconds.
            notebook: Where it is noted when the next request may start; one of its own by default.
        """
        self._clock = clock
        self._sleep = sleep
        self._notebook = notebook or Notebook()
        self._turn = threading.Lock()
        self._last = -math.inf  # start of this process

    def wait(
        self, per_second: float, most: float = float("inf"), on_wait: Callable[[float], None] | None = None
    ) -> None:
        """Return when the next request may start.

        Whoever sleeps holds the turn among the threads. Of several processes the first to wake goes, the others sleep
        again: nobody reserves a start, so that none is lost with a process that is killed.

        Args:
            per_second: Starts allowed in any one second; 0 for no limit. Another process that has a smaller rate keeps
                to it by itself: nobody waits for its next start.
            most: Seconds of a pause that is sat out; another process may be more patient.
            on_wait: Is told of the seconds of a pause.

        Raises:
            GongQuotaExceeded: Another process was told to pause for longer.
        """
        with self._turn:
            while (left := self._start(per_second, most, on_wait)) > 0:
                self._sleep(left)

    def pause(self, seconds: float) -> None:
        """Let nobody start for a while, as after a 429.

        Args:
            seconds: Counted from now; a longer pause already set stays.
        """
        with self._notebook.hold() as note:
            now = self._clock()
            _mind_clock(note, now)
            note.paused, note.at = max(note.paused, now + seconds), now

    def _start(self, per_second: float, most: float, on_wait: Callable[[float], None] | None) -> float:
        """Start now, or tell how many seconds are left until then."""
        spacing = SPACING / per_second if per_second else 0.0
        with self._notebook.hold() as note:
            now = self._clock()
            _mind_clock(note, now)
            own = self._last + spacing if self._last <= now else 0.0
            pause, left = note.paused - now, max(own, min(note.next_start, note.at + spacing)) - now
            if pause <= 0 and left <= 0:
                note.next_start, note.at, self._last = now + spacing, now, now
        if pause > most:
            raise GongQuotaExceeded(
                f"Gong told another process to wait, {pause:.0f} s are left, sources.gong.max_retry_wait allows "
                f"{most:.0f} s",
                pause,
            )
        if pause > 0 and on_wait:
            on_wait(pause)
        return max(pause, left)


def _mind_clock(note: Note, now: float) -> None:
    """Forget what was noted by a clock that was ahead."""
    if note.at > now:
        note.next_start = note.at = note.paused = 0.0


class DailyBudget:
    """Counts requests of the current UTC day and refuses those beyond the budget."""

    def __init__(self, today: Callable[[], str] | None = None, notebook: Notebook | None = None) -> None:
        """Make a budget.

        Args:
            today: The current UTC day as ISO text.
            notebook: Where the count is noted; one of its own, with nothing used, by default.
        """
        self._today = today or (lambda: datetime.now(timezone.utc).date().isoformat())
        self._notebook = notebook or Notebook()

    def spend(self, budget: int) -> None:
        """Count one request.

        Args:
            budget: Requests allowed a day; 0 for no limit.

        Raises:
            GongQuotaExceeded: When the day's budget is used up; nothing is counted then.
        """
        with self._notebook.hold() as note:
            self._roll(note)
            if budget and note.used >= budget:
                raise GongQuotaExceeded(
                    f"{note.used} requests made on {note.day} (UTC), sources.gong.daily_requests allows {budget}"
                )
            note.used += 1

    def seed(self, day: str, used: int) -> None:
        """Take over what earlier processes used on that day, as kept in the pipeline's state.

        Args:
            day: ISO day of the count; another day than today is ignored.
            used: Requests made then; the count never goes down.
        """
        with self._notebook.hold() as note:
            self._roll(note)
            if day == note.day:
                note.used = max(note.used, used)

    def used(self) -> tuple[str, int]:
        """The current UTC day and the requests counted on it."""
        with self._notebook.hold() as note:
            self._roll(note)
            return note.day, note.used

    def _roll(self, note: Note) -> None:
        if (today := self._today()) != note.day:
            note.day, note.used = today, 0


class Quota:
    """Pacing and budget of one key with one host."""

    def __init__(self, notebook: Notebook | None = None) -> None:
        """Fresh pacing, empty count, where the notebook says nothing else.

        Args:
            notebook: Shared with others; one of its own by default.
        """
        notebook = notebook or Notebook()
        self.pacer = Pacer(notebook=notebook)
        self.budget = DailyBudget(notebook=notebook)


_quotas: dict[tuple[str, str, str], Quota] = {}
_quotas_lock = threading.Lock()


def quota_of(origin: str, identity: str = "") -> Quota:
    """The one quota of this process for a host and a key: every client that uses them shares it.

    Args:
        origin: Scheme, host and port.
        identity: What tells the key from others.
    """
    data = str(dlt.current.run_context().data_dir)
    with _quotas_lock:
        key = origin, identity, data
        if key not in _quotas:
            _quotas[key] = Quota(open_notebook(origin, identity, Path(data)))
        return _quotas[key]
