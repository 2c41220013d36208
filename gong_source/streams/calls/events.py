"""Calls that webhooks brought, through the very shaping of the sync; their transcripts through the same ledger."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import dlt

from gong_source.config import CALL_PARTS, GongSettings
from gong_source.ranges import Range, RangeSet, iso, parse_instant
from gong_source.streams.calls.listing import CallFeed, CallsRead
from gong_source.streams.calls.parts import shape_calls, without_media
from gong_source.streams.calls.selector import FLAGS
from gong_source.streams.calls.transcripts import TranscriptDesk, TranscriptsRead, awaited_now, batch_job
from gong_source.streams.context import EVERYTHING, ReadContext
from gong_source.streams.feed import Window, WindowRead
from gong_source.streams.read_ahead import Emit
from gong_source.streams.state import EPOCH, SourceState
from gong_source.tables.arrow import JsonDict, Shaped
from gong_source.warehouse.stored import Wanted

AWAITED_EVERY = timedelta(hours=1)
"""How often transcripts that did not come are asked for again: an inbox may be loaded every minute."""

GIVEN_UP_KEPT = timedelta(days=90)
"""How long it is remembered, after a call, that it has no transcript."""

_WHERE = {**FLAGS, "interaction_stats": ("interaction", "interactionStats")}
"""Where each part stands in an event, for parts inside a group; ``parties`` and ``context`` stand by themselves."""


@dataclass(frozen=True)
class ArrivedCall:
    """A call to load.

    Attributes:
        call_id: Its id.
        call: In the shape of POST calls/extensive.
        parts: Parts it carries; the tables of others are left alone.
    """

    call_id: str
    call: JsonDict
    parts: frozenset[str]


def as_listed(call: JsonDict, settings: GongSettings) -> JsonDict:
    """An event's call as POST calls/extensive would list it: without parts and CRM values that are not asked for.

    Args:
        call: ``callData`` of an event.
        settings: ``call_parts`` and ``context_timing`` count.
    """
    wanted = set(settings.call_parts or ())
    listed = without_media(call)
    for part in CALL_PARTS:
        if part not in wanted and part in _WHERE:
            group, key = _WHERE[part]
            if isinstance(listed.get(group), dict):
                listed[group] = {name: value for name, value in listed[group].items() if name != key}
    for part in ("parties", "context"):
        if part not in wanted:
            listed.pop(part, None)
    timings = set(settings.context_timing or ()) if "context" in wanted else set()
    if "context" in listed:
        listed["context"] = _timed(listed["context"], timings)
    if isinstance(listed.get("parties"), list):
        listed["parties"] = [
            {**party, "context": _timed(party["context"], timings) if timings else []}
            if isinstance(party, dict) and "context" in party
            else party
            for party in listed["parties"]
        ]
    return listed


def parts_in(call: JsonDict, wanted: Collection[str]) -> frozenset[str]:
    """The wanted parts that an event carries; what is absent or null may be a part that the rule does not send.

    Args:
        call: ``callData`` of an event.
        wanted: ``call_parts``.
    """
    there = set()
    for part in wanted:
        group, key = _WHERE.get(part, ("", part))
        holder: Any = call.get(group) if group else call
        if isinstance(holder, dict) and holder.get(key) is not None:
            there.add(part)
    return frozenset(there)


class EventFeed(CallFeed):
    """Hands over calls that are here already, and asks for their transcripts and for those still awaited."""

    def __init__(
        self,
        context: ReadContext,
        calls: Sequence[ArrivedCall],
        transcripts_there: dict[str, datetime | None] | None,
    ) -> None:
        """Choose what to load.

        Args:
            context: Shared by the run.
            calls: At most one of each id.
            transcripts_there: Calls whose transcript is in the destination, with its start; None to ask for none.
        """
        super().__init__(context, "calls", calls=True, transcripts=transcripts_there is not None)
        self._calls = calls
        self._parts = {call.call_id: call.parts for call in calls}
        self._there = transcripts_there or {}
        self._unanswered: dict[str, Wanted] = {}

    def _start(self, state: SourceState) -> None:
        if self._emits_transcripts:
            self._desk = TranscriptDesk(
                lambda batch: self.submit("transcripts", batch_job(self.context.client, batch)),
                self._there,
                state.without_transcript(),
            )
            self._want_awaited(state)
        self._to_list = 1
        self.submit("calls", self._calls_job())

    def _want_awaited(self, state: SourceState) -> None:
        raw = dlt.current.source_state()
        last = raw.get("awaited_asked_at")
        if last is None or not parse_instant(last) <= self.context.now < parse_instant(last) + AWAITED_EVERY:
            assert self._desk is not None, "opened before"
            raw["awaited_asked_at"] = iso(self.context.now)
            self._desk.want(awaited_now(state))

    def _calls_job(self) -> Callable[[Emit], None]:
        window = Range(self.context.now, self.context.now)

        def job(emit: Emit) -> None:
            emit(self._shape(0, [arrived.call for arrived in self._calls], window))
            emit(WindowRead(Window(EVERYTHING, window), self.context.now))

        return job

    def _rows(self, calls: list[JsonDict], ids: list[str]) -> list[Shaped]:
        """Calls with the same parts together."""
        groups: dict[frozenset[str], list[int]] = {}
        for row, call_id in enumerate(ids):
            groups.setdefault(self._parts[call_id], []).append(row)
        return [
            shaped
            for parts, rows in groups.items()
            for shaped in shape_calls([calls[row] for row in rows], [ids[row] for row in rows], parts)
        ]

    def _handle(self, event: object, state: SourceState) -> list[Shaped]:
        if isinstance(event, CallsRead) and self._desk:
            given_up = state.without_transcript()
            for wanted in event.calls:
                if wanted.call_id in self._there and self._there[wanted.call_id] == wanted.started:
                    state.transcript_came(wanted.call_id)
                elif wanted.call_id not in given_up:
                    self._unanswered[wanted.call_id] = wanted
        elif isinstance(event, TranscriptsRead):
            for wanted in event.asked:
                self._unanswered.pop(wanted.call_id, None)
        return super()._handle(event, state)

    def _mark(self, resource: str, read: WindowRead, state: SourceState) -> None:
        """Nothing: single calls make no range complete."""

    def _finish(self, state: SourceState) -> None:
        """What could not be asked for is awaited like what did not come."""
        now, patience = self.context.now, self.context.settings.transcript_patience
        for wanted in self._unanswered.values():
            state.transcript_missing(wanted, now, patience)
        state.prune_given_up(RangeSet([Range(EPOCH, now - patience - GIVEN_UP_KEPT)]))


def _timed(context: Any, timings: set[str]) -> Any:
    """The CRM objects of the wanted timings; those that tell none are kept."""
    if not isinstance(context, list):
        return context
    return [
        {**system, "objects": [item for item in system["objects"] if _in_time(item, timings)]}
        if isinstance(system, dict) and isinstance(system.get("objects"), list)
        else system
        for system in context
    ]


def _in_time(item: Any, timings: set[str]) -> bool:
    timing = item.get("timing") if isinstance(item, dict) else None
    return timing is None or timing in timings
