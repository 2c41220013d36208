"""Whose talk time it is, where participants share a speaker's id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gong_source.views import create_views
from tests.views.test_create import database, pipeline, sql  # noqa: F401  fixtures

TABLES = (
    "CREATE TABLE calls (id VARCHAR, primary_user_id VARCHAR)",
    "INSERT INTO calls VALUES ('host', 'u1'), ('guest', 'u1'), ('own', 'u1')",
    "CREATE TABLE calls__parties (call_id VARCHAR, _dlt_list_idx BIGINT, id VARCHAR, speaker_id VARCHAR, "
    "user_id VARCHAR)",
    "INSERT INTO calls__parties SELECT id, 0, 'a', 's', NULL FROM calls",
    "INSERT INTO calls__parties SELECT id, 1, 'b', 's', 'u1' FROM calls",
    "CREATE TABLE calls__speakers (call_id VARCHAR, id VARCHAR, user_id VARCHAR, talk_time DOUBLE, _dlt_id VARCHAR)",
    # one names the host, one nobody, and one a participant by the participant's own id
    "INSERT INTO calls__speakers VALUES ('host', 's', 'u1', 60, '1'), ('guest', 's', NULL, 60, '2'), "
    "('own', 'a', 'u1', 60, '3')",
)


def test_time_goes_to_the_user_whom_the_speaker_names(pipeline: Any, database: Path):  # noqa: F811
    sql(database, *TABLES)
    create_views(pipeline)
    talk = sql(database, "SELECT call_id, position FROM v_call_participants WHERE talk_minutes = 1 ORDER BY ALL")
    assert talk == [("guest", 0), ("host", 1), ("own", 0)]
    shares = dict(sql(database, "SELECT call_id, host_talk_share FROM v_calls"))
    assert shares == {"host": 1.0, "guest": 0.0, "own": 0.0}
