"""The truth: everything that exists in the made-up company, visible or not."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gong_source.sandbox.clock import Clock, moved, parse_stamp
from gong_source.sandbox.messages import Json
from gong_source.sandbox.records import LATEST, CallRecord
from gong_source.sandbox.written import Written
from gong_source.sandbox.zone import Zone

LOG_TYPES = ("AccessLog", "UserActivityLog", "UserCallPlay", "ExternallySharedCallAccess", "ExternallySharedCallPlay")

Sorted = list[tuple[datetime, str, CallRecord]]


@dataclass
class CallIndex:
    """Finds calls by time, oldest first.

    Attributes:
        calls: The calls by id, which the world owns.
    """

    calls: dict[str, CallRecord]
    _by_start: Sorted | None = None
    _by_schedule: Sorted | None = None

    def forget(self) -> None:
        """Sort anew at the next question, because calls came, went or moved."""
        self._by_start = self._by_schedule = None

    def by_start(self, start: datetime | None, end: datetime | None) -> list[CallRecord]:
        """Return the calls that started in [start, end)."""
        if self._by_start is None:
            self._by_start = _sorted((call.started, call.id, call) for call in self.calls.values())
        return _between(self._by_start, start, end)

    def by_schedule(self, start: datetime | None, end: datetime | None) -> list[CallRecord]:
        """Return the calls that were scheduled, or else started, in [start, end)."""
        if self._by_schedule is None:
            self._by_schedule = _sorted((call.scheduled or call.started, call.id, call) for call in self.calls.values())
        return _between(self._by_schedule, start, end)


@dataclass(repr=False)
class World:
    """All data of the made-up company, in Gong's own shapes and before any selector.

    Attributes:
        clock: The sandbox's time.
        users: Users by id.
        avatars: Synthetic users of Gong's own staff, by id.
        workspaces: Workspaces by id.
        unseen_workspaces: Those that the key may not see.
        calls: Calls by id.
        folders: Library folders by id.
        folder_workspaces: The workspace of each folder.
        folder_calls: What is in each folder.
        logs: Log entries by type, oldest first.
        scorecards: Scorecard definitions.
        trackers: Keyword tracker definitions.
        call_outcomes: Dialer outcomes.
        briefs: AI briefs.
        profiles: Permission profiles by id.
        profile_workspaces: The workspace of each profile.
        profile_users: The users of each profile.
        settings_history: How the settings of each user changed, oldest first.
        targets: Definitions of targets.
        flows: Engage flows with their steps, workspace, and the owners of those that are not of the company.
        flow_folders: Their folders.
        seatless: Ids of users without a seat of Engage, about whom nothing of it is told.
        tasks: Engage tasks by id.
        task_workspaces: The workspace of each task.
        zone: The company's time zone.
        written: What was written through the API.
        lock: Held while the world is read for an answer or changed.
    """

    clock: Clock = field(default_factory=Clock)
    users: dict[str, Json] = field(default_factory=dict)
    avatars: dict[str, Json] = field(default_factory=dict)
    workspaces: dict[str, Json] = field(default_factory=dict)
    unseen_workspaces: dict[str, Json] = field(default_factory=dict)
    calls: dict[str, CallRecord] = field(default_factory=dict)
    folders: dict[str, Json] = field(default_factory=dict)
    folder_workspaces: dict[str, str] = field(default_factory=dict)
    folder_calls: dict[str, list[Json]] = field(default_factory=dict)
    logs: dict[str, list[Json]] = field(default_factory=lambda: {kind: [] for kind in LOG_TYPES})
    scorecards: list[Json] = field(default_factory=list)
    trackers: list[Json] = field(default_factory=list)
    call_outcomes: list[Json] = field(default_factory=list)
    briefs: list[Json] = field(default_factory=list)
    profiles: dict[str, Json] = field(default_factory=dict)
    profile_workspaces: dict[str, str] = field(default_factory=dict)
    profile_users: dict[str, list[str]] = field(default_factory=dict)
    settings_history: dict[str, list[Json]] = field(default_factory=dict)
    targets: list[Json] = field(default_factory=list)
    flows: list[Json] = field(default_factory=list)
    flow_folders: list[Json] = field(default_factory=list)
    seatless: set[str] = field(default_factory=set)
    tasks: dict[str, Json] = field(default_factory=dict)
    task_workspaces: dict[str, str] = field(default_factory=dict)
    zone: Zone = field(default_factory=Zone)
    written: Written = field(default_factory=Written, repr=False)
    lock: threading.RLock = field(default_factory=threading.RLock)
    index: CallIndex = field(init=False)
    _log_times: dict[str, list[datetime]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index the calls."""
        self.index = CallIndex(self.calls)

    def visible_calls(self, now: datetime | None = None) -> dict[str, CallRecord]:
        """Return the calls that lists show at a time (default: the sandbox's now), oldest first."""
        moment = now or self.clock.now()
        with self.lock:
            return {call.id: call for call in self.index.by_start(None, None) if call.is_visible(moment)}

    def visible_transcripts(self, now: datetime | None = None) -> dict[str, list[Json]]:
        """Return the transcripts that can be read at a time (default: the sandbox's now), by call."""
        moment = now or self.clock.now()
        with self.lock:
            ready = [call for call in self.index.by_start(None, None) if call.has_transcript(moment)]
            return {call.id: call.transcript or [] for call in ready}

    def talked_about(self, start: datetime | None, end: datetime | None) -> list[CallRecord]:
        """Return all calls of which something may have been said or done in [start, end)."""
        first = None if start is None else moved(start, -LATEST)
        edited = (call for call in self.calls.values() if call.edited)
        return list({call.id: call for call in (*self.index.by_start(first, end), *edited)}.values())

    def add_calls(self, records: Iterable[CallRecord]) -> None:
        """Add calls."""
        with self.lock:
            self.calls.update((record.id, record) for record in records)
            self.index.forget()

    def log_entries(self, log_type: str, start: datetime, end: datetime | None) -> list[Json]:
        """Return the log entries of one type in [start, end), oldest first."""
        entries = self.logs[log_type]
        times = self._log_times.get(log_type)
        if times is None or len(times) != len(entries):
            entries.sort(key=log_time)
            times = self._log_times[log_type] = [log_time(entry) for entry in entries]
        first = bisect_left(times, start)
        last = len(times) if end is None else bisect_left(times, end)
        return entries[first:last]

    def add_log_entries(self, log_type: str, entries: Iterable[Json]) -> None:
        """Add log entries, whose times must be readable."""
        new = [dict(entry) for entry in entries]
        for entry in new:
            log_time(entry)
        self.logs[log_type].extend(new)
        self.logs[log_type].sort(key=log_time)
        self._log_times.pop(log_type, None)


def log_time(entry: Json) -> datetime:
    """Return the time of a log entry."""
    return parse_stamp(entry["eventTime"])


def _sorted(entries: Iterable[tuple[datetime, str, CallRecord]]) -> Sorted:
    return sorted(entries, key=lambda entry: entry[:2])


def _between(entries: Sorted, start: datetime | None, end: datetime | None) -> list[CallRecord]:
    def place(moment: datetime | None, otherwise: int) -> int:
        bound: Any = (moment,)
        return otherwise if moment is None else bisect_left(entries, bound)

    return [entry[2] for entry in entries[place(start, 0) : place(end, len(entries))]]
