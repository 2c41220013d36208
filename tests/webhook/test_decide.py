"""When an event is loaded as it is, and when Gong is asked."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from gong_source.runs.drain_order import must_ask
from gong_source.warehouse.stored import StoredCall
from gong_source.webhook.inbox import Pending

CAME = datetime(2026, 6, 15, 12, 0, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)


def event(load_id: str = "") -> Pending:
    return Pending(1, "call", int(CAME.timestamp() * 1e6), b"", load_id, False)


def row(load_id: str = "sync", committed: datetime | None = CAME - MINUTE, deleted: bool = False) -> StoredCall:
    return StoredCall(load_id, committed, deleted)


@pytest.mark.parametrize(
    ("given", "asks"),
    [
        ({"row": None}, False),
        ({"row": None, "loads": {"sync": CAME - MINUTE}}, False),
        ({"row": None, "loads": {"sync": CAME + MINUTE}}, True),
        ({"row": None, "loads": {"sync": CAME - MINUTE / 4}}, True),
        ({"row": None, "loads": {"own": CAME + MINUTE}, "own_loads": {"own": 0}}, False),
        ({"row": None, "complete": False}, False),
        ({"row": row()}, False),
        ({"row": row(), "complete": False}, True),
        ({"row": row(deleted=True)}, True),
        ({"row": row(committed=CAME + MINUTE)}, True),
        ({"row": row(committed=CAME - MINUTE / 4)}, True),
        ({"row": row(committed=None)}, True),
        ({"row": row("own", CAME + MINUTE), "own_loads": {"own": 0}}, False),
        ({"row": row("own", CAME + MINUTE), "own_loads": {"own": int((CAME - MINUTE).timestamp() * 1e6)}}, False),
        ({"row": row("own", CAME + MINUTE), "own_loads": {"own": int((CAME + MINUTE).timestamp() * 1e6)}}, True),
        ({"row": row("own", CAME + MINUTE), "own_loads": {"own": 0}, "event": event("own")}, True),
        ({"row": row("own", CAME + MINUTE), "own_loads": {"own": 0, "lost": 0}, "event": event("lost")}, False),
        ({"row": row("sync", CAME + MINUTE), "own_loads": {"own": 0}, "event": event("own")}, True),
    ],
    ids=[
        "no row, no load",
        "no row, a load before",
        "no row, a load since",
        "no row, a load just before: clocks differ",
        "no row, own load since",
        "no row, parts missing",
        "synced before",
        "synced before, parts missing",
        "marked as deleted",
        "synced since",
        "synced just before: clocks differ",
        "synced, not known when",
        "loaded from another event",
        "Gong was asked before",
        "Gong was asked since",
        "was loaded from this event, unknown what came between",
        "its own package was lost",
        "its package was overwritten by a sync",
    ],
)
def test_in_doubt_gong_is_asked(given: dict[str, Any], asks: bool) -> None:
    arguments = {"event": event(), "complete": True, "loads": {}, "own_loads": {}, **given}
    assert must_ask(**arguments) is asks
