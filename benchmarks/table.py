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
    """

    name: str
    about: str
    headings: Sequence[str]
    rows: list[Sequence[Any]] = field(default_factory=list)
    goals: list[tuple[str, float, bool]] = field(default_factory=list)

    def goal(self, text: str, measured: float, met: bool) -> None:
        """Add a goal.

        Args:
            text: The goal.
            measured: What came out.
            met: Whether that is good enough.
        """
        self.goals.append((text, round(measured, 2), met))

    def publish(self, meant_for: int) -> None:
        """Print, and leave a JSON file.

        Args:
            meant_for: Calls that the goals are set for, where fewer were measured; else 0.
        """
        missed = f"missed, and set for {meant_for:,} calls" if meant_for else "MISSED"
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
