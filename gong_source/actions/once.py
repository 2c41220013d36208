"""Writes that Gong recognises by an id, when it is asked again for what it has done."""

from __future__ import annotations

from typing import Any

from gong_source.api import GongClient, JsonDict
from gong_source.api.endpoints import Endpoint
from gong_source.errors import GongDuplicateError


def write_once(client: GongClient, endpoint: Endpoint, *, dedupe_key: str | None, check: str, **sent: Any) -> JsonDict:
    """Send a write. Where the answer was lost and Gong, asked again, knows the id, it counts as done.

    Args:
        client: A client.
        endpoint: What to do.
        dedupe_key: The id by which Gong recognises a repeat; None where none was given, so that it is sent once.
        check: What to look at when the outcome is unknown; a sentence.
        **sent: What :meth:`GongClient.write` takes beside these.

    Returns:
        Gong's JSON, or the request's id with ``"recognised": true``.

    Raises:
        GongDuplicateError: The id was used before, by another request.
        GongError: Whatever else the client's own method raises.
    """
    try:
        return client.write(endpoint, dedupe_key=dedupe_key, check=check, **sent)
    except GongDuplicateError as error:
        if error.after_lost_answer:
            return {"requestId": error.request_id, "recognised": True}
        raise
