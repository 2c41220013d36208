"""Which calls are the same as when they were loaded: a look-back reads them again, and nothing of them is loaded again.

What is compared is a hash that travels in the calls' rows, so that it says what the destination holds and not what a
machine remembers. Calls that no look-back will come to have none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from gong_source.streams.calls.parts import call_started, without_media
from gong_source.streams.question import Question
from gong_source.tables.arrow import JsonDict
from gong_source.tables.calls import CALL_LISTS, CALLS, CONTEXT_OBJECTS
from gong_source.tables.hashes import hash_to_store
from gong_source.tables.records import record_hash

TABLES = (CALLS, *CALL_LISTS, CONTEXT_OBJECTS)


def content_hash(call: JsonDict, question: Question) -> int:
    """A number that is another one when anything changed that Gong tells of a call, or that is asked of it.

    Args:
        call: An item of POST calls/extensive.
        question: What was asked for.
    """
    return record_hash(without_media(call), TABLES, question)


def changed_hashes(
    calls: Sequence[JsonDict], ids: Sequence[str], loaded: Mapping[str, int], since: datetime, question: Question
) -> dict[str, int | None]:
    """The calls that are new or changed, with the content hashes that a later look-back will ask for.

    Args:
        calls: Items of POST calls/extensive.
        ids: Their ids, each once.
        loaded: Content hashes of what the destination holds, by id; odd where they are doubted.
        since: Calls that started before it are not read again.
        question: What was asked for.
    """
    changed: dict[str, int | None] = {}
    for key, call in zip(ids, calls, strict=True):
        known, started = loaded.get(key), call_started(call["metaData"])
        comes_again = started is None or started >= since
        value = content_hash(call, question) if comes_again or known is not None else None
        stored = None if value is None else hash_to_store(value, known)
        if value is None or stored is not None:
            changed[key] = stored
    return changed
