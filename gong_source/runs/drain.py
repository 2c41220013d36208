"""Load the inbox: package after package, each event settled only once its package is committed."""

from __future__ import annotations

import contextlib
import logging
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from dlt.pipeline.pipeline import Pipeline

from gong_source.api import GongClient
from gong_source.api.decode import decode_object
from gong_source.api.endpoints import BATCH, CALLS_EXTENSIVE
from gong_source.config import load_settings
from gong_source.errors import GongConfigError, GongError, GongProtocolError
from gong_source.ranges import UTC
from gong_source.report import RunReport
from gong_source.runs.drain_order import foreign, must_ask
from gong_source.runs.engine import OnPackage, Run
from gong_source.runs.lock import exclusive
from gong_source.runs.prepare import committed
from gong_source.streams.calls.arrived import ArrivedReader
from gong_source.streams.calls.event import ArrivedCall, as_listed, parts_in
from gong_source.streams.calls.parts import call_started, is_private, shape_calls
from gong_source.streams.calls.rows import call_fault
from gong_source.streams.calls.selector import content_selector
from gong_source.streams.columns import column_notices
from gong_source.streams.company import check_key, workspaces_known
from gong_source.streams.context import ReadContext
from gong_source.streams.reader import Reader
from gong_source.streams.set_aside import Place
from gong_source.streams.source_state import SourceState
from gong_source.streams.state import CompanyState
from gong_source.streams.table import StreamTable
from gong_source.tables.arrow import JsonDict, as_text
from gong_source.warehouse.loads import loads_since
from gong_source.warehouse.place import place_of
from gong_source.warehouse.queries import stored_calls, transcripts
from gong_source.warehouse.rejected import rejected_rows
from gong_source.warehouse.store import Store
from gong_source.webhook.inbox import Inbox, Pending, inbox_file

logger = logging.getLogger("gong_source.webhook")

MOST_EVENTS = 500
MOST_BYTES = 32 * 2**20
"""Events, and bytes of them, in one load package: what bounds the memory of a drain."""

MOST_ROUNDS = 3
"""How often an event is taken again in one run because a sync committed at the same time."""

OVERLAP = timedelta(hours=1)
"""How far back committed packages are compared to see whether one was committed meanwhile."""


@exclusive
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
    selected = StreamTable().named(resources or ["calls", "transcripts"])
    if not {"calls"} <= selected <= {"calls", "transcripts"}:
        raise GongConfigError("Webhooks bring calls, with or without transcripts; nothing else can be chosen.")
    resolved = load_settings(**settings)
    selected -= {"transcripts"} if resolved.transcripts == "drop" else set()
    notices = column_notices(resolved, StreamTable())
    if not (file := inbox_file(inbox)).is_file():  # a scheduler may come before the receiver, which makes it
        told = GongConfigError(f"There is no inbox {file}, so nothing was loaded: is it the one that the receiver has?")
        return RunReport(where=place_of(pipeline), notices={**notices, "inbox": told})
    with contextlib.closing(Inbox(inbox)) as box, box.draining():
        if not box.pending_count():
            return RunReport(where=place_of(pipeline), notices=notices)
        context = ReadContext(resolved, GongClient(resolved), notices=notices)
        if clock:
            context.clock = clock
        with Run("drain", pipeline, context, selected, on_package) as run:
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
        self._workspaces: set[str] = set()
        self._left: set[int] = set()
        self._problems: list[GongError] = []
        self._rounds: Counter[int] = Counter()
        self._outcomes: Counter[str] = Counter()

    def all(self) -> None:
        """Take events until none is left that can be loaded now."""
        client = self._context.client
        client.quota.budget.seed(*CompanyState(committed(self._pipeline)).requests())
        self._context.rejected.open(rejected_rows(self._store)())
        going = self._is_ours()
        while going and (events := self._inbox.take(MOST_EVENTS, MOST_BYTES, self._left)):
            going = self._round(events)
        for problem in self._problems:  # told last: what could be loaded as it came is not held up by them
            self._context.fail(["calls"], problem)
        self._context.write_rejected(self._store)
        pending = self._inbox.pending_count()
        self._run.report.found = {**dict(self._outcomes), **({"pending": pending} if pending else {})}

    def _is_ours(self) -> bool:
        """Whether Gong may be asked about events: what another company's key does not show would count as gone."""
        try:
            check_key(self._context, self._store)
        except GongError as error:
            self._problems.append(error)
            return False
        self._workspaces = workspaces_known(self._store)
        return True

    def _round(self, events: Sequence[Pending]) -> bool:
        """Load some events; False where nothing more can be loaded in this run."""
        told = [(event, self._read(event)) for event in events]
        began = datetime.now(UTC)
        since = min([began, *(call_started(call.call["metaData"]) or began for _, call in told if call)]) - OVERLAP
        loads = loads_since(self._store, since)()
        others = foreign(loads, self._inbox.own_loads())
        stored = stored_calls(self._store, [event.call_id for event in events])
        ready: dict[str, ArrivedCall] = {}
        asking: list[tuple[Pending, ArrivedCall | None]] = []
        for event, call in told:
            basic = call.call["metaData"] if call else {}
            known = event.call_id in stored
            if not call or self._is_elsewhere(basic) or must_ask(event, call_started(basic), known, others):
                asking.append((event, call))
            elif self._is_wanted(event, call):
                ready[event.call_id] = call
        ready.update(self._asked(asking))
        carried = [event for event in events if event.call_id in ready]
        if not carried:
            return True
        if not self._load(list(ready.values())):
            return False
        committed_meanwhile = loads_since(self._store, since)().keys() - loads.keys()
        if committed_meanwhile - self._inbox.own_loads():
            self._again(carried)
        else:
            self._settle(carried, "loaded")
        return True

    def _is_elsewhere(self, basic: JsonDict) -> bool:
        """Whether a call is in a workspace that nobody knows: Gong tells whether it is ours, by showing it."""
        workspace = basic.get("workspaceId")
        return bool(self._workspaces) and workspace is not None and as_text(workspace) not in self._workspaces

    def _again(self, events: Sequence[Pending]) -> None:
        """A sync committed between the decision and the load, so the newer row may have been overwritten: ask Gong."""
        for event in events:
            self._rounds[event.seq] += 1
            if self._rounds[event.seq] >= MOST_ROUNDS:
                self._left.add(event.seq)

    def _read(self, event: Pending) -> ArrivedCall | None:
        """The call of an event as a sync would have listed it; None where it can't be read."""
        if not event.body:
            return None
        try:
            content = decode_object(event.body) or {}
            return self._arrived(event.call_id, as_listed(content["callData"], self._context.settings))
        except Exception as error:  # whatever is wrong with one event must not hold up the others
            logger.error("An event of call %s can't be read; Gong is asked for the call", event.call_id, exc_info=error)
            return None

    def _arrived(self, call_id: str, call: JsonDict) -> ArrivedCall:
        """A call to load, after trying whether it can be.

        Raises:
            GongProtocolError: It has no basic fields.
        """
        if not isinstance(call.get("metaData"), dict):
            raise GongProtocolError("the call has no object metaData", endpoint=CALLS_EXTENSIVE.name)
        arrived = ArrivedCall(call_id, call, parts_in(call, self._context.settings.call_parts or ()))
        shape_calls([call], [call_id], arrived.parts)
        return arrived

    def _is_wanted(self, event: Pending, arrived: ArrivedCall) -> bool:
        """Whether a call is within what is configured; the event is settled where it is not."""
        settings, basic = self._context.settings, arrived.call["metaData"]
        workspace, started = basic.get("workspaceId"), call_started(basic)
        if settings.workspace_ids and workspace is not None and as_text(workspace) not in settings.workspace_ids:
            self._settle([event], "other_workspace")
        elif settings.start_date and started and started < settings.start_date:
            self._settle([event], "before_start")
        else:
            return True
        return False

    def _asked(self, events: Sequence[tuple[Pending, ArrivedCall | None]]) -> dict[str, ArrivedCall]:
        """Ask Gong for calls; those it does not show are left out, and are the next sync's matter."""
        found: dict[str, ArrivedCall] = {}
        for start in range(0, len(events), BATCH):
            batch = events[start : start + BATCH]
            try:
                listed = self._listed([event.call_id for event, _ in batch])
            except GongError as error:
                self._problems.append(error)
                self._left.update(event.seq for event, _ in events[start:])
                break
            for event, told in batch:
                if (call := self._chosen(event, told, listed.get(event.call_id))) and self._is_wanted(event, call):
                    found[event.call_id] = call
        return found

    def _listed(self, ids: list[str]) -> dict[str, JsonDict]:
        """Gong's present answer about some calls, by id."""
        body = {"filter": {"callIds": ids}, "contentSelector": content_selector(self._context.settings)}
        pages = self._context.client.pages(CALLS_EXTENSIVE, body=body, window=f"{len(ids)} call ids", keep_others=True)
        listed = [item for page in pages for item in page.items]
        calls = self._context.rejected.sifted(self._context.streams["calls"], listed, Place(), call_fault)
        return {as_text(call["metaData"]["id"]): call for call in calls}

    def _chosen(self, event: Pending, told: ArrivedCall | None, listed: JsonDict | None) -> ArrivedCall | None:
        """What to load of a call that was asked for; the event is settled where that is nothing."""
        if listed is not None:
            try:
                arrived = self._arrived(event.call_id, listed)
            except Exception as error:  # as in an event
                logger.error("Gong's answer about call %s can't be read", event.call_id, exc_info=error)
                self._set_aside(event, listed)
            else:  # an empty list is left out of an answer, and is no part that was not asked for
                return replace(arrived, parts=frozenset(self._context.settings.call_parts or ()))
        elif told is not None:
            if is_private(told.call["metaData"]) and not self._context.settings.include_private_calls:
                return told  # it removes the call; Gong may show private calls to nobody
            logger.warning("Gong does not show call %s of an event any more, or not yet", event.call_id)
        if listed is not None or (told is None and event.body):
            if listed is None:
                self._set_aside(event, decode_object(event.body) or event.body.decode(errors="replace"))
            self._settle([event], "unreadable", keep_body=True)
        else:
            self._settle([event], "not_listed")
        return None

    def _set_aside(self, event: Pending, record: Any) -> None:
        reason = "an event, or Gong's answer about its call, can't be read"
        self._context.rejected.add(self._context.streams["calls"], Place(), record, reason, event.call_id)

    def _load(self, calls: list[ArrivedCall]) -> bool:
        """Load calls, and what comes of their transcripts; whether the calls were committed."""
        there = None
        if "transcripts" in self._selected:
            there = transcripts(self._store, [call.call_id for call in calls])()

        def readers(source_state: SourceState, _: set[str]) -> list[Reader]:
            return [ArrivedReader(self._context, source_state, calls, there, self._inbox.carried)]

        self._run.load(readers, self._selected)
        return "calls" not in self._run.report.failures

    def _settle(self, events: Sequence[Pending], outcome: str, keep_body: bool = False) -> None:
        self._inbox.settle(events, outcome, keep_body)
        self._outcomes[outcome] += len(events)
