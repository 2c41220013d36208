"""Every stream. To add one that is read in a known way, declare it here, and its tables in ``gong_source/tables``."""

from __future__ import annotations

from datetime import timedelta

from gong_source.api import endpoints as at
from gong_source.streams import sales, statistics
from gong_source.streams.activity import shape_access
from gong_source.streams.logs import access_log_kept, shape_logs
from gong_source.streams.stream import (
    Calls,
    Days,
    EachOf,
    Instants,
    More,
    Recorded,
    Recordings,
    Snapshot,
    Stream,
    Windows,
)
from gong_source.tables import calls, definitions, history, media, others, permissions, scorecards

CALLS = Stream(
    "calls",
    at.CALLS_EXTENSIVE,
    (calls.CALLS, *calls.CALL_LISTS, calls.CONTEXT_OBJECTS),
    Calls(),
    question=("call_parts", "context_timing", "include_private_calls"),
    cost="1 for each 100 calls",
)
CALLS_BASIC = Stream(
    "calls_basic",
    at.LIST_CALLS,
    (calls.CALLS_BASIC,),
    Calls(),
    default=False,
    question=("include_private_calls",),
    cost="1 for each 100 calls",
)
TRANSCRIPTS = Stream(
    "transcripts",
    at.TRANSCRIPTS,
    (others.TRANSCRIPTS, others.TRANSCRIPT_SENTENCES),
    Calls("transcripts"),
    needs=(at.CALLS_EXTENSIVE,),
    question=("include_private_calls", "transcripts"),
    cost="1 for each 100 new or awaited transcripts",
)
CALL_MEDIA = Stream(
    "call_media",
    at.CALL_MEDIA,
    (media.CALL_MEDIA,),
    Recordings(),
    default=False,
    needs=(at.CALLS_EXTENSIVE,),
    question=("include_private_calls", "media_kinds"),
    cost="1 for each 100 calls, 1 for each 100 new ones; downloads are none",
)
USERS = Stream(
    "users",
    at.USERS,
    (others.USERS,),
    Snapshot(
        more=More("include_avatars", ("includeAvatars", "true")),
        keeps_gone=True,  # Gong deactivates users and never removes them
    ),
    question=("include_avatars",),
    cost="1 for each 100 users",
)
USERS_HISTORY = Stream(
    "users_history",
    at.USERS,
    (others.USERS_HISTORY,),
    USERS.reads,
    question=("include_avatars",),
    cost="none beside those of users",
)
LOGS = Stream(
    "logs",
    at.LOGS,
    (others.LOGS,),
    Windows(
        Instants(),
        time="event_time",
        select="logType",
        selections=at.LOG_TYPES,
        kept=access_log_kept,
        shape=shape_logs,
    ),
    cost="1 for each of the five logs and 100 entries",
)
LIBRARY_FOLDERS = Stream(
    "library_folders",
    at.LIBRARY_FOLDERS,
    (others.LIBRARY_FOLDERS,),
    Snapshot(each_workspace=True),
    needs=(at.WORKSPACES,),
    cost="1 for each workspace",
)
LIBRARY_FOLDER_CALLS = Stream(
    "library_folder_calls",
    at.FOLDER_CONTENT,
    (others.LIBRARY_FOLDER_CALLS, others.LIBRARY_FOLDER_CALLS_READ),
    EachOf("library_folders", param="folderId", moved="updated", of_calls=True),
    needs=(at.WORKSPACES, at.LIBRARY_FOLDERS),
    question=("include_private_calls",),
    cost="1 for each new or changed folder, and once a day for each with private calls that are left out",
)
WORKSPACES = Stream("workspaces", at.WORKSPACES, (others.WORKSPACES,), Snapshot(), daily=True, cost="1 a day")
SCORECARDS = Stream(
    "scorecards",
    at.SCORECARDS,
    (scorecards.SCORECARDS, scorecards.SCORECARD_QUESTIONS),
    Snapshot(key="scorecardId"),
    daily=True,
    cost="1 a day",
)
ANSWERED_SCORECARDS = Stream(
    "answered_scorecards",
    at.ANSWERED_SCORECARDS,
    (scorecards.ANSWERED_SCORECARDS, scorecards.SCORECARD_ANSWERS),
    Windows(
        Days("reviewFromDate", "reviewToDate", latest=1),
        time="review_time",
        key="answeredScorecardId",
        fixed={"reviewMethod": "BOTH"},
        of_calls=True,
    ),
    question=("include_private_calls",),
    cost="1 for each 100 answers",
)
CALL_ACCESS = Stream(
    "call_access",
    at.CALL_ACCESS,
    (permissions.CALL_ACCESS,),
    Windows(Instants(), time="started", by_workspace=True, by_calls=True, of_calls=True, shape=shape_access),
    default=False,
    daily=True,
    needs=(at.CALLS_EXTENSIVE,),
    question=("include_private_calls",),
    cost="2 for each 100 calls of the look-back a day",
)
USER_SETTINGS_HISTORY = Stream(
    "user_settings_history",
    at.SETTINGS_HISTORY,
    (history.USER_SETTINGS_HISTORY, history.USER_SETTINGS_HISTORY_READ),
    EachOf("users", again=timedelta(days=30)),
    default=False,
    needs=(at.USERS,),
    cost="1 for each new or changed user",
)
TRACKERS = Stream(
    "trackers",
    at.TRACKERS,
    (definitions.TRACKERS, definitions.TRACKER_KEYWORDS),
    Snapshot(key="trackerId"),
    daily=True,
    cost="1 a day",
)
CALL_OUTCOMES = Stream(
    "call_outcomes",
    at.CALL_OUTCOMES,
    (definitions.CALL_OUTCOMES,),
    Snapshot(key="callOutcome"),
    daily=True,
    cost="1 a day",
)
BRIEFS = Stream(
    "briefs", at.BRIEFS, (definitions.BRIEFS,), Snapshot(key="briefId"), default=False, daily=True, cost="1 a day"
)
TARGETS = Stream(
    "targets",
    at.TARGETS,
    (definitions.TARGETS,),
    Snapshot(each_workspace=True, keyless=True),
    default=False,
    daily=True,
    needs=(at.WORKSPACES,),
    cost="1 for each workspace a day",
)
PERMISSION_PROFILES = Stream(
    "permission_profiles",
    at.PERMISSION_PROFILES,
    (permissions.PERMISSION_PROFILES,),
    Snapshot(each_workspace=True),
    daily=True,
    needs=(at.WORKSPACES,),
    cost="1 for each workspace a day",
)
PERMISSION_PROFILE_USERS = Stream(
    "permission_profile_users",
    at.PERMISSION_PROFILE_USERS,
    (permissions.PERMISSION_PROFILE_USERS, permissions.PERMISSION_PROFILE_USERS_READ),
    EachOf("permission_profiles", param="profileId"),
    daily=True,
    needs=(at.WORKSPACES, at.PERMISSION_PROFILES),
    cost="1 for each profile a day",
)

CALL_DELETIONS = Stream(
    "call_deletions",
    at.GET_CALL,
    (others.CALL_DELETIONS,),
    Recorded(),
    default=False,
    cost="1 for each call that is gone",
)

STREAMS = (
    CALLS,
    CALLS_BASIC,
    TRANSCRIPTS,
    CALL_MEDIA,
    USERS,
    USERS_HISTORY,
    LOGS,
    LIBRARY_FOLDERS,
    LIBRARY_FOLDER_CALLS,
    WORKSPACES,
    SCORECARDS,
    ANSWERED_SCORECARDS,
    *statistics.STREAMS,
    CALL_ACCESS,
    USER_SETTINGS_HISTORY,
    TRACKERS,
    CALL_OUTCOMES,
    BRIEFS,
    TARGETS,
    *sales.STREAMS,
    PERMISSION_PROFILES,
    PERMISSION_PROFILE_USERS,
    CALL_DELETIONS,
)
