"""What a dataset is asked: values survive, what does not exist is empty, what was not completed is not there."""

import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dlt
import pytest
from dlt.destinations.exceptions import DatabaseException, DestinationConnectionError
from dlt.destinations.impl.duckdb.sql_client import DuckDbSqlClient
from dlt.pipeline.pipeline import Pipeline

from gong_source import GongDestinationError
from gong_source.ranges import UTC, Range
from gong_source.runs.prepare import prepare
from gong_source.streams.all import CALLS
from gong_source.warehouse import waiting
from gong_source.warehouse.literals import AT_ONCE
from gong_source.warehouse.loads import completed_loads, loads_since
from gong_source.warehouse.queries import (
    Wanted,
    call_hashes,
    calls_without_transcript,
    delete_calls,
    delete_orphans,
    mark_calls,
    stored_calls,
    transcripts,
    workspaces_stored,
)
from gong_source.warehouse.store import Store
from gong_source.warehouse.together import MOST_TEXT

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY = Range(datetime(2026, 6, 15, tzinfo=UTC), datetime(2026, 6, 16, tzinfo=UTC))


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    destination = dlt.destinations.duckdb(str(tmp_path / "some.duckdb"))
    return dlt.pipeline("some", destination=destination, dataset_name="data", pipelines_dir=str(tmp_path / "home"))


@pytest.fixture
def store(pipeline: Pipeline) -> Store:
    """A dataset with two calls, of a package that was completed and of one that was not."""
    with pipeline.sql_client() as client:
        for statement in (
            "CREATE SCHEMA data",
            "CREATE TABLE data._dlt_loads (load_id TEXT, schema_name TEXT, status INT, inserted_at TIMESTAMPTZ)",
            "INSERT INTO data._dlt_loads VALUES ('1', 'gong', 0, '2026-06-15 13:00:00Z'), "
            "('2', 'gong', 1, '2026-06-15 00:00:00Z'), ('3', 'other', 0, '2026-06-15 14:00:00Z')",
            "CREATE TABLE data.calls (id TEXT, started TIMESTAMPTZ, workspace_id TEXT, deleted_at TIMESTAMPTZ, "
            "_content_hash BIGINT, _dlt_load_id TEXT)",
            "INSERT INTO data.calls VALUES ('whole', '2026-06-15 12:00:00Z', 'w', NULL, 6, '1'), "
            "('half', '2026-06-15 12:00:00Z', 'w', NULL, 6, '2')",
            "CREATE TABLE data.transcripts (call_id TEXT, started TIMESTAMPTZ, _dlt_load_id TEXT)",
        ):
            client.execute_sql(statement)
    return Store(pipeline)


def test_what_does_not_exist_is_empty(pipeline):
    store = Store(pipeline)
    assert store.tables() == set()
    assert store.rows("SELECT * FROM {anything}") == []
    assert call_hashes(store, DAY)() == transcripts(store, DAY)() == transcripts(store, ["1"])() == {}
    assert stored_calls(store, ["1"]) == delete_calls(store, ["1"]) == loads_since(store, NOON)() == {}
    assert calls_without_transcript(store, "calls_basic", DAY, None) == []
    assert workspaces_stored(store)() == completed_loads(store, ["1"])() == set()
    mark_calls(store, ["1"], NOON)
    delete_orphans(store, CALLS.tables, {table.name for table in CALLS.tables})


def test_a_column_that_an_earlier_release_did_not_make_is_empty(store):
    store.execute("ALTER TABLE {calls} DROP COLUMN _content_hash")
    assert call_hashes(store, DAY)() == {}
    assert store.rows("SELECT c.nothing FROM {calls} AS c") == []


def test_wrong_sql_is_not_empty(store):
    for wrong in ("SELEC 1", "SELECT id + 1 FROM {calls}", "SELECT nothing(id) FROM {calls} WHERE id = 'x' + 1"):
        with pytest.raises(DatabaseException):
            store.rows(wrong)


@pytest.mark.parametrize("text", ["it's", "{calls}", "{", "}}", "%s", "a\\'b", "\u2028\n\r", "\U0001f600", "--", ""])
def test_values_survive(store, text):
    assert store.rows("SELECT {text}", text=text) == [(text,)]
    assert store.rows("SELECT 1 FROM {calls} WHERE {text} IN ({texts}) AND id = 'whole'", text=text, texts=[text]) == [
        (1,)
    ]
    assert store.count("calls", " OR ".join(store.among("id", [text, "whole"]))) == 1


def test_long_lists_go_in_batches(store):
    ids = [f"no{number}" for number in range(2 * AT_ONCE)] + ["whole"]
    assert set(stored_calls(store, ids)) == {"whole"}
    assert store.count("calls", "id IN ({ids})", ids=set(ids)) == 1
    assert len(list(store.among("id", ids))) == 3
    assert store.rows("SELECT 1 WHERE '1' IN ({ids})", ids=[]) == []


def test_only_completed_packages_count(store):
    assert call_hashes(store, DAY)() == {"whole": 6}
    assert calls_without_transcript(store, "calls", DAY, "w") == [Wanted("whole", NOON)]
    assert calls_without_transcript(store, "calls", DAY, "another") == []
    assert completed_loads(store, ["1", "2", "3", "4"])() == {"1"}
    assert set(loads_since(store, NOON)()) == {"1"}
    found = stored_calls(store, ["whole", "half"])
    assert (found["whole"].committed_at, found["half"].committed_at) == (NOON.replace(hour=13), None)
    for load_id, there in (("2", {}), ("1", {"whole": NOON})):
        store.execute("INSERT INTO {transcripts} VALUES ('whole', {noon}, {load_id})", noon=NOON, load_id=load_id)
        assert transcripts(store, DAY)() == transcripts(store, {"whole"})() == there
    assert calls_without_transcript(store, "calls", DAY, None) == []


def test_calls_are_marked_and_deleted(store):
    assert store.tables() == {"calls", "transcripts", "_dlt_loads"}
    mark_calls(store, ["whole"], NOON)
    assert stored_calls(store, ["whole"])["whole"].deleted
    assert delete_calls(store, ["whole"], dry_run=True) == {"calls": 1} == delete_calls(store, ["whole"])
    assert store.rows("SELECT id FROM {calls}") == [("half",)]


def test_a_connection_is_kept_as_long_as_wanted(store):
    with store:
        with store.connection() as first, store.connection() as second:
            assert first is second
        assert store.count("calls", "TRUE") == 2
    assert store.count("calls", "TRUE") == 2


def test_a_destination_without_sql_is_told_of(tmp_path):
    pipeline = dlt.pipeline(
        "files",
        destination=dlt.destinations.filesystem(str(tmp_path)),
        dataset_name="data",
        pipelines_dir=str(tmp_path),
    )
    with pytest.raises(GongDestinationError, match="can't be asked"):
        Store(pipeline).tables()


OPEN = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


def opened_elsewhere(file: Path) -> "subprocess.Popen[str]":
    """Another process that has a database open until its input ends."""
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "-c", OPEN, str(file)], **pipes)
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def test_a_file_that_another_process_has_open_is_waited_for(store, pipeline, tmp_path, caplog, monkeypatch):
    for ask in (lambda: store.count("calls", "TRUE"), lambda: prepare(pipeline)):
        caplog.clear()
        with opened_elsewhere(tmp_path / "some.duckdb") as other:
            closing = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: other.communicate())
            monkeypatch.setattr(waiting, "time", closing)  # the other process ends during the first pause
            ask()
            assert other.returncode == 0
        assert f"PID {other.pid}" in caplog.text
        assert caplog.text.count("waiting up to") == 1


def test_a_file_that_stays_open_elsewhere_is_told_of_with_who_has_it(store, pipeline, tmp_path, monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE", 0.5)
    with opened_elsewhere(tmp_path / "some.duckdb") as other:
        for ask in (store.tables, lambda: prepare(pipeline)):
            with pytest.raises(GongDestinationError, match=f"some.duckdb is open in another process.*PID {other.pid}"):
                ask()
        other.kill()
    assert store.count("calls", "TRUE") == 2


def test_other_troubles_with_a_file_are_not_waited_for(pipeline, tmp_path):
    (tmp_path / "some.duckdb").write_bytes(b"no database" * 1000)
    with pytest.raises(DestinationConnectionError):
        Store(pipeline).tables()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that DuckDB is sent."""
    found: list[str] = []
    execute = DuckDbSqlClient.execute_query

    def noted(self: DuckDbSqlClient, query: Any, *args: Any, **kwargs: Any) -> Any:
        found.append(query)
        return execute(self, query, *args, **kwargs)

    monkeypatch.setattr(DuckDbSqlClient, "execute_query", noted)
    return found


def test_what_is_asked_before_the_first_answer_is_one_statement(store, sent):
    store.execute("INSERT INTO {transcripts} VALUES ('whole', {noon}, '1'), ('late', NULL, '1')", noon=NOON)
    sent.clear()
    hashes, spoken = call_hashes(store, DAY), transcripts(store, ["whole", "late", *map(str, range(2 * AT_ONCE))])
    completed, none = completed_loads(store, ["1", "2"]), transcripts(store, [])
    assert completed() == {"1"}
    assert hashes() == {"whole": 6}
    assert spoken() == {"whole": NOON, "late": None}
    assert none() == {}
    assert len(sent) == 2, "the package is older than the day, so that others that it may have met are asked for"
    assert transcripts(store, DAY)() == {"whole": NOON, "late": None}, "a start that nobody can read may be any"
    assert len(sent) == 3


def test_what_is_missing_costs_the_other_questions_nothing(store):
    hashes, nothing = call_hashes(store, DAY), store.later({"what": "text"}, "{calls}")
    nowhere, completed = store.later({"id": "text"}, "{nowhere}"), completed_loads(store, ["1"])
    assert nothing() == nowhere() == []
    assert hashes() == {"whole": 6}
    assert completed() == {"1"}


def test_questions_that_are_too_long_for_one_statement_go_in_several(store, sent):
    filler = "x" * (MOST_TEXT // 3)
    answers = [store.later({"id": "text"}, "{calls} WHERE id <> {text}", text=f"{filler}{n}") for n in range(4)]
    assert [sorted(answer()) for answer in answers] == [[("half",), ("whole",)]] * 4
    assert len(sent) == 2


def test_a_question_that_fails_can_be_asked_again(store):
    wrong, hashes = store.later({"id + 1": "bigint"}, "{calls}"), call_hashes(store, DAY)
    for answer in (wrong, hashes):
        with pytest.raises(DatabaseException):
            answer()
