"""The filter that the two POST endpoints of calls share. It works on a call's start, never on its schedule."""

from __future__ import annotations

from gong_source.sandbox import checks
from gong_source.sandbox.messages import Json
from gong_source.sandbox.records import CallRecord
from gong_source.sandbox.world import World

CALLS_FILTER = {
    "fromDateTime": checks.stamp,
    "toDateTime": checks.stamp,
    "workspaceId": checks.text,
    "callIds": checks.ids,
}


def matching_calls(world: World, wanted: Json) -> list[CallRecord]:
    """Return the calls that pass all parts of a checked filter, visible or not, oldest first."""
    start, end = wanted.get("fromDateTime"), wanted.get("toDateTime")
    checks.ordered(start, end, "filter.fromDateTime", "toDateTime")
    found = world.index.by_start(start, end)
    call_ids, owners, workspace = wanted.get("callIds"), wanted.get("primaryUserIds"), wanted.get("workspaceId")
    if call_ids is not None:
        known = set(call_ids)
        found = [call for call in found if call.id in known]
    if owners is not None:
        found = [call for call in found if call.primary_user_id in owners]
    if workspace is not None:
        found = [call for call in found if call.workspace_id == workspace]
    return found
