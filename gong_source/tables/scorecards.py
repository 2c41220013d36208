"""Tables of scorecards: their questions, and how they were answered."""

from __future__ import annotations

from gong_source.tables.model import Column, Table, content_hash, list_table, load_id, removed, text

SCORECARD_QUESTIONS = list_table(
    "scorecards__questions",
    "a question of a scorecard",
    text("scorecard_id", doc="Joins `scorecards.scorecard_id`.", required=True),
    "questions",
    text("question_id", "questionId", "The question, through all its revisions."),
    text("question_revision_id", "questionRevisionId", "This wording of it."),
    text("question_text", "questionText"),
    Column("is_overall", "bool", "isOverall", "Whether it asks for the overall score."),
    text("question_type", "questionType", "Such as RANGE, SINGLE_SELECT, YES_NO or OPEN_QUESTION."),
    text("answer_guide", "answerGuide"),
    Column("min_range", "double", "minRange", "Lowest score."),
    Column("max_range", "double", "maxRange", "Highest score."),
    Column("answer_options", "json", "answerOptions", "List of `{id, text}`."),
    Column("created", "timestamp", "created"),
    Column("updated", "timestamp", "updated"),
    text("updater_user_id", "updaterUserId", "Joins `users.id`.", personal="user"),
)
SCORECARDS = Table(
    "scorecards",
    "a scorecard",
    (
        text("scorecard_id", "scorecardId", "Gong's id of the scorecard.", required=True),
        text("scorecard_name", "scorecardName"),
        text("workspace_id", "workspaceId", "Joins `workspaces.id`; NULL where it serves all workspaces."),
        Column("enabled", "bool", "enabled"),
        text("updater_user_id", "updaterUserId", "Joins `users.id`.", personal="user"),
        Column("created", "timestamp", "created"),
        Column("updated", "timestamp", "updated"),
        text("review_method", "reviewMethod", "AUTOMATIC (answered by AI) or MANUAL."),
        content_hash(),
        removed(),
        load_id(),
    ),
    primary_key=("scorecard_id",),
    ignored=("questions",),
    key="`scorecard_id`",
)
SCORECARD_ANSWERS = list_table(
    "answered_scorecards__answers",
    "an answer of an answered scorecard",
    text("answered_scorecard_id", doc="Joins `answered_scorecards.answered_scorecard_id`.", required=True),
    "answers",
    text("question_id", "questionId", "Joins `scorecards__questions.question_id`."),
    text("question_revision_id", "questionRevisionId", "Joins `scorecards__questions.question_revision_id`."),
    Column("is_overall", "bool", "isOverall", "Whether it is the overall score."),
    Column("score", "double", "score", "Between the question's `min_range` and `max_range`."),
    text("answer_text", "answerText", personal="text"),
    Column("not_applicable", "bool", "notApplicable"),
    Column("selected_options", "json", "selectedOptions", "Ids of the question's `answer_options`."),
    authors=("reviewer_user_id", "editor_user_id"),
)
ANSWERED_SCORECARDS = Table(
    "answered_scorecards",
    "a scorecard that was answered for a call",
    (
        text("answered_scorecard_id", "answeredScorecardId", "Gong's id of the answer.", required=True),
        text("scorecard_id", "scorecardId", "Joins `scorecards.scorecard_id`."),
        text("scorecard_name", "scorecardName"),
        text("call_id", "callId", "The call; joins `calls.id`.", needed="call"),
        Column("call_start_time", "timestamp", "callStartTime", "When the call was recorded."),
        text("reviewed_user_id", "reviewedUserId", "Who was reviewed; joins `users.id`.", personal="user"),
        text(
            "reviewer_user_id", "reviewerUserId", "Who reviewed; joins `users.id`; NULL where AI did.", personal="user"
        ),
        text("review_method", "reviewMethod", "AUTOMATIC or MANUAL."),
        text("editor_user_id", "editorUserId", "Who edited it last; joins `users.id`.", personal="user"),
        Column("review_time", "timestamp", "reviewTime", "When it was answered.", needed="time"),
        text("visibility_type", "visibilityType", "Who may see it, such as PUBLIC or MANAGERS."),
        content_hash(),
        removed(),
        load_id(),
    ),
    primary_key=("answered_scorecard_id",),
    ignored=("answers",),
    key="`answered_scorecard_id`",
)
