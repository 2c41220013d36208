"""The five logs: a key for entries that have none, and how far back Gong keeps them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from gong_source.ranges import iso, parse_instant
from gong_source.tables.arrow import JsonDict, Shaped, shape
from gong_source.tables.others import LOGS
from gong_source.tables.values import as_text

ACCESS_LOG_DAYS = 14
"""Gong keeps the AccessLog this long (help centre); the other types go back years."""

ACCESS_LOG_EDGE = timedelta(hours=1)
"""AccessLog is asked for this much less than its retention, so that the start is still kept when Gong looks, by its own
clock, which may be ahead of ours: what it answers otherwise is not known, and may be a refusal of all."""

_NAMES_IDS = re.compile(r"(^|_)ids?$|I[dD]s?$")
"""Such as ``call_id``, ``callId`` or ``target_ids``."""


def access_log_kept(log_type: str, now: datetime) -> datetime | None:
    """The earliest time that a log can be asked for; None for all of it.

    Args:
        log_type: One of Gong's.
        now: When it is asked for.
    """
    if log_type != "AccessLog":
        return None
    return (now - timedelta(days=ACCESS_LOG_DAYS) + ACCESS_LOG_EDGE).replace(microsecond=0)


def shape_logs(entries: Sequence[JsonDict], log_type: str) -> list[Shaped]:
    """Rows of ``logs``, one of each entry of the page.

    Args:
        entries: Items of GET logs.
        log_type: The log they are from.
    """
    by_id = {entry_id(entry, log_type): entry for entry in entries}
    return [shape(LOGS, list(by_id.values()), {"id": list(by_id), "log_type": [log_type] * len(by_id)})]


def entry_id(entry: JsonDict, log_type: str) -> str:
    """A key for an entry, which Gong gives none: a hash of the type, the time, who, and the record.

    Fields that Gong adds beside these later don't change it, nor does the offset the time is written with, nor whether
    an id is text or a number.

    Args:
        entry: As Gong sent it.
        log_type: The log it is from.
    """
    said = [entry.get(f"{role}Id") or entry.get(f"{role}EmailAddress") for role in ("user", "impersonatorUser")]
    who = [None if each is None else as_text(each) for each in said]  # an id may come as a number
    content = [log_type, _instant_text(entry.get("eventTime")), who, _told(entry.get("logRecord"))]
    return hashlib.blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def _told(value: Any, name: str = "") -> Any:
    """A record however its ids are written; all else counts as it came, as another key would be a second entry."""
    if isinstance(value, dict):
        return {key: _told(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_told(item, name) for item in value]
    return as_text(value) if type(value) is int and _NAMES_IDS.search(name) else value


def _instant_text(value: Any) -> Any:
    try:
        return iso(parse_instant(value))
    except ValueError:
        return value
