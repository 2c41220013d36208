"""What a webhook's event tells of a call, in the shape that a sync would have listed it in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from gong_source.config import CALL_PARTS, GongSettings
from gong_source.streams.calls.parts import without_media
from gong_source.streams.calls.selector import FLAGS
from gong_source.tables.arrow import JsonDict

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
