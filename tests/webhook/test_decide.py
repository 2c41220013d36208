"""When an event is loaded as it is, and when Gong is asked."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from gong_source.runs.drain_order import foreign, must_ask
from gong_source.webhook.inbox import Pending

STARTED = datetime(2026, 6, 15, 12, 0, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)


def event(alone: bool = True, body: bytes = b"{}") -> Pending:
    return Pending(1, "call", 0, body, alone)


@pytest.mark.parametrize(
    ("given", "asks"),
    [
        ({}, False),
        ({"loads": {"sync": STARTED - MINUTE}}, False),
        ({"loads": {"sync": STARTED - MINUTE / 4}}, True),
        ({"loads": {"sync": STARTED + MINUTE}}, True),
        ({"stored": True}, True),
        ({"event": event(alone=False)}, True),
        ({"event": event(body=b"")}, True),
        ({"started": None}, True),
    ],
    ids=[
        "the first that is heard of it",
        "a sync before it was recorded",
        "a sync just before: clocks differ",
        "a sync since: it may have been removed, or turned private",
        "stored",
        "not its only event",
        "only its id is left",
        "recorded nobody knows when",
    ],
)
def test_in_doubt_gong_is_asked(given: dict[str, Any], asks: bool) -> None:
    arguments = {"event": event(), "started": STARTED, "stored": False, "loads": {}, **given}
    assert must_ask(**arguments) is asks


def test_packages_of_the_inbox_itself_cast_no_doubt() -> None:
    assert foreign({"own": STARTED, "sync": STARTED}, {"own", "earlier"}) == {"sync": STARTED}
