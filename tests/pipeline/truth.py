"""What Gong's API shows, read the plainest way and turned into rows without any code of the package."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import requests

from gong_source.sandbox import Sandbox

Row = dict[str, Any]
Rows = dict[str, list[Row]]

TIMES = {
    *("scheduled", "started", "posted", "created", "updated", "event_time", "call_start_time", "review_time", "time"),
    *("from_date", "to_date", "creation_date", "due_date", "last_modified"),
}
CONTENT = (
    "structure topics trackers trackerOccurrences brief outline highlights callOutcome keyPoints".split()  # noqa: SIM905
)
SELECTOR = {
    "context": "Extended",
    "exposedFields": {
        "parties": True,
        "content": dict.fromkeys(CONTENT, True),
        "interaction": dict.fromkeys(("speakers", "video", "personInteractionStats", "questions"), True),
        "collaboration": {"publicComments": True},
    },
}
LOG_TYPES = ("AccessLog", "UserActivityLog", "UserCallPlay", "ExternallySharedCallAccess", "ExternallySharedCallPlay")
ACCESS_LOG_KEPT = timedelta(days=14) - timedelta(minutes=1)
LISTS = {
    "parties": ("parties",),
    "context": ("context",),
    "structure": ("content", "structure"),
    "topics": ("content", "topics"),
    "trackers": ("content", "trackers"),
    "outline": ("content", "outline"),
    "highlights": ("content", "highlights"),
    "key_points": ("content", "keyPoints"),
    "speakers": ("interaction", "speakers"),
    "interaction_stats": ("interaction", "interactionStats"),
    "video": ("interaction", "video"),
    "comments": ("collaboration", "publicComments"),
}


LARGE = re.compile(r"[-:,\[ ]\d{19}")


def decoded(text: str) -> Any:
    """JSON; with whole numbers beyond 64 bits, which the faster of the two would round."""
    return json.loads(text) if LARGE.search(text) else orjson.loads(text)


@cache
def snake(name: str) -> str:
    """A column name, as a person would write it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def row_of(item: dict[str, Any], **more: Any) -> Row:
    """One row of an object: its fields by snake-case name, times as UTC instants."""
    row = {snake(key): value for key, value in item.items()}
    for name in TIMES & row.keys():
        if isinstance(row[name], str):
            row[name] = datetime.fromisoformat(row[name].replace("Z", "+00:00")).astimezone(timezone.utc)
    return {**row, **more}


class PlainApi:
    """Reads whole lists with one loop."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._session = requests.Session()
        self._session.trust_env = False  # looking for proxies takes longer than asking
        self._session.auth = (sandbox.access_key, sandbox.access_key_secret)

    def __enter__(self) -> PlainApi:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def post(self, path: str, key: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        cursor: dict[str, str] = {}
        while True:
            items, after = self._page("POST", path, key, json={**body, **cursor})
            yield from items
            if not after:
                return
            cursor = {"cursor": after}

    def get(self, path: str, key: str, **params: str) -> Iterator[dict[str, Any]]:
        while True:
            items, after = self._page("GET", path, key, params=params)
            yield from items
            if not after:
                return
            params = {**params, "cursor": after}

    def one(self, path: str, **params: str) -> dict[str, Any]:
        answer = self._session.get(self._sandbox.url + path, params=params, timeout=300)
        answer.raise_for_status()
        return dict(answer.json())

    def _page(self, method: str, path: str, key: str, **options: Any) -> tuple[list[dict[str, Any]], str | None]:
        """A page's items, and the cursor of the next one."""
        answer = self._session.request(method, self._sandbox.url + path, timeout=300, **options)
        if answer.status_code == 404 and "found" in answer.text:
            return [], None
        answer.raise_for_status()
        page = decoded(answer.content.decode())
        return page[key], page.get("records", {}).get("cursor")


def read_truth(
    sandbox: Sandbox,
    start: datetime,
    end: datetime,
    now: datetime,
    more: bool = False,
    wanted: Collection[str] | None = None,
) -> Rows:
    """Tables as they should be, for calls and logs of [start, end): all or those wanted; with more, the costly ones.

    Those of calls and transcripts are always among them.
    """
    with PlainApi(sandbox) as api:
        return _read_all(api, start, end, now, more, wanted)


def _read_calls(api: PlainApi, start: datetime, end: datetime) -> Rows:
    limits = {"fromDateTime": start.isoformat(), "toDateTime": end.isoformat()}
    calls = list(api.post("/v2/calls/extensive", "calls", {"filter": limits, "contentSelector": SELECTOR}))
    rows = _call_rows(calls)
    transcripts = list(api.post("/v2/calls/transcript", "callTranscripts", {"filter": limits}))
    return rows | _transcript_rows(transcripts, {row["id"]: row["started"] for row in rows["calls"]})


def _read_all(
    api: PlainApi, start: datetime, end: datetime, now: datetime, more: bool, wanted: Collection[str] | None
) -> Rows:
    def wants(*tables: str) -> bool:
        return more or wanted is None or any(table.startswith(tables) for table in wanted)

    rows = _read_calls(api, start, end)
    limits = {"fromDateTime": start.isoformat(), "toDateTime": end.isoformat()}
    if wants("user"):
        rows["users"] = rows["users_history"] = [_user_row(user) for user in api.get("/v2/users", "users")]
    if wants("workspaces", "library_", "targets", "permission_"):
        rows["workspaces"] = [row_of(item) for item in api.get("/v2/workspaces", "workspaces")]
    if wants("calls_basic"):
        rows["calls_basic"] = [row_of(call) for call in api.get("/v2/calls", "calls", **limits)]
    if wants("library_"):
        rows |= _library_rows(api, _ids(rows, "workspaces"))
    if wants("logs"):
        rows["logs"] = _log_rows(api, start, end, now)
    if wants("scorecards", "answered_"):
        rows |= _scorecard_rows(api, start, end)
    if wants("user_settings_history"):
        rows["user_settings_history"] = _settings_rows(api, rows["users"])
    if wants("daily_activity"):
        rows["daily_activity"] = _activity_rows(api, start, now)
    if wants("trackers", "call_outcomes", "briefs", "crm_"):
        rows |= _definition_rows(api)
    if wants("targets", "permission_"):
        rows |= _permission_rows(api, _ids(rows, "workspaces"))
    if more:
        rows |= _statistics_rows(api, start, now)
        rows["coaching"] = _coaching_rows(api, rows, start, now)
        rows["call_access"] = _access_rows(api, rows["calls"])
        rows |= _engage_rows(api, [row for row in rows["users"] if row["active"]])
        rows["crm_schema_fields"] = _schema_rows(api, rows["crm_integrations"])
    return rows


def _ids(rows: Rows, table: str) -> list[str]:
    return [row["id"] for row in rows[table]]


def _settings_rows(api: PlainApi, users: list[Row]) -> list[Row]:
    return [
        row_of(change, user_id=user["id"], position=position)
        for user in users
        for position, change in enumerate(api.get(f"/v2/users/{user['id']}/settings-history", "userSettingsHistory"))
    ]


def _call_rows(calls: list[dict[str, Any]]) -> Rows:
    rows: Rows = {"calls": [], "calls__context__objects": [], **{f"calls__{name}": [] for name in LISTS}}
    for call in calls:
        call_id = call["metaData"]["id"]
        content, interaction = call.get("content") or {}, call.get("interaction") or {}
        outcome = content.get("callOutcome") or {}
        questions = interaction.get("questions") or {}
        rows["calls"].append(
            row_of(
                call["metaData"],
                brief=content.get("brief"),
                **{f"call_outcome__{key}": outcome.get(key) for key in ("id", "category", "name")},
                questions__company_count=questions.get("companyCount"),
                questions__non_company_count=questions.get("nonCompanyCount"),
            )
        )
        for name, path in LISTS.items():
            holder: Any = call
            for key in path:
                holder = (holder or {}).get(key)
            for index, item in enumerate(holder or []):
                fields = {key: value for key, value in item.items() if (name, key) != ("context", "objects")}
                rows[f"calls__{name}"].append(row_of(fields, call_id=call_id, _dlt_list_idx=index))
                if name == "context":
                    rows["calls__context__objects"] += [
                        row_of(each, call_id=call_id, _dlt_list_idx=place)
                        for place, each in enumerate(item.get("objects") or [])
                    ]
    return rows


def _transcript_rows(items: list[dict[str, Any]], started: dict[str, datetime]) -> Rows:
    transcripts, sentences = [], []
    for item in items:
        call_id, speakers, spoken, count = item["callId"], set(), 0, 0
        for number, monologue in enumerate(item["transcript"]):
            speakers.add(monologue["speakerId"])
            for sentence in monologue["sentences"]:
                sentences.append(
                    {
                        "call_id": call_id,
                        "started": started[call_id],
                        "monologue_index": number,
                        "sentence_index": count,
                        "speaker_id": monologue["speakerId"],
                        "topic": monologue["topic"],
                        "start_ms": sentence["start"],
                        "end_ms": sentence["end"],
                        "text": sentence["text"],
                    }
                )
                count += 1
                spoken += sentence["end"] - sentence["start"]
        transcripts.append(
            {
                "call_id": call_id,
                "started": started[call_id],
                "monologue_count": len(item["transcript"]),
                "sentence_count": count,
                "speaker_count": len(speakers - {None}),
                "spoken_seconds": spoken / 1000,
            }
        )
    return {"transcripts": transcripts, "transcript_sentences": sentences}


def _user_row(user: dict[str, Any]) -> Row:
    settings = user.get("settings") or {}
    fields = {key: value for key, value in user.items() if key != "settings"}
    return row_of(fields, **{f"settings__{snake(key)}": value for key, value in settings.items()})


def _library_rows(api: PlainApi, workspaces: list[str]) -> Rows:
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


def _log_rows(api: PlainApi, start: datetime, end: datetime, now: datetime) -> list[Row]:
    rows = []
    for log_type in LOG_TYPES:
        first = max(start, now.replace(microsecond=0) - ACCESS_LOG_KEPT) if log_type == "AccessLog" else start
        params = {"logType": log_type, "fromDateTime": first.isoformat(), "toDateTime": end.isoformat()}
        rows += [row_of(entry, log_type=log_type) for entry in api.get("/v2/logs", "logEntries", **params)]
    return rows


def _scorecard_rows(api: PlainApi, start: datetime, end: datetime) -> Rows:
    """Scorecards, and how they were answered within the range."""
    rows: Rows = {"scorecards": [], "scorecards__questions": []}
    for card in api.get("/v2/settings/scorecards", "scorecards"):
        own = {key: value for key, value in card.items() if key != "questions"}
        rows["scorecards"].append(_texts(row_of(own), "scorecard_id", "workspace_id", "updater_user_id"))
        rows["scorecards__questions"] += [
            _texts(_numbers(row_of(question, scorecard_id=card["scorecardId"], _dlt_list_idx=index)), "scorecard_id")
            for index, question in enumerate(card["questions"])
        ]
    days = {
        "reviewFromDate": (start - timedelta(hours=12)).date().isoformat(),
        "reviewToDate": (end + timedelta(hours=14, days=1)).date().isoformat(),
    }
    asked = {"filter": {**days, "reviewMethod": "BOTH"}}
    rows |= {"answered_scorecards": [], "answered_scorecards__answers": []}
    for answered in api.post("/v2/stats/activity/scorecards", "answeredScorecards", asked):
        key = answered["answeredScorecardId"]
        own = {name: value for name, value in answered.items() if name != "answers"}
        rows["answered_scorecards"].append(row_of(own))
        rows["answered_scorecards__answers"] += [
            row_of(answer, answered_scorecard_id=key, _dlt_list_idx=index)
            for index, answer in enumerate(answered["answers"])
        ]
    return rows


def _activity_rows(api: PlainApi, start: datetime, now: datetime) -> list[Row]:
    """What users did on the days since a start that are over in the company."""
    asked = {
        "filter": {"fromDate": (start - timedelta(hours=12)).date().isoformat(), "toDate": _company_day(now)},
        "aggregationPeriod": "DAY",
    }
    rows = []
    for user in api.post("/v2/stats/activity/aggregate-by-period", "usersAggregateActivity", asked):
        for day in user["userAggregateActivity"]:
            if any(isinstance(value, int) and value for value in day.values()):
                date, user_id = day["fromDate"][:10], user["userId"]
                row = row_of(day, user_id=user_id, user_email_address=user["userEmailAddress"], date=date)
                rows.append({**row, "id": f"{user_id} {date}"})
    return rows


def _statistics_rows(api: PlainApi, start: datetime, now: datetime) -> Rows:
    """The calls of what users did, and how they spoke, on the days since a start that are over in the company."""
    first, last = (start - timedelta(hours=12)).date(), datetime.fromisoformat(_company_day(now)).date()
    rows: Rows = {"daily_activity_calls": [], "daily_interaction_stats": []}
    asked = {"filter": {"fromDate": first.isoformat(), "toDate": last.isoformat()}}
    for user in api.post("/v2/stats/activity/day-by-day", "usersDetailedActivities", asked):
        who = {"user_id": user["userId"], "user_email_address": user["userEmailAddress"]}
        for day in user["userDailyActivityStats"]:
            date = day["fromDate"][:10]
            rows["daily_activity_calls"] += [
                {"id": f"{user['userId']} {date} {name} {call}", **who, "date": date, "activity": name, "call_id": call}
                for name, calls in day.items()
                if isinstance(calls, list)
                for call in calls
            ]
    for number in range((last - first).days):
        date, after = (first + timedelta(days=number + plus) for plus in (0, 1))
        asked = {"filter": {"fromDate": date.isoformat(), "toDate": after.isoformat()}}
        for user in api.post("/v2/stats/interaction", "peopleInteractionStats", asked):
            who = {"user_id": user["userId"], "user_email_address": user["userEmailAddress"], "date": date.isoformat()}
            rows["daily_interaction_stats"] += [
                {"id": f"{user['userId']} {date} {each['name']}", **who, **each}
                for each in user["personInteractionStats"]
            ]
    return rows


def _coaching_rows(api: PlainApi, rows: Rows, start: datetime, now: datetime) -> list[Row]:
    """What managers did for their reports in the months since a start, up to now."""
    found = []
    first = start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while first < now:
        after = (first + timedelta(days=32)).replace(day=1)
        limits = {"from": first.isoformat(), "to": min(after, now).isoformat()}
        for workspace in (row["id"] for row in rows["workspaces"]):
            for manager in sorted({row["manager_id"] for row in rows["users"] if row["manager_id"]}):
                who = {"workspace-id": workspace, "manager-id": manager}
                for told in api.get("/v2/coaching", "coachingData", **who, **limits):
                    for report in told["directReportsMetrics"]:
                        user, month = report["report"]["id"], f"{first:%Y-%m}"
                        found += [
                            {
                                "id": f"{workspace} {manager} {user} {month} {metric} {call}",
                                "workspace_id": workspace,
                                "manager_id": manager,
                                "user_id": user,
                                "month": month,
                                "metric": metric,
                                "call_id": call,
                            }
                            for metric, calls in report["metrics"].items()
                            for call in calls
                        ]
        first = after
    return found


def _access_rows(api: PlainApi, calls: list[Row]) -> list[Row]:
    """Who was given access to the calls."""
    asked = {"filter": {"callIds": [row["id"] for row in calls]}}
    by_id = {row["id"]: row for row in calls}
    return [
        {
            "id": f"{told['callId']} {user['userId']}",
            "call_id": told["callId"],
            "user_id": user["userId"],
            "started": by_id[told["callId"]]["started"],
            "workspace_id": by_id[told["callId"]]["workspace_id"],
        }
        for told in (api.post("/v2/calls/users-access", "callAccessList", asked) if calls else ())
        for user in told["users"]
    ]


def _engage_rows(api: PlainApi, users: list[Row]) -> Rows:
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
            tasks.append(_texts(_flat(task), "id", "user_id", "flow__id", "flow__step__id", "priority__id"))
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


def _schema_rows(api: PlainApi, integrations: list[Row]) -> list[Row]:
    """The fields of each kind of object of a registered CRM."""
    rows = []
    for crm in (row["integration_id"] for row in integrations):
        for kind in ("ACCOUNT", "CONTACT", "DEAL", "LEAD"):
            schema = api.one("/v2/crm/entity-schema", integrationId=crm, objectType=kind)["objectTypeToSelectedFields"]
            own = {"integration_id": crm, "object_type": kind}
            rows += [row_of(field, id=f"{crm} {kind} {field['uniqueName']}", **own) for field in schema[kind]]
    return rows


def _company_day(now: datetime) -> str:
    return now.astimezone(ZoneInfo("America/Los_Angeles")).date().isoformat()


def _definition_rows(api: PlainApi) -> Rows:
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
    rows["crm_integrations"] = [_texts(row_of(item), "integration_id") for item in integrations]
    return rows


def _permission_rows(api: PlainApi, workspaces: list[str]) -> Rows:
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


def _texts(row: Row, *names: str) -> Row:
    return {name: None if value is None else str(value) if name in names else value for name, value in row.items()}


def _numbers(row: Row) -> Row:
    return {
        name: float(value) if name in ("min_range", "max_range") and value is not None else value
        for name, value in row.items()
    }
