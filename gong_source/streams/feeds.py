"""All that a run reads: the feeds of date ranges, which its load packages continue, and the short lists."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from typing import Any

from gong_source.streams.calls.listing import CallFeed, call_feeds
from gong_source.streams.context import ReadContext
from gong_source.streams.feed import Batch, Feed
from gong_source.streams.library import read_library
from gong_source.streams.logs import LogFeed
from gong_source.streams.snapshots import read_users, read_workspaces
from gong_source.streams.state import SourceState
from gong_source.tables import USERS, WORKSPACES

PARENTS = {
    "call_pages": ("calls", "calls_basic", "transcripts"),
    "log_pages": ("logs",),
    "library_listing": ("library_folders", "library_folder_calls"),
    "user_pages": ("users",),
    "workspace_list": ("workspaces",),
}
"""What is read once, and the resources that load from it."""

CALL_RESOURCES = frozenset(PARENTS["call_pages"])
LOG_RESOURCES = frozenset(PARENTS["log_pages"])
LIBRARY = frozenset(PARENTS["library_listing"])
LISTS = {"users": frozenset({"users"}), "workspaces": frozenset({"workspaces"}), "library": LIBRARY}
"""The short lists by the name they are read under, and the resources that load each."""


class Feeds:
    """What a run reads, begun at its start and handed over package by package."""

    def __init__(self, context: ReadContext) -> None:
        """Nothing is read yet.

        Args:
            context: Shared by the run.
        """
        self._context = context
        self._calls: list[CallFeed] | None = None
        self._logs: LogFeed | None = None

    def read_ahead(self, selected: set[str], state: SourceState) -> None:
        """Begin to read everything at once, so that what one leaves of the rate another uses.

        Args:
            selected: Names of the selected resources.
            state: As last committed; it is not written here.
        """
        context = self._context
        context.count_earlier_requests(state)
        if selected & CALL_RESOURCES:
            self._call_feeds(selected)[0].begin(state)
        if selected & LOG_RESOURCES:
            self._log_feed().begin(state)
        if selected & LIBRARY:
            contents = "library_folder_calls" in selected
            context.background.begin("library", lambda: read_library(context, state, contents))
        for table, read in ((USERS, read_users), (WORKSPACES, read_workspaces)):
            if table.name in selected:
                context.background.begin(table.name, partial(read, context))

    def unfinished(self, selected: set[str]) -> list[set[str]]:
        """The selected resources of date ranges that are not handed over yet: those of calls, and logs.

        Args:
            selected: Names of the selected resources.
        """
        calls_done = self._calls is not None and all(feed.done for feed in self._calls)
        logs_done = self._logs is not None and self._logs.done
        groups = ((selected & CALL_RESOURCES, calls_done), (selected & LOG_RESOURCES, logs_done))
        return [resources for resources, done in groups if resources and not done]

    def lists(self, selected: set[str]) -> dict[Future[Any], set[str]]:
        """The short lists that are read in the background, with the selected resources that load each.

        Args:
            selected: Names of the selected resources.
        """
        found = ((self._context.background.begun(name), selected & own) for name, own in LISTS.items())
        return {future: resources for future, resources in found if future is not None and resources}

    @property
    def crowded(self) -> bool:
        """Whether what was read should be loaded before long, or readers are held back."""
        return any(feed.crowded for feed in self._all())

    def calls(self, selected: set[str]) -> Iterator[Batch]:
        """The next package of calls and transcripts.

        Args:
            selected: Names of the selected resources.
        """
        for feed in self._call_feeds(selected):
            if not feed.done:
                yield from feed.package(self._context.state())
                if not feed.done:
                    return

    def logs(self) -> Iterator[Batch]:
        """The next package of logs."""
        if not self._log_feed().done:
            yield from self._log_feed().package(self._context.state())

    def restart(self) -> None:
        """After a package was lost: read again what it held, from the committed state."""
        for feed in self._all():
            feed.close()
        if self._calls and not all(feed.done for feed in self._calls):
            self._calls = None
        if self._logs and not self._logs.done:
            self._logs = None

    def close(self) -> None:
        """End all threads and connections."""
        for feed in self._all():
            feed.close()
        self._context.client.close()

    def _all(self) -> list[Feed]:
        return [*(self._calls or ()), *((self._logs,) if self._logs else ())]

    def _call_feeds(self, selected: set[str]) -> list[CallFeed]:
        if self._calls is None:
            self._calls = list(call_feeds(self._context, selected))
        return self._calls

    def _log_feed(self) -> LogFeed:
        if self._logs is None:
            self._logs = LogFeed(self._context)
        return self._logs
