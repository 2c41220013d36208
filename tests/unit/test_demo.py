"""A demo replaces the one before, and nothing else; one that was stopped is in nobody's way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from dlt.pipeline.pipeline import Pipeline

from gong_source.cli import demo
from gong_source.cli.commands import main
from gong_source.config import load_settings
from gong_source.errors import GongDestinationError
from gong_source.report import RunReport
from gong_source.sandbox import Sandbox


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where demos leave their database."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / demo.DATABASE


def make(path: Path, writer: str = demo.PIPELINE) -> None:
    """A database that a pipeline has loaded into."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE SCHEMA {demo.DATASET}")
        connection.execute(f"CREATE TABLE {demo.DATASET}._dlt_pipeline_state AS SELECT '{writer}' AS pipeline_name")


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("failure", [None, GongDestinationError("The disk is full."), OSError("odd")])
def test_one_that_was_stopped_or_failed_leaves_what_was_there(
    database: Path, monkeypatch: pytest.MonkeyPatch, is_first: bool, failure: Exception | None
) -> None:
    def stopped(_: Sandbox, pipeline: Pipeline) -> RunReport:
        with pipeline.sql_client() as client:
            client.execute_sql("CREATE SCHEMA half_done")
        if failure:
            return RunReport(failures={"calls": failure, "users": failure})
        raise KeyboardInterrupt

    if not is_first:
        make(database)
    before = database.read_bytes() if database.exists() else None
    monkeypatch.setattr(demo, "sync_sandbox", stopped)
    ended = CliRunner().invoke(main, ["demo", "--calls", "1"])
    assert (ended.exit_code != 0, ended.stderr.count("\n")) == (True, 1)
    assert [path.read_bytes() for path in database.parent.glob("*.duckdb*")] == ([before] if before else [])
    demo.check_room(database)


def test_a_new_one_takes_the_place_of_the_one_before(database: Path, tmp_path: Path) -> None:
    (made := tmp_path / "new").mkdir()
    make(database)
    Path(f"{database}.wal").write_bytes(b"of the one before")
    make(made / demo.DATABASE)
    demo.put_in_place(made / demo.DATABASE, database)
    assert database.read_bytes() == (made / demo.DATABASE).read_bytes()
    demo.check_room(database)


def test_what_is_no_demos_is_not_replaced(database: Path) -> None:
    make(database, writer="gong")
    ended = CliRunner().invoke(main, ["demo"])
    assert (ended.exit_code, "no demo's: move it" in ended.output) == (2, True)


def test_a_setting_that_can_not_be_used_is_told_in_a_sentence(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOAD__WORKERS", "0")
    ended = CliRunner().invoke(main, ["demo", "--calls", "1"])
    assert (ended.exit_code, ended.stderr.count("\n"), database.exists()) == (2, 1, False)
    assert "load.workers" in ended.stderr


def test_the_settings_of_the_folder_are_not_the_demos(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(demo, "run_sync", lambda _, **settings: given.update(settings) or RunReport())
    with Sandbox(calls=1, days=2) as sandbox:
        demo.sync_sandbox(sandbox, demo.demo_pipeline(database, str(database.parent)))
    alone = dict(load_settings(**given))
    others = {"PII": "drop", "TRANSCRIPTS": "drop", "EXCLUDE_COLUMNS": "title", "CALL_PARTS": "parties"}
    for name, value in {**others, "CHUNK_DAYS": "1", "WORKSPACE_IDS": "7", "CONTEXT_TIMING": "TimeOfCall"}.items():
        monkeypatch.setenv(f"SOURCES__GONG__{name}", value)
    assert {**load_settings(**given), "credentials": None} == {**alone, "credentials": None}
