"""Users and workspaces: short lists without a filter on time, read whole by every run."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gong_source.api.endpoints import USERS, WORKSPACES, Endpoint
from gong_source.errors import GongProtocolError
from gong_source.streams.context import ReadContext
from gong_source.streams.feed import Batch
from gong_source.tables import Table
from gong_source.tables.arrow import JsonDict, as_text, shape


def read_users(context: ReadContext) -> list[JsonDict]:
    """All users; Gong deactivates users and never removes them.

    Args:
        context: Shared by the run.
    """
    params = {"includeAvatars": "true"} if context.settings.include_avatars else {}
    return _by_id(context.client.records(USERS, params=params), USERS)


def read_workspaces(context: ReadContext) -> list[JsonDict]:
    """All workspaces.

    Args:
        context: Shared by the run.
    """
    return _by_id(context.client.records(WORKSPACES), WORKSPACES)


def snapshot_batches(
    context: ReadContext, table: Table, read: Callable[[ReadContext], list[JsonDict]]
) -> Iterator[Batch]:
    """One list, whole.

    Args:
        context: Shared by the run.
        table: Where the rows go; the list is read in the background under this name.
        read: Reads the list.

    Yields:
        One batch.
    """
    records = context.background.result(table.name, lambda: read(context))
    yield Batch([shape(table, records, {})])
    context.note_requests(context.state())


def _by_id(records: list[JsonDict], endpoint: Endpoint) -> list[JsonDict]:
    """One record of each id, the last: a walk that restarts brings some twice."""
    unique: dict[str, JsonDict] = {}
    for record in records:
        if record.get("id") in (None, ""):
            raise GongProtocolError("a record came without an id", endpoint=endpoint.name)
        unique[as_text(record["id"])] = record
    return list(unique.values())
