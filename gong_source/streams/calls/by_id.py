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
    """Pages of calls, with what is no object on them; calls that Gong does not show are left out.

    Args:
        client: Where to ask.
        ids: At most a batch.
        selector: Content selector; the basic fields alone where None.
    """
    body: JsonDict = {"filter": {"callIds": list(ids)}, **({"contentSelector": selector} if selector else {})}
    return client.pages(CALLS_EXTENSIVE, body=body, window=f"{len(ids)} call ids", keep_others=True)


def hidden_among(client: GongClient, call_ids: Iterable[str]) -> set[str]:
    """Which of some calls Gong shows no longer; none of those asked for with one that does not tell which it is.

    Args:
        client: Where to ask.
        call_ids: Ids of calls.
    """
    hidden: set[str] = set()
    for batch in batches(sorted(set(call_ids))):
        shown, odd = _shown(client, batch)
        if not odd:
            hidden |= set(batch) - shown.keys()
    return hidden


def private_among(client: GongClient, call_ids: Iterable[str], known: dict[str, bool | None] | None = None) -> set[str]:
    """Which of some calls are private, as other answers of Gong do not tell.

    Where a record does not tell which call it is, each of which nothing was told may be private, and counts as such.

    Args:
        client: Where to ask.
        call_ids: Ids of calls.
        known: Whether calls are private, None where Gong does not show them, as far as was asked; completed here.
    """
    wanted, known = set(call_ids), {} if known is None else known
    _ask_about(client, wanted, known)
    return {call_id for call_id in wanted if known[call_id]}


def unshown_among(client: GongClient, call_ids: Iterable[str], known: dict[str, bool | None]) -> set[str]:
    """Which of some calls may be private: all that Gong does not show as others.

    Args:
        client: Where to ask.
        call_ids: Ids of calls.
        known: As for :func:`private_among`.
    """
    wanted = set(call_ids)
    _ask_about(client, wanted, known)
    return {call_id for call_id in wanted if known[call_id] is not False}


def _ask_about(client: GongClient, call_ids: set[str], known: dict[str, bool | None]) -> None:
    for batch in batches(sorted(call_ids - known.keys())):
        shown, odd = _shown(client, batch)
        told = {call_id: is_private(basic) for call_id, basic in shown.items()}
        known.update({**dict.fromkeys(batch, True if odd else None), **told})


def _shown(client: GongClient, batch: Sequence[str]) -> tuple[dict[str, JsonDict], bool]:
    """The basic fields of calls by id, and whether there are records that do not tell which call they are."""
    found: dict[str, JsonDict] = {}
    odd = False
    for item in (item for page in pages_of(client, batch) for item in page.items):
        basic = item.get("metaData") if isinstance(item, dict) else None
        if isinstance(basic, dict) and basic.get("id"):
            found[as_text(basic["id"])] = basic
        else:
            odd = True
    return found, odd
