"""A page of a list, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gong_source.endpoints import Endpoint
from gong_source.errors import GongProtocolError

JsonDict = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """One page of a walk.

    Attributes:
        records: The records, as Gong sent them.
        number: Gong's page number; from 0.
        total: ``records.totalRecords``, or None. A hint only: it counts calls still in analysis.
    """

    records: list[JsonDict]
    number: int
    total: int | None


def page_of(endpoint: Endpoint, payload: JsonDict, window: str) -> tuple[Page, str | None]:
    """One page and the cursor of the next, checked.

    A list that is null or absent is empty only where Gong says itself that nothing is there.

    Args:
        endpoint: What was asked.
        payload: The answer.
        window: What was asked for, in words.

    Raises:
        GongProtocolError: There is no list of objects where it belongs.
    """
    envelope = payload.get("records")
    envelope = envelope if isinstance(envelope, dict) else {}
    records = payload.get(endpoint.list_key)
    if records is None and envelope and not envelope.get("currentPageSize"):
        records = []
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise GongProtocolError(
            f'the answer has no list of objects under "{endpoint.list_key}"',
            endpoint=endpoint.name,
            window=window,
            request_id=payload.get("requestId"),
        )
    number, total, cursor = (envelope.get(key) for key in ("currentPageNumber", "totalRecords", "cursor"))
    page = Page(records, number if isinstance(number, int) else 0, total if isinstance(total, int) else None)
    return page, cursor or None
