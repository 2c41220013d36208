"""A page of calls into rows of all their tables."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from gong_source.ranges import parse_instant
from gong_source.tables import (
    CALL_LISTS,
    CALLS,
    CONTEXT,
    CONTEXT_OBJECTS,
    TRANSCRIPT_SENTENCES,
    TRANSCRIPTS,
    Table,
)
from gong_source.tables.arrow import JsonDict, Shaped, as_text, removals, shape

Parents = list[tuple[str, str, int, JsonDict]]
"""Items of a list: id of the call, dlt's key of the parent row, position, the item."""


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
            items = _items(table, calls, ids, shaped[0])
            if table is CONTEXT:
                items = [(*keys, _with_list(context, "objects")) for *keys, context in items]  # type: ignore[misc]
            shaped += _list_rows(table, items, ids)
            if table is CONTEXT:
                shaped += _list_rows(CONTEXT_OBJECTS, _context_objects(items), ids)
    return shaped


def remove_calls(ids: Sequence[str], table: Table) -> list[Shaped]:
    """Removals of calls from every table that carries them.

    Args:
        ids: Ids of the calls.
        table: ``calls`` or ``calls_basic``.
    """
    carriers = (CALLS, *CALL_LISTS, CONTEXT_OBJECTS) if table is CALLS else (table,)
    return [removals(carrier, ids) for carrier in (*carriers, TRANSCRIPTS, TRANSCRIPT_SENTENCES)] if ids else []


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


def _items(table: Table, calls: Sequence[JsonDict], ids: Sequence[str], calls_rows: Shaped) -> Parents:
    """The items of a list over all calls; a value that is no list is kept as text beside the call."""
    *path, leaf = table.path.split(".")
    items: Parents = []
    for row, (call, call_id) in enumerate(zip(calls, ids, strict=True)):
        holder: Any = call
        for key in path:
            holder = holder.get(key) if isinstance(holder, dict) else None
        values = holder.get(leaf) if isinstance(holder, dict) else None
        if isinstance(values, list):
            items += [(call_id, call_id, position, _as_object(value)) for position, value in enumerate(values)]
        elif values is not None:
            name = f"{table.path.replace('.', '__')}__v_text"
            calls_rows.extras.setdefault(name, [None] * len(calls))[row] = as_text(values)
    return items


def _context_objects(contexts: Parents) -> Parents:
    return [
        (call_id, f"{call_id}:{position}", index, _as_object(value))
        for call_id, _, position, context in contexts
        for index, value in enumerate(context.get("objects") or ())
    ]


def _list_rows(table: Table, items: Parents, ids: Sequence[str]) -> list[Shaped]:
    """Rows of the items, and removals for the calls that have none."""
    rows = []
    if items:
        computed: dict[str, Sequence[Any]] = {
            "call_id": [call_id for call_id, _, _, _ in items],
            "_dlt_parent_id": [parent for _, parent, _, _ in items],
            "_dlt_list_idx": [position for _, _, position, _ in items],
            "_dlt_id": [f"{parent}:{position}" for _, parent, position, _ in items],
        }
        rows.append(shape(table, [item for _, _, _, item in items], computed))
    present = {call_id for call_id, _, _, _ in items}
    if emptied := [call_id for call_id in ids if call_id not in present]:
        rows.append(removals(table, emptied))
    return rows


def _with_list(holder: JsonDict, key: str) -> JsonDict:
    """The object itself, or with what is no list under the name that odd values go by."""
    value = holder.get(key)
    if value is None or isinstance(value, list):
        return holder
    return {**holder, key: None, f"{key}__v_text": as_text(value)}


def _as_object(value: Any) -> JsonDict:
    """List items are objects; whatever else comes is kept under ``value``."""
    return value if isinstance(value, dict) else {"value": value}
