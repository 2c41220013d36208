"""Workspaces and library folders as choices for a form: ``[{"label": ..., "key": ...}]``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gong_source.api import GongClient
from gong_source.api import endpoints as at
from gong_source.api.pages import identified

Choice = dict[str, str]


def workspaces(client: GongClient) -> list[Choice]:
    """All workspaces, by name.

    GET /v2/workspaces, scope api:workspaces:read. Only reads: a repeat is safe.

    Args:
        client: A client.

    Raises:
        GongRequestError: Gong did not answer, or refused.
    """
    spaces = identified(client.list_workspaces(), at.WORKSPACES)
    return _sorted({"label": _label(space), "key": str(space["id"])} for space in spaces)


def folders(client: GongClient, *, workspace_id: str | None = None) -> list[Choice]:
    """The public folders of the library, each with the folders it is in: ``Onboarding / Discovery``.

    GET /v2/library/folders, scope api:library:read; without a workspace also GET /v2/workspaces, scope
    api:workspaces:read. Only reads: a repeat is safe.

    Args:
        client: A client.
        workspace_id: Only this workspace. By default all; where there are several, labels begin with the workspace.

    Raises:
        GongRequestError: Gong did not answer, or refused.
    """
    if workspace_id is not None:
        return _sorted(_choices(client, workspace_id, ""))
    spaces = list(identified(client.list_workspaces(), at.WORKSPACES))
    prefixes = {str(space["id"]): f"{_label(space)}: " if len(spaces) > 1 else "" for space in spaces}
    return _sorted(choice for key, prefix in prefixes.items() for choice in _choices(client, key, prefix))


def _choices(client: GongClient, workspace_id: str, prefix: str) -> list[Choice]:
    listed = identified(client.list_library_folders(workspace_id=workspace_id), at.LIBRARY_FOLDERS)
    found = {folder["id"]: folder for folder in listed}
    return [{"label": prefix + _way(folder, found), "key": str(key)} for key, folder in found.items()]


def _way(folder: Mapping[str, Any], found: Mapping[Any, Mapping[str, Any]]) -> str:
    names, seen = [_label(folder)], {folder["id"]}
    while (above := found.get(folder.get("parentFolderId"))) and above["id"] not in seen:
        names.append(_label(above))
        seen.add(above["id"])
        folder = above
    return " / ".join(reversed(names))


def _label(record: Mapping[str, Any]) -> str:
    return str(record.get("name") or record["id"])


def _sorted(choices: Any) -> list[Choice]:
    return sorted(choices, key=lambda choice: (choice["label"].casefold(), choice["key"]))
