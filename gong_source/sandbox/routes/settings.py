"""The settings endpoints that hold definitions: scorecards, keyword trackers, AI briefs, dialer outcomes."""

from __future__ import annotations

from gong_source.sandbox import checks
from gong_source.sandbox.messages import ApiError, Json, Request
from gong_source.sandbox.routes.base import Context, Route


def list_scorecards(context: Context, _request: Request) -> Json:
    """List all scorecards; an empty company gives an empty list, not 404."""
    return {"scorecards": context.world.scorecards}


def list_trackers(context: Context, request: Request) -> Json:
    """List the keyword trackers of one workspace or of all."""
    return {"keywordTrackers": _in_workspace(context, request, context.world.trackers)}


def list_briefs(context: Context, request: Request) -> Json:
    """List the AI briefs of one workspace or of all."""
    return {"briefs": _in_workspace(context, request, context.world.briefs)}


def list_call_outcomes(context: Context, _request: Request) -> Json:
    """List the outcomes that a rep can choose after a dialer call."""
    return {"outcomes": context.world.call_outcomes}


def list_targets(context: Context, request: Request) -> Json:
    """List the targets of a workspace, which must be named. Newer than the specification that is saved."""
    workspace = checks.required(request.query, "workspaceId")
    return {"targets": [item for item in context.world.targets if item["workspaceId"] == workspace]}


def _in_workspace(context: Context, request: Request, items: list[Json]) -> list[Json]:
    workspace = request.query.get("workspaceId")
    if workspace is not None and workspace not in context.world.workspaces:
        raise ApiError(404, "Workspace not found")
    return [item for item in items if workspace in (None, item["workspaceId"])]


ROUTES = (
    Route("GET", "/v2/settings/scorecards", list_scorecards, ("api:settings:scorecards:read",), "scorecards"),
    Route("GET", "/v2/settings/trackers", list_trackers, ("api:settings:trackers:read",), "keywordTrackers"),
    Route("GET", "/v2/settings/briefs", list_briefs, ("api:ai-briefer:read",), "briefs"),
    Route("GET", "/v2/targets", list_targets, (), "targets"),
    Route("GET", "/v2/call-outcomes", list_call_outcomes, ("api:call-outcomes:read",), "outcomes"),
)
