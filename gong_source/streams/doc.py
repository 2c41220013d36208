"""Writes ``docs/tables.md`` from the streams and their tables: ``python -m gong_source.streams.doc``."""

from __future__ import annotations

from pathlib import Path

from gong_source.streams.all import STREAMS
from gong_source.streams.stream import Calls, EachOf, Recorded, Recordings, Snapshot, Stream, Windows
from gong_source.tables.doc import render
from gong_source.tables.rejected import REJECTED

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tables.md"

READ: dict[type, str] = {
    Snapshot: "read whole, rows that changed are merged",
    Windows: "read by ranges of time, merged",
    EachOf: "read for each record that moved, merged",
    Calls: "read by ranges of time, merged",
    Recordings: "one for each call by ranges of time, merged",
}


def page() -> str:
    """The page, in Markdown."""
    filled = {table: _how(stream) for stream in STREAMS for table in stream.tables}
    return render({**filled, REJECTED: "Made by the first run that meets one."})


def _how(stream: Stream) -> str:
    if isinstance(stream.reads, Recorded):
        return "Filled by a reconcile, merged."
    daily = " once a day" if stream.daily else ""
    off = "" if stream.default else " Off by default."
    return f"Stream `{stream.name}`, {READ[type(stream.reads)]}{daily}.{off}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
