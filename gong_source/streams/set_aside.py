"""What is kept of a record that was set aside."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gong_source.config import GongSettings
from gong_source.ranges import Range
from gong_source.streams.state import EVERYTHING
from gong_source.streams.stream import Stream
from gong_source.tables import CALL_LISTS, CALLS, CONTEXT_OBJECTS, Table
from gong_source.tables.excluded import concerning
from gong_source.tables.identity import mentions_id
from gong_source.tables.personal import is_placed, masked_record
from gong_source.tables.values import dumps
from gong_source.warehouse.rejected import RejectedRow
from gong_source.warehouse.suppression import Suppression

MOST_RAW = 100_000
"""Characters of a record's JSON that are kept."""


@dataclass(frozen=True)
class Place:
    """What was asked for.

    Attributes:
        selection: Workspace, type of log, or record of another stream; ``*`` for everything.
        range: Range of time, or None where there is none.
    """

    selection: str = EVERYTHING
    range: Range | None = None


@dataclass(frozen=True)
class SetAside:
    """A record that can't be loaded.

    Attributes:
        stream: Whose record it is.
        place: What was asked for.
        record: Any JSON value.
        reason: Why it can't be loaded, in words.
        record_id: Its id, or empty where it is not known.
    """

    stream: Stream
    place: Place
    record: Any
    reason: str
    record_id: str = ""


def row_of(aside: SetAside, settings: GongSettings, purged: Suppression, now: datetime) -> RejectedRow | None:
    """The row that stands for a record; None for a call or a user that was purged.

    Args:
        aside: The record.
        settings: What may be kept of it.
        purged: Who was purged from the dataset.
        now: The current time.
    """
    if aside.record_id in purged.calls or aside.record_id in purged.users:
        return None
    text = dumps(aside.record)
    masked = text if settings.pii == "keep" else dumps(masked_record(aside.record, _tables(aside), settings))
    withheld = _withheld(aside, text, settings, purged)
    reason = f"{aside.reason}; its JSON is left out: {withheld}" if withheld else aside.reason
    if not withheld and len(masked) > MOST_RAW:
        reason += f"; its JSON of {len(masked)} characters is cut"
    name, place, record_id = aside.stream.name, aside.place, aside.record_id or f"#{_hash(masked)}"
    key = _hash(f"{name} {record_id} {place.selection} {place.range}")
    raw = None if withheld else masked[:MOST_RAW]
    return RejectedRow(key, name, record_id, place.selection, place.range, reason, raw, now)


def _withheld(aside: SetAside, text: str, settings: GongSettings, purged: Suppression) -> str:
    """Why the JSON of a record may not be kept; empty where it may."""
    if purged and (purged.mentions(text) or mentions_id(text, {*purged.users, *purged.calls})):
        return "it mentions somebody who was purged"
    if settings.pii != "keep" and not is_placed(aside.record, _tables(aside)):
        return "it may tell of people elsewhere than their masks are looked for"
    if aside.stream.lists_calls and not settings.include_private_calls:
        basic = aside.record.get("metaData", aside.record) if isinstance(aside.record, dict) else None
        if not isinstance(basic, dict) or basic.get("isPrivate") is not False:
            return "the call may be private"
    return "exclude_columns" if concerning(_tables(aside), settings.exclude_columns or ()) else ""


def _tables(aside: SetAside) -> tuple[Table, ...]:
    """Tables whose fields may be in a record: several streams list calls."""
    is_call = isinstance(aside.record, dict) and "metaData" in aside.record
    return (*aside.stream.tables, *((CALLS, *CALL_LISTS, CONTEXT_OBJECTS) if is_call else ()))


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()
