"""v_scorecards over a few rows, as a reader may find them."""

from __future__ import annotations

from pathlib import Path

import dlt

from gong_source.views import create_views
from tests.views.test_create import DATASET, sql

TABLES = (
    "CREATE TABLE calls (id VARCHAR, title VARCHAR, deleted_at TIMESTAMPTZ)",
    "INSERT INTO calls VALUES ('c1', 'Demo', NULL), ('c2', 'Gone', now())",
    "CREATE TABLE users (id VARCHAR, first_name VARCHAR, last_name VARCHAR)",
    "INSERT INTO users VALUES ('u1', 'Ada', 'Lovelace'), ('u2', 'Ivan', 'Tran')",
    "CREATE TABLE answered_scorecards (answered_scorecard_id VARCHAR, scorecard_id VARCHAR, call_id VARCHAR, "
    "reviewed_user_id VARCHAR, reviewer_user_id VARCHAR)",
    "INSERT INTO answered_scorecards VALUES ('a1', 's1', 'c1', 'u1', 'u2'), ('a2', 's1', 'c2', 'u1', 'u2'), "
    "('a3', 's1', 'before', 'u9', NULL)",
    "CREATE TABLE answered_scorecards__answers (answered_scorecard_id VARCHAR, question_id VARCHAR, "
    "question_revision_id VARCHAR, is_overall BOOLEAN, score DOUBLE)",
    "INSERT INTO answered_scorecards__answers VALUES ('a1', 'q1', 'r2', TRUE, 4), ('a1', 'q2', 'r9', NULL, NULL), "
    "('a2', 'q1', 'r2', TRUE, 1), ('a3', 'q1', 'r0', FALSE, 2)",
    "CREATE TABLE scorecards__questions (scorecard_id VARCHAR, question_id VARCHAR, question_revision_id VARCHAR, "
    "question_text VARCHAR)",
    # another scorecard may ask the same question
    "INSERT INTO scorecards__questions VALUES ('s1', 'q1', 'r2', 'How was it?'), ('s2', 'q1', 'r2', 'Elsewhere')",
)


def test_scorecards(tmp_path: Path):
    database = tmp_path / "warehouse.duckdb"
    sql(database, *TABLES)
    create_views(dlt.pipeline("views", destination=dlt.destinations.duckdb(str(database)), dataset_name=DATASET))
    found = sql(
        database,
        "SELECT answered_scorecard_id, question_revision_id, question, score, is_overall, call_title, reviewed_user, "
        "reviewer FROM v_scorecards ORDER BY ALL",
    )
    assert found == [
        ("a1", "r2", "How was it?", 4.0, True, "Demo", "Ada Lovelace", "Ivan Tran"),
        ("a1", "r9", None, None, False, "Demo", "Ada Lovelace", "Ivan Tran"),
        ("a3", "r0", "How was it?", 2.0, False, None, None, None),
    ]
