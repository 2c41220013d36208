"""The commands for the people who read the data, as they are typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gong_source.cli.commands import main
from gong_source.views import view_names
from tests.pipeline.harness import DATASET, Tenant


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


def test_report(copy: Path, tmp_path: Path):
    result = gong_source("report", "--out", "calls.html", "--title", "Ours & theirs")
    assert result.stdout.strip() == "calls.html"
    assert "<h1>Ours &amp; theirs</h1>" in (tmp_path / "calls.html").read_text()
