"""Permission profiles and integration settings."""

from __future__ import annotations

from typing import Any

from gong_source.sandbox import checks
from gong_source.sandbox.checks import Shape, distinct, flag, json_object, list_of, one_of, text
from gong_source.sandbox.generate.people import full_name
from gong_source.sandbox.generate.setup import ACCESSES, FORECASTS, LIBRARY_FLAGS
from gong_source.sandbox.messages import ApiError, Json, Request, bad_request
from gong_source.sandbox.routes.base import Context, Route
from gong_source.sandbox.routes.bodies import some
from gong_source.sandbox.routes.users import USERS_SCOPE

LEVELS = ("all", "managers-team", "report-to-them", "own", "none")
ACCESS = Shape({"permissionLevel": one_of(LEVELS), "teamLeadIds": distinct(list_of(text))})
LIBRARY = Shape(
    {
        "permissionLevel": one_of(("none", "all", "specific-folders")),
        "libraryFolderIds": distinct(list_of(text)),
        **dict.fromkeys(LIBRARY_FLAGS, flag),
    }
)
FORECAST = Shape(dict.fromkeys(FORECASTS, ACCESS))
TEXTS = ("id", "name", "description")
SETTINGS = Shape(
    {
        "integrationTypeSettings": some(
            Shape(
                {
                    "integrationType": one_of(("EMAIL_COMPOSER", "ACCOUNT_PAGES", "DIALER")),
                    "allowedOrigin": text,
                },
                ("integrationType", "allowedOrigin"),
            )
        )
    },
    ("integrationTypeSettings",),
)


def check_profile(value: Any) -> Json:
    """Check for a permission profile; all that is not listed is a flag."""
    members: dict[str, checks.Check] = dict.fromkeys(value, flag) if isinstance(value, dict) else {}
    members |= dict.fromkeys(TEXTS, text) | dict.fromkeys(ACCESSES, ACCESS)
    members |= {"libraryFolderAccess": LIBRARY, "forecastPermissions": FORECAST}
    return Shape(members)(value)


def list_profiles(context: Context, request: Request) -> Json:
    """List the profiles of a workspace."""
    wanted = _workspace(context, request)
    world = context.world
    workspaces = world.profile_workspaces | world.written.profile_workspaces
    found = [profile for key, profile in _profiles(context).items() if workspaces[key] == wanted]
    return {"profiles": sorted(found, key=lambda profile: profile.get("name") or "")}


def show_profile(context: Context, request: Request) -> Json:
    """Show a profile."""
    return {"profile": _profiles(context)[_known(context, request)]}


def list_users(context: Context, request: Request) -> Json:
    """List the users of a profile."""
    users = [context.world.users[key] for key in context.world.profile_users.get(_known(context, request), ())]
    return {
        "users": [
            {"id": user["id"], "fullName": full_name(user), "emailAddress": user["emailAddress"]} for user in users
        ]
    }


def create_profile(context: Context, request: Request) -> Json:
    """Make a profile; each request makes another one."""
    workspace, written = _workspace(context, request), context.world.written
    profile = {**check_profile(json_object(request)), "id": written.new_id()}
    written.profiles[profile["id"]] = profile
    written.profile_workspaces[profile["id"]] = workspace
    return {"profile": profile}


def update_profile(context: Context, request: Request) -> Json:
    """Replace a profile."""
    key = _known(context, request)
    profile = {**check_profile(json_object(request)), "id": key}
    context.world.written.profiles[key] = profile
    return {"profile": profile}


def update_settings(context: Context, request: Request) -> Json:
    """Take integration settings."""
    context.world.written.settings = SETTINGS(json_object(request))["integrationTypeSettings"]
    return {}


def _profiles(context: Context) -> dict[str, Json]:
    return context.world.profiles | context.world.written.profiles


def _workspace(context: Context, request: Request) -> str:
    wanted = checks.required(request.query, "workspaceId")
    if wanted not in context.world.workspaces:
        raise bad_request("workspaceId: no such workspace")
    return wanted


def _known(context: Context, request: Request) -> str:
    key = checks.required(request.query, "profileId")
    if key not in _profiles(context):
        raise ApiError(400, "profileId: no such profile")
    return key


ROUTES = (
    Route("GET", "/v2/all-permission-profiles", list_profiles, (), "profiles"),
    Route("GET", "/v2/permission-profile", show_profile),
    Route("POST", "/v2/permission-profile", create_profile),
    Route("PUT", "/v2/permission-profile", update_profile),
    Route("GET", "/v2/permission-profile/users", list_users, (USERS_SCOPE,), "users"),
    Route("POST", "/v2/integration-settings", update_settings, ("api:integration-settings:write",)),
)
