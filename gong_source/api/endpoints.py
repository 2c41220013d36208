"""Gong's endpoints as data: path, where the records are, where the cursor goes, what an empty answer looks like.

Scopes and list keys are from Gong's specification; the texts of empty answers were seen by other connectors on live
tenants (reference: empty results).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

NOTHING_MATCHED = r"\bno [\w ]+ found\b.*(provided filters?|specified period)"
"""What a 404 says when nothing matched. Matched without regard to case, like the other texts."""

NOT_FOUND = NOTHING_MATCHED + r"|\b(users?|scorecards) not found\b"
"""The same where the specification also has it the other way round, and no single id is asked for."""


class Cursor(str, Enum):
    """Where an endpoint takes the page cursor."""

    NONE = "unpaged"
    QUERY = "query"
    BODY = "body"


@dataclass(frozen=True)
class Endpoint:
    """One operation of the API.

    Attributes:
        method: HTTP method.
        path: Path below the base URL, with ``{}`` where an id goes.
        list_key: Key of the list of records; empty where the answer is one object.
        scope: What a key needs to be allowed to use it; empty where Gong states none.
        cursor: Where the page cursor goes; a cursor in a POST's query is ignored and page one comes back for ever.
        empty_404: What a 404 says that means an empty list; every other 404 is an error.
        repeat_is_409: Whether 409 means that the same id was written before, and nothing else.
        only_asks: Whether it changes nothing although its method could: a POST that reads.
        paid: Whether a call costs paid credits; a sync never calls such an endpoint, and none is sent twice.
        guessed: Whether the list key is a guess, as the specification has the answer of another endpoint in its place.
        tells: Of which keys an answer to a write has one at least: what came of it, that nobody knows otherwise.
    """

    method: str
    path: str
    list_key: str = ""
    scope: str = ""
    cursor: Cursor = Cursor.NONE
    empty_404: str = ""
    repeat_is_409: bool = False
    only_asks: bool = False
    paid: bool = False
    guessed: bool = False
    tells: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Method and path, as errors and reports show it."""
        return f"{self.method} {self.path}"

    @property
    def reads(self) -> bool:
        """Whether it changes nothing at Gong."""
        return self.method == "GET" or self.only_asks

    def list_key_in(self, answer: dict[str, Any]) -> str:
        """Key of the list of records in an answer: where it is a guess, and wrong, that of the only list there.

        Args:
            answer: Gong's.
        """
        if not self.guessed or isinstance(answer.get(self.list_key), list):
            return self.list_key
        lists = [name for name, value in answer.items() if isinstance(value, list) and name != "errors"]
        return lists[0] if len(lists) == 1 else self.list_key


def _statistic(path: str, list_key: str, scope: str) -> Endpoint:
    return Endpoint(
        "POST",
        f"/v2/stats/{path}",
        list_key,
        scope,
        Cursor.BODY,
        empty_404=NOT_FOUND,
        only_asks=True,
    )


DUPLICATE_TEXT = r"duplicat|already (been |was )?(report|us|exist|upload|creat|add|regist)|already in use"
"""What a 400 or 409 says when the id of a write was used before. The texts are not documented: the known ones fit."""

CURSOR_EXPIRED_TEXT = "cursor has expired"
"""What a refusal says when a cursor is older than about an hour; its status is not known."""

CALL_GONE_TEXT = r"(^|; )\W*(the )?call([ _-]?id| with (the )?id)?\W+(\d+\W+)?((was|is) )?not found\b"
"""What a 404 says of a call that is not there any more. Of a workspace, a page or a host it says the like."""

LIST_CALLS = Endpoint("GET", "/v2/calls", "calls", "api:calls:read:basic", Cursor.QUERY, empty_404=NOTHING_MATCHED)
CALLS_EXTENSIVE = Endpoint(
    "POST",
    "/v2/calls/extensive",
    "calls",
    "api:calls:read:extensive",
    Cursor.BODY,
    empty_404=NOTHING_MATCHED,
    only_asks=True,
)
CALL_MEDIA = replace(CALLS_EXTENSIVE, scope="api:calls:read:media-url")
"""The same, asked for addresses of recordings."""
TRANSCRIPTS = Endpoint(
    "POST",
    "/v2/calls/transcript",
    "callTranscripts",
    "api:calls:read:transcript",
    Cursor.BODY,
    empty_404=NOTHING_MATCHED,
    only_asks=True,
)
GET_CALL = Endpoint("GET", "/v2/calls/{}", "", "api:calls:read:basic")
CALL_ACCESS = Endpoint(
    "POST",
    "/v2/calls/users-access",
    "callAccessList",
    "api:call-user-access:read",
    empty_404=NOTHING_MATCHED,
    only_asks=True,
)

USERS = Endpoint("GET", "/v2/users", "users", "api:users:read", Cursor.QUERY, empty_404=NOTHING_MATCHED)
USERS_EXTENSIVE = Endpoint(
    "POST", "/v2/users/extensive", "users", "api:users:read", Cursor.BODY, empty_404=NOTHING_MATCHED, only_asks=True
)
GET_USER = Endpoint("GET", "/v2/users/{}", "", "api:users:read")
SETTINGS_HISTORY = Endpoint("GET", "/v2/users/{}/settings-history", "userSettingsHistory", "api:users:read")

LOGS = Endpoint("GET", "/v2/logs", "logEntries", "api:logs:read", Cursor.QUERY, empty_404=NOTHING_MATCHED)
WORKSPACES = Endpoint("GET", "/v2/workspaces", "workspaces", "api:workspaces:read")
LIBRARY_FOLDERS = Endpoint("GET", "/v2/library/folders", "folders", "api:library:read", empty_404=NOTHING_MATCHED)
FOLDER_CONTENT = Endpoint("GET", "/v2/library/folder-content", "calls", "api:library:read", empty_404=NOTHING_MATCHED)

SCORECARDS = Endpoint(
    "GET",
    "/v2/settings/scorecards",
    "scorecards",
    "api:settings:scorecards:read",
    empty_404=NOT_FOUND,
)
TRACKERS = Endpoint("GET", "/v2/settings/trackers", "keywordTrackers", "api:settings:trackers:read")
BRIEFS = Endpoint("GET", "/v2/settings/briefs", "briefs", "api:ai-briefer:read")
CALL_OUTCOMES = Endpoint("GET", "/v2/call-outcomes", "outcomes", "api:call-outcomes:read")

ANSWERED_SCORECARDS = _statistic("activity/scorecards", "answeredScorecards", "api:stats:scorecards")
ACTIVITY = _statistic("activity/aggregate", "usersAggregateActivityStats", "api:stats:user-actions")
ACTIVITY_BY_PERIOD = _statistic("activity/aggregate-by-period", "usersAggregateActivity", "api:stats:user-actions")
ACTIVITY_BY_DAY = _statistic("activity/day-by-day", "usersDetailedActivities", "api:stats:user-actions:detailed")
INTERACTION = _statistic("interaction", "peopleInteractionStats", "api:stats:interaction")

PERMISSION_PROFILES = Endpoint("GET", "/v2/all-permission-profiles", "profiles")
PERMISSION_PROFILE = Endpoint("GET", "/v2/permission-profile")
PERMISSION_PROFILE_USERS = Endpoint("GET", "/v2/permission-profile/users", "users", "api:users:read")

FLOWS = Endpoint("GET", "/v2/flows", "flows", "api:flows:read", Cursor.QUERY)
FLOW_FOLDERS = Endpoint("GET", "/v2/flows/folders", "flows", "api:flows:read", Cursor.QUERY, guessed=True)
FLOW_STEPS = Endpoint("POST", "/v2/flows/steps", "flows", "api:flows:read", only_asks=True)
FLOW_PROSPECTS = Endpoint("POST", "/v2/flows/prospects", "prospectsAssigned", "api:flows:read", only_asks=True)
BULK_ASSIGNMENT = Endpoint("GET", "/v2/flows/prospects/bulk-assignments/{}", "", "api:flows:read")
TASKS = Endpoint("POST", "/v2/tasks", "tasks", "api:tasks:read", only_asks=True)
COACHING = Endpoint("GET", "/v2/coaching", "coachingData", "api:coaching:read")
TARGETS = Endpoint("GET", "/v2/targets", "targets")

CRM_INTEGRATIONS = Endpoint("GET", "/v2/crm/integrations", "integrations", "api:crm:integrations:read")
CRM_SCHEMA = Endpoint("GET", "/v2/crm/entity-schema", "", "api:crm:schema")
CRM_ENTITIES = Endpoint("GET", "/v2/crm/entities", "", "api:crm:get-objects")
CRM_STATUS = Endpoint("GET", "/v2/crm/request-status", "", "api:crm:upload")

FIND_EMAIL = Endpoint("GET", "/v2/data-privacy/data-for-email-address", "calls", "api:data-privacy:read")
FIND_PHONE = Endpoint("GET", "/v2/data-privacy/data-for-phone-number", "calls", "api:data-privacy:read")
MEETING_STATUS = Endpoint(
    "POST", "/v2/meetings/integration/status", "users", "api:meetings:integration:status", only_asks=True
)

ASK_ENTITY = Endpoint("GET", "/v2/entities/ask-entity", "", "api:ai-ask:read", paid=True)
GET_BRIEF = Endpoint("GET", "/v2/entities/get-brief", "", "api:ai-briefer:read", paid=True)

CREATE_CALL = Endpoint("POST", "/v2/calls", "", "api:calls:create", tells=("callId",))
ADD_MEDIA = Endpoint("PUT", "/v2/calls/{}/media", "", "api:calls:create")
GRANT_ACCESS = Endpoint("PUT", "/v2/calls/users-access", "", "api:call-user-access:write")
REVOKE_ACCESS = Endpoint("DELETE", "/v2/calls/users-access", "", "api:call-user-access:write")
CREATE_MEETING = Endpoint("POST", "/v2/meetings", "", "api:meetings:user:create", tells=("meetingId",))
UPDATE_MEETING = Endpoint("PUT", "/v2/meetings/{}", "", "api:meetings:user:update")
DELETE_MEETING = Endpoint("DELETE", "/v2/meetings/{}", "", "api:meetings:user:delete")
CONTENT_VIEWED = Endpoint(
    "PUT", "/v2/customer-engagement/content/viewed", "", "api:engagement-data:write", repeat_is_409=True
)
CONTENT_SHARED = Endpoint(
    "PUT", "/v2/customer-engagement/content/shared", "", "api:engagement-data:write", repeat_is_409=True
)
CUSTOM_ACTION = Endpoint("PUT", "/v2/customer-engagement/action", "", "api:engagement-data:write", repeat_is_409=True)
DIGITAL_INTERACTION = Endpoint(
    "POST", "/v2/digital-interaction", "", "api:digital-interactions:write", repeat_is_409=True
)
ERASE_EMAIL = Endpoint("POST", "/v2/data-privacy/erase-data-for-email-address", "", "api:data-privacy:delete")
ERASE_PHONE = Endpoint("POST", "/v2/data-privacy/erase-data-for-phone-number", "", "api:data-privacy:delete")
UPDATE_TASK = Endpoint("PATCH", "/v2/tasks/{}", "", "api:tasks:write")
ASSIGN_FLOW = Endpoint(
    "POST", "/v2/flows/prospects/assign", "", "api:flows:write", tells=("prospectsAssigned", "prospectsNotAssigned")
)
BULK_ASSIGN = Endpoint("POST", "/v2/flows/prospects/bulk-assignments", "", "api:flows:write", tells=("id",))
UNASSIGN_INSTANCES = Endpoint("POST", "/v2/flows/prospects/unassign-flows-by-instance-id", "", "api:flows:write")
UNASSIGN_PROSPECT = Endpoint("POST", "/v2/flows/prospects/unassign-flows-by-crm-id", "", "api:flows:write")
REGISTER_CRM = Endpoint("PUT", "/v2/crm/integrations", "", "api:crm:integration:register", tells=("integrationId",))
DELETE_CRM = Endpoint("DELETE", "/v2/crm/integrations", "", "api:crm:integration:delete", repeat_is_409=True)
UPLOAD_SCHEMA = Endpoint("POST", "/v2/crm/entity-schema", "", "api:crm:schema")
UPLOAD_ENTITIES = Endpoint("POST", "/v2/crm/entities", "", "api:crm:upload", repeat_is_409=True)
CREATE_PROFILE = Endpoint("POST", "/v2/permission-profile", tells=("profile",))
UPDATE_PROFILE = Endpoint("PUT", "/v2/permission-profile")
INTEGRATION_SETTINGS = Endpoint("POST", "/v2/integration-settings", "", "api:integration-settings:write")

LOG_TYPES = (
    "AccessLog",
    "UserActivityLog",
    "UserCallPlay",
    "ExternallySharedCallAccess",
    "ExternallySharedCallPlay",
)

BATCH = 100
"""Ids per request. Gong documents no limit; every other connector sends at most this many."""

FLOW_BATCH = 20
"""Ids per request of the steps of flows, as documented."""


def known(method: str, path: str) -> Endpoint | None:
    """The endpoint that a method and a path belong to, or None.

    Args:
        method: HTTP method.
        path: Path below the base URL, without a query.
    """
    for endpoint in (value for value in globals().values() if isinstance(value, Endpoint)):
        pattern = re.escape(endpoint.path).replace(r"\{\}", "[^/]+")
        if endpoint.method == method and re.fullmatch(pattern, path):
            return endpoint
    return None
