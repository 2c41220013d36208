"""Tables of what users did, day by day."""

from __future__ import annotations

from gong_source.tables.model import Column, Table, content_hash, load_id, removed, text

COUNTERS = (
    ("calls_as_host", "callsAsHost"),
    ("calls_gave_feedback", "callsGaveFeedback"),
    ("calls_requested_feedback", "callsRequestedFeedback"),
    ("calls_received_feedback", "callsReceivedFeedback"),
    ("own_calls_listened_to", "ownCallsListenedTo"),
    ("others_calls_listened_to", "othersCallsListenedTo"),
    ("calls_shared_internally", "callsSharedInternally"),
    ("calls_shared_externally", "callsSharedExternally"),
    ("calls_scorecards_filled", "callsScorecardsFilled"),
    ("calls_scorecards_received", "callsScorecardsReceived"),
    ("calls_attended", "callsAttended"),
    ("calls_comments_given", "callsCommentsGiven"),
    ("calls_comments_received", "callsCommentsReceived"),
    ("calls_marked_as_feedback_given", "callsMarkedAsFeedbackGiven"),
    ("calls_marked_as_feedback_received", "callsMarkedAsFeedbackReceived"),
)
"""What Gong counts of a user: the column, and Gong's name. Each is a number of calls."""

DAILY_ACTIVITY = Table(
    "daily_activity",
    "what a user did on a day on which there was anything",
    (
        text("id", doc="`user_id` and `date`, in one text.", required=True),
        text("user_id", "userId", "Joins `users.id`.", required=True, personal="user"),
        text("date", "date", doc="The day as the company counts it, YYYY-MM-DD.", required=True),
        text("user_email_address", "userEmailAddress", personal="email"),
        *(Column(name, "bigint", path, "Calls.") for name, path in COUNTERS),
        Column("from_date", "timestamp", "fromDate", "When the day began in the company's time zone."),
        Column("to_date", "timestamp", "toDate", "When it was over."),
        content_hash(),
        removed(),
        load_id(),
    ),
    primary_key=("id",),
    key="`user_id` + `date`",
)
DAILY_ACTIVITY_CALLS = Table(
    "daily_activity_calls",
    "a call with which a user did something on a day",
    (
        text("id", doc="`user_id`, `date`, `activity` and `call_id`, in one text.", required=True),
        text("user_id", "userId", "Joins `users.id`.", required=True, personal="user"),
        text("date", "date", doc="The day as the company counts it, YYYY-MM-DD.", required=True),
        text("activity", "activity", doc="Gong's name of the activity, such as callsAttended.", required=True),
        text("call_id", "callId", doc="The call; joins `calls.id`.", required=True),
        text("user_email_address", "userEmailAddress", personal="email"),
        content_hash(),
        removed(),
        load_id(),
    ),
    primary_key=("id",),
    ignored=("userDailyActivityStats",),
    key="`user_id` + `date` + `activity` + `call_id`",
)
DAILY_INTERACTION_STATS = Table(
    "daily_interaction_stats",
    "an average over the calls that a user hosted on a day",
    (
        text("id", doc="`user_id`, `date` and `name`, in one text.", required=True),
        text("user_id", "userId", "Joins `users.id`.", required=True, personal="user"),
        text("date", "date", doc="The day as the company counts it, YYYY-MM-DD.", required=True),
        text("name", "name", doc="Such as Longest Monologue, Interactivity or Patience.", required=True),
        Column("value", "double", "value", "The average, in the unit that Gong shows for this name."),
        text("user_email_address", "userEmailAddress", personal="email"),
        content_hash(),
        removed(),
        load_id(),
    ),
    primary_key=("id",),
    ignored=("personInteractionStats",),
    key="`user_id` + `date` + `name`",
)
COACHING = Table(
    "coaching",
    "a call of a report with which the manager did something in a month",
    (
        text("id", doc="All columns of the key, in one text.", required=True),
        text("workspace_id", "workspace-id", "Joins `workspaces.id`.", required=True),
        text("manager_id", "manager-id", "Joins `users.id`.", required=True, personal="user"),
        text("user_id", "userId", "The report; joins `users.id`.", required=True, personal="user"),
        text("month", "month", "The month in UTC, YYYY-MM.", required=True),
        text("metric", "metric", "Gong's name of what was done.", required=True),
        text("call_id", "callId", "The call; joins `calls.id`.", required=True),
        content_hash(),
        removed(),
        load_id(),
    ),
    primary_key=("id",),
    key="`workspace_id` + `manager_id` + `user_id` + `month` + `metric` + `call_id`",
)
