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
        text("date", doc="The day as the company counts it, YYYY-MM-DD.", required=True),
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
