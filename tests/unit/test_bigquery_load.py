"""A merge on BigQuery is one transaction, and one that BigQuery cancels beside another is sent again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from dlt.destinations.exceptions import DatabaseTransientException
from dlt.destinations.job_client_impl import SqlLoadJob

from gong_source.warehouse.bigquery_load import PAUSE, TRIES, _enclose, until_not_cancelled

MERGE = "DELETE FROM a WHERE TRUE;\nINSERT INTO a SELECT 1;"


def failing(message: str, times: int) -> tuple[Callable[[], None], list[str]]:
    """A merge that fails some times, and what it did."""
    done: list[str] = []

    def run() -> None:
        done.append("sent")
        if len(done) <= times:
            raise DatabaseTransientException(Exception(message))

    return run, done


@pytest.mark.parametrize(
    "message",
    [
        "400 Query error: Transaction is aborted due to concurrent update against table p:d.calls. Transaction ID: 1",
        "400 Could not serialize access to table p:d.calls due to concurrent update",
    ],
)
def test_what_another_merge_cancels_is_sent_again(message: str) -> None:
    run, done = failing(message, 3)
    pauses: list[float] = []
    until_not_cancelled(run, pauses.append)
    assert len(done) == 4
    assert [pause // (PAUSE * 2**number) for number, pause in enumerate(pauses)] == [1, 1, 1]


def test_it_is_given_up_in_the_end() -> None:
    run, done = failing("Transaction is aborted due to concurrent update against table p:d.calls", 99)
    with pytest.raises(DatabaseTransientException, match="concurrent update"):
        until_not_cancelled(run, lambda _: None)
    assert len(done) == TRIES


def test_any_other_error_is_for_dlt() -> None:
    run, done = failing("503 The service is currently unavailable", 1)
    with pytest.raises(DatabaseTransientException, match="503"):
        until_not_cancelled(run, lambda _: None)
    assert len(done) == 1


@pytest.mark.parametrize(
    ("sql", "first", "last"),
    [
        (MERGE, "BEGIN TRANSACTION", "COMMIT TRANSACTION"),
        (f"CREATE TEMP TABLE b AS SELECT 1;\n{MERGE}", "CREATE TEMP TABLE b AS SELECT 1", "INSERT INTO a SELECT 1"),
    ],
)
def test_a_merge_is_a_transaction_unless_it_makes_tables(tmp_path: Path, sql: str, first: str, last: str) -> None:
    job = SqlLoadJob(str(tmp_path / "calls.4dd8ba.0.sql"))
    _enclose(job)
    statements = job._split_fragments(sql)
    assert (statements[0], statements[-1]) == (first, last)
    assert "DELETE FROM a WHERE TRUE" in statements
