"""Answers about statistics, scorecards, coaching, permissions and Engage conform to Gong's own document."""

from __future__ import annotations

from typing import Any

import pytest

RANGE = {"fromDate": "2026-01-01", "toDate": "2026-03-01"}
STATISTICS: list[tuple[str, dict[str, Any], str]] = [
    ("activity/aggregate", {}, "CompanyUsersAggregateActivityResponse"),
    *(
        ("activity/aggregate-by-period", {"aggregationPeriod": period}, "UsersAggregateByPeriodActivity")
        for period in ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
    ),
    ("activity/day-by-day", {}, "UsersDayByDayActivity"),
    ("interaction", {}, "CompanyUsersIntercationStatsResponse"),
]


def at(body: dict[str, Any], cursor: str | None) -> dict[str, Any]:
    """A body that asks for the page at a cursor."""
    return {**body, **({"cursor": cursor} if cursor else {})}


@pytest.mark.parametrize(("path", "more", "schema"), STATISTICS, ids=str)
def test_statistics(caller, conforms, path, more, schema) -> None:
    body = {"filter": RANGE, **more}
    for page in caller.pages(lambda cursor: caller.post(f"/v2/stats/{path}", at(body, cursor))):
        conforms(schema, page)


@pytest.mark.parametrize("method", ["MANUAL", "AUTOMATIC", "BOTH"])
def test_answered_scorecards(caller, conforms, method) -> None:
    body = {"filter": {"reviewMethod": method}}
    send = lambda cursor: caller.post("/v2/stats/activity/scorecards", at(body, cursor))  # noqa: E731
    for page in caller.pages(send):
        conforms("AnsweredScorecards", page)


def test_settings_history_of_every_user(caller, conforms, sandbox) -> None:
    for user in sandbox.world.users:
        conforms("SettingsHistory", caller.get(f"/v2/users/{user}/settings-history").json())


def test_coaching_by_every_manager(caller, conforms, sandbox) -> None:
    calls = 0
    for workspace in sandbox.world.workspaces:
        for manager in {user["managerId"] for user in sandbox.world.users.values()} - {None}:
            query = {"workspace-id": workspace, "manager-id": manager, "from": "2025-09-01T00:00:00Z"}
            answer = caller.get("/v2/coaching", **query, to="2026-03-01T00:00:00Z").json()
            conforms("CoachingMetrics", answer)
            reports = answer["coachingData"][0]["directReportsMetrics"]
            calls += sum(len(found) for report in reports for found in report["metrics"].values())
    assert calls


def test_permission_profiles_and_their_users(caller, conforms, sandbox) -> None:
    for workspace in sandbox.world.workspaces:
        found = caller.get("/v2/all-permission-profiles", workspaceId=workspace).json()
        conforms("PermissionProfilesResponse", found)
        users = []
        for profile in found["profiles"]:
            conforms("PermissionProfileResponse", caller.get("/v2/permission-profile", profileId=profile["id"]).json())
            answer = caller.get("/v2/permission-profile/users", profileId=profile["id"]).json()
            conforms("PermissionProfileUsersResponse", answer)
            users += [user["id"] for user in answer["users"]]
        assert sorted(users) == sorted(sandbox.world.users), "each user has one profile in each workspace"


def test_engage(caller, conforms, sandbox) -> None:
    for user in sandbox.world.users.values():
        flows = caller.get("/v2/flows", flowOwnerEmail=user["emailAddress"]).json()
        conforms("FlowsResponse", flows)
        folders = caller.get("/v2/flows/folders", flowFolderOwnerEmail=user["emailAddress"]).json()
        conforms("FlowsResponse", folders)
        assert {flow["folderId"] for flow in flows["flows"]} <= {folder["id"] for folder in folders["flows"]}
        ids = [flow["id"] for flow in flows["flows"]][:20]
        conforms("FlowStepsResponse", caller.post("/v2/flows/steps", {"flowIds": ids}).json())
        wanted = {"userId": user["id"], "types": ["FLOW", "MANUAL"], "taskAction": ["CALL"], "status": ["OPEN", "DONE"]}
        conforms("UserRemindersResponse", caller.post("/v2/tasks", {"filter": wanted}).json())


@pytest.mark.parametrize(
    ("path", "more", "schema"),
    [
        ("ask-entity", {"question": "What did they ask for?"}, "AskEntityResponse"),
        ("get-brief", {"briefName": "Account handover"}, "GenerateBriefResponse"),
    ],
)
def test_answers_about_a_deal(caller, conforms, sandbox, path, more, schema) -> None:
    for call in sandbox.world.calls.values():
        deals = [
            (call.workspace_id, item["objectId"])
            for system in call.data["context"]
            for item in system["objects"]
            if item["objectType"] == "Opportunity"
        ]
        if deals and call.workspace_id == next(iter(sandbox.world.workspaces)):
            break
    workspace, deal = deals[0]
    query = {"workspaceId": workspace, "crmEntityType": "DEAL", "crmEntityId": deal, "timePeriod": "ALL_CONVERSATIONS"}
    answer = caller.get(f"/v2/entities/{path}", **query, **more)
    assert answer.status_code == 200
    conforms(schema, answer.json())


def test_uploaded_crm_objects(caller, conforms, sandbox) -> None:
    number = caller.session.put(f"{sandbox.url}/v2/crm/integrations", json={"ownerEmail": "a@b.example", "name": "x"})
    query = {"integrationId": str(number.json()["integrationId"]), "objectType": "DEAL"}
    files = {"dataFile": ("x.ldjson", b'{"objectId": "d1", "name": "A \xe2\x80\xa8 deal"}\n', "text/plain")}
    url = f"{sandbox.url}/v2/crm/entities"
    sent = caller.session.post(url, params={**query, "clientRequestId": "one"}, files=files)
    assert sent.status_code == 201, sent.text
    answer = caller.session.get(url, params=query, json=["d1", "unknown"]).json()
    assert answer["crmObjectsMap"] == {"d1": {"objectId": "d1", "name": "A \u2028 deal"}, "unknown": None}
    conforms("GetGenericCrmObjectsResponse", {**answer, "crmObjectsMap": {"d1": {}}})
