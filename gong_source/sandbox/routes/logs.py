"""The audit log endpoint."""

from __future__ import annotations

from datetime import datetime, timedelta

from gong_source.sandbox import checks
from gong_source.sandbox.messages import Json, Request, bad_request
from gong_source.sandbox.routes.base import Context, Route
from gong_source.sandbox.routes.paging import Question, page
from gong_source.sandbox.world import LOG_TYPES

LOGS_SCOPE = "api:logs:read"
NO_LOGS = "No logs found for the specified period"
ACCESS_LOG_DAYS = 14


def list_logs(context: Context, request: Request) -> Json:
    """List the log entries of one type in a period."""
    query = request.query
    log_type = checks.required(query, "logType")
    if log_type not in LOG_TYPES:
        raise bad_request(f"logType: unknown value '{log_type}'")
    start = checks.stamp(checks.required(query, "fromDateTime"), "fromDateTime")
    end = checks.optional_stamp(query, "toDateTime")
    checks.ordered(start, end, "fromDateTime", "toDateTime")
    if log_type == "AccessLog":
        _check_retention(start, context.clock.now())
    entries = context.world.log_entries(log_type, start, end)
    return page(context, Question.of_query("GET /v2/logs", query), "logEntries", entries, dict, nothing=NO_LOGS)


def _check_retention(start: datetime, now: datetime) -> None:
    if start < now - timedelta(days=ACCESS_LOG_DAYS):
        raise bad_request(
            f"fromDateTime: AccessLog entries are kept for {ACCESS_LOG_DAYS} days only, the time given is earlier"
        )


ROUTES = (Route("GET", "/v2/logs", list_logs, (LOGS_SCOPE,), "logEntries"),)
