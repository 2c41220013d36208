"""Tables of calls and their parts."""

from __future__ import annotations

from gong_source.tables.model import Column, Table, content_hash, list_table, load_id, removed, text

BASIC_COLUMNS = (
    text("id", "metaData.id", "Gong's id of the call.", required=True),
    text("url", "metaData.url", "The call's page in Gong."),
    text("title", "metaData.title", "Title of the call."),
    Column("scheduled", "timestamp", "metaData.scheduled", "When it was scheduled to start."),
    Column("started", "timestamp", "metaData.started", "When it was recorded.", needed="time"),
    Column("duration", "bigint", "metaData.duration", "Length in seconds."),
    text("primary_user_id", "metaData.primaryUserId", "User who hosted it; joins `users.id`."),
    text("direction", "metaData.direction", "Inbound, Outbound, Conference or Unknown."),
    text("system", "metaData.system", "System it was carried out with, such as Zoom."),
    text("scope", "metaData.scope", "Internal, External or Unknown."),
    text("media", "metaData.media", "Video or Audio."),
    text("language", "metaData.language", "ISO 639-2/B code; `und` unknown, `zxx` no speech."),
    text("workspace_id", "metaData.workspaceId", "Joins `workspaces.id`.", needed="workspace"),
    text("sdr_disposition", "metaData.sdrDisposition", "Disposition of the call, from the dialer.", personal="json"),
    text("client_unique_id", "metaData.clientUniqueId", "Id given by the system that uploaded it.", personal="json"),
    text("custom_data", "metaData.customData", "Data given by the system that uploaded it.", personal="json"),
    text("purpose", "metaData.purpose", "Purpose of the call.", personal="json"),
    text("meeting_url", "metaData.meetingUrl", "Where the meeting was held.", personal="json"),
    Column(
        "is_private",
        "bool",
        "metaData.isPrivate",
        "Whether the call is private, as it is unless Gong says false or nothing.",
        needed="private",
    ),
    text("calendar_event_id", "metaData.calendarEventId", "Id of the meeting in the calendar."),
)


def _nested(
    name: str, row: str, path: str, part: str, *columns: Column, ignored: tuple[str, ...] = (), items_of: str = ""
) -> Table:
    """A table of a call's parts."""
    parent = text("call_id", doc="The call; joins `calls.id`.", required=True)
    return list_table(f"calls__{name}", row, parent, path, *columns, part=part, ignored=ignored, items_of=items_of)


PARTIES = _nested(
    "parties",
    "a participant of a call",
    "parties",
    "parties",
    text("id", "id", "Id of the participant in the call."),
    text("email_address", "emailAddress", personal="email"),
    text("name", "name", personal="name"),
    text("title", "title", "Job title.", personal="text"),
    text("user_id", "userId", "Joins `users.id`; NULL for outsiders.", personal="user"),
    text("speaker_id", "speakerId", "Joins `transcript_sentences.speaker_id`; NULL for who did not speak."),
    Column("context", "json", "context", "CRM objects linked to the participant.", personal="json"),
    text("affiliation", "affiliation", "Internal, External or Unknown."),
    text("phone_number", "phoneNumber", personal="phone"),
    Column("methods", "json", "methods", "How they took part: Invitee, Attendee."),
)
CONTEXT = _nested(
    "context",
    "a CRM system linked to a call",
    "context",
    "context",
    text("system", "system", "Salesforce, HubSpot, MicrosoftDynamic or Generic."),
    ignored=("objects",),
)
CONTEXT_OBJECTS = _nested(
    "context__objects",
    "a CRM object linked to a call",
    "",
    "context",
    text("object_type", "objectType", "Such as Opportunity or Account."),
    text("object_id", "objectId", "Id of the object in the CRM."),
    Column("fields", "json", "fields", "List of `{name, value}`; values of any type.", personal="json"),
    text("timing", "timing", "Now or TimeOfCall."),
    items_of=CONTEXT.name,
)
STRUCTURE = _nested(
    "structure",
    "a phase of a call",
    "content.structure",
    "structure",
    text("name", "name"),
    Column("duration", "double", "duration", "Seconds."),
)
TOPICS = _nested(
    "topics",
    "a topic of a call",
    "content.topics",
    "topics",
    text("name", "name"),
    Column("duration", "double", "duration", "Seconds."),
)
TRACKERS = _nested(
    "trackers",
    "a tracker found in a call",
    "content.trackers",
    "trackers",
    text("id", "id", "Id of the tracker."),
    text("name", "name"),
    Column("count", "bigint", "count", "How often it was found."),
    text("type", "type", "KEYWORD or SMART."),
    Column("occurrences", "json", "occurrences", "List of `{startTime, speakerId}`; seconds."),
    Column("phrases", "json", "phrases", "List of `{count, occurrences, phrase}`."),
)
OUTLINE = _nested(
    "outline",
    "a section of a call's outline",
    "content.outline",
    "outline",
    text("section", "section"),
    Column("start_time", "double", "startTime", "Seconds from the start of the call."),
    Column("duration", "double", "duration", "Seconds."),
    Column("items", "json", "items", "List of `{text, startTime}`; seconds."),
)
HIGHLIGHTS = _nested(
    "highlights",
    "a group of highlights of a call",
    "content.highlights",
    "highlights",
    text("title", "title"),
    Column("items", "json", "items", "List of `{text, startTimes}`; seconds."),
)
KEY_POINTS = _nested("key_points", "a key point of a call", "content.keyPoints", "key_points", text("text", "text"))
SPEAKERS = _nested(
    "speakers",
    "a speaker of a call",
    "interaction.speakers",
    "speakers",
    text("id", "id", "Speaker id."),
    text("user_id", "userId", "Joins `users.id`; NULL for outsiders."),
    Column("talk_time", "double", "talkTime", "Seconds."),
)
INTERACTION_STATS = _nested(
    "interaction_stats",
    "an interaction statistic of a call",
    "interaction.interactionStats",
    "interaction_stats",
    text("name", "name", "Such as Talk Ratio or Patience."),
    Column("value", "double", "value"),
)
VIDEO = _nested(
    "video",
    "a kind of video in a call",
    "interaction.video",
    "video",
    text("name", "name", "Such as Browser or Webcam."),
    Column("duration", "double", "duration", "Seconds."),
)
COMMENTS = _nested(
    "comments",
    "a public comment on a call",
    "collaboration.publicComments",
    "comments",
    text("id", "id"),
    Column("audio_start_time", "double", "audioStartTime", "Seconds from the start of the call."),
    Column("audio_end_time", "double", "audioEndTime", "Seconds from the start of the call."),
    text("commenter_user_id", "commenterUserId", "Joins `users.id`.", personal="user"),
    text("comment", "comment", personal="text"),
    Column("posted", "timestamp", "posted"),
    text("in_reply_to", "inReplyTo", "Id of the comment it answers."),
    Column("during_call", "bool", "duringCall"),
)

CALL_LISTS = (
    PARTIES,
    CONTEXT,
    STRUCTURE,
    TOPICS,
    TRACKERS,
    OUTLINE,
    HIGHLIGHTS,
    KEY_POINTS,
    SPEAKERS,
    INTERACTION_STATS,
    VIDEO,
    COMMENTS,
)
"""Tables of the lists that stand directly in a call."""

CALLS = Table(
    "calls",
    "a call with its summary",
    (
        *BASIC_COLUMNS,
        text("brief", "content.brief", "Gong's summary of the call."),
        text("call_outcome__id", "content.callOutcome.id"),
        text("call_outcome__category", "content.callOutcome.category"),
        text("call_outcome__name", "content.callOutcome.name"),
        Column("questions__company_count", "bigint", "interaction.questions.companyCount", "Questions asked by us."),
        Column(
            "questions__non_company_count",
            "bigint",
            "interaction.questions.nonCompanyCount",
            "Questions asked by them.",
        ),
        Column(
            "deleted_at",
            "timestamp",
            doc="When a reconcile found it deleted in Gong; NULL while Gong has it.",
            needed="deleted",
        ),
        content_hash(),
        removed(),
        load_id(),
        text("_dlt_id", doc="dlt's key of the row; equals `id`.", required=True),
    ),
    primary_key=("id",),
    ignored=(*(table.path for table in CALL_LISTS), "media", "content.pointsOfInterest"),
    key="`id`",
)
CALLS_BASIC = Table(
    "calls_basic",
    "a call, for keys without the extensive scope",
    (*BASIC_COLUMNS, removed(), load_id()),
    primary_key=("id",),
    key="`id`",
)
