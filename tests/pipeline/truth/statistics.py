"""What happened: logs, scorecards, activity, interaction, coaching."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.pipeline.truth.api import PlainApi, Row, Rows, row_of, texts

LOG_TYPES = ("AccessLog", "UserActivityLog", "UserCallPlay", "ExternallySharedCallAccess", "ExternallySharedCallPlay")
ACCESS_LOG_KEPT = timedelta(days=14) - timedelta(hours=1)


def log_rows(api: PlainApi, start: datetime, end: datetime, now: datetime) -> list[Row]:
    rows = []
    for log_type in LOG_TYPES:
        first = max(start, now.replace(microsecond=0) - ACCESS_LOG_KEPT) if log_type == "AccessLog" else start
        params = {"logType": log_type, "fromDateTime": first.isoformat(), "toDateTime": end.isoformat()}
        rows += [row_of(entry, log_type=log_type) for entry in api.get("/v2/logs", "logEntries", **params)]
    return rows


def scorecard_rows(api: PlainApi, start: datetime, end: datetime) -> Rows:
    """Scorecards, and how they were answered within the range."""
    rows: Rows = {"scorecards": [], "scorecards__questions": []}
    for card in api.get("/v2/settings/scorecards", "scorecards"):
        own = {key: value for key, value in card.items() if key != "questions"}
        rows["scorecards"].append(texts(row_of(own), "scorecard_id", "workspace_id", "updater_user_id"))
        rows["scorecards__questions"] += [
            texts(_numbers(row_of(question, scorecard_id=card["scorecardId"], _dlt_list_idx=index)), "scorecard_id")
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


def _numbers(row: Row) -> Row:
    return {
        name: float(value) if name in ("min_range", "max_range") and value is not None else value
        for name, value in row.items()
    }


def activity_rows(api: PlainApi, start: datetime, now: datetime) -> list[Row]:
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


def statistics_rows(api: PlainApi, start: datetime, now: datetime) -> Rows:
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


def coaching_rows(api: PlainApi, rows: Rows, start: datetime, now: datetime) -> list[Row]:
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


def _company_day(now: datetime) -> str:
    return now.astimezone(ZoneInfo("America/Los_Angeles")).date().isoformat()
