"""Which calls are the same as when they were loaded: a look-back reads them again, and nothing of them is loaded again.

What is compared is a hash that travels in the calls' rows, so that it says what the destination holds and not what a
machine remembers. Calls that no look-back will come to have none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b

import orjson

from gong_source.streams.calls.parts import call_started, without_media
from gong_source.tables import RESOURCE_TABLES
from gong_source.tables.arrow import JsonDict

TABLES = blake2b(repr(RESOURCE_TABLES["calls"]).encode()).digest()
"""Other columns make other rows of the same call: a release that changes them loads a look-back's calls once more."""


def content_hash(call: JsonDict) -> int:
    """A number that is another one when anything changed that Gong tells of a call.

    Args:
        call: An item of POST calls/extensive.

    Returns:
        64 bits, signed, the same in every process.
    """
    shown = orjson.dumps(without_media(call))
    return int.from_bytes(blake2b(shown, key=TABLES, digest_size=8).digest(), "big", signed=True)


def changed_hashes(
    calls: Sequence[JsonDict], ids: Sequence[str], loaded: Mapping[str, int], since: datetime
) -> dict[str, int | None]:
    """The calls that are new or changed, with the content hashes that a later look-back will ask for.

    Args:
        calls: Items of POST calls/extensive.
        ids: Their ids, each once.
        loaded: Content hashes of what the destination holds, by id.
        since: Calls that started before it are not read again.
    """
    changed: dict[str, int | None] = {}
    for key, call in zip(ids, calls, strict=True):
        known, started = loaded.get(key), call_started(call["metaData"])
        comes_again = started is None or started >= since
        value = content_hash(call) if comes_again or known is not None else None
        if value is None or value != known:
            changed[key] = value
    return changed
