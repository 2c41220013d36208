"""May an event be loaded as it is? Where anything could be newer, Gong is asked instead.

Gong numbers its posts in no way and may repeat one that failed, so that an older one comes after a newer one. An event
is certainly the newest thing known of a call only if it is the first: no other event of the call was ever received, the
call is not stored, and no sync or reconcile that could have seen or removed it was committed since it was recorded. In
every other case the call is asked for by its id, and Gong's present answer, newer than all of them, is loaded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from gong_source.webhook.inbox import Pending

CLOCKS = timedelta(seconds=30)
"""How far the clocks of Gong and of the machines that receive and that sync may differ."""


def must_ask(event: Pending, started: datetime | None, stored: bool, loads: Mapping[str, datetime]) -> bool:
    """Whether a call has to be asked for, because its event may be older or say less than what is known already.

    Args:
        event: The latest event of the call.
        started: When the call was recorded, as the event tells it.
        stored: Whether the destination has a row of the call.
        loads: Load packages of syncs and reconciles (see :func:`foreign`), and when they were committed.
    """
    if stored or not event.alone or not event.body or started is None:
        return True
    return any(committed >= started - CLOCKS for committed in loads.values())


def foreign(loads: Mapping[str, datetime], own_loads: Collection[str]) -> dict[str, datetime]:
    """Load packages that were not made from this inbox.

    Args:
        loads: Load packages, and when they were committed.
        own_loads: Those that carried events of the inbox.
    """
    return {load_id: committed for load_id, committed in loads.items() if load_id not in own_loads}
