"""Load the inbox: package after package, each event settled only once its package is committed."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from dlt.pipeline.pipeline import Pipeline

from gong_source.api import GongClient
from gong_source.api.endpoints import BATCH, CALLS_EXTENSIVE
from gong_source.config import load_settings
from gong_source.errors import GongConfigError, GongError
from gong_source.ranges import UTC
from gong_source.report import RunReport
from gong_source.runs.drain_order import foreign, instant_of, must_ask
from gong_source.runs.engine import OnPackage, Run, pipeline_state, resource_names
from gong_source.source import source_of
from gong_source.streams.calls.events import ArrivedCall, EventFeed, as_listed, event_batches, parts_in
from gong_source.streams.calls.parts import call_started, shape_calls
from gong_source.streams.calls.selector import content_selector
from gong_source.streams.context import ReadContext
from gong_source.tables.arrow import as_text
from gong_source.warehouse.store import Store
from gong_source.warehouse.stored import stored_calls, transcripts
from gong_source.webhook.inbox import Inbox, Pending

logger = logging.getLogger("gong_source.webhook")

MOST_EVENTS = 500
MOST_BYTES = 32 * 2**20
"""Events, and bytes of them, in one load package: what bounds the memory of a drain."""

MOST_ROUNDS = 3
"""How often an event is taken again in one run because a sync committed at the same time."""

OVERLAP = timedelta(hours=1)
"""How far back committed packages are compared to see whether one was committed meanwhile."""


def run_drain(
    pipeline: Pipeline,
    inbox: str | os.PathLike[str],
    *,
    resources: Sequence[str] | None = None,
    clock: Callable[[], datetime] | None = None,
    on_package: OnPackage | None = None,
    **settings: Any,
) -> RunReport:
    """Load the events of an inbox into ``calls`` and its nested tables, and ask for the transcripts of those calls.

    Args:
        pipeline: Destination and dataset.
        inbox: Path of the inbox.
        resources: ``calls``, with or without ``transcripts``; both where None.
        clock: The current time.
        on_package: Called after each committed load package.
        **settings: Further fields of :class:`~gong_source.config.GongSettings`.

    Returns:
        What was done; its ``found`` says what became of the events. Events that could not be loaded stay.

    Raises:
        GongConfigError: A setting is missing or not allowed.
        GongDestinationError: The destination can't merge rows, or an earlier package can't be loaded.
        InboxError: The inbox can't be used, or another process loads it.
    """
    selected = resource_names(resources, {"calls", "transcripts"})
    if not {"calls"} <= selected <= {"calls", "transcripts"}:
        raise GongConfigError("Webhooks bring calls, with or without transcripts; nothing else can be chosen.")
    resolved = load_settings(**settings)
    with contextlib.closing(Inbox(inbox)) as box, box.draining():
        if not box.pending_count():
            return RunReport()
        context = ReadContext(resolved, GongClient(resolved))
        if clock:
            context.clock = clock
        with Run(pipeline, context, on_package) as run:
            Drain(pipeline, box, context, run, selected).all()
        box.prune()
    return run.report


class Drain:
    """One run over an inbox."""

    def __init__(self, pipeline: Pipeline, inbox: Inbox, context: ReadContext, run: Run, selected: set[str]) -> None:
        """Begin.

        Args:
            pipeline: Destination and dataset, prepared.
            inbox: Held for draining.
            context: Settings and client.
            run: Loads packages and keeps the report.
            selected: Names of the resources.
        """
        self._pipeline = pipeline
        self._store = Store(pipeline)
        self._inbox = inbox
        self._context = context
        self._run = run
        self._selected = selected
        self._left: set[int] = set()
        self._rounds: Counter[int] = Counter()
        self._outcomes: Counter[str] = Counter()

    def all(self) -> None:
        """Take events until none is left that can be loaded now."""
        client = self._context.client
        client.quota.budget.seed(*pipeline_state(self._pipeline).requests())
        going = True
        while going and (events := self._inbox.pending(MOST_EVENTS, MOST_BYTES, self._left)):
            going = self._round(events)
        pending = self._inbox.pending_count()
        self._run.report.found = {**dict(self._outcomes), **({"pending": pending} if pending else {})}

    def _round(self, events: Sequence[Pending]) -> bool:
        """Load some events; False where nothing more can be loaded in this run."""
        own = self._inbox.own_loads()
        began = datetime.now(UTC)
        since = min(began, *(instant_of(event.received_at) for event in events)) - OVERLAP
        loads = self._store.loads_since(since)
        rows = stored_calls(self._store, [event.call_id for event in events])
        ready: dict[str, ArrivedCall] = {}
        asking: list[Pending] = []
        for event in events:
            if event.outdone:
                self._settle([event], "superseded")
            elif (arrived := self._read(event)) is not None:
                complete = arrived.parts >= set(self._context.settings.call_parts or ())
                if must_ask(event, rows.get(event.call_id), complete, loads, own):
                    asking.append(event)
                else:
                    ready[event.call_id] = arrived
        asked_at = time.time_ns() // 1000 if asking else 0
        ready.update(self._asked(asking))
        carried = [event for event in events if event.call_id in ready]
        if not carried:
            return True
        if not self._load(list(ready.values()), carried, asked_at):
            return False
        committed_meanwhile = set(self._store.loads_since(since)) - set(loads)
        if foreign(dict.fromkeys(committed_meanwhile, began), self._inbox.own_loads()):
            self._again(carried)
        else:
            self._settle(carried, "loaded")
        return True

    def _again(self, events: Sequence[Pending]) -> None:
        """A sync committed between the decision and the load, so the newer row may have been overwritten: ask Gong."""
        for event in events:
            self._rounds[event.seq] += 1
            if self._rounds[event.seq] >= MOST_ROUNDS:
                self._left.add(event.seq)

    def _read(self, event: Pending) -> ArrivedCall | None:
        """The call of an event as a sync would have listed it; None where it is not to be loaded."""
        settings = self._context.settings
        wanted = settings.call_parts or ()
        try:
            call = as_listed(orjson.loads(event.body)["callData"], settings)
            basic = call["metaData"]
            arrived = ArrivedCall(event.call_id, call, parts_in(call, wanted))
            shape_calls([call], [event.call_id], arrived.parts)
        except Exception as error:  # whatever is wrong with one event must not hold up the others
            logger.error("An event of call %s can't be read and is set aside", event.call_id, exc_info=error)
            self._settle([event], "unreadable", keep_body=True)
            return None
        workspace, started = basic.get("workspaceId"), call_started(basic)
        if settings.workspace_ids and workspace is not None and as_text(workspace) not in settings.workspace_ids:
            self._settle([event], "other_workspace")
        elif settings.start_date and started and started < settings.start_date:
            self._settle([event], "before_start")
        else:
            return arrived
        return None

    def _asked(self, events: Sequence[Pending]) -> dict[str, ArrivedCall]:
        """Ask Gong for calls; those it does not show are left out, and are the next sync's matter."""
        settings = self._context.settings
        found: dict[str, ArrivedCall] = {}
        for start in range(0, len(events), BATCH):
            batch = events[start : start + BATCH]
            ids = [event.call_id for event in batch]
            body = {"filter": {"callIds": ids}, "contentSelector": content_selector(settings)}
            try:
                pages = self._context.client.pages(CALLS_EXTENSIVE, body=body, window=f"{len(ids)} call ids")
                calls = [call for page in pages for call in page.records]
            except GongError as error:
                self._context.fail(["calls"], error)
                self._left.update(event.seq for event in events[start:])
                break
            listed = {as_text(call["metaData"]["id"]): call for call in calls}
            parts = frozenset(settings.call_parts or ())
            for event in batch:
                if event.call_id in listed:
                    found[event.call_id] = ArrivedCall(event.call_id, listed[event.call_id], parts)
                else:
                    logger.warning("Gong does not show call %s of an event any more, or not yet", event.call_id)
                    self._settle([event], "not_listed")
        return found

    def _load(self, calls: list[ArrivedCall], events: Sequence[Pending], asked_at: int) -> bool:
        """Load one package; whether it was committed."""
        there = None
        if "transcripts" in self._selected:
            there = transcripts(self._store, [call.call_id for call in calls])
        feed = EventFeed(self._context, calls, there)

        def on_first_package(load_id: str) -> None:
            self._inbox.carried(load_id, events, asked_at)

        resources = tuple(sorted(self._selected))
        parents = {"events": (resources, lambda _: event_batches(feed, on_first_package))}
        try:
            while not feed.done:
                if not self._run.attempt(self._selected, source_of(self._context, parents).with_resources(*resources)):
                    return False
            return True
        finally:
            feed.close()

    def _settle(self, events: Sequence[Pending], outcome: str, keep_body: bool = False) -> None:
        self._inbox.settle(events, outcome, keep_body)
        self._outcomes[outcome] += len(events)
