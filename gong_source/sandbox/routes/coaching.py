"""What managers did to coach their reports."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from gong_source.sandbox import checks
from gong_source.sandbox.activity import events
from gong_source.sandbox.messages import Json, Request, bad_request
from gong_source.sandbox.routes.base import Context, Route

METRICS = {
    "othersCallsListenedTo": "callsListenedTo",
    "callsAttended": "callsManagerAttended",
    "callsGaveFeedback": "callsWithFeedback",
    "callsCommentsGiven": "callsManagerCommentedOn",
    "callsScorecardsFilled": "callsWithScorecardFilled",
}
"""The metric that an activity of a manager counts for. Gong documents no names; these are of clients that read them."""


def list_coaching(context: Context, request: Request) -> Json:
    """List the calls of each direct report with which a manager did something; empty for who manages no one."""
    query, world = request.query, context.world
    workspace, manager_id = (_number(request, name) for name in ("workspace-id", "manager-id"))
    start = checks.stamp(checks.required(query, "from"), "from")
    end = checks.stamp(checks.required(query, "to"), "to")
    checks.ordered(start, end, "from", "to")
    if workspace not in world.workspaces:
        raise bad_request("workspace-id: no such workspace")
    manager = world.users.get(manager_id)
    reports = [user for user in world.users.values() if user["managerId"] == manager_id]
    if manager is None or not reports:
        return {"coachingData": []}
    done = _done(context, manager_id, workspace, start, end)
    metrics = [
        {
            "report": _person(report),
            "metrics": {name: sorted(done[report["id"], name]) for name in METRICS.values()},
        }
        for report in reports
    ]
    return {"coachingData": [{"manager": _person(manager), "directReportsMetrics": metrics}]}


def _done(
    context: Context, manager: str, workspace: str, start: datetime, end: datetime
) -> dict[tuple[str, str], set[str]]:
    """Return the calls by host and metric."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for event in events(context.world, start, end, context.clock.now()):
        call = context.world.calls[event.call]
        if event.user == manager and event.activity in METRICS and call.workspace_id == workspace:
            found[call.primary_user_id or "", METRICS[event.activity]].add(call.id)
    return found


def _number(request: Request, name: str) -> str:
    value = checks.required(request.query, name)
    if not (value.isascii() and value.isdigit()):
        raise bad_request(f"{name}: must be a number")
    return value


def _person(user: Json) -> Json:
    return {name: user[name] for name in ("id", "emailAddress", "firstName", "lastName", "title")}


ROUTES = (Route("GET", "/v2/coaching", list_coaching, ("api:coaching:read",), "coachingData"),)
