"""The page that documents the tables, ``docs/tables.md``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gong_source.tables.model import Table

INTRODUCTION = """# Tables

Generated from `gong_source/tables`; do not edit by hand (`make docs`).

All ids are text. All times are UTC timestamps. Every column may be NULL unless it says "never NULL". A field that Gong
adds later arrives as a further column; a value that is not of its column's type arrives as text in `<column>__v_text`,
with NULL in the column. Tables named `calls__...` hold the lists of a call and are replaced together with it.
"""


def render(filled: Mapping[Table, str]) -> str:
    """The whole page, in Markdown.

    Args:
        filled: Every table, with a sentence on what fills it and when.
    """
    return "\n".join([INTRODUCTION, _diagram(list(filled)), *(_section(table, how) for table, how in filled.items())])


DIAGRAM = """## How they belong together

What columns refer to, by their names. Parts of a call (`calls__...`) are left out: they refer to it by `call_id`.
"""


def _diagram(tables: Sequence[Table]) -> str:
    """The references between the tables as an entity diagram; a part of a call is left out, as there are so many."""
    lines = [
        f'    {column.references[0]} ||--o{{ {table.name} : "{column.name}"'
        for table in tables
        if not table.part
        for column in table.columns
        if column.references
    ]
    return "\n".join([DIAGRAM, "```mermaid", "erDiagram", *lines, "```", ""])


def _section(table: Table, how: str) -> str:
    lines = [
        f"## {table.name}",
        "",
        f"One row is {table.row}. Key: {table.key}. {how}",
        "",
        "| column | type | what it is |",
        "|---|---|---|",
    ]
    for column in table.columns:
        source = f"`{column.path}`" if column.path else ""
        never = "Never NULL." if column.required else "Can't be excluded." if column.needed else ""
        what = " ".join(filter(None, (column.doc, source, never)))
        lines.append(f"| `{column.name}` | {column.type} | {what} |")
    return "\n".join([*lines, ""])
