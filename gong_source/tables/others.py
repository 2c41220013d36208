"""Tables of transcripts, users, logs, the library and workspaces."""

from __future__ import annotations

from gong_source.tables.history import read_for
from gong_source.tables.model import CONTENT_HASH, Column, Table, content_hash, load_id, removed, text, validity

TRANSCRIPTS = Table(
    "transcripts",
    "a call that has a transcript",
    (
        text("call_id", "callId", "The call; joins `calls.id`.", required=True),
        Column("started", "timestamp", doc="When the call was recorded.", needed="time"),
        Column("monologue_count", "bigint", doc="Monologues."),
        Column("sentence_count", "bigint", doc="Sentences.", needed="whole"),
        Column("speaker_count", "bigint", doc="Distinct speakers."),
        Column("spoken_seconds", "double", doc="Sum of the sentences' lengths, in seconds."),
        content_hash(),
        removed(),
        load_id(),
    ),
    primary_key=("call_id",),
    ignored=("transcript",),
    key="`call_id`",
)
TRANSCRIPT_SENTENCES = Table(
    "transcript_sentences",
    "a sentence of a transcript",
    (
        text("call_id", doc="The call; joins `calls.id`.", required=True),
        Column("started", "timestamp", doc="When the call was recorded.", needed="time"),
        Column("monologue_index", "bigint", doc="Position of the monologue in the transcript, from 0."),
        Column("sentence_index", "bigint", doc="Position of the sentence in the transcript, from 0.", required=True),
        text("speaker_id", doc="Joins `calls__parties.speaker_id` of the same call; may be NULL."),
        text("topic", doc="Topic of the monologue; may be NULL."),
        Column("start_ms", "bigint", "start", "Milliseconds from the start of the call."),
        Column("end_ms", "bigint", "end", "Milliseconds from the start of the call."),
        text("text", "text"),
        removed(),
    ),
    primary_key=("call_id", "sentence_index"),
    merge_key="call_id",
    key="`call_id` + `sentence_index`",
)
_USER_SETTINGS = (
    ("web_conferences_recorded", "webConferencesRecorded"),
    ("prevent_web_conference_recording", "preventWebConferenceRecording"),
    ("telephony_calls_imported", "telephonyCallsImported"),
    ("emails_imported", "emailsImported"),
    ("prevent_email_import", "preventEmailImport"),
    ("non_recorded_meetings_imported", "nonRecordedMeetingsImported"),
    ("gong_connect_enabled", "gongConnectEnabled"),
)
_USER_COLUMNS = (
    text("id", "id", "Gong's id of the user.", required=True, personal="user"),
    text("email_address", "emailAddress", personal="email"),
    Column("created", "timestamp", "created"),
    Column("active", "bool", "active", "False once deactivated; users are never removed."),
    Column("email_aliases", "json", "emailAliases", "List of addresses.", personal="email"),
    text("trusted_email_address", "trustedEmailAddress", personal="email"),
    text("first_name", "firstName", personal="name"),
    text("last_name", "lastName", personal="name"),
    text("title", "title", "Job title.", personal="text"),
    text("phone_number", "phoneNumber", personal="phone"),
    text("extension", "extension", personal="phone"),
    Column("personal_meeting_urls", "json", "personalMeetingUrls", "List of URLs.", personal="address"),
    *(Column(f"settings__{name}", "bool", f"settings.{key}") for name, key in _USER_SETTINGS),
    text("manager_id", "managerId", "Joins `users.id`."),
    text("meeting_consent_page_url", "meetingConsentPageUrl", personal="address"),
    Column("conferencing_providers", "json", "conferencingProviders", "List of `{provider, isDefault}`."),
    Column("spoken_languages", "json", "spokenLanguages", "List of `{language, primary}`."),
)
USERS = Table(
    "users",
    "a user of Gong",
    (*_USER_COLUMNS, content_hash(), removed(), load_id()),
    primary_key=("id",),
    key="`id`",
)
USERS_HISTORY = Table(
    "users_history",
    "a user as they were over a span of time",
    (
        *_USER_COLUMNS,
        Column(CONTENT_HASH, "bigint", doc="Hash of what Gong told: another one is another version.", required=True),
        load_id(),
        *validity(),
    ),
    primary_key=("id", "_dlt_valid_from"),
    merge_key="id",
    disposition="scd2",
    key="`id` + `_dlt_valid_from`",
)
LOGS = Table(
    "logs",
    "an entry of one of the five logs",
    (
        text("id", doc="Hash of the type, the time, who, and the record: Gong gives no id.", required=True),
        text("log_type", doc="AccessLog, UserActivityLog, UserCallPlay, ExternallySharedCallAccess or -Play."),
        Column("event_time", "timestamp", "eventTime", needed="time"),
        text("user_id", "userId", "Joins `users.id`; NULL for outsiders.", personal="user"),
        text("user_email_address", "userEmailAddress", personal="email"),
        text("user_full_name", "userFullName", personal="name"),
        text("impersonator_user_id", "impersonatorUserId", personal="user"),
        text("impersonator_email_address", "impersonatorEmailAddress", personal="email"),
        text("impersonator_full_name", "impersonatorFullName", personal="name"),
        text("impersonator_company_id", "impersonatorCompanyId"),
        Column("log_record", "json", "logRecord", "What happened; keys differ by type.", personal="json"),
        load_id(),
    ),
    primary_key=("id",),
    key="`id`, a content hash",
    purged="delete",
)
LIBRARY_FOLDERS = Table(
    "library_folders",
    "a public folder of the library",
    (
        text("id", "id", required=True),
        text("name", "name"),
        text("parent_folder_id", "parentFolderId", "NULL at the root."),
        text("created_by", "createdBy", "Joins `users.id`."),
        Column("updated", "timestamp", "updated"),
        text("workspace_id", doc="Workspace it was listed in; joins `workspaces.id`.", needed="workspace"),
        content_hash(),
        removed(),
        load_id(),
    ),
    primary_key=("id",),
    key="`id`",
)
LIBRARY_FOLDER_CALLS = Table(
    "library_folder_calls",
    "a call or snippet in a folder of the library",
    (
        text("folder_id", doc="Joins `library_folders.id`.", required=True),
        Column("position", "bigint", doc="Position in the folder, from 0.", required=True),
        text("call_id", "id", "The call; joins `calls.id`.", needed="call"),
        text("title", "title"),
        text("note", "note", personal="text"),
        text("added_by", "addedBy", "Joins `users.id`.", personal="user"),
        Column("created", "timestamp", "created", "When it was added."),
        text("url", "url"),
        Column("snippet__from_sec", "double", "snippet.fromSec", "Seconds; NULL for the whole call."),
        Column("snippet__to_sec", "double", "snippet.toSec", "Seconds; NULL for the whole call."),
        removed(),
        load_id(),
    ),
    primary_key=("folder_id", "position"),
    merge_key="folder_id",
    key="`folder_id` + `position`",
)
LIBRARY_FOLDER_CALLS_READ = read_for("library_folder_calls", "a folder", each_workspace=True)
WORKSPACES = Table(
    "workspaces",
    "a workspace",
    (
        text("id", "id", required=True),
        text("name", "name"),
        text("description", "description"),
        content_hash(),
        removed(),
        load_id(),
    ),
    primary_key=("id",),
    key="`id`",
)
CALL_DELETIONS = Table(
    "call_deletions",
    "a call that Gong no longer has, or no longer shows",
    (
        text("call_id", doc="Id of the call.", required=True),
        Column("started", "timestamp", doc="When the call was recorded."),
        Column("detected_at", "timestamp", doc="When a reconcile found out."),
        text("reason", doc="`deleted`: Gong answers 404 for its id; `private`: kept out by include_private_calls."),
        load_id(),
    ),
    primary_key=("call_id",),
    key="`call_id`",
)
