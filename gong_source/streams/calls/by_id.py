"""Calls asked for by their ids, a hundred a request; and which of them are private."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gong_source.api import GongClient, Page
from gong_source.api.endpoints import BATCH, CALLS_EXTENSIVE
from gong_source.streams.calls.parts import is_private
from gong_source.tables.arrow import JsonDict, as_text


def batches(ids: Iterable[str]) -> list[list[str]]:
    """Ids in the numbers that one request takes.

    Args:
        ids: Of calls.
    """
    listed = list(ids)
    return [listed[start : start + BATCH] for start in range(0, len(listed), BATCH)]


def pages_of(client: GongClient, ids: Sequence[str], selector: Mapping[str, Any] | None = None) -> Iterator[Page]:
    """Pages of calls; those that Gong does not show are left out.

    Args:
        client: Where to ask.
        ids: At most a batch.
        selector: Content selector; the basic fields alone where None.
    """
    body: JsonDict = {"filter": {"callIds": list(ids)}, **({"contentSelector": selector} if selector else {})}
    return client.pages(CALLS_EXTENSIVE, body=body, window=f"{len(ids)} call ids")


def private_among(client: GongClient, call_ids: Iterable[str]) -> set[str]:
    """Which of some calls are private, as other answers of Gong do not tell.

    Args:
        client: Where to ask.
        call_ids: Ids of calls.
    """
    private: set[str] = set()
    for batch in batches(sorted(call_ids)):
        for page in pages_of(client, batch):
            basics = [call.get("metaData") or {} for call in page.records]
            private.update(as_text(basic["id"]) for basic in basics if is_private(basic) and basic.get("id"))
    return private
