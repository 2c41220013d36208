"""Rows are merged into DuckDB from their files: as dlt does by its staging tables, whoever goes on with a load."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pyarrow as pa
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed
from dlt.pipeline.pipeline import Pipeline

from gong_source.warehouse import duckdb_merge
from gong_source.warehouse.duckdb_merge import FILES, merge_from_files

SCOPE = "call_id IN (SELECT call_id FROM {staging_table})"


def pipeline_in(folder: Path, merging: bool = True) -> Pipeline:
    """A pipeline whose files are small, so that a table has several."""
    destination = dlt.destinations.duckdb(str(folder / "some.duckdb"), create_indexes=False)
    destination.caps_params["max_parallel_load_jobs"] = 1
    if merging:
        merge_from_files(destination)
    return dlt.pipeline("some", destination=destination, dataset_name="data", pipelines_dir=str(folder / "home"))


def source(*batches: list[tuple[str, int, str | None, bool | None]]) -> Any:
    """Rows of calls, each batch of them a file: the call, the place in it, a word, and whether it is removed."""

    def rows(batch: list[tuple[str, int, str | None, bool | None]]) -> pa.Table:
        columns = dict(zip(("call_id", "place", "word", "removed"), map(list, zip(*batch, strict=True)), strict=True))
        return pa.table(columns, schema=SCHEMA)

    @dlt.resource(
        name="words",
        primary_key=("call_id", "place"),
        write_disposition={"disposition": "merge", "strategy": "delete-insert", "destination_scope": SCOPE},
        columns={"removed": {"hard_delete": True}, "more": {"data_type": "json"}},
        file_format="parquet",
    )
    def words() -> Any:
        for batch in batches:
            yield rows(batch)

    @dlt.resource(name="others", primary_key="id", write_disposition="merge", file_format="parquet")
    def others() -> Any:
        yield pa.table({"id": [len(batches)], "of": ["others"]})

    return [words, others]


SCHEMA = pa.schema([("call_id", pa.string()), ("place", pa.int64()), ("word", pa.string()), ("removed", pa.bool_())])
FIRST = [[("a", 1, "one", None), ("a", 2, "two", None)], [("b", 1, "three", None), ("b", 1, "three", None)]]
SECOND = [[("a", 1, "new", None)], [("b", 0, None, True)], [("c", 1, "four", None)]]
AFTER = {("a", 1, "new"), ("c", 1, "four")}


@pytest.fixture(autouse=True)
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_WRITER__BUFFER_MAX_ITEMS", "1")
    monkeypatch.setenv("DATA_WRITER__FILE_MAX_ITEMS", "1")


def stored(folder: Path) -> list[tuple[str, int, str]]:
    with duckdb.connect(str(folder / "some.duckdb"), read_only=True) as connection:
        return sorted(connection.execute("SELECT call_id, place, word FROM data.words").fetchall())


def staged(folder: Path) -> int:
    with duckdb.connect(str(folder / "some.duckdb"), read_only=True) as connection:
        ((count,),) = connection.execute("SELECT count(*) FROM data_staging.words").fetchall()
        return int(count)


def test_rows_are_replaced_and_doubled_ones_dropped_without_staging_any(tmp_path: Path) -> None:
    tmp_path /= "call_id=it's [mine]"  # nothing of a path is a pattern, a value, or the end of a text
    tmp_path.mkdir()
    pipeline = pipeline_in(tmp_path)
    pipeline.run(source(*FIRST))
    assert stored(tmp_path) == [("a", 1, "one"), ("a", 2, "two"), ("b", 1, "three")]
    pipeline.run(source(*SECOND))
    assert set(stored(tmp_path)) == AFTER
    assert len(stored(tmp_path)) == len(AFTER)
    assert staged(tmp_path) == 0


@pytest.mark.parametrize("merging", [True, False], ids=["again", "dlt"])
@pytest.mark.parametrize("stop_after", [0, 1, 2])
def test_a_load_that_was_cut_off_is_gone_on_with(
    merging: bool, stop_after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOAD__RAISE_ON_MAX_RETRIES", "1")
    pipeline_in(tmp_path).run(source(*FIRST))
    pipeline = pipeline_in(tmp_path)
    pipeline.extract(source(*SECOND))
    pipeline.normalize()
    merge_files, done = duckdb_merge._merge_files, []

    def cut_off(job: Any, files: list[str]) -> None:
        """Commit, and not live to tell."""
        if len(done) < stop_after:
            merge_files(job, files)
            done.append(files)
        raise ConnectionError("the plug was pulled")

    monkeypatch.setattr(duckdb_merge, "_merge_files", cut_off)
    with pytest.raises(PipelineStepFailed):
        pipeline.load()
    monkeypatch.setattr(duckdb_merge, "_merge_files", merge_files)
    pipeline_in(tmp_path, merging).load()
    assert set(stored(tmp_path)) == AFTER
    assert len(stored(tmp_path)) == len(AFTER)


def test_files_that_move_meanwhile_are_looked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline, looks = pipeline_in(tmp_path), []
    found = duckdb_merge._files_of

    def moved(job: Any) -> list[str]:
        looks.append(job)
        return [f"{file}.gone" for file in found(job)] if len(looks) == 1 else found(job)

    monkeypatch.setattr(duckdb_merge, "_files_of", moved)
    pipeline.run(source(*FIRST))
    assert len(stored(tmp_path)) == 3
    assert len(looks) == 3


def test_lists_below_a_table_go_by_way_of_staging(tmp_path: Path) -> None:
    pipeline = pipeline_in(tmp_path)
    for words in (["a", "b"], ["c"]):
        pipeline.run([{"id": 1, "words": words}], table_name="calls", write_disposition="merge", primary_key="id")
    with duckdb.connect(str(tmp_path / "some.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT value FROM data.calls__words").fetchall() == [("c",)]
        assert not connection.execute(f"SELECT 1 FROM duckdb_views() WHERE view_name = '{FILES}'").fetchall()


def test_files_can_lack_columns_that_the_table_has(tmp_path: Path) -> None:
    pipeline = pipeline_in(tmp_path)
    pipeline.run(source(*FIRST))
    shutil.rmtree(tmp_path / "home")
    rows = pa.table({"call_id": ["a"], "place": pa.array([7], pa.int64()), "added": ["more"]})
    key = ("call_id", "place")
    pipeline_in(tmp_path).run(rows, table_name="words", write_disposition="merge", primary_key=key)
    assert ("a", 7, None) in stored(tmp_path)


def test_rows_that_come_in_several_formats_are_all_there(tmp_path: Path) -> None:
    hints: dict[str, Any] = {"table_name": "words", "write_disposition": "merge", "primary_key": "id"}

    @dlt.resource(name="columns", **hints)
    def columns() -> Any:
        yield pa.table({"id": [1, 2], "word": ["a", "b"], "_dlt_load_id": ["0", "0"], "_dlt_id": ["x", "y"]})

    @dlt.resource(name="rows", **hints)
    def rows() -> Any:
        yield {"id": 2, "word": "b"}
        yield {"id": 3, "word": "c"}

    pipeline = pipeline_in(tmp_path)
    pipeline.extract([columns, rows])
    pipeline.normalize()
    (load_id,) = pipeline.list_normalized_load_packages()
    new = pipeline.get_load_package_info(load_id).jobs["new_jobs"]
    assert {job.job_file_info.file_format for job in new if job.job_file_info.table_name == "words"} > {"parquet"}
    pipeline.load()
    with duckdb.connect(str(tmp_path / "some.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT id, word FROM data.words ORDER BY id").fetchall() == [
            (1, "a"),
            (2, "b"),
            (3, "c"),
        ]
