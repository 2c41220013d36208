"""The basic call endpoints: a list by date and a single call."""

from __future__ import annotations

from gong_source.sandbox import checks
from gong_source.sandbox.messages import ApiError, Json, Request
from gong_source.sandbox.routes.base import Context, Route
from gong_source.sandbox.routes.paging import Question, page

NO_CALLS = "No calls found corresponding to the provided filters"
BASIC_SCOPE = "api:calls:read:basic"


def list_calls(context: Context, request: Request) -> Json:
    """List the calls of a period, by scheduled time where there is one and by start otherwise."""
    query = request.query
    start = checks.stamp(checks.required(query, "fromDateTime"), "fromDateTime")
    end = checks.stamp(checks.required(query, "toDateTime"), "toDateTime")
    checks.ordered(start, end, "fromDateTime", "toDateTime")
    found = context.world.index.by_schedule(start, end)
    workspace = query.get("workspaceId")
    matches = [call for call in found if workspace in (None, call.workspace_id)]
    now = context.clock.now()
    visible = [call for call in matches if call.is_visible(now)]
    return page(
        context,
        Question.of_query("GET /v2/calls", query),
        "calls",
        visible,
        lambda call: call.data_at(now)["metaData"],
        nothing=NO_CALLS,
        uncounted=len(matches) - len(visible),
    )


def get_call(context: Context, _request: Request) -> Json:
    """Show one call; one that is unknown, deleted or not yet visible gives 404."""
    wanted = context.parameters["id"]
    now = context.clock.now()
    call = context.world.calls.get(wanted)
    if call is None or not call.is_visible(now):
        raise ApiError(404, f"Call ID {wanted} was not found")
    return {"call": call.data_at(now)["metaData"]}


ROUTES = (
    Route("GET", "/v2/calls", list_calls, (BASIC_SCOPE,), "calls"),
    Route("GET", "/v2/calls/{id}", get_call, (BASIC_SCOPE,)),
)
