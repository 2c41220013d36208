"""The five logs, each with ranges of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from gong_source.api.endpoints import LOG_TYPES
from gong_source.api.endpoints import LOGS as LOGS_ENDPOINT
from gong_source.ranges import RangeSet, iso, parse_instant
from gong_source.streams.context import access_log_start
from gong_source.streams.feed import MOST_WINDOWS, Feed, Window, WindowRead, hand_over
from gong_source.streams.read_ahead import Emit, Failed
from gong_source.streams.state import SourceState
from gong_source.tables import LOGS
from gong_source.tables.arrow import JsonDict, Shaped, shape


@dataclass(frozen=True)
class LogsRead:
    """Event: a page of log entries.

    Attributes:
        parts: Their rows.
    """

    parts: list[Shaped]


class LogFeed(Feed):
    """Reads each log by windows, all logs of a time side by side."""

    windows_per_package = len(LOG_TYPES)

    def _lanes(self) -> dict[str, tuple[int, Callable[[], int]]]:
        return {"logs": (MOST_WINDOWS, self.width)}

    def _start(self, state: SourceState) -> None:
        asked = self.context.asked(state)
        windows: list[Window] = []
        for log_type in LOG_TYPES:
            wanted = RangeSet([asked] if asked else []) - state.settled("logs", log_type)
            if log_type == "AccessLog":
                wanted = wanted & self.context.access_log_kept()
            windows += self.windows(log_type, wanted)
        windows.sort(key=lambda window: window.range.start, reverse=self.context.newest_first)
        self._windows_left = len(windows)
        for window in windows:
            self.submit("logs", self._window_job(window))

    def _window_job(self, window: Window) -> Callable[[Emit], None]:
        client = self.context.client
        params = {"logType": window.selection, "toDateTime": iso(window.range.end)}

        def job(emit: Emit) -> None:
            read_at = self.context.clock()
            start = window.range.start
            if window.selection == "AccessLog":  # since the run began, Gong may have dropped some of it
                start = max(start, access_log_start(read_at))
            if start < window.range.end:
                limits = {**params, "fromDateTime": iso(start)}
                pages = client.pages(LOGS_ENDPOINT, params=limits, window=f"{window.selection}, {window.range}")
                hand_over(pages, lambda page: LogsRead([shape_logs(page.records, window.selection)]), emit)
            emit(WindowRead(window, read_at))

        return job

    def _handle(self, event: object, state: SourceState) -> list[Shaped]:
        if isinstance(event, LogsRead):
            return event.parts
        assert isinstance(event, WindowRead)
        self._windows_left -= 1
        window = event.window
        state.mark_read("logs", window.selection, window.range, event.read_at, self.context.settings.lookback)
        return []

    def _on_failure(self, failed: Failed) -> None:
        self.drop("logs")
        self._windows_left = 0
        self.context.fail(["logs"], failed.error)


def shape_logs(entries: Sequence[JsonDict], log_type: str) -> Shaped:
    """Rows of ``logs``, one of each entry of the page.

    Args:
        entries: Items of GET logs.
        log_type: The log they are from.
    """
    by_id = {entry_id(entry, log_type): entry for entry in entries}
    return shape(LOGS, list(by_id.values()), {"id": list(by_id), "log_type": [log_type] * len(by_id)})


def entry_id(entry: JsonDict, log_type: str) -> str:
    """A key for an entry, which Gong gives none: a hash of the type, the time, who, and the record.

    Fields that Gong adds beside these later don't change it, nor does the offset the time is written with.

    Args:
        entry: As Gong sent it.
        log_type: The log it is from.
    """
    who = [entry.get(f"{role}Id") or entry.get(f"{role}EmailAddress") for role in ("user", "impersonatorUser")]
    content = [log_type, _instant_text(entry.get("eventTime")), who, entry.get("logRecord")]
    return hashlib.blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def _instant_text(value: Any) -> Any:
    try:
        return iso(parse_instant(value))
    except ValueError:
        return value
