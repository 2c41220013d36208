"""Where commands load to: one file for a folder, the configured one, and names that can't be used."""

from __future__ import annotations

import logging
import os
import tempfile
import traceback
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

from gong_source.api.auth.stores import token_path
from gong_source.cli.place import open_pipeline
from gong_source.config import GongCredentials
from gong_source.errors import GongConfigError, GongDestinationError
from gong_source.warehouse.datasets import check_datasets
from gong_source.warehouse.dialects import ready_destination
from gong_source.warehouse.place import has_tables, mind_folder, place_of
from gong_source.warehouse.store import Store

CREDENTIALS = "DESTINATION__DUCKDB__CREDENTIALS"


@pytest.mark.parametrize("name", ["gong", "gong_backfill", "GongEU"])
def test_one_file_for_a_folder_whatever_the_pipeline_and_wherever_it_ran_first(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        monkeypatch.chdir(folder)
        pipeline = open_pipeline(name, "duckdb", "gong_data")
        assert place_of(pipeline) == {
            "destination": "duckdb",
            "file": str(folder / "gong.duckdb"),
            "dataset": "gong_data",
            "pipeline": name,
        }
        assert not has_tables(pipeline)
        assert not (folder / "gong.duckdb").exists()


def test_without_a_home_a_pipeline_is_kept_where_others_can_not_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "dlt"
    monkeypatch.delenv("DLT_DATA_DIR")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("dlt.common.runtime.run_context.global_dir", lambda: str(home))
    open_pipeline("gong", "duckdb", "gong_data")
    assert home.stat().st_mode & 0o777 == 0o700
    home.chmod(0o770)
    with pytest.raises(GongConfigError, match=r"dlt would work in .*/dlt, for want of .*: set DLT_DATA_DIR to"):
        open_pipeline("gong", "duckdb", "gong_data")
    with pytest.raises(GongConfigError, match="set DLT_DATA_DIR to"):
        token_path(GongCredentials(client_id="a"))


def test_a_working_directory_that_was_removed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.rmdir()
    with pytest.raises(GongConfigError, match="The working directory is not there any more"):
        open_pipeline("gong", "duckdb", "gong_data")


@pytest.mark.parametrize("name", ["DESTINATION__DUCKDB__CREDENTIALS", "GONG__DESTINATION__LOCATION", "DLT_DATA_DIR"])
def test_quotes_around_where_something_is_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, '"gong.duckdb"')
    with pytest.raises(GongConfigError, match=f"{name} in the environment has quotes around its value"):
        open_pipeline("gong", "duckdb", "gong_data")


def test_a_file_that_follows_the_folder_of_the_first_run_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(logging.getLogger("gong_source"), "propagate", True)

    def told_of(destination: Any, is_locked: bool = False) -> tuple[str, str]:
        caplog.clear()
        pipeline = dlt.pipeline("gong", destination=destination, dataset_name="gong_data")
        mind_folder(pipeline, is_locked)
        return caplog.text, place_of(pipeline)["file"]

    for folder in (first := tmp_path / "one", second := tmp_path / "two"):
        folder.mkdir()
    monkeypatch.chdir(first)
    assert told_of("duckdb") == ("", str(first / "gong.duckdb"))
    monkeypatch.chdir(second)
    for destination, name in (("duckdb", "gong"), (dlt.destinations.duckdb("own.duckdb"), "own")):
        told, file = told_of(destination)
        assert file == str(first / f"{name}.duckdb")
        assert f"loads into {file}, not into this folder" in told
    absolute = dlt.destinations.duckdb(str(second / "gong.duckdb"))
    assert told_of(absolute) == ("", str(second / "gong.duckdb"))
    assert told_of("duckdb")[1] == str(first / "gong.duckdb"), "nothing is written without the lock"
    assert told_of(absolute, is_locked=True)[0] == ""
    assert told_of("duckdb") == ("", str(second / "gong.duckdb"))


@pytest.mark.parametrize(
    ("variable", "value", "file"),
    [
        (CREDENTIALS, "own.duckdb", "own.duckdb"),
        (CREDENTIALS, "./sub/own.db", "sub/own.db"),
        (CREDENTIALS, "duckdb:///sub/own.db", "sub/own.db"),
        (CREDENTIALS, "~/home.duckdb", "home.duckdb"),
        (f"GONG__{CREDENTIALS}", "of_pipeline.duckdb", "of_pipeline.duckdb"),
        (f"{CREDENTIALS}__DATABASE", "own.duckdb", "own.duckdb"),
    ],
)
def test_the_configured_file(
    variable: str, value: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.setenv(variable, value)
    assert place_of(open_pipeline("gong", "duckdb", "gong_data"))["file"] == str(tmp_path / file)


def test_a_destination_that_the_user_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESTINATION__LAKE__DESTINATION_TYPE", "duckdb")
    assert place_of(open_pipeline("gong", "lake", "x"))["file"] == str(tmp_path / "gong.duckdb")
    monkeypatch.setenv("DESTINATION__LAKE__CREDENTIALS", "lake.duckdb")
    pipeline = open_pipeline("gong", "lake", "x")
    assert place_of(pipeline)["file"] == str(tmp_path / "lake.duckdb")
    assert pipeline.destination is not None
    assert pipeline.destination.destination_name == "lake"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"name": "Gong Prod"}, "--pipeline-name takes letters"),
        ({"name": "gong-prod"}, "--pipeline-name takes letters"),
        ({"name": ""}, "--pipeline-name takes letters"),
        ({"name": "../gong"}, "--pipeline-name takes letters"),
        ({"name": "gong.prod"}, "--pipeline-name takes letters"),
        ({"name": "con"}, "The pipeline can't be made"),
        ({"dataset": ""}, "--dataset-name takes letters"),
        ({"dataset": "my data"}, "--dataset-name takes letters"),
        ({"dataset": "gong"}, "can't tell the dataset gong from the file gong.duckdb"),
        ({"dataset": "Gong"}, "can't tell the dataset gong from the file gong.duckdb"),
        ({"dataset": "temp"}, "keeps the name temp for itself"),
        ({"destination": "mysql"}, "There is no destination 'mysql'"),
        ({"destination": ""}, "There is no destination ''"),
        ({"destination": "no.such.thing"}, "There is no destination 'no.such.thing'"),
        ({"destination": "filesystem"}, "filesystem can't replace rows"),
        ({"destination": "snowflake"}, r"The destination snowflake lacks|gong-source\[snowflake\]"),
        ({"destination": "bigquery"}, r"lacks project_id, .*\[destination.bigquery.cred|ource\[bigquery\]"),
        ({"destination": "clickhouse"}, r"pip install 'dlt\[clickhouse\]'"),
        ({"progress": "enlighten"}, "pip install 'enlighten'"),
        ({"progress": "alive_progress"}, "pip install 'alive-progress'"),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_one_sentence(options: dict[str, str], told: str, tmp_path: Path) -> None:
    given = {"name": "gong", "destination": "duckdb", "dataset": "gong_data", **options}
    with pytest.raises(GongConfigError, match=told) as caught:
        open_pipeline(**given)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    assert caught.value.exit_code == 2
    assert not list(tmp_path.glob("*.duckdb"))


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("LOAD__WORKERS", "many", "`workers` cannot be coerced"),
        ("NORMALIZE__WORKERS", "1.5", "`workers` cannot be coerced"),
        ("GONG__LOAD__WORKERS", "many", "`workers` cannot be coerced"),
        ("SCHEMA__NAMING", "nope", "The naming convention can't be used: .*nope"),
        ("SOURCES__GONG__SCHEMA__NAMING", "nope", "The naming convention can't be used: .*nope"),
        ("SCHEMA__NAMING", "tests.pipeline.shouting", r"^The naming convention \S+shouting changes the names"),
        ("RUNTIME__LOG_LEVEL", "LOUD", "configuration can't be used: Unknown level: 'LOUD'"),
        ("NORMALIZE__WORKERS", "-1", "setting normalize.workers takes a number of at least 1, not -1"),
        ("GONG__LOAD__WORKERS", "0", "setting load.workers takes a number of at least 1, not 0"),
        ("NORMALIZE__START_METHOD", "soon", "setting normalize.start_method takes .*spawn.*, not 'soon'"),
        ("DATA_WRITER__FILE_MAX_BYTES", "many", "`file_max_bytes` cannot be coerced"),
    ],
)
def test_what_dlt_would_find_wrong_later_is_told_before_anything_is_asked(
    variable: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    if variable.startswith("RUNTIME"):
        del Container()[PluggableRunContext]  # read once for a process
    with pytest.raises(GongConfigError, match=told):
        open_pipeline("gong", "duckdb", "gong_data")


def test_databases_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.txt").write_text("these are no tables at all")
    (tmp_path / "empty.duckdb").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "what?").mkdir()
    cases = {
        "missing/gong.duckdb": "no folder",
        "notes.txt": "no DuckDB database",
        "empty.duckdb": "is an empty file",
        "folder": "is a folder, a device or a pipe",
        "notes.txt/gong.duckdb": "no folder",
        "/proc/gong.duckdb": "can't be written",
        ":memory:": "memory",
        ":memory:gong": "memory",
        **dict.fromkeys(
            ("", " ", "\t", "duckdb:/// ", f"{tmp_path}/ "),
            r"destination\.duckdb\.credentials \(DESTINATION__DUCKDB__CREDENTIALS in the environment\) is empty",
        ),
        "what?/gong.duckdb": "path with a question mark",
        "a?b.duckdb": "path with a question mark",
    }
    for value, told in cases.items():
        monkeypatch.setenv(CREDENTIALS, value)
        with pytest.raises(GongConfigError, match=told) as caught:
            open_pipeline("gong", "duckdb", "gong_data")
        assert "\n" not in str(caught.value)


def test_a_database_that_somebody_makes_meanwhile_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched: list[str] = []
    monkeypatch.setattr(Path, "touch", lambda self, *_: touched.append(self.name))
    monkeypatch.setattr(Path, "unlink", lambda self, *_: touched.append(self.name))
    open_pipeline("gong", "duckdb", "gong_data")
    assert "gong.duckdb" not in touched
    assert not list(tmp_path.glob("*.duckdb*"))


def test_what_a_question_mark_in_a_path_costs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB's log is elsewhere; what is there already can be read, and nothing can be loaded, from Python too."""
    with duckdb.connect(str(tmp_path / "a?b.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1")
        assert (tmp_path / "a.wal?b.duckdb").exists()
    monkeypatch.setenv(CREDENTIALS, "a?b.duckdb")
    pipeline = open_pipeline("gong", "duckdb", "gong_data", reads=True)
    with pytest.raises(GongConfigError, match="path with a question mark"):
        check_datasets(pipeline, Store(pipeline))


@pytest.mark.parametrize("variable", ["", "DLT_DATA_DIR"], ids=["working folder", "data folder"])
def test_a_folder_that_is_not_in_utf_8(variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder := tmp_path / os.fsdecode(b"caf\xe9")).mkdir()
    if variable:
        monkeypatch.setenv(variable, str(folder))
    else:
        monkeypatch.chdir(folder)
    with pytest.raises(GongConfigError, match="is not in UTF-8"):
        open_pipeline("gong", "duckdb", "gong_data")


def test_credentials_that_can_not_be_read_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg2", reason="without it the library is what is told of")
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", "postgresql//loader:hidden@db.example.com")
    with pytest.raises(GongConfigError, match=r"destination\.postgres\.credentials") as caught:
        open_pipeline("gong", "postgres", "gong_data")
    assert "hidden" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("name", "dataset", "file", "made"),
    [
        ("gong", "GongData", "gong_data.duckdb", "gong_data"),
        ("gong", "gongData", "Gong_Data.db", "gong_data"),
        ("gong", "Gong__Data_", "gong_datax.duckdb", "gong_datax"),
        ("gong_data", "GongData", ":pipeline:", "gong_data"),
    ],
)
def test_a_dataset_that_dlt_names_as_the_file_is_named(
    name: str, dataset: str, file: str, made: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CREDENTIALS, file)
    with pytest.raises(GongConfigError, match=f"can't tell the dataset {made} from the file"):
        open_pipeline(name, "duckdb", dataset)


def test_a_dataset_whose_name_dlt_leaves_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CREDENTIALS, "gong_data.duckdb")
    monkeypatch.setenv("DESTINATION__DUCKDB__ENABLE_DATASET_NAME_NORMALIZATION", "false")
    assert place_of(open_pipeline("gong", "duckdb", "GongData"))["dataset"] == "GongData"


@pytest.mark.parametrize("destination", ["duckdb", "lake"])
@pytest.mark.parametrize(
    "address",
    [
        "md:gong?motherduck_token=hidden",
        "md:///gong?motherduck_token=hidden",
        "motherduck://gong?token=hidden",
        "s3://bucket/hidden.duckdb",
        "https://user:hidden@db.example.com/gong.duckdb",
        "postgresql://user:hidden@db.example.com/gong",
        "sqlite:hidden.db",
        "duckdb://hidden.duckdb",
    ],
)
def test_an_address_is_no_file_and_is_not_shown(
    address: str, destination: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION__LAKE__DESTINATION_TYPE", "duckdb")
    for field in ("", "__DATABASE"):
        with monkeypatch.context() as patched:
            patched.setenv(f"DESTINATION__{destination.upper()}__CREDENTIALS{field}", address)
            with pytest.raises(GongConfigError, match=f"{destination} are the path .* motherduck") as caught:
                open_pipeline("gong", destination, "gong_data")
        assert "hidden" not in str(caught.value)
    assert not [path for path in tmp_path.iterdir() if path.is_file()]


def test_a_link_to_a_database_that_is_not_there_yet_stays(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (link := tmp_path / "gong.duckdb").symlink_to(tmp_path / "elsewhere" / "gong.duckdb")
    assert place_of(open_pipeline("gong", "duckdb", "gong_data"))["file"] == str(link)
    assert link.is_symlink()
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_pipe_is_no_database(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gong.duckdb")
    with pytest.raises(GongConfigError, match="is a folder, a device or a pipe"):
        open_pipeline("gong", "duckdb", "gong_data")


def test_a_database_that_is_there_is_taken(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "gong.duckdb")) as connection:
        connection.execute("CREATE SCHEMA gong_data; CREATE TABLE gong_data.calls (id VARCHAR)")
    before = os.stat(tmp_path / "gong.duckdb").st_mtime_ns
    pipeline = open_pipeline("gong", "duckdb", "gong_data")
    assert os.stat(tmp_path / "gong.duckdb").st_mtime_ns == before
    assert has_tables(pipeline)


@pytest.mark.parametrize(
    ("catalog", "file"), [("", "ducklake.sqlite"), ("sqlite:///own.sqlite", "own.sqlite"), ("md:///x", "")]
)
def test_one_lake_for_a_folder_whatever_the_pipeline_and_wherever_it_ran_first(
    catalog: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if catalog:
        monkeypatch.setenv("DESTINATION__DUCKLAKE__CREDENTIALS__CATALOG", catalog)
    for folder, name in ((tmp_path / "one", "gong"), (tmp_path / "two", "gong"), (tmp_path / "two", "gong_backfill")):
        folder.mkdir(exist_ok=True)
        monkeypatch.chdir(folder)
        pipeline = open_pipeline(name, "ducklake", "gong_data")
        place = place_of(pipeline)
        assert place["files"] == str(folder / "ducklake.files")
        if file:
            assert place["catalog"] == f"sqlite://{folder / file}"
            assert not has_tables(pipeline)
        assert not list(folder.iterdir())


def test_the_place_of_a_lake_tells_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = "postgresql://loader:hidden@db.example.com:5432/lake"
    monkeypatch.setenv("DESTINATION__DUCKLAKE__CREDENTIALS__CATALOG", catalog)
    place = place_of(open_pipeline("gong", "ducklake", "gong_data"))
    assert place["catalog"] == "postgres://db.example.com:5432/lake#ducklake"
    assert "hidden" not in str(place)


def test_a_lake_whose_catalog_can_be_open_once_only_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESTINATION__DUCKLAKE__CREDENTIALS__CATALOG", "duckdb:///lake.duckdb")
    with pytest.raises(GongDestinationError, match="opens that file once only"):
        ready_destination(open_pipeline("gong", "ducklake", "gong_data"))
