"""``gong-source streams``: what can be loaded."""

from __future__ import annotations

from typing import Any

import click
import orjson

from gong_source.cli.frame import Command
from gong_source.cli.loading import resource_list
from gong_source.cli.output import put
from gong_source.streams.stream import Stream
from gong_source.streams.table import StreamTable


@click.command(cls=Command)
@click.option("--resources", default="all", show_default=True, help="Only these: resources or tables, or default.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON in place of a table.")
def streams(resources: str, as_json: bool) -> None:
    """List the streams: their tables, whether a sync loads them, what they need and cost.

    Loaded is `always` (at every sync unless --resources says otherwise), `daily` (the same, once a day) or `if asked`
    (only where --resources names it, or all). Cost is in requests of a run. docs/tables.md describes the tables.
    """
    table = StreamTable()
    named = table.named(resource_list(resources))
    described = [describe(stream) for stream in table.read if stream.name in named]
    if as_json:
        put(orjson.dumps(described, option=orjson.OPT_INDENT_2))
        return
    lines = [("stream", "loaded", "scopes", "licence", "requests", "tables")]
    lines += [
        (
            each["stream"],
            _loaded(each),
            " ".join(each["scopes"]),
            each["licence"],
            each["cost"],
            " ".join(each["tables"]),
        )
        for each in described
    ]
    shown = [column for column in range(len(lines[0])) if any(line[column] for line in lines[1:])]
    widths = {column: max(len(line[column]) for line in lines) for column in shown}
    put("\n".join("  ".join(line[column].ljust(widths[column]) for column in shown).rstrip() for line in lines))


def describe(stream: Stream) -> dict[str, Any]:
    """What is told of a stream, as plain values.

    Args:
        stream: Any stream.
    """
    return {
        "stream": stream.name,
        "description": "; ".join(f"{table.name}: {table.row}" for table in stream.tables),
        "tables": [table.name for table in stream.tables],
        "scopes": list(stream.scopes),
        "licence": stream.licence,
        "default": stream.default,
        "daily": stream.daily,
        "by_time": stream.by_time,
        "cost": stream.cost,
    }


def _loaded(described: dict[str, Any]) -> str:
    if not described["default"]:
        return "if asked"
    return "daily" if described["daily"] else "always"
