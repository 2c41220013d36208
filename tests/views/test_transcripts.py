"""``gong-source export-transcripts``: each call with what was said, for machines that read."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest
from pyarrow import parquet

from gong_source.ranges import Range, parse_instant
from gong_source.views import transcripts
from tests.pipeline.harness import DATASET
from tests.views.company import Odd, Truth
from tests.views.test_commands import copy, gong_source  # noqa: F401  a fixture

RANGE = ("--from", "2026-05-01", "--to", "2026-06-01")


@pytest.fixture
def expected(truth: Truth, odd: Odd) -> dict[str, list[str]]:
    """What was said in each call of May, monologue by monologue."""
    said: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in sorted(truth.rows["transcript_sentences"], key=lambda row: row["sentence_index"]):
        if row["call_id"] in truth.calls and truth.day(row["call_id"]).month == 5:
            said[row["call_id"]][row["monologue_index"]].append(row["text"])
    return {call_id: [" ".join(texts) for texts in parts.values()] for call_id, parts in said.items()}


def private(truth: Truth, call_id: str) -> bool:
    return bool(truth.calls[call_id]["metaData"]["isPrivate"])


def test_markdown(copy: Path, truth: Truth, expected: dict[str, list[str]], tmp_path: Path):  # noqa: F811
    gong_source("export-transcripts", *RANGE, "--out", "texts")
    files = {path.stem.split("-", 3)[3]: path for path in (tmp_path / "texts").iterdir()}
    public = {call_id for call_id in expected if not private(truth, call_id)}
    assert files.keys() == public < expected.keys()
    for call_id, path in files.items():
        text = path.read_text()
        head, _, transcript = text.partition("## Transcript\n\n")
        assert path.name.startswith(truth.day(call_id).isoformat())
        assert head.startswith(f"# {truth.calls[call_id]['metaData']['title']}\n")
        assert [line.partition(": ")[2] for line in transcript.strip().split("\n\n")] == expected[call_id]
        assert all(party["name"] in head for party in truth.parties(call_id) if party["name"])
        assert (truth.calls[call_id]["content"].get("brief") or "") in head


def test_odd_ids_have_a_file_each_and_odd_titles_are_one_line(copy: Path, expected: dict[str, list[str]]):  # noqa: F811
    ids = {"77_8": "77_8", "77 8": "77%208", "ab1": "ab1", "AB1": "%41%421", "../é": "%2e%2e%2f%c3%a9"}
    with duckdb.connect(str(copy)) as database:
        database.execute(f"USE {DATASET}")
        for call_id, odd in zip(sorted(expected), ids, strict=False):
            database.execute("UPDATE calls SET id = ?, title = 'On\r\n# two' WHERE id = ?", [odd, call_id])
            for table in ("transcripts", "transcript_sentences"):
                database.execute(f"UPDATE {table} SET call_id = ? WHERE call_id = ?", [odd, call_id])
    gong_source("export-transcripts", *RANGE, "--out", "texts", "--include-private")
    files = {path.stem.split("-", 3)[3]: path.read_text() for path in Path("texts").iterdir()}
    assert len(files) == len(expected)
    for odd, name in ids.items():
        assert files[name].startswith(f"# On # two\n\n- Call: {odd}\n")


@pytest.mark.parametrize("form", ["json", "parquet"])
def test_for_machines(copy: Path, truth: Truth, expected: dict[str, list[str]], tmp_path: Path, form: str):  # noqa: F811
    result = gong_source("export-transcripts", *RANGE, "--out", "texts", "--format", form, "--include-private")
    assert result.stdout == f"{len(expected)} calls in texts\n"
    folder = tmp_path / "texts"
    found: list[dict[str, Any]]
    if form == "json":
        found = [json.loads(path.read_bytes()) for path in folder.iterdir()]
    else:
        found = parquet.read_table(folder / "calls.parquet").to_pylist()
    assert {one["call_id"] for one in found} == expected.keys()
    for one in found:
        call_id = one["call_id"]
        assert len(one["text"].split("\n")) == len(expected[call_id])
        assert one["minutes"] == pytest.approx(truth.calls[call_id]["metaData"]["duration"] / 60)
        assert one["is_private"] == private(truth, call_id)
        assert [person["affiliation"] for person in one["participants"]] == [
            party["affiliation"] for party in truth.parties(call_id)
        ]
    assert any(one["is_private"] for one in found)


@pytest.mark.parametrize("form", ["markdown", "json"])
def test_what_is_not_to_be_exported_any_more_is_removed(
    copy: Path,  # noqa: F811
    truth: Truth,
    expected: dict[str, list[str]],
    tmp_path: Path,
    form: str,
):
    suffix = ".json" if form == "json" else ".md"
    words = ("export-transcripts", "--to", "2026-05-31T12:00Z", "--out", "texts", "--format", form)
    gong_source(*words, "--from", "2026-05-01")
    texts = tmp_path / "texts"
    before = {path.name for path in texts.iterdir()}
    hidden, gone, later, *_, out = sorted(name for name in before if "2026-05-02" <= name[:10] < "2026-05-31")
    ids = {name: Path(name).stem.split("-", 3)[3] for name in before}
    with duckdb.connect(str(copy)) as database:
        database.execute(f"USE {DATASET}")
        database.execute("UPDATE calls SET is_private = TRUE WHERE id = ?", [ids[hidden]])
        database.execute("DELETE FROM calls WHERE id = ?", [ids[gone]])
        database.execute("UPDATE calls SET started = '2026-05-30T10:00:00Z' WHERE id = ?", [ids[later]])
        database.execute("UPDATE calls SET started = '2026-05-31T13:00:00Z' WHERE id = ?", [ids[out]])
    others = {f"2026-05-02-note{suffix}", f"2026-05-02-{ids[later]}.txt"}
    for name in others:
        (texts / name).write_text("# Mine\n\n- Call: home\n")
    kept = before - {hidden, gone, later, out}
    (texts / f"2026-05-31-{ids[out]}{suffix}").write_bytes((texts / out).read_bytes())  # of the day, not of its half

    result = gong_source(*words, "--from", "2026-05-02")
    assert result.stdout.endswith(" calls in texts; 4 documents of earlier exports were removed\n")
    moved = {f"2026-05-30-{ids[later]}{suffix}", f"2026-05-31-{ids[out]}{suffix}"}
    assert {path.name for path in texts.iterdir()} == kept | moved | others
    assert json.loads(gong_source(*words, "--from", "2026-05-02", "--json").stdout)["removed"] == 0


HIDE = """
import duckdb, sys
file, dataset, call_id = sys.argv[1:]
with duckdb.connect(file) as connection:
    connection.execute(f"UPDATE {dataset}.calls SET is_private = TRUE WHERE id <> ?", [call_id])
"""


def test_a_run_may_write_while_documents_are_written(
    copy: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
):
    """What it hides is written no more."""
    monkeypatch.setattr(transcripts, "AT_ONCE", 1)
    pipeline = dlt.pipeline("gong", destination=dlt.destinations.duckdb(str(copy)), dataset_name=DATASET)
    documents = transcripts.documents(pipeline, Range(parse_instant(RANGE[1]), parse_instant("2026-05-04")))
    first = next(documents)
    subprocess.run([sys.executable, "-c", HIDE, str(copy), DATASET, first.call_id], check=True, timeout=300)
    assert list(documents) == []


@pytest.mark.parametrize("folder", ["gong.duckdb/texts", "x" * 300])
def test_a_folder_that_cannot_be_made_is_told(copy: Path, folder: str):  # noqa: F811
    result = gong_source("export-transcripts", *RANGE, "--out", folder, code=2)
    assert f"The folder {folder} can't be made" in result.stderr


@pytest.mark.parametrize("end", ["2026-04-01", "yesterday"])
def test_a_range_must_be_one(copy: Path, end: str):  # noqa: F811
    result = gong_source("export-transcripts", "--from", "2026-05-01", "--to", end, "--out", "x", code=2)
    assert "--from and --to make no range" in result.stderr
