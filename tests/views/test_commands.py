"""The commands for the people who read the data, as they are typed."""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import dlt
import duckdb
import pytest
from click.testing import CliRunner, Result

from gong_source.cli.commands import main
from gong_source.views import view_names
from gong_source.warehouse import waiting
from tests.pipeline.harness import DATASET, Tenant

EXPORT = ("export-transcripts", "--from", "2026-05-01", "--to", "2026-06-01", "--out", "out")


@pytest.fixture
def copy(company: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The company's database, where a command of this folder looks for it."""
    path = tmp_path / "gong.duckdb"
    shutil.copy(company.database, path)
    return path


def gong_source(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == code, result.output
    return result


def test_views(copy: Path):
    result = gong_source("views", "--dataset-name", DATASET)
    assert result.stdout.split() == view_names()
    assert json.loads(gong_source("views", "--json").stdout) == {"views": view_names()}


@pytest.mark.parametrize(
    "words",
    [
        ("views",),
        ("report", "--out", "made"),
        ("dbt-sources", "--out", "made"),
        ("export-transcripts", "--from", "2026-05-01", "--to", "2026-06-01", "--out", "made"),
    ],
    ids=lambda words: words[0],
)
def test_views_of_nothing(tmp_path: Path, words: tuple[str, ...]):
    result = gong_source(*words, "--dataset-name", "nope", code=2)
    assert result.stdout == ""
    assert "There is nothing in nope yet: run gong-source sync first" in result.stderr
    assert not (tmp_path / "made").exists()
    assert not (tmp_path / "gong.duckdb").exists()


@pytest.mark.parametrize(
    ("words", "made"),
    [
        (("report", "--out", "out/report.html"), "report.html"),
        (("dbt-sources", "--out", "out/sources.yml"), "sources.yml"),
        ((*EXPORT, "--format", "parquet"), "calls.parquet"),
        ((*EXPORT, "--format", "json"), "*.json"),
        (EXPORT, "*.md"),
    ],
    ids=["report", "dbt-sources", "parquet", "json", "markdown"],
)
def test_a_full_disk_leaves_what_was_written_last(copy: Path, tmp_path: Path, words: tuple[str, ...], made: str):
    """No file may grow beyond some bytes: the system then refuses to write as it does where a disk is full."""
    (tmp_path / "out").mkdir()
    gong_source(*words)
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, limit[1]))
    try:
        result = gong_source(*words, code=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    (line,) = result.stderr.splitlines()
    assert re.match(rf"Error: out/{made.replace('*', '.*')} can't be written: File too large", line)
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert list((tmp_path / "out").glob(made))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("report", "--out", "made"), {"file": "made"}),
        (("dbt-sources", "--out", "made"), {"file": "made"}),
        (("export-transcripts", "--from", "2026-01-01", "--to", "2026-01-02", "--out", "made"), {"folder": "made"}),
    ],
    ids=lambda each: each[0] if isinstance(each, tuple) else "",
)
def test_what_was_made_is_told_as_json(copy: Path, words: tuple[str, ...], told: dict[str, str]):
    assert json.loads(gong_source(*words, "--json").stdout).items() >= told.items()
    assert "tables" in json.loads(gong_source("dbt-sources", "--json").stdout)["sources"]


OPEN = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1], read_only=True)
print("open", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("verify", "--sample-days", "0", "--json"),
        ("report", "--out", "made"),
        ("dbt-sources", "--out", "made"),
        ("export-transcripts", "--from", "2026-05-01", "--to", "2026-06-01", "--out", "made"),
    ],
    ids=lambda words: words[0],
)
def test_a_file_that_others_read_is_read_meanwhile(copy: Path, monkeypatch, words: tuple[str, ...]):
    gong_source("views")
    monkeypatch.setattr(waiting, "PATIENCE", 0)
    with subprocess.Popen(
        [sys.executable, "-c", OPEN, str(copy)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "open\n"
        gong_source(*words, code=int(words[0] == "verify"))  # which finds rows without their call in this company
        reader.communicate()


LOCK = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("locked", flush=True)
sys.stdin.read()
"""


def test_beside_a_run_views_are_read_and_not_made(copy: Path, tmp_path: Path):
    with duckdb.connect(str(copy)) as connection:
        connection.execute(f"DROP VIEW {DATASET}.v_library")
    lock = Path(dlt.pipeline("gong").pipelines_dir) / "gong.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(
        [sys.executable, "-c", LOCK, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "locked\n"
        commands = ("views",), ("report", "--out", "made"), ("dbt-sources",), EXPORT
        for words in commands:
            assert "Another run of the pipeline gong is going on" in gong_source(*words, code=73).stderr
        gong_source("views", "--pipeline-name", "other")
        for words in commands:
            gong_source(*words)
        run.communicate()
    assert (tmp_path / "made").exists()


def test_report(copy: Path, tmp_path: Path):
    result = gong_source("report", "--out", "calls.html", "--title", "Ours & theirs")
    assert result.stdout.strip() == "calls.html"
    assert "<h1>Ours &amp; theirs</h1>" in (tmp_path / "calls.html").read_text()
