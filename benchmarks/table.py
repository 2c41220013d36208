"""Results as people read them, and as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from benchmarks.history import Ratio, note

RESULTS = Path(__file__).parent / "results"


@dataclass
class Result:
    """What one measurement found.

    Attributes:
        name: Of the measurement.
        about: One sentence: what was measured, how much of it.
        headings: Of the columns.
        rows: Values, as they are.
        goals: What was hoped for, what was measured, and whether it is met.
        for_this_size: Whether the goals are set for the size that was measured, also where it is not the largest.
        ratios: Those of the numbers that later runs are compared with.
    """

    name: str
    about: str
    headings: Sequence[str]
    rows: list[Sequence[Any]] = field(default_factory=list)
    goals: list[tuple[str, float, bool]] = field(default_factory=list)
    for_this_size: bool = False
    ratios: dict[str, Ratio] = field(default_factory=dict)

    def goal(self, text: str, measured: float, met: bool, ratio: str = "", less: bool = True) -> None:
        """Add a goal.

        Args:
            text: The goal.
            measured: What came out.
            met: Whether that is good enough.
            ratio: What is measured, where it is a ratio of things that ran side by side.
            less: Whether less of it is better.
        """
        self.goals.append((text, round(measured, 2), met))
        if ratio:
            self.ratios[ratio] = Ratio(measured, less)

    def publish(self, calls: int, meant_for: int) -> None:
        """Print, leave a JSON file, and say what got worse.

        Args:
            calls: Size of the company.
            meant_for: Calls that the goals are set for, where fewer were measured; else 0.
        """
        missed = f"missed, and set for {meant_for:,} calls" if meant_for and not self.for_this_size else "MISSED"
        cells = [[_text(value) for value in row] for row in [self.headings, *self.rows]]
        widths = [max(len(row[column]) for row in cells) for column in range(len(self.headings))]
        print(f"\n{self.name}: {self.about}\n")
        for number, row in enumerate(cells):
            first, *rest = (
                text.ljust(width) if not i else text.rjust(width)
                for i, (text, width) in enumerate(zip(row, widths, strict=True))
            )
            print("  " + "  ".join([first, *rest]))
            if not number:
                print("  " + "  ".join("-" * width for width in widths))
        print()
        for text, measured, met in self.goals:
            print(f"  goal: {text}; measured {measured:g}: {'met' if met else missed}")
        for sentence in note(self.name, calls, self.ratios):
            print(f"  WORSE: {sentence}")
        RESULTS.mkdir(exist_ok=True)
        content = {
            "name": self.name,
            "about": self.about,
            "when": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "machine": {"processors": os.cpu_count(), "load": os.getloadavg()[0], "python": platform.python_version()},
            "fewer calls than": meant_for or None,
            "rows": [dict(zip(self.headings, row, strict=True)) for row in self.rows],
            "goals": [{"goal": text, "measured": measured, "met": met} for text, measured, met in self.goals],
        }
        (RESULTS / f"{self.name}.json").write_text(json.dumps(content, indent=2) + "\n")


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}" if value < 10 else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
