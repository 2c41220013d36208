"""What earlier runs measured, so that one that is worse is seen: ratios alone, which other machines can be held to.

Ratios of things that ran side by side differ by a few hundredths between two runs; a tenth is a change of the code.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from statistics import median
from typing import Any

HISTORY = Path(__file__).parent / "history.json"

KEPT = 20
"""Runs of a measurement at one size."""

COMPARED = 5
"""Of these the latest are compared with, by their median: one lucky run would make all later ones worse."""

TOLERANCE = 1.1


@dataclass(frozen=True)
class Ratio:
    """One number that a measurement found.

    Attributes:
        value: The ratio.
        less: Whether less is better.
    """

    value: float
    less: bool = True

    def is_worse_than(self, earlier: float) -> bool:
        """Whether it is so by more than a tenth.

        Args:
            earlier: The same ratio before.
        """
        return self.value > earlier * TOLERANCE if self.less else self.value * TOLERANCE < earlier


def note(measurement: str, calls: int, found: Mapping[str, Ratio], path: Path = HISTORY) -> list[str]:
    """Keep what was found beside earlier runs of the same size.

    Args:
        measurement: Its name.
        calls: Size of the company.
        found: The ratios, by what they say.
        path: The file.

    Returns:
        A sentence for each that got worse by more than a tenth.
    """
    if not found:
        return []
    history: dict[str, list[dict[str, Any]]] = json.loads(path.read_text()) if path.exists() else {}
    runs = history.setdefault(f"{measurement}, {calls} calls", [])
    worse = [sentence for name, ratio in found.items() if (sentence := _compared(name, ratio, runs))]
    ratios = {name: round(ratio.value, 2) for name, ratio in found.items()}
    runs.append({"day": datetime.now(timezone.utc).date().isoformat(), "commit": _commit(), "ratios": ratios})
    del runs[:-KEPT]
    path.write_text(json.dumps(history, indent=2, sort_keys=True) + "\n")
    return worse


def _compared(name: str, ratio: Ratio, runs: list[dict[str, Any]]) -> str | None:
    earlier = [run["ratios"][name] for run in runs if name in run["ratios"]][-COMPARED:]
    if not earlier or not ratio.is_worse_than(median(earlier)):
        return None
    return f"{name}: {ratio.value:.2f}, by more than a tenth worse than the {median(earlier):.2f} of earlier runs"


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(command, cwd=HISTORY.parent, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
