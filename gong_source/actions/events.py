"""What the functions of :mod:`~gong_source.actions.engagement` share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from gong_source.actions.model import body_of
from gong_source.actions.once import write_once
from gong_source.api import GongClient, JsonDict
from gong_source.api.endpoints import Endpoint
from gong_source.errors import GongArgumentError

Platform = Literal["Windows", "Linux", "MacOS", "iOS", "Android"]


def not_both(**two: Any) -> None:
    """Refuse arguments that exclude each other.

    Args:
        **two: The arguments.

    Raises:
        GongArgumentError: Both are given.
    """
    if all(value is not None for value in two.values()):
        raise GongArgumentError(f"{' and '.join(two)} exclude each other.")


def record(
    client: GongClient,
    endpoint: Endpoint,
    function: Callable[..., Any],
    arguments: Mapping[str, Any],
    event_id: str | None,
) -> JsonDict:
    """Send an event, which Gong takes once if it has an id.

    Args:
        client: A client.
        endpoint: Where to.
        function: The action.
        arguments: Its ``locals()``.
        event_id: The event's id, or None.
    """
    check = (
        "Call it again with the same event_id: Gong takes an event once."
        if event_id
        else "Look in Gong's timeline before you send it again, and give events an event_id: Gong takes each once."
    )
    return write_once(client, endpoint, body=body_of(function, arguments), dedupe_key=event_id, check=check)
