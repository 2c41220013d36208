"""The workspace endpoint."""

from __future__ import annotations

from gong_source.sandbox.messages import Json, Request
from gong_source.sandbox.routes.base import Context, Route


def list_workspaces(context: Context, _request: Request) -> Json:
    """List all workspaces."""
    return {"workspaces": list(context.world.workspaces.values())}


ROUTES = (Route("GET", "/v2/workspaces", list_workspaces, ("api:workspaces:read",), "workspaces"),)
