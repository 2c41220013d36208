"""A run in Prometheus' text format, for the textfile collector of its node exporter."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from gong_source.config import replacing
from gong_source.ranges import parse_instant
from gong_source.report import RunReport

Labels = Mapping[str, str]
Sample = tuple[Labels, float]

SUCCESS = "gong_source_last_success_timestamp_seconds"
"""When a run last ended with 0; kept from the file that a failed one replaces."""

SUCCEEDED = re.compile(rf"^{SUCCESS}\{{.*\}} (\S+)$", re.MULTILINE)


def write_metrics(path: Path, labels: Labels, report: RunReport, exit_code: int, seconds: float) -> None:
    """Put a file in place of the last run's, at once: nobody reads half of it.

    Args:
        path: Of the file, ``*.prom`` in the collector's directory.
        labels: Of every sample.
        report: What was done.
        exit_code: How the run ends.
        seconds: How long it took.

    Raises:
        GongConfigError: The file can't be written, or something else is there.
        GongError: The disk is full.
    """
    with replacing(path, mode=0o644) as file:  # the exporter is another user
        succeeded = time.time() if exit_code == 0 else _last_success(path)
        file.write("".join(_families(labels, report, exit_code, seconds, succeeded)).encode())


def _families(
    labels: Labels, report: RunReport, exit_code: int, seconds: float, succeeded: float | None
) -> Iterator[str]:
    def one(value: float) -> list[Sample]:
        return [({}, value)]

    def each(label: str, values: Mapping[str, int]) -> list[Sample]:
        return [({label: name}, value) for name, value in sorted(values.items())]

    covered = [
        ({"stream": stream, "selection": selection}, parse_instant(ranges[-1][1]).timestamp())
        for stream, selections in sorted(report.ranges.items())
        for selection, ranges in sorted(selections.items())
    ]
    families: list[tuple[str, str, Iterable[Sample]]] = [
        ("gong_source_run_success", "Whether the last run ended with 0.", one(float(exit_code == 0))),
        ("gong_source_run_exit_code", "Exit code of the last run.", one(exit_code)),
        ("gong_source_run_timestamp_seconds", "When the last run ended.", one(time.time())),
        ("gong_source_run_duration_seconds", "How long it took.", one(seconds)),
        (SUCCESS, "When a run last ended with 0.", [] if succeeded is None else one(succeeded)),
        ("gong_source_run_packages", "Load packages it committed.", one(report.packages)),
        ("gong_source_run_requests", "Requests it sent to Gong, retries included.", each("endpoint", report.requests)),
        ("gong_source_run_rows", "Rows it loaded.", each("table", report.rows)),
        ("gong_source_run_failed", "Streams that it could not bring to an end.", each("stream", _failed(report))),
        ("gong_source_covered_until_timestamp_seconds", "Until when a stream was read.", covered),
    ]
    for name, help_text, samples in families:
        lines = [f"{name}{_labels({**labels, **own})} {float(value)!r}\n" for own, value in samples]
        if lines:
            yield f"# HELP {name} {help_text}\n# TYPE {name} gauge\n" + "".join(lines)


def _failed(report: RunReport) -> dict[str, int]:
    return dict.fromkeys(report.failures, 1)


def _labels(labels: Labels) -> str:
    escaped = {
        name: value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") for name, value in labels.items()
    }
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped.items()) + "}"


def _last_success(path: Path) -> float | None:
    """As the file of the run before tells it."""
    try:
        found = SUCCEEDED.search(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return float(found[1]) if found else None
