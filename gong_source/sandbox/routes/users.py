"""The user endpoints."""

from __future__ import annotations

from gong_source.sandbox import checks
from gong_source.sandbox.clock import parse_stamp
from gong_source.sandbox.messages import ApiError, Json, Request
from gong_source.sandbox.routes.base import Context, Route
from gong_source.sandbox.routes.paging import Question, page
from gong_source.sandbox.world import World

USERS_SCOPE = "api:users:read"
NO_USERS = "No users found corresponding to the provided filters"
BODY = checks.Shape(
    {
        "cursor": checks.text,
        "filter": checks.Shape(
            {
                "createdFromDateTime": checks.stamp,
                "createdToDateTime": checks.stamp,
                "includeAvatars": checks.flag,
                "userIds": checks.ids,
            }
        ),
    },
    required=("filter",),
)


def list_users(context: Context, request: Request) -> Json:
    """List all users, and avatars on request."""
    people = _people(context.world, checks.query_flag(request.query, "includeAvatars"))
    question = Question.of_query("GET /v2/users", request.query)
    return page(context, question, "users", people, dict, nothing=NO_USERS)


def list_users_extensive(context: Context, request: Request) -> Json:
    """List users by id and time of creation."""
    raw = checks.json_object(request)
    wanted = BODY(raw)["filter"]
    start, end = wanted.get("createdFromDateTime"), wanted.get("createdToDateTime")
    checks.ordered(start, end, "filter.createdFromDateTime", "createdToDateTime")
    people = _people(context.world, wanted.get("includeAvatars", False))
    if "userIds" in wanted:
        people = [person for person in people if person["id"] in wanted["userIds"]]
    if start is not None:
        people = [person for person in people if parse_stamp(person["created"]) >= start]
    if end is not None:
        people = [person for person in people if parse_stamp(person["created"]) < end]
    question = Question.of_body("POST /v2/users/extensive", raw)
    return page(context, question, "users", people, dict, nothing=NO_USERS)


def get_user(context: Context, _request: Request) -> Json:
    """Show one user or avatar."""
    wanted = context.parameters["id"]
    user = context.world.users.get(wanted) or context.world.avatars.get(wanted)
    if user is None:
        raise ApiError(404, "User not found")
    return {"user": user}


def settings_history(context: Context, _request: Request) -> Json:
    """List how the settings of a user changed, oldest first."""
    wanted = context.parameters["id"]
    if wanted not in context.world.users and wanted not in context.world.avatars:
        raise ApiError(404, "User not found")
    return {"userSettingsHistory": context.world.settings_history.get(wanted, [])}


def _people(world: World, with_avatars: bool) -> list[Json]:
    return [*world.users.values(), *(world.avatars.values() if with_avatars else ())]


ROUTES = (
    Route("GET", "/v2/users", list_users, (USERS_SCOPE,), "users"),
    Route("POST", "/v2/users/extensive", list_users_extensive, (USERS_SCOPE,), "users"),
    Route("GET", "/v2/users/{id}", get_user, (USERS_SCOPE,)),
    Route("GET", "/v2/users/{id}/settings-history", settings_history, (USERS_SCOPE,), "userSettingsHistory"),
)
