"""May an event be loaded as it is? Where anything in the destination could be newer, Gong is asked instead.

An event tells how the call was when it was sent, which is no later than its request began. What a sync stored was read
at some time before its load package was committed. So an event is certainly the newer one only if it came after that
commit; in every other case the call is asked for by its id, and Gong's present answer, newer than both, is loaded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from gong_source.ranges import UTC
from gong_source.warehouse.stored import StoredCall
from gong_source.webhook.inbox import Pending

CLOCKS = timedelta(seconds=30)
"""How far the clocks of the machines that receive and that sync may differ."""


def must_ask(
    event: Pending,
    row: StoredCall | None,
    complete: bool,
    loads: Mapping[str, datetime],
    own_loads: Mapping[str, int],
) -> bool:
    """Whether a call has to be asked for, because its event may be older or say less than what is stored.

    Args:
        event: The latest event of the call.
        row: The stored call, if there is one.
        complete: Whether the event carries every configured part.
        loads: Load packages committed since the event, and when.
        own_loads: Packages that carried events of the same inbox, and when Gong was asked for calls in them, or 0.
    """
    came = instant_of(event.received_at)
    if row is None:
        # absent, though a sync or a reconcile looked: it may have been removed, or turned private
        return any(finished >= came - CLOCKS for finished in foreign(loads, own_loads).values())
    if row.deleted or not complete or row.load_id == event.load_id:
        return True
    if row.load_id in own_loads:
        asked_at = own_loads[row.load_id]
        return bool(asked_at) and came <= instant_of(asked_at) + CLOCKS
    return row.committed_at is None or came <= row.committed_at + CLOCKS


def foreign(loads: Mapping[str, datetime], own_loads: Collection[str]) -> dict[str, datetime]:
    """Load packages that were not made from this inbox.

    Args:
        loads: Load packages, and when they were committed.
        own_loads: Those that carried events of the inbox.
    """
    return {load_id: finished for load_id, finished in loads.items() if load_id not in own_loads}


def instant_of(microseconds: int) -> datetime:
    """An instant of the inbox.

    Args:
        microseconds: Since 1970.
    """
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)
