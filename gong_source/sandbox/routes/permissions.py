"""Permission profiles and integration settings."""

from __future__ import annotations

from typing import Any

from gong_source.sandbox import checks
from gong_source.sandbox.checks import Shape, flag, json_object, list_of, one_of, text
from gong_source.sandbox.messages import ApiError, Json, Request, bad_request
from gong_source.sandbox.routes.base import Context, Route
from gong_source.sandbox.routes.bodies import some

LEVELS = ("all", "managers-team", "report-to-them", "own", "none")
ACCESS = Shape({"permissionLevel": one_of(LEVELS), "teamLeadIds": list_of(text)})
LIBRARY = Shape(
    {
        "permissionLevel": one_of(("none", "all", "specific-folders")),
        "libraryFolderIds": list_of(text),
        **dict.fromkeys(("managePublicFolder", "manageStreams", "manageFolderCalls", "shareFoldersAndStreams"), flag),
    }
)
FORECAST = Shape(dict.fromkeys(("forecastAccess", "forecastEditSubmissions", "forecastEditTargets"), ACCESS))
TEXTS = ("id", "name", "description")
ACCESSES = ("callsAccess", "dealsAccess", "coachingAccess", "insightsAccess", "usageAccess", "emailsAccess")
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
    """List all profiles."""
    _workspace(context, request)
    return {"profiles": sorted(context.world.desk.profiles.values(), key=lambda profile: profile.get("name") or "")}


def show_profile(context: Context, request: Request) -> Json:
    """Show a profile."""
    return {"profile": context.world.desk.profiles[_known(context, request)]}


def create_profile(context: Context, request: Request) -> Json:
    """Make a profile; each request makes another one."""
    _workspace(context, request)
    profile = {**check_profile(json_object(request)), "id": context.world.desk.new_id()}
    context.world.desk.profiles[profile["id"]] = profile
    return {"profile": profile}


def update_profile(context: Context, request: Request) -> Json:
    """Replace a profile."""
    key = _known(context, request)
    profile = {**check_profile(json_object(request)), "id": key}
    context.world.desk.profiles[key] = profile
    return {"profile": profile}


def update_settings(context: Context, request: Request) -> Json:
    """Take integration settings."""
    context.world.desk.settings = SETTINGS(json_object(request))["integrationTypeSettings"]
    return {}


def _workspace(context: Context, request: Request) -> None:
    if checks.required(request.query, "workspaceId") not in context.world.workspaces:
        raise bad_request("workspaceId: no such workspace")


def _known(context: Context, request: Request) -> str:
    key = checks.required(request.query, "profileId")
    if key not in context.world.desk.profiles:
        raise ApiError(400, "profileId: no such profile")
    return key


ROUTES = (
    Route("GET", "/v2/all-permission-profiles", list_profiles, (), "profiles"),
    Route("GET", "/v2/permission-profile", show_profile),
    Route("POST", "/v2/permission-profile", create_profile),
    Route("PUT", "/v2/permission-profile", update_profile),
    Route("POST", "/v2/integration-settings", update_settings, ("api:integration-settings:write",)),
)
