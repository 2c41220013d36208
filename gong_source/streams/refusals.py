"""What Gong refuses to tell of one whom it is asked about: for once, or because there is nothing of the kind.

Gong answers 400 or 404 about a user who has no seat, which is no fault: it never answered about that one. What it did
answer about may be back the next time, so that nothing counts as gone; after a week it is taken at its word.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from gong_source.ranges import iso, parse_instant
from gong_source.streams.context import ReadContext
from gong_source.streams.set_aside import Place
from gong_source.streams.stream import Snapshot, Stream

ANSWERED = "answered"
"""Under which a stream's state keeps what Gong answered about: since when it refuses to, or nothing."""

DOUBTED_FOR = timedelta(days=7)
"""How long what it answered about is asked for in vain before its rows leave."""


def lists_behind(stream: Stream, context: ReadContext) -> list[Stream]:
    """The lists that a stream is made of: its own, and those that tell what to ask for.

    Args:
        stream: Any stream.
        context: Shared by the run.
    """
    return [each for each in context.streams if isinstance(each.reads, Snapshot) and each.endpoint in stream.endpoints]


def tell_refusals(stream: Stream, context: ReadContext, raw: dict[str, Any]) -> None:
    """Set aside what Gong refuses though it answered about it: what is there stays.

    Args:
        stream: A list that was read in this run.
        context: Knows what Gong answered about.
        raw: The stream's state.
    """
    before, now = raw.get(ANSWERED, {}), {}
    for each in lists_behind(stream, context):
        for key, error in context.answers.get(each.name, {}).items():
            known = hashlib.blake2b(f"{each.name} {key}".encode(), digest_size=4).hexdigest()
            if error is None:
                now[known] = ""
            elif known in before:
                since = before[known] or iso(context.now)
                if context.now - parse_instant(since) < DOUBTED_FOR:
                    now[known] = since
                    context.rejected.add(stream, Place(key), {"list": each.name, "id": key}, str(error), key)
    if now or before:
        raw[ANSWERED] = now
