"""What a company has set up: users, library, definitions, permissions, Engage."""

from __future__ import annotations

from typing import Any

from tests.pipeline.truth.api import PlainApi, Row, Rows, row_of, snake, texts


def user_row(user: dict[str, Any]) -> Row:
    settings = user.get("settings") or {}
    fields = {key: value for key, value in user.items() if key != "settings"}
    return row_of(fields, **{f"settings__{snake(key)}": value for key, value in settings.items()})


def settings_rows(api: PlainApi, users: list[Row]) -> list[Row]:
    return [
        row_of(change, user_id=user["id"], position=position)
        for user in users
        for position, change in enumerate(api.get(f"/v2/users/{user['id']}/settings-history", "userSettingsHistory"))
    ]


def library_rows(api: PlainApi, workspaces: list[str]) -> Rows:
    folders, calls = [], []
    for workspace in workspaces:
        for folder in api.get("/v2/library/folders", "folders", workspaceId=workspace):
            folders.append(row_of(folder, workspace_id=workspace))
            for position, item in enumerate(api.get("/v2/library/folder-content", "calls", folderId=folder["id"])):
                fields = {key: value for key, value in item.items() if key not in ("id", "snippet")}
                snippet = item.get("snippet") or {}
                calls.append(
                    row_of(
                        fields,
                        folder_id=folder["id"],
                        position=position,
                        call_id=item["id"],
                        snippet__from_sec=snippet.get("fromSec"),
                        snippet__to_sec=snippet.get("toSec"),
                    )
                )
    return {"library_folders": folders, "library_folder_calls": calls}


def definition_rows(api: PlainApi) -> Rows:
    """Trackers, outcomes of dialer calls, briefs and registered CRMs."""
    rows: Rows = {"trackers": [], "trackers__language_keywords": []}
    for tracker in api.get("/v2/settings/trackers", "keywordTrackers"):
        own = {key: value for key, value in tracker.items() if key != "languageKeywords"}
        rows["trackers"].append(row_of(own))
        rows["trackers__language_keywords"] += [
            row_of(keywords, tracker_id=tracker["trackerId"], _dlt_list_idx=index)
            for index, keywords in enumerate(tracker["languageKeywords"])
        ]
    rows["call_outcomes"] = [row_of(outcome) for outcome in api.get("/v2/call-outcomes", "outcomes")]
    rows["briefs"] = [row_of(brief) for brief in api.get("/v2/settings/briefs", "briefs")]
    integrations = api.get("/v2/crm/integrations", "integrations")
    rows["crm_integrations"] = [texts(row_of(item), "integration_id") for item in integrations]
    return rows


def permission_rows(api: PlainApi, workspaces: list[str]) -> Rows:
    """Targets, permission profiles and who has them."""
    rows: Rows = {"targets": [], "permission_profiles": [], "permission_profile_users": []}
    for workspace in workspaces:
        rows["targets"] += [row_of(item) for item in api.get("/v2/targets", "targets", workspaceId=workspace)]
        for profile in api.get("/v2/all-permission-profiles", "profiles", workspaceId=workspace):
            rows["permission_profiles"].append(row_of(profile, workspace_id=workspace))
            for user in api.get("/v2/permission-profile/users", "users", profileId=profile["id"]):
                fields = {key: value for key, value in user.items() if key != "id"}
                rows["permission_profile_users"].append(row_of(fields, profile_id=profile["id"], user_id=user["id"]))
    return rows


def engage_rows(api: PlainApi, users: list[Row]) -> Rows:
    """Flows, their folders and steps, and tasks: what any user sees."""
    flows: dict[str, Row] = {}
    folders: dict[str, Row] = {}
    tasks, steps = [], []
    kinds = {"types": ["FLOW", "MANUAL"], "taskAction": ["CALL"], "status": ["OPEN", "DONE", "DISMISSED"]}
    for user in users:
        address = user["email_address"]
        flows |= {each["id"]: row_of(each) for each in api.get("/v2/flows", "flows", flowOwnerEmail=address)}
        found = api.get("/v2/flows/folders", "flows", flowFolderOwnerEmail=address)
        folders |= {each["id"]: row_of(each) for each in found}
        for task in api.post("/v2/tasks", "tasks", {"filter": {"userId": user["id"], **kinds}}):
            row = texts(_flat(task), "id", "user_id", "flow__id", "flow__step__id", "priority__id")
            tasks.append({**row, "crm_type": "SALESFORCE"})
    for flow_id in flows:
        for flow in api.post("/v2/flows/steps", "flows", {"flowIds": [flow_id]}):
            more = {"flow_id": flow_id, "flow_description": flow["description"]}
            steps += [row_of(step, key=f"{flow_id} {step['id']}", **more) for step in flow["steps"]]
    return {"flows": [*flows.values()], "flow_folders": [*folders.values()], "flow_steps": steps, "tasks": tasks}


def _flat(task: dict[str, Any], prefix: str = "") -> Row:
    """The fields of a task with those of its objects; what is told of contacts stays as it is."""
    row: Row = {}
    for key, value in task.items():
        name = f"{prefix}{snake(key)}"
        if value is not None:
            row |= _flat(value, f"{name}__") if isinstance(value, dict) and key != "contact" else {name: value}
    return row_of(row)


def schema_rows(api: PlainApi, integrations: list[Row]) -> list[Row]:
    """The fields of each kind of object of a registered CRM."""
    rows = []
    for crm in (row["integration_id"] for row in integrations):
        for kind in ("ACCOUNT", "CONTACT", "DEAL", "LEAD"):
            schema = api.one("/v2/crm/entity-schema", integrationId=crm, objectType=kind)["objectTypeToSelectedFields"]
            own = {"integration_id": crm, "object_type": kind}
            rows += [row_of(field, id=f"{crm} {kind} {field['uniqueName']}", **own) for field in schema[kind]]
    return rows
