"""The settings endpoints that hold definitions: scorecards, keyword trackers, dialer outcomes."""

from __future__ import annotations

from gong_source.sandbox.messages import ApiError, Json, Request
from gong_source.sandbox.routes.base import Context, Route


def list_scorecards(context: Context, _request: Request) -> Json:
    """List all scorecards; an empty company gives an empty list, not 404."""
    return {"scorecards": context.world.scorecards}


def list_trackers(context: Context, request: Request) -> Json:
    """List the keyword trackers of one workspace or of all."""
    workspace = request.query.get("workspaceId")
    if workspace is not None and workspace not in context.world.workspaces:
        raise ApiError(404, "Workspace not found")
    trackers = [item for item in context.world.trackers if workspace in (None, item["workspaceId"])]
    return {"keywordTrackers": trackers}


def list_call_outcomes(context: Context, _request: Request) -> Json:
    """List the outcomes that a rep can choose after a dialer call."""
    return {"outcomes": context.world.call_outcomes}


ROUTES = (
    Route("GET", "/v2/settings/scorecards", list_scorecards, ("api:settings:scorecards:read",), "scorecards"),
    Route("GET", "/v2/settings/trackers", list_trackers, ("api:settings:trackers:read",), "keywordTrackers"),
    Route("GET", "/v2/call-outcomes", list_call_outcomes, ("api:call-outcomes:read",), "outcomes"),
)
