"""Gong's endpoints as data: path, where the records are, where the cursor goes, what an empty answer looks like.

Scopes and list keys are from Gong's specification; the texts of empty answers were seen by other connectors on live
tenants (reference: empty results).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


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
        scope: What a key needs to be allowed to use it.
        cursor: Where the page cursor goes; a cursor in a POST's query is ignored and page one comes back for ever.
        empty_404: Whether 404 with a "nothing found" text means an empty list.
    """

    method: str
    path: str
    list_key: str
    scope: str
    cursor: Cursor = Cursor.NONE
    empty_404: bool = False

    @property
    def name(self) -> str:
        """Method and path, as errors and reports show it."""
        return f"{self.method} {self.path}"


EMPTY_TEXT = r"\bno [\w ]+ found\b.*(provided filters?|specified period)"
"""What a 404 says when nothing matched; every other 404 stays an error. Matched without regard to case."""

CURSOR_EXPIRED_TEXT = "cursor has expired"
"""What a 4xx says when a cursor is older than about an hour."""

LIST_CALLS = Endpoint("GET", "/v2/calls", "calls", "api:calls:read:basic", Cursor.QUERY, empty_404=True)
CALLS_EXTENSIVE = Endpoint(
    "POST", "/v2/calls/extensive", "calls", "api:calls:read:extensive", Cursor.BODY, empty_404=True
)
TRANSCRIPTS = Endpoint(
    "POST", "/v2/calls/transcript", "callTranscripts", "api:calls:read:transcript", Cursor.BODY, empty_404=True
)
USERS = Endpoint("GET", "/v2/users", "users", "api:users:read", Cursor.QUERY, empty_404=True)
LOGS = Endpoint("GET", "/v2/logs", "logEntries", "api:logs:read", Cursor.QUERY, empty_404=True)
WORKSPACES = Endpoint("GET", "/v2/workspaces", "workspaces", "api:workspaces:read")
LIBRARY_FOLDERS = Endpoint("GET", "/v2/library/folders", "folders", "api:library:read", empty_404=True)
FOLDER_CONTENT = Endpoint("GET", "/v2/library/folder-content", "calls", "api:library:read", empty_404=True)

LOG_TYPES = (
    "AccessLog",
    "UserActivityLog",
    "UserCallPlay",
    "ExternallySharedCallAccess",
    "ExternallySharedCallPlay",
)

ACCESS_LOG_DAYS = 14
"""Gong keeps the AccessLog this long (help centre); the other types go back years."""

BATCH = 100
"""Ids per request. Gong documents no limit; every other connector sends at most this many."""
