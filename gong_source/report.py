"""What a run did, for people and for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gong_source.errors import EXIT_FAILED, GongError, GongForbiddenError, GongPlannedStop, GongQuotaExceeded
from gong_source.wording import in_a_line


@dataclass
class RunReport:
    """The outcome of one run.

    Attributes:
        rows: Rows loaded, by table; a row that is loaded again counts again.
        removed: Removals sent, by table, for lists that are empty and calls that are not kept.
        requests: Requests sent, by endpoint, retries included.
        seconds: Wall time.
        packages: Load packages committed.
        ranges: Covered ranges, by resource and selection, as ISO texts.
        failures: What stopped a resource, by its name.
        notices: What the key may not read of streams that came with ``all`` alone: no failure, as not every company has
            a licence for each; and streams of calls of which Gong shows none. What is to be said of a setting stands
            under its name.
        rejected: Records that were set aside in ``_gong_rejected`` as they can't be loaded, by stream.
        found: What a reconcile found.
        left: What a stopped backfill leaves to do: chunks, and about how many requests and days.
        where: Where the tables are: destination, what tells it from others (file, project, account), dataset, pipeline.
    """

    rows: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    requests: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    packages: int = 0
    ranges: dict[str, dict[str, list[list[str]]]] = field(default_factory=dict)
    failures: dict[str, BaseException] = field(default_factory=dict)
    notices: dict[str, BaseException] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    left: dict[str, Any] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 done, 1 failed, 75 stopped by the quota, or what the first failure says."""
        errors = list(self.failures.values())
        if any(isinstance(error, GongQuotaExceeded) for error in errors):
            return GongQuotaExceeded.exit_code
        codes = [error.exit_code if isinstance(error, GongError) else EXIT_FAILED for error in errors]
        return max(codes, default=0)

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``: plain values only. A stop that was asked for is no failure."""
        failures = {
            name: _said(error) for name, error in self.failures.items() if not isinstance(error, GongPlannedStop)
        }
        stopped = {name: _said(error) for name, error in self.failures.items() if isinstance(error, GongPlannedStop)}
        notices = {name: _said(error) for name, error in self.notices.items()}
        more: dict[str, Any] = {"notices": notices, "stopped": stopped, "rejected": self.rejected}
        more |= {"found": self.found, "left": self.left, "where": self.where}
        return {
            "rows": self.rows,
            "removed": self.removed,
            "requests": self.requests,
            "seconds": round(self.seconds, 2),
            "packages": self.packages,
            "ranges": self.ranges,
            "failures": failures,
            **{name: facts for name, facts in more.items() if facts},
            "exit_code": self.exit_code,
        }

    def as_text(self) -> str:
        """Tables with their rows, requests, what failed, and where the tables are."""
        total = sum(self.requests.values())
        lines = _columns("table", "rows", self.rows)
        lines += ["", *_columns("endpoint", "requests", self.requests)]
        lines += ["", f"{many(total, 'request')}, {many(self.packages, 'package')}, {self.seconds:.1f} s"]
        lines += self.endings()
        if self.rejected:
            aside = ", ".join(f"{name} {count}" for name, count in sorted(self.rejected.items()))
            lines.append(f"SET ASIDE in _gong_rejected, as they can't be loaded: {aside}")
        for title, facts in (("found", self.found), ("left", self.left), ("where", self.where)):
            if facts:
                told = [f"{key.replace('_', ' ')} {_shown(value)}" for key, value in facts.items() if value is not None]
                lines.append(f"{title}: {', '.join(told)}".replace("about less", "less"))
        return "\n".join(lines)

    def endings(self) -> Iterator[str]:
        """A line for each thing that ended some resources before they were done."""
        resources: dict[tuple[str, str], list[str]] = {}
        for name, error in self.failures.items():
            resources.setdefault((_word(error), _said(error)), []).append(name)
        for name, error in self.notices.items():
            word = "NOT ALLOWED" if isinstance(error, GongForbiddenError) else "NOTE"
            resources.setdefault((word, _said(error)), []).append(name)
        for (word, message), names in resources.items():
            yield f"{word} {', '.join(names)}: {message}"


def _said(error: BaseException) -> str:
    """What an error says; of another library's on one line, without what a database quotes of rows."""
    return str(error) if isinstance(error, GongError) else in_a_line(error)


def _word(error: BaseException) -> str:
    if isinstance(error, GongPlannedStop):
        return "STOPPED as planned"
    return "STOPPED" if isinstance(error, GongQuotaExceeded) else "FAILED"


def many(number: int, word: str) -> str:
    """A number of things, such as ``1 request`` or ``2,984 rows``.

    Args:
        number: How many.
        word: One of them.
    """
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _shown(value: object) -> object:
    if not isinstance(value, float):
        return value
    return "less than 1" if value < 1 else f"{value:.1f}"


def _columns(left: str, right: str, values: Mapping[str, int]) -> list[str]:
    width = max([len(left), *map(len, values)])
    rows = [f"{name:<{width}}  {count:>10,}" for name, count in sorted(values.items())]
    return [f"{left:<{width}}  {right:>10}", f"{'-' * width}  {'-' * 10}", *rows]
