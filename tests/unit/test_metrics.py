"""The metrics of a run, read by Prometheus' own parser."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from gong_source.cli.commands import main
from gong_source.cli.metrics import write_metrics
from gong_source.config import replacing
from gong_source.errors import GongConfigError
from gong_source.report import RunReport

LABELS = {"command": "sync", "dataset": 'odd "name" \\ of\nlines'}


def read(path: Path) -> dict[str, dict[str, float]]:
    """Values by metric and by what tells its samples apart."""
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(path.read_text()):
        assert (family.type, bool(family.documentation)) == ("gauge", True)
        for sample in family.samples:
            own = {name: value for name, value in sample.labels.items() if name not in LABELS}
            assert {name: sample.labels[name] for name in LABELS} == LABELS
            found.setdefault(sample.name, {})[" ".join(own.values())] = sample.value
    return found


def test_a_failed_run_keeps_when_one_last_succeeded(tmp_path: Path) -> None:
    path = tmp_path / "gong.prom"
    report = RunReport(rows=Counter(calls=3), requests={"GET /v2/users": 2}, packages=1)
    report.ranges = {"calls": {"*": [["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]]}}
    write_metrics(path, LABELS, report, 0, 1.5)
    first = read(path)
    assert first["gong_source_run_success"] == {"": 1}
    assert first["gong_source_run_duration_seconds"] == {"": 1.5}
    assert first["gong_source_run_rows"] == {"calls": 3}
    assert first["gong_source_run_requests"] == {"GET /v2/users": 2}
    assert first["gong_source_covered_until_timestamp_seconds"] == {"calls *": 1767312000}
    assert "gong_source_run_failed" not in first
    report.failures = {"users": ValueError()}
    write_metrics(path, LABELS, report, 75, 1.5)
    second = read(path)
    assert second["gong_source_run_success"] == {"": 0}
    assert second["gong_source_run_exit_code"] == {"": 75}
    assert second["gong_source_run_failed"] == {"users": 1}
    name = "gong_source_last_success_timestamp_seconds"
    assert second[name] == first[name]
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_a_first_run_that_fails_has_no_success(tmp_path: Path) -> None:
    write_metrics(tmp_path / "gong.prom", LABELS, RunReport(), 1, 0.0)
    assert "gong_source_last_success_timestamp_seconds" not in read(tmp_path / "gong.prom")
    with pytest.raises(GongConfigError, match="can't be written"):
        write_metrics(tmp_path / "nowhere" / "gong.prom", LABELS, RunReport(), 1, 0.0)


def test_a_file_keeps_its_mode_and_an_error_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    with replacing(path) as file:
        file.write(b"first")
    path.chmod(0o640)
    with replacing(path) as file:
        file.write(b"second")
    with pytest.raises(ZeroDivisionError), replacing(path) as file:
        file.write(b"%d" % (1 // 0))
    assert path.read_bytes() == b"second"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_leads_to_the_file(tmp_path: Path) -> None:
    (folder := tmp_path / "collected").mkdir()
    (link := tmp_path / "gong.prom").symlink_to(folder / "gong.prom")
    for code in (0, 1):
        write_metrics(link, LABELS, RunReport(), code, 0.0)
        assert link.is_symlink()
        assert read(folder / "gong.prom")["gong_source_run_exit_code"] == {"": code}
    assert "gong_source_last_success_timestamp_seconds" in read(link)
    assert [path.name for path in folder.iterdir()] == ["gong.prom"]


def test_a_pipe_stays_one_and_nothing_is_asked(tmp_path: Path) -> None:
    """As devices do."""
    os.mkfifo(pipe := tmp_path / "pipe")
    (link := tmp_path / "link").symlink_to(pipe)
    for path in (pipe, link):
        with pytest.raises(GongConfigError, match="is a folder, a device or a pipe"):
            write_metrics(path, LABELS, RunReport(), 0, 0.0)
        done = CliRunner().invoke(main, ["sync", "--metrics", str(path)])
        assert done.exit_code == 2
        assert "is a folder, a device or a pipe" in done.stderr
    assert pipe.is_fifo()
    assert link.is_symlink()
