"""A page of calls into rows of all their tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from gong_source.ranges import parse_instant
from gong_source.tables import (
    CALL_LISTS,
    CALLS,
    CONTEXT,
    CONTEXT_OBJECTS,
)
from gong_source.tables.arrow import JsonDict, Shaped, as_text, shape
from gong_source.tables.records import Items, as_object, items_of, list_rows


def shape_calls(
    calls: Sequence[JsonDict], ids: Sequence[str], parts: Collection[str], hashes: Sequence[int | None] = ()
) -> list[Shaped]:
    """Rows of ``calls`` and of the tables of its parts.

    Args:
        calls: Items of POST calls/extensive.
        ids: Their ids.
        parts: Parts that were asked for; tables of others are left alone.
        hashes: Their content hashes, None for those that nobody will compare; empty for none at all.

    Returns:
        For every table of an asked part: its rows, and removals for the calls whose list is empty now.
    """
    shaped = [shape(CALLS, calls, {"_dlt_id": ids, **({"_content_hash": hashes} if hashes else {})})]
    for table in CALL_LISTS:
        if table.part in parts:
            items = items_of(table, calls, ids, shaped[0])
            if table is CONTEXT:
                items = [(*keys, _with_list(context, "objects")) for *keys, context in items]  # type: ignore[misc]
            shaped += list_rows(table, items, ids)
            if table is CONTEXT:
                shaped += list_rows(CONTEXT_OBJECTS, _context_objects(items), ids)
    return shaped


def without_media(call: JsonDict) -> JsonDict:
    """A call without the one part that differs in every answer: URLs that last for hours (Gong's specification).

    Args:
        call: An item of POST calls/extensive.
    """
    return {key: value for key, value in call.items() if key != "media"}


def is_private(call: JsonDict) -> bool:
    """Whether a call is private: it is, unless Gong says false or nothing.

    Args:
        call: The 20 basic fields.
    """
    private = call.get("isPrivate")
    return private is not None and private is not False


def call_started(call: JsonDict) -> datetime | None:
    """When a call was recorded, or None where Gong gives no readable time.

    Args:
        call: The 20 basic fields.
    """
    try:
        return parse_instant(call["started"])
    except (KeyError, ValueError, TypeError):
        return None


def _context_objects(contexts: Items) -> Items:
    return [
        (call_id, f"{call_id}:{position}", index, as_object(value))
        for call_id, _, position, context in contexts
        for index, value in enumerate(context.get("objects") or ())
    ]


def _with_list(holder: JsonDict, key: str) -> JsonDict:
    """The object itself, or with what is no list under the name that odd values go by."""
    value = holder.get(key)
    if value is None or isinstance(value, list):
        return holder
    return {**holder, key: None, f"{key}__v_text": as_text(value)}
