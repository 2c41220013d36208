"""Measurements that got worse are told of, by ratios alone."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.history import COMPARED, HISTORY, KEPT, Ratio, note


def test_what_got_worse_by_more_than_a_tenth_is_told(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    for value in (1.0, 1.02, 0.98):
        assert not note("work", 500, {"calls": Ratio(value)}, path)
    assert not note("work", 500, {"calls": Ratio(1.09)}, path)
    (sentence,) = note("work", 500, {"calls": Ratio(1.2), "other": Ratio(9.0)}, path)
    assert sentence.startswith("calls: 1.20, ")
    assert not note("work", 5000, {"calls": Ratio(9.0)}, path), "another size is another measurement"


def test_where_more_is_better_less_is_worse(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    assert not note("plain", 500, {"calls": Ratio(20.0, less=False)}, path)
    assert not note("plain", 500, {"calls": Ratio(30.0, less=False)}, path)
    assert note("plain", 500, {"calls": Ratio(15.0, less=False)}, path)


def test_a_change_for_good_is_told_until_it_is_the_usual(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    told = [bool(note("work", 500, {"calls": Ratio(value)}, path)) for value in [1.0] * COMPARED + [2.0] * COMPARED]
    assert told == [False] * COMPARED + [True] * (COMPARED // 2 + 1) + [False] * (COMPARED - COMPARED // 2 - 1)
    for _ in range(KEPT):
        note("work", 500, {"calls": Ratio(2.0)}, path)
    runs = json.loads(path.read_text())["work, 500 calls"]
    assert len(runs) == KEPT
    assert set(runs[0]) == {"day", "commit", "ratios"}


def test_what_is_kept_in_the_project_can_be_compared_with() -> None:
    """Each run has ratios, which are numbers."""
    for runs in json.loads(HISTORY.read_text()).values():
        assert runs
        assert all(isinstance(value, float | int) for run in runs for value in run["ratios"].values())
