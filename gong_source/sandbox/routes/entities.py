"""Answers about CRM objects, each of which costs credits."""

from __future__ import annotations

from datetime import datetime, timedelta

from gong_source.sandbox import checks
from gong_source.sandbox.messages import ApiError, Json, Request, bad_request
from gong_source.sandbox.records import CallRecord
from gong_source.sandbox.routes.base import Context, Route

ENTITIES = {"ACCOUNT": "Account", "CONTACT": "Contact", "DEAL": "Opportunity", "LEAD": "Lead"}
CUSTOM, ALL = "CUSTOM_RANGE", "ALL_CONVERSATIONS"
LAST_DAYS = {"LAST_7DAYS": 7, "LAST_30DAYS": 30, "LAST_90DAYS": 90, "LAST_YEAR": 365}
SINCE_ACTIVITY = {"LAST_90_DAYS_SINCE_LAST_ACTIVITY": 90, "LAST_YEAR_SINCE_LAST_ACTIVITY": 365}
THIS = ("THIS_WEEK", "THIS_MONTH", "THIS_YEAR", "THIS_QUARTER")
MOST_CALLS = 60


def ask(context: Context, request: Request) -> Json:
    """Answer a question about a CRM object from its calls."""
    question = checks.required(request.query, "question")
    calls = _calls(context, request)
    _pay(context)
    items = [f"{len(calls)} calls were searched for: {question}", *_briefs(context, calls)]
    return {
        "numOfCallsSearched": len(calls),
        "numOfEmailsSearched": 0,
        "answer": [{"answerItems": items, "emailFindings": [], "callFindings": _findings(calls)}],
    }


def brief(context: Context, request: Request) -> Json:
    """Write a brief about a CRM object; the brief must be published in the workspace."""
    name = checks.required(request.query, "briefName")
    calls = _calls(context, request)
    wanted = (name, request.query["workspaceId"], "Published")
    if all((each["briefName"], each["workspaceId"], each["status"]) != wanted for each in context.world.briefs):
        raise ApiError(404, "Brief not found or not published")
    _pay(context)
    return {
        "numOfCallsSearched": len(calls),
        "numOfEmailsSearched": 0,
        "briefSections": [
            {
                "title": name,
                "sectionSummary": _briefs(context, calls),
                "conversationFindings": {"callFindings": _findings(calls), "emailFindings": []},
                "briefSectionType": "Conversations",
            }
        ],
    }


def _pay(context: Context) -> None:
    written = context.world.written
    if written.credits < 1:
        raise ApiError(402, "No credits left")
    written.credits -= 1


def _calls(context: Context, request: Request) -> list[CallRecord]:
    query, world, now = request.query, context.world, context.clock.now()
    workspace = checks.required(query, "workspaceId")
    kind = checks.required(query, "crmEntityType")
    key = checks.required(query, "crmEntityId")
    if workspace not in world.workspaces:
        raise bad_request("workspaceId: no such workspace")
    if kind not in ENTITIES:
        raise bad_request(f"crmEntityType: unknown value '{kind}'")
    start, end = _period(context, request)
    about = [
        call
        for call in world.index.by_start(None, None)
        if call.workspace_id == workspace and call.is_visible(now) and _mentions(call, ENTITIES[kind], key)
    ]
    if not about:
        raise ApiError(404, "Entity not found")
    if request.query["timePeriod"] in SINCE_ACTIVITY:
        start = about[-1].started - timedelta(days=SINCE_ACTIVITY[request.query["timePeriod"]])
    return [call for call in about if (start is None or call.started >= start) and call.started < end][-MOST_CALLS:]


def _mentions(call: CallRecord, kind: str, key: str) -> bool:
    data = call.data
    contexts = [data.get("context"), *(party.get("context") for party in data.get("parties") or ())]
    return any(
        item["objectType"] == kind and item["objectId"] == key
        for context in contexts
        for system in context or ()
        for item in system.get("objects") or ()
    )


def _period(context: Context, request: Request) -> tuple[datetime | None, datetime]:
    period, now = checks.required(request.query, "timePeriod"), context.clock.now()
    if period == CUSTOM:
        start = checks.stamp(checks.required(request.query, "fromDateTime"), "fromDateTime")
        end = checks.optional_stamp(request.query, "toDateTime") or now
        checks.ordered(start, end, "fromDateTime", "toDateTime")
        return start, end
    if period in LAST_DAYS:
        return now - timedelta(days=LAST_DAYS[period]), now
    if period in THIS:
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        firsts = {
            "THIS_WEEK": today - timedelta(days=today.weekday()),
            "THIS_MONTH": today.replace(day=1),
            "THIS_QUARTER": today.replace(day=1, month=today.month - (today.month - 1) % 3),
            "THIS_YEAR": today.replace(day=1, month=1),
        }
        return firsts[period], now
    if period not in (ALL, *SINCE_ACTIVITY):
        raise bad_request(f"timePeriod: unknown value '{period}'")
    return None, now


def _briefs(context: Context, calls: list[CallRecord]) -> list[str]:
    data = [call.data_at(context.clock.now()) for call in calls[-3:]]
    return [each["content"]["brief"] for each in data if (each.get("content") or {}).get("brief")]


def _findings(calls: list[CallRecord]) -> list[Json]:
    return [
        {"call": {name: call.data["metaData"][name] for name in ("id", "title", "started", "url")}} for call in calls
    ]


ROUTES = (
    Route("GET", "/v2/entities/ask-entity", ask, ("api:ai-ask:read",), "answer"),
    Route("GET", "/v2/entities/get-brief", brief, ("api:ai-briefer:read",), "briefSections"),
)
