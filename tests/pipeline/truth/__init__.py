"""What Gong's API shows, read the plainest way and turned into rows without any code of the package."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from gong_source.sandbox import Sandbox
from tests.pipeline.truth import calls, company, statistics
from tests.pipeline.truth.api import PlainApi, Rows, row_of


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


def _read_all(
    api: PlainApi, start: datetime, end: datetime, now: datetime, more: bool, wanted: Collection[str] | None
) -> Rows:
    def wants(*tables: str) -> bool:
        return more or wanted is None or any(table.startswith(tables) for table in wanted)

    rows = calls.read_calls(api, start, end)
    limits = {"fromDateTime": start.isoformat(), "toDateTime": end.isoformat()}
    if wants("user"):
        rows["users"] = rows["users_history"] = [company.user_row(user) for user in api.get("/v2/users", "users")]
    if wants("workspaces", "library_", "targets", "permission_"):
        rows["workspaces"] = [row_of(item) for item in api.get("/v2/workspaces", "workspaces")]
    if wants("calls_basic"):
        rows["calls_basic"] = [row_of(call) for call in api.get("/v2/calls", "calls", **limits)]
    if wants("library_"):
        rows |= company.library_rows(api, _ids(rows, "workspaces"))
    if wants("logs"):
        rows["logs"] = statistics.log_rows(api, start, end, now)
    if wants("scorecards", "answered_"):
        rows |= statistics.scorecard_rows(api, start, end)
    if wants("user_settings_history"):
        rows["user_settings_history"] = company.settings_rows(api, rows["users"])
    if wants("daily_activity"):
        rows["daily_activity"] = statistics.activity_rows(api, start, now)
    if wants("trackers", "call_outcomes", "briefs", "crm_"):
        rows |= company.definition_rows(api)
    if wants("targets", "permission_"):
        rows |= company.permission_rows(api, _ids(rows, "workspaces"))
    if more:
        rows |= statistics.statistics_rows(api, start, now)
        rows["coaching"] = statistics.coaching_rows(api, rows, start, now)
        rows["call_access"] = calls.access_rows(api, rows["calls"])
        rows |= company.engage_rows(api, [row for row in rows["users"] if row["active"]])
        rows["crm_schema_fields"] = company.schema_rows(api, rows["crm_integrations"])
    return rows


def _ids(rows: Rows, table: str) -> list[str]:
    return [row["id"] for row in rows[table]]
