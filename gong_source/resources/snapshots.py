"""Users and workspaces: short lists without a filter on time, read whole by every run."""

from __future__ import annotations

from collections.abc import Iterator

from gong_source.arrow import JsonDict, as_text, shape
from gong_source.endpoints import USERS, WORKSPACES, Endpoint
from gong_source.errors import GongProtocolError
from gong_source.resources.context import ReadContext
from gong_source.resources.feed import Batch
from gong_source.tables import USERS as USERS_TABLE
from gong_source.tables import WORKSPACES as WORKSPACES_TABLE


def user_batches(context: ReadContext) -> Iterator[Batch]:
    """All users; Gong deactivates users and never removes them.

    Args:
        context: Shared by the run.

    Yields:
        One batch.
    """
    params = {"includeAvatars": "true"} if context.settings.include_avatars else {}
    users = _by_id(context.client.records(USERS, params=params), USERS)
    yield Batch([shape(USERS_TABLE, users, {})])
    context.note_requests(context.state())


def workspace_batches(context: ReadContext) -> Iterator[Batch]:
    """All workspaces.

    Args:
        context: Shared by the run.

    Yields:
        One batch.
    """
    workspaces = _by_id(context.client.records(WORKSPACES), WORKSPACES)
    yield Batch([shape(WORKSPACES_TABLE, workspaces, {})])
    context.note_requests(context.state())


def _by_id(records: list[JsonDict], endpoint: Endpoint) -> list[JsonDict]:
    """One record of each id, the last: a walk that restarts brings some twice."""
    unique: dict[str, JsonDict] = {}
    for record in records:
        if record.get("id") in (None, ""):
            raise GongProtocolError("a record came without an id", endpoint=endpoint.name)
        unique[as_text(record["id"])] = record
    return list(unique.values())
