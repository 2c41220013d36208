"""How far a run is, as bars in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from gong_source.cli.figures import Figures
from gong_source.report import RunReport
from gong_source.runs.watch import View

BAR = 30
"""Characters of a bar."""


def bars_in(stream: TextIO) -> Bars | None:
    """Bars; None where the terminal can't draw.

    Args:
        stream: Of the terminal.
    """
    console = Console(file=stream)
    return Bars(console) if console.is_terminal and not console.is_dumb_terminal else None


class Bars:
    """A bar for each stream that is read by ranges, over a line of figures, drawn anew a few times a second."""

    def __init__(self, console: Console) -> None:
        """Nothing is drawn yet.

        Args:
            console: The terminal.
        """
        self._figures: Figures | None = None
        self._spinner = Spinner("line")
        self._live = Live(console=console, get_renderable=self.draw, refresh_per_second=4, transient=True)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Draw, as long as the block lasts."""
        with self._live:
            yield

    def began(self, view: View) -> None:
        """Take it from here."""
        self._figures = Figures(view)

    def committed(self, report: RunReport) -> None:
        """Move the bars."""
        if self._figures:
            self._figures.committed(report)

    def waiting(self, seconds: float, why: str) -> None:
        """Show it until it is over."""
        if self._figures:
            self._figures.waiting(seconds, why)

    def draw(self) -> RenderableType:
        """What stands in the terminal now."""
        if self._figures is None:
            return Text("looking at the destination")
        table = Table.grid(padding=(0, 1))
        for bar in self._figures.bars():
            table.add_row(
                bar.stream, ProgressBar(total=1.0, completed=bar.share, width=BAR), f"{bar.share:.0%}", bar.reached
            )
        self._spinner.update(text=Text(self._figures.line()))
        return Group(table, self._spinner)
