"""Answers about users, logs, the library and settings, and errors, conform to Gong's own document."""

from __future__ import annotations

from typing import Any

import pytest

FROM = "2026-02-16T00:00:00Z"
LOG_TYPES = ("AccessLog", "UserActivityLog", "UserCallPlay", "ExternallySharedCallAccess", "ExternallySharedCallPlay")


@pytest.mark.parametrize("avatars", ["true", "false"])
def test_users(caller, conforms, avatars) -> None:
    conforms("UsersMetadata", caller.get("/v2/users", includeAvatars=avatars).json())


def test_users_extensive(caller, conforms) -> None:
    conforms("UsersMetadata", caller.post("/v2/users/extensive", {"filter": {"includeAvatars": True}}).json())


def test_single_user(caller, conforms, sandbox) -> None:
    conforms("User", caller.get(f"/v2/users/{next(iter(sandbox.world.users))}").json())


@pytest.mark.parametrize("log_type", LOG_TYPES)
def test_logs(caller, conforms, log_type) -> None:
    send = lambda cursor: caller.get(  # noqa: E731
        "/v2/logs", logType=log_type, fromDateTime=FROM, **({"cursor": cursor} if cursor else {})
    )
    for page in caller.pages(send):
        conforms("LogsResponse", page)


def test_workspaces_and_library(caller, conforms) -> None:
    workspaces = caller.get("/v2/workspaces").json()
    conforms("WorkspacesMetadata", workspaces)
    for workspace in workspaces["workspaces"]:
        library = caller.get("/v2/library/folders", workspaceId=workspace["id"]).json()
        conforms("LibraryResponse", library)
        for folder in library["folders"]:
            content = caller.get("/v2/library/folder-content", folderId=folder["id"]).json()
            conforms("LibraryFolderListOfCallsResponse", content)


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/v2/settings/scorecards", "Scorecards"),
        ("/v2/settings/trackers", "Trackers"),
        ("/v2/settings/briefs", "Briefs"),
        ("/v2/call-outcomes", "CallOutcomesResponse"),
    ],
)
def test_settings(caller, conforms, path, schema) -> None:
    conforms(schema, caller.get(path).json())


ERRORS: list[tuple[int, str, str, Any]] = [
    (400, "POST", "/v2/calls/extensive", {}),
    (400, "GET", "/v2/calls", None),
    (404, "POST", "/v2/calls/transcript", {"filter": {"callIds": ["1"]}}),
    (404, "GET", "/v2/calls/1", None),
    (404, "GET", "/v2/nowhere", None),
    (405, "POST", "/v2/workspaces", {}),
]


@pytest.mark.parametrize(("status", "method", "path", "body"), ERRORS, ids=str)
def test_errors(caller, conforms, status, method, path, body) -> None:
    answer = caller.session.request(method, caller.sandbox.url + path, json=body)
    assert answer.status_code == status
    conforms("ErrorResponse", answer.json())
    assert answer.json()["errors"]


def test_paths_verbs_and_scopes_are_documented(document) -> None:
    """Each route is an operation of the document, and the reverse; it asks for the scopes that its text names."""
    from gong_source.sandbox.routes import ROUTES

    operations = {f"{method.upper()} {path}" for path, found in document["paths"].items() for method in found}
    newer = {"GET /v2/targets"}
    assert {route.endpoint for route in ROUTES} - newer == operations
    for route in (route for route in ROUTES if route.endpoint not in newer):
        operation = document["paths"][route.path][route.method.lower()]
        for scope in route.scopes:
            assert f"'{scope}'" in operation["description"], route.endpoint
