"""The figures of a run that goes on, and the lines they are told in."""

from __future__ import annotations

import io
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from gong_source.cli.bars import bars_in
from gong_source.cli.figures import Figures
from gong_source.cli.progress import Lines, shown
from gong_source.ranges import Range
from gong_source.report import RunReport
from gong_source.runs.watch import View, tell_began, tell_committed

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
ASKED = Range(START, START + timedelta(days=100))


def view(before: int = 0, *, newest_first: bool = False, asked: Range | None = ASKED) -> View:
    """A run over 100 days of which so many are there when it begins."""
    quota = SimpleNamespace(budget=SimpleNamespace(used=lambda: ("2026-01-01", 1234)))
    exchange = SimpleNamespace(on_wait=None)
    client = SimpleNamespace(requests=Counter({"GET /v2/users": 41}), quota=quota, exchange=exchange)
    settings = SimpleNamespace(daily_budget=10000)
    context: Any = SimpleNamespace(
        client=client, settings=settings, rows=Counter({"calls": 2984}), newest_first=newest_first
    )
    return View(RunReport(), context, asked, covered(before, newest_first) if before else {})


def covered(days: int, newest_first: bool = False) -> dict[str, dict[str, list[list[str]]]]:
    first = START + timedelta(days=100 - days) if newest_first else START
    return {"calls": {"*": [[first.isoformat(), (first + timedelta(days=days)).isoformat()]]}}


def test_a_bar_is_drawn_for_what_has_grown() -> None:
    figures = Figures(view(before=20))
    assert figures.bars() == []
    figures.committed(RunReport(ranges=covered(60)))
    (bar,) = figures.bars()
    assert (bar.stream, bar.share, bar.reached) == ("calls", 0.6, "2026-03-02")
    figures = Figures(view(newest_first=True))
    figures.committed(RunReport(ranges=covered(30, newest_first=True)))
    assert figures.bars()[0].reached == "2026-03-12"


def test_the_line_tells_rate_quota_date_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    figures = Figures(view(before=20))
    now[0] += 20.5
    assert figures.line() == "2,984 rows read, 41 requests (2.0 a second, 1,234 of 10,000 today)"
    now[0] += 19.5
    figures.committed(RunReport(ranges=covered(60)))
    assert figures.line().endswith("calls 60% at 2026-03-02, about 40 s left")
    figures.waiting(15, "Gong's rate limit")
    now[0] += 5
    assert figures.line().endswith("waiting 10 s more: Gong's rate limit")
    now[0] += 3600 * 3
    assert figures.line().endswith("about 3 h left")


def test_a_run_without_a_range_has_figures_too() -> None:
    figures = Figures(view(asked=None))
    figures.committed(RunReport(ranges=covered(60)))
    assert figures.bars() == []
    assert "left" not in figures.line()


def test_lines_where_there_is_no_terminal() -> None:
    said: list[str] = []
    with shown(said.append, quiet=False, bars=True):
        going_on = view()
        tell_began(going_on)
        tell_committed(RunReport(packages=1, ranges=covered(60)))
        assert going_on.context.client.exchange.on_wait
        going_on.context.client.exchange.on_wait(0.5, "too short to tell")
        going_on.context.client.exchange.on_wait(15.0, "Gong's rate limit")
    assert len(said) == 2
    assert "package 1 is there, 2,984 rows read" in said[0]
    assert said[1].endswith("waiting 15 s: Gong's rate limit")
    with shown(said.append, quiet=True, bars=True):
        tell_began(view())
        tell_committed(RunReport(packages=1))
    assert len(said) == 2


def test_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gong_source.cli.progress.BEAT", 0.0)
    said: list[str] = []
    lines = Lines(said.append)
    with lines.going_on():
        lines.began(view())
        end = time.monotonic() + 120
        while not said and time.monotonic() < end:
            time.sleep(0.05)
    assert "41 requests" in said[0]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("kind", "draws"), [("xterm", True), ("dumb", False), ("unknown", False)])
def test_bars_are_for_terminals_that_can_draw_them(kind: str, draws: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", kind)
    assert (bars_in(Terminal()) is not None) == draws
    assert bars_in(io.StringIO()) is None
