"""A demo replaces the one before, and nothing else; one that was stopped is in nobody's way."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from dlt.pipeline.pipeline import Pipeline

from gong_source.cli import demo
from gong_source.cli.commands import main
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
def test_one_that_was_stopped_leaves_what_was_there(
    database: Path, monkeypatch: pytest.MonkeyPatch, is_first: bool
) -> None:
    def stopped(_: Sandbox, pipeline: Pipeline) -> None:
        with pipeline.sql_client() as client:
            client.execute_sql("CREATE SCHEMA half_done")
        raise KeyboardInterrupt

    if not is_first:
        make(database)
    before = database.read_bytes() if database.exists() else None
    monkeypatch.setattr(demo, "sync_sandbox", stopped)
    assert CliRunner().invoke(main, ["demo", "--calls", "1"]).exit_code != 0
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
