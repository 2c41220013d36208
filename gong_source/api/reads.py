"""The reads that people ask for by name: methods of the client, and so commands."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from itertools import islice
from typing import Any

import orjson

from gong_source.api import endpoints as at
from gong_source.api.endpoints import BATCH, LOG_TYPES
from gong_source.api.pages import Reader, each_of, identified, object_of
from gong_source.api.times import Moment, gong_time
from gong_source.api.walk import JsonDict
from gong_source.errors import GongArgumentError


def get_call(client: Reader, call_id: str) -> JsonDict:
    """One call: title, times, duration, host and the other basic fields.

    GET /v2/calls/{id}, scope api:calls:read:basic. Only reads: a repeat is safe.

    Args:
        client: A client.
        call_id: Gong's id of the call.

    Returns:
        The call; ``duration`` in seconds.

    Raises:
        GongNotFoundError: There is no such call, or it is not processed yet.
        GongRequestError: Gong did not answer, or refused.
    """
    return object_of(client, at.GET_CALL, "call", call_id)


def list_calls(
    client: Reader, from_date: Moment, to_date: Moment, workspace_id: str | None = None
) -> Iterator[JsonDict]:
    """The calls of a period with their basic fields, each once, page after page.

    GET /v2/calls, scope api:calls:read:basic. Only reads: a repeat is safe.

    Gong takes the scheduled time of recorded web conferences and the start of all other calls.

    Args:
        client: A client.
        from_date: Start of the period, included.
        to_date: End of the period, excluded.
        workspace_id: Only this workspace; all by default.

    Yields:
        Calls; ``duration`` in seconds.

    Raises:
        GongArgumentError: A date can't be read.
        GongRequestError: Gong did not answer, or refused.
        GongQuotaExceeded: The quota is used up.
    """
    params = _given(
        fromDateTime=gong_time(from_date, "from_date"),
        toDateTime=gong_time(to_date, "to_date"),
        workspaceId=workspace_id,
    )
    return each_of(client, at.LIST_CALLS, params=params)


def get_transcripts(
    client: Reader,
    *,
    call_ids: Iterable[str] | None = None,
    from_date: Moment | None = None,
    to_date: Moment | None = None,
    workspace_id: str | None = None,
) -> Iterator[JsonDict]:
    """Transcripts of calls given by id, by a period, or by both; calls without one are left out.

    POST /v2/calls/transcript, scope api:calls:read:transcript. Only reads: a repeat is safe.

    Args:
        client: A client.
        call_ids: Gong's ids; asked for in batches.
        from_date: The calls started at this time or later.
        to_date: The calls started before this time.
        workspace_id: Only this workspace; all by default.

    Yields:
        Objects of ``callId`` and ``transcript``; sentence times in milliseconds from the start of the call.

    Raises:
        GongArgumentError: Neither ids nor a period are given, or a date can't be read.
        GongRequestError: Gong did not answer, or refused.
        GongQuotaExceeded: The quota is used up.
    """
    if call_ids is None and (from_date is None or to_date is None):
        raise GongArgumentError("get_transcripts needs call_ids, or from_date and to_date.")
    period = _given(
        fromDateTime=None if from_date is None else gong_time(from_date, "from_date"),
        toDateTime=None if to_date is None else gong_time(to_date, "to_date"),
        workspaceId=workspace_id,
    )
    if call_ids is None:
        return each_of(client, at.TRANSCRIPTS, body={"filter": period}, key="callId")
    ids = [call_ids] if isinstance(call_ids, str) else call_ids
    return _transcripts_of(client, iter(dict.fromkeys(ids)), period)


def get_user(client: Reader, user_id: str) -> JsonDict:
    """One user.

    GET /v2/users/{id}, scope api:users:read. Only reads: a repeat is safe.

    Args:
        client: A client.
        user_id: Gong's id of the user.

    Raises:
        GongNotFoundError: There is no such user.
        GongRequestError: Gong did not answer, or refused.
    """
    return object_of(client, at.GET_USER, "user", user_id)


def list_users(client: Reader, *, include_avatars: bool = False) -> Iterator[JsonDict]:
    """All users, active or not, page after page.

    GET /v2/users, scope api:users:read. Only reads: a repeat is safe.

    Args:
        client: A client.
        include_avatars: Also Gong's synthetic users, whose ids may appear in other data.

    Yields:
        Users.

    Raises:
        GongRequestError: Gong did not answer, or refused.
        GongQuotaExceeded: The quota is used up.
    """
    return each_of(client, at.USERS, params={"includeAvatars": str(include_avatars).lower()})


def list_workspaces(client: Reader) -> Iterator[JsonDict]:
    """All workspaces.

    GET /v2/workspaces, scope api:workspaces:read. Only reads: a repeat is safe.

    Yields:
        Objects of ``id``, ``name`` and ``description``.

    Raises:
        GongRequestError: Gong did not answer, or refused.
    """
    return each_of(client, at.WORKSPACES)


def list_library_folders(client: Reader, *, workspace_id: str | None = None) -> Iterator[JsonDict]:
    """The public folders of the library.

    GET /v2/library/folders, scope api:library:read; without a workspace also GET /v2/workspaces, scope
    api:workspaces:read, because Gong lists the folders of one workspace at a time. Only reads: a repeat is safe.

    Args:
        client: A client.
        workspace_id: Only this workspace; all, one after the other, by default.

    Yields:
        Folders; ``parentFolderId`` is null at the top.

    Raises:
        GongRequestError: Gong did not answer, or refused.
    """
    if workspace_id is not None:
        yield from each_of(client, at.LIBRARY_FOLDERS, params={"workspaceId": workspace_id})
        return
    for workspace in identified(list_workspaces(client), at.WORKSPACES):
        yield from each_of(client, at.LIBRARY_FOLDERS, params={"workspaceId": workspace["id"]})


def list_folder_calls(client: Reader, folder_id: str) -> Iterator[JsonDict]:
    """The calls and snippets in a folder of the library; a call can be in it more than once.

    GET /v2/library/folder-content, scope api:library:read. Only reads: a repeat is safe.

    Args:
        client: A client.
        folder_id: Gong's id of the folder.

    Yields:
        Calls; ``snippet`` in seconds from the start of the call.

    Raises:
        GongNotFoundError: There is no such folder.
        GongRequestError: Gong did not answer, or refused.
    """
    return each_of(client, at.FOLDER_CONTENT, params={"folderId": folder_id}, key=None)


def list_logs(client: Reader, log_type: str, from_date: Moment, to_date: Moment | None = None) -> Iterator[JsonDict]:
    """The log entries of one type in a period, page after page.

    GET /v2/logs, scope api:logs:read. Only reads: a repeat is safe. Gong keeps the AccessLog for 14 days.

    Args:
        client: A client.
        log_type: AccessLog, UserActivityLog, UserCallPlay, ExternallySharedCallAccess or ExternallySharedCallPlay.
        from_date: Start of the period.
        to_date: End of the period; now by default.

    Yields:
        Log entries; what ``logRecord`` holds depends on the type.

    Raises:
        GongArgumentError: The type is unknown, or a date can't be read.
        GongRequestError: Gong did not answer, or refused.
        GongQuotaExceeded: The quota is used up.
    """
    if log_type not in LOG_TYPES:
        raise GongArgumentError(f"log_type must be one of {', '.join(LOG_TYPES)}.")
    params = _given(
        logType=log_type,
        fromDateTime=gong_time(from_date, "from_date"),
        toDateTime=None if to_date is None else gong_time(to_date, "to_date"),
    )
    return each_of(client, at.LOGS, params=params, key=_content)


def _transcripts_of(client: Reader, ids: Iterator[str], period: JsonDict) -> Iterator[JsonDict]:
    while batch := list(islice(ids, BATCH)):
        yield from each_of(client, at.TRANSCRIPTS, body={"filter": {**period, "callIds": batch}}, key="callId")


def _given(**fields: Any) -> JsonDict:
    return {name: value for name, value in fields.items() if value is not None}


def _content(record: JsonDict) -> Hashable:
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
