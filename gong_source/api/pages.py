"""One object, or each record of a list once, out of what a client reads."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from gong_source.api.endpoints import Endpoint
from gong_source.api.walk import JsonDict, Page
from gong_source.errors import GongProtocolError


class Reader(Protocol):
    """What the reads need of a client."""

    def request(self, endpoint: Endpoint, *, path: Sequence[str] = ()) -> JsonDict:
        """Send one read."""

    def pages(
        self, endpoint: Endpoint, *, params: Mapping[str, Any] | None = None, body: Mapping[str, Any] | None = None
    ) -> Iterator[Page]:
        """Walk the pages of a list."""


def object_of(client: Reader, endpoint: Endpoint, key: str, identity: str) -> JsonDict:
    """The one object of an answer.

    Args:
        client: A client.
        endpoint: What to ask.
        key: Where the object is in the answer.
        identity: Its id.

    Raises:
        GongProtocolError: It is not there.
    """
    payload = client.request(endpoint, path=[identity])
    found = payload.get(key)
    if not isinstance(found, dict):
        raise GongProtocolError(
            f'the answer has no object under "{key}"', endpoint=endpoint.name, request_id=payload.get("requestId")
        )
    return found


def each_of(
    client: Reader,
    endpoint: Endpoint,
    *,
    params: Mapping[str, Any] | None = None,
    body: Mapping[str, Any] | None = None,
    key: str | Callable[[JsonDict], Hashable] | None = "id",
) -> Iterator[JsonDict]:
    """The records of a list; each once, although a walk that starts again brings some again.

    Args:
        client: A client.
        endpoint: A list endpoint.
        params: Query parameters.
        body: JSON body.
        key: What tells records apart: a field, or a function of the record; None where they may be alike.
    """
    seen: set[Hashable] = set()
    for page in client.pages(endpoint, params=params, body=body):
        for record in page.records:
            mark = key(record) if callable(key) else record.get(key) if key else None
            if not isinstance(mark, (str, int, bytes)):  # nothing to tell it by
                yield record
            elif mark not in seen:
                seen.add(mark)
                yield record


def identified(records: Iterable[JsonDict], endpoint: Endpoint) -> Iterator[JsonDict]:
    """Records that are asked about, or chosen, by their id.

    Args:
        records: Of a list.
        endpoint: Where they came from.

    Raises:
        GongProtocolError: One has none.
    """
    for record in records:
        if type(record.get("id")) not in (str, int) or record["id"] == "":
            raise GongProtocolError("a record came without its id", endpoint=endpoint.name)
        yield record
