"""The library endpoints."""

from __future__ import annotations

from gong_source.sandbox import checks
from gong_source.sandbox.messages import ApiError, Json, Request, bad_request
from gong_source.sandbox.routes.base import Context, Route

LIBRARY_SCOPE = "api:library:read"
NO_FOLDERS = "No folders found corresponding to the provided filters"


def list_folders(context: Context, request: Request) -> Json:
    """List the public folders of a workspace, which must be named when there are several."""
    world = context.world
    workspace = request.query.get("workspaceId")
    if workspace is None and len(world.workspaces) > 1:
        raise bad_request("workspaceId: must be provided for a company that has more than one workspace")
    if workspace is not None and workspace not in world.workspaces:
        raise ApiError(404, "Workspace not found")
    folders = [folder for key, folder in world.folders.items() if workspace in (None, world.folder_workspaces.get(key))]
    if not folders:
        raise ApiError(404, NO_FOLDERS)
    return {"folders": folders}


def list_folder_content(context: Context, request: Request) -> Json:
    """List the calls and snippets in one folder."""
    wanted = checks.required(request.query, "folderId")
    folder = context.world.folders.get(wanted)
    if folder is None:
        raise ApiError(404, "Folder not found")
    shown = {key: value for key, value in folder.items() if key != "parentFolderId"}
    return {**shown, "calls": context.world.folder_calls.get(wanted, [])}


ROUTES = (
    Route("GET", "/v2/library/folders", list_folders, (LIBRARY_SCOPE,), "folders"),
    Route("GET", "/v2/library/folder-content", list_folder_content, (LIBRARY_SCOPE,), "calls"),
)
