"""Loads into DuckDB: one thread, rows written as they come, and everything as before when the load is over."""

import time
from pathlib import Path

import dlt
import duckdb
import pytest
from dlt.pipeline.pipeline import Pipeline

from gong_source import loading
from gong_source.destination import sql_client
from gong_source.loading import HELD, sparing

MEGABYTE = 2**20


def pipeline_into(destination: object, tmp_path: Path) -> Pipeline:
    """A pipeline that has loaded a row."""
    made = dlt.pipeline("some", destination=destination, dataset_name="data", pipelines_dir=str(tmp_path / "home"))  # type: ignore[arg-type]
    made.run([{"id": 1}], table_name="items")
    return made


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    """A pipeline into a DuckDB file."""
    return pipeline_into(dlt.destinations.duckdb(str(tmp_path / "some.duckdb")), tmp_path)


def threads(pipeline: Pipeline) -> int:
    """What a connection of dlt's finds."""
    with sql_client(pipeline) as client:
        rows = client.execute_sql("SELECT current_setting('threads')")
        assert rows is not None
        return int(rows[0][0])


def test_dlts_own_connections_work_with_one_thread_while_it_lasts(pipeline):
    before = threads(pipeline)
    with sparing(pipeline):
        assert threads(pipeline) == 1
    assert threads(pipeline) == before


def test_a_configured_number_of_threads_counts_more(tmp_path):
    credentials = dlt.destinations.impl.duckdb.configuration.DuckDbCredentials(str(tmp_path / "some.duckdb"))
    credentials.global_config = {"threads": 3}
    pipeline = pipeline_into(dlt.destinations.duckdb(credentials), tmp_path)
    with sparing(pipeline):
        assert threads(pipeline) == 3


@pytest.mark.parametrize("database", ["some.duckdb", ":memory:"])
def test_a_connection_of_the_users_own_is_left_as_it_was(tmp_path, database):
    with duckdb.connect(database if database == ":memory:" else str(tmp_path / database)) as own:
        own.execute("SET threads = 2")
        pipeline = pipeline_into(dlt.destinations.duckdb(own), tmp_path)
        with sparing(pipeline):
            assert own.execute("SELECT current_setting('threads')").fetchone() == (1,)
            pipeline.run([{"id": 2}], table_name="items")
        with pytest.raises(KeyError, match="lost"), sparing(pipeline):
            raise KeyError("lost")
        assert own.execute("SELECT current_setting('threads')").fetchone() == (2,)
        assert own.execute("SELECT count(*) FROM data.items").fetchone() == (2,)


def held(pipeline: Pipeline) -> int:
    """Bytes that DuckDB holds in memory and has not written yet."""
    with sql_client(pipeline) as client:
        rows = client.execute_sql(HELD)
        assert rows is not None
        return int(rows[0][0])


def fill(pipeline: Pipeline) -> None:
    """Some megabytes of committed rows, few enough to stay in memory."""
    with sql_client(pipeline) as client:
        client.execute_sql("CREATE TABLE IF NOT EXISTS data.filled (a UUID, b UUID, c UUID)")
        client.execute_sql("INSERT INTO data.filled SELECT uuid(), uuid(), uuid() FROM range(100000)")


def wait_until_less(pipeline: Pipeline, limit: int) -> None:
    deadline = time.monotonic() + 20
    while held(pipeline) >= limit:
        assert time.monotonic() < deadline, "rows were not written"
        time.sleep(0.02)


def test_rows_are_written_before_the_load_ends(pipeline, tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "UNWRITTEN", MEGABYTE)
    with sparing(pipeline):
        fill(pipeline)
        wait_until_less(pipeline, MEGABYTE)
        assert (tmp_path / "some.duckdb").stat().st_size > 4 * MEGABYTE
        fill(pipeline)
        wait_until_less(pipeline, MEGABYTE)


def test_without_the_watcher_they_would_not_be(pipeline, monkeypatch):
    monkeypatch.setattr(loading, "UNWRITTEN", 2**40)
    with sparing(pipeline):
        fill(pipeline)
        time.sleep(5 * loading.LOOK_EVERY)
        assert held(pipeline) > 4 * MEGABYTE


def test_an_open_transaction_is_waited_for(pipeline, monkeypatch):
    monkeypatch.setattr(loading, "UNWRITTEN", MEGABYTE)
    with sparing(pipeline):
        with sql_client(pipeline) as client, client.begin_transaction():
            client.execute_sql("CREATE TABLE data.slow (a UUID, b UUID, c UUID)")
            client.execute_sql("INSERT INTO data.slow SELECT uuid(), uuid(), uuid() FROM range(100000)")
            time.sleep(5 * loading.LOOK_EVERY)
        fill(pipeline)
        wait_until_less(pipeline, MEGABYTE)
    with sql_client(pipeline) as client:
        assert client.execute_sql("SELECT count(*) FROM data.slow") == [(100000,)]


def test_other_destinations_are_not_connected_to(tmp_path):
    unreachable = dlt.destinations.postgres("postgresql://nobody:x@127.0.0.1:1/none")
    pipeline = dlt.pipeline("other", destination=unreachable, dataset_name="data", pipelines_dir=str(tmp_path / "home"))
    with sparing(pipeline):
        pass
