"""A few reads of a real tenant; nothing is written. Skipped without a key in the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from gong_source.api import GongClient
from gong_source.api.endpoints import CALLS_EXTENSIVE, USERS, WORKSPACES
from gong_source.ranges import iso
from gong_source.streams.calls.parts import shape_calls
from gong_source.streams.calls.selector import content_selector

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(
        not os.environ.get("SOURCES__GONG__CREDENTIALS__ACCESS_KEY"),
        reason="needs a real key in SOURCES__GONG__CREDENTIALS__ACCESS_KEY and ..._ACCESS_KEY_SECRET",
    ),
]


@pytest.fixture
def client() -> Iterator[GongClient]:
    """A client of the tenant that the environment names."""
    with GongClient.from_config() as client:
        yield client


def test_users_and_workspaces_are_listed(client: GongClient) -> None:
    assert client.records(USERS)
    assert client.records(WORKSPACES)


def test_calls_of_a_week_fit_the_tables(client: GongClient) -> None:
    end = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(days=1)
    limits = {"fromDateTime": iso(end - timedelta(days=7)), "toDateTime": iso(end)}
    body = {"filter": limits, "contentSelector": content_selector(client.settings)}
    page = next(client.pages(CALLS_EXTENSIVE, body=body))
    parts = shape_calls(page.records, [call["metaData"]["id"] for call in page.records], client.settings.call_parts)
    odd = {part.table.name: sorted(part.extras) for part in parts if part.extras}
    assert not odd, f"fields or values that no column is declared for: {odd}"
