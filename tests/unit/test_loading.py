"""Loads into DuckDB: one thread, rows written as they come, and everything as before when the load is over."""

import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest
from dlt.destinations.exceptions import DatabaseTransientException
from dlt.pipeline.exceptions import PipelineStepFailed
from dlt.pipeline.pipeline import Pipeline

from gong_source.warehouse import duckdb_load as loading
from gong_source.warehouse.duckdb_load import HELD, load_sparingly, sparing
from gong_source.warehouse.settled import settled
from gong_source.warehouse.store import Store
from gong_source.wording import chain_of

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


def value(pipeline: Pipeline, query: str) -> Any:
    """What a connection of dlt's finds."""
    ((found,),) = Store(pipeline).rows(query)
    return found


def threads(pipeline: Pipeline) -> int:
    """What a connection of dlt's finds."""
    return int(value(pipeline, "SELECT current_setting('threads')"))


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
    return int(value(pipeline, HELD))


def fill(pipeline: Pipeline, rows: int = 100_000) -> None:
    """Some megabytes of committed rows, few enough to stay in memory."""
    with pipeline.sql_client() as client:
        client.execute_sql("CREATE TABLE IF NOT EXISTS data.filled (a UUID, b UUID, c UUID)")
        client.execute_sql(f"INSERT INTO data.filled SELECT uuid(), uuid(), uuid() FROM range({rows})")


def wait_until_less(pipeline: Pipeline, limit: int) -> None:
    deadline = time.monotonic() + 120
    while held(pipeline) >= limit:
        assert time.monotonic() < deadline, "rows were not written"
        time.sleep(0.02)


def test_rows_are_written_before_the_load_ends(pipeline, tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "FEW", -1)
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


def watched() -> bool:
    return any(thread.name == "gong-checkpoints" for thread in threading.enumerate())


def test_a_load_of_little_is_not_watched(pipeline, monkeypatch):
    pipeline.extract([{"id": 3}], table_name="items")
    with sparing(pipeline):
        assert watched()  # nobody knows how much an extracted package will be
    pipeline.normalize()
    with sparing(pipeline):
        assert not watched()
    monkeypatch.setattr(loading, "FEW", 10)
    with sparing(pipeline):
        assert watched()
    assert not watched()


def test_texts_are_squeezed_in_a_large_file_alone(pipeline, monkeypatch):
    setting = "SELECT current_setting('disabled_compression_methods')"
    with sparing(pipeline):
        assert value(pipeline, setting) == "FSST"
    monkeypatch.setattr(loading, "SMALL", 1)
    with sparing(pipeline):
        assert value(pipeline, setting) == ""


def test_an_open_transaction_is_waited_for(pipeline, monkeypatch):
    monkeypatch.setattr(loading, "FEW", -1)
    monkeypatch.setattr(loading, "UNWRITTEN", MEGABYTE)
    with sparing(pipeline):
        with pipeline.sql_client() as client, client.begin_transaction():
            client.execute_sql("CREATE TABLE data.slow (a UUID, b UUID, c UUID)")
            client.execute_sql("INSERT INTO data.slow SELECT uuid(), uuid(), uuid() FROM range(100000)")
            time.sleep(5 * loading.LOOK_EVERY)
        fill(pipeline)
        wait_until_less(pipeline, MEGABYTE)
    with pipeline.sql_client() as client:
        assert client.execute_sql("SELECT count(*) FROM data.slow") == [(100000,)]


def test_memory_is_bounded_while_it_lasts(pipeline):
    setting = "SELECT current_setting('memory_limit')"
    before = value(pipeline, setting)
    with sparing(pipeline):
        assert value(pipeline, setting) == "64.0 MiB"
    with sparing(pipeline, bounded=False):
        assert value(pipeline, setting) == before
    assert value(pipeline, setting) == before


def more_rows(pipeline: Pipeline) -> Any:
    """A load of some megabytes, in one file."""
    return pipeline.run([{"id": number, "text": f"{number:0250}"} for number in range(20_000)], table_name="items")


def test_a_load_that_needs_more_memory_gets_it(pipeline, monkeypatch, caplog):
    monkeypatch.setattr(loading, "LIMIT", 2 * MEGABYTE)
    with pytest.raises(PipelineStepFailed), sparing(pipeline):
        more_rows(pipeline)
    assert pipeline.has_pending_data
    with caplog.at_level("WARNING", "gong_source"):
        load_sparingly(pipeline, pipeline.run)
    assert [message for message in caplog.messages if "did not fit" in message]
    assert value(pipeline, "SELECT count(*) FROM data.items") == 20_001
    assert not pipeline.has_pending_data


def test_more_columns_get_more_memory(pipeline):
    pipeline.extract([{f"text_{number}": "some" for number in range(1000)}], table_name="items")
    pipeline.normalize()
    with sparing(pipeline):
        assert 94 < float(value(pipeline, "SELECT current_setting('memory_limit')").removesuffix(" MiB")) < 100


WIDE = ", ".join(f"repeat('x', 20) AS text_{number}" for number in range(100))


def commit_much(client: Any) -> None:
    """A transaction of a few rows that takes more than 20 MB."""
    with client.begin_transaction():
        client.execute_sql(f"CREATE TABLE data.wide AS SELECT {WIDE}")
        client.execute_sql("DELETE FROM data.wide")
        client.execute_sql(f"INSERT INTO data.wide SELECT {WIDE}")


def write_much(client: Any) -> None:
    """Tables of a few rows that take more than 20 MB while they are written into the file."""
    client.execute_sql("SET memory_limit = '1GB'")
    for number in range(6):
        client.execute_sql(f"CREATE TABLE data.wide_{number} AS SELECT {WIDE} FROM range(3)")
    client.execute_sql("SET memory_limit = '20MiB'")
    client.execute_sql("CHECKPOINT")


@pytest.mark.parametrize("to_the_end", [False, True])
@pytest.mark.parametrize(
    ("much", "kind"), [(commit_much, duckdb.TransactionException), (write_much, duckdb.FatalException)]
)
def test_memory_that_lacks_when_rows_are_committed_or_written(pipeline, monkeypatch, caplog, much, kind, to_the_end):
    monkeypatch.setattr(loading, "LIMIT", 20 * MEGABYTE)
    causes: list[BaseException] = []

    def load() -> None:
        with pipeline.sql_client() as client:
            if not causes:
                try:
                    much(client)
                except Exception as error:
                    causes.append(chain_of(error)[-1])
                    raise
            client.execute_sql("CREATE TABLE data.loaded AS SELECT 1")

    with caplog.at_level("WARNING", "gong_source"), ExitStack() as lasting:
        load_sparingly(pipeline, load, lasting=lasting if to_the_end else None)
    assert [type(cause) for cause in causes] == [kind]
    assert [message for message in caplog.messages if "did not fit" not in message] == []
    assert value(pipeline, "SELECT count(*) FROM data.loaded") == 1


def test_what_could_not_be_written_within_the_bound_is_written_without(pipeline, tmp_path, caplog):
    with sparing(pipeline), pipeline.sql_client() as client, pytest.raises(DatabaseTransientException):
        write_much(client)
    assert [record for record in caplog.records if record.name == "gong_source"] == []
    assert not (tmp_path / "some.duckdb.wal").exists()
    assert value(pipeline, "SELECT count(*) FROM data.wide_5") == 3


def test_another_error_is_not_tried_again(pipeline):
    attempts = []

    def load() -> None:
        attempts.append(1)
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        load_sparingly(pipeline, load)
    assert len(attempts) == 1


def row_groups(pipeline: Pipeline) -> int:
    return int(value(pipeline, "SELECT count(DISTINCT row_group_id) FROM pragma_storage_info('data.filled')"))


def test_row_groups_are_merged_only_by_a_load_that_is_told_to(pipeline):
    settings = "SELECT current_setting('memory_limit') || ' ' || current_setting('max_vacuum_tasks')"
    before = value(pipeline, settings)
    for _ in range(5):
        with sparing(pipeline):
            assert value(pipeline, "SELECT current_setting('max_vacuum_tasks')") == 0
            fill(pipeline, 20_000)
    assert row_groups(pipeline) == 5
    with sparing(pipeline, merging=True):
        fill(pipeline, 20_000)
    assert row_groups(pipeline) == 1
    assert value(pipeline, "SELECT count(DISTINCT a) FROM data.filled") == 120_000
    assert value(pipeline, settings) == before


def test_a_merge_keeps_within_a_lower_limit_that_is_configured(tmp_path, caplog):
    credentials = dlt.destinations.impl.duckdb.configuration.DuckDbCredentials(str(tmp_path / "some.duckdb"))
    credentials.global_config = {"memory_limit": "100MB"}
    pipeline = pipeline_into(dlt.destinations.duckdb(credentials), tmp_path)
    for _ in range(5):
        with sparing(pipeline):
            fill(pipeline, 20_000)
    with caplog.at_level("INFO", "gong_source"), sparing(pipeline, merging=True):
        fill(pipeline, 20_000)
    assert row_groups(pipeline) == 1
    assert caplog.messages == []
    assert value(pipeline, "SELECT current_setting('memory_limit')") == "95.3 MiB"


def test_a_configuration_is_resolved_once_for_a_run(pipeline, monkeypatch):
    destination = pipeline.destination
    given, name = destination.config_params, destination.configured_name
    with settled(pipeline):
        monkeypatch.setenv("DESTINATION__DUCKDB__CREATE_INDEXES", "true")
        clients = [pipeline.destination_client() for _ in range(2)]
        assert [client.config.create_indexes for client in clients] == [False, False]
        assert clients[0].config.credentials is clients[1].config.credentials
        assert destination.configured_name == name
        pipeline.run([{"id": 2}], table_name="items")
    assert destination.config_params is given
    assert pipeline.destination_client().config.create_indexes
    assert value(pipeline, "SELECT count(*) FROM data.items") == 2


def test_other_destinations_are_not_connected_to(tmp_path):
    unreachable = dlt.destinations.postgres("postgresql://nobody:x@127.0.0.1:1/none")
    pipeline = dlt.pipeline("other", destination=unreachable, dataset_name="data", pipelines_dir=str(tmp_path / "home"))
    with settled(pipeline), sparing(pipeline):
        pass
