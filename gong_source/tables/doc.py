"""Renders ``docs/tables.md`` from the tables: ``python -m gong_source.tables.doc``."""

from __future__ import annotations

from pathlib import Path

from gong_source.tables import OFF_BY_DEFAULT, RECONCILE_TABLES, RESOURCE_TABLES, Table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "tables.md"

INTRODUCTION = """# Tables

Generated from `gong_source/tables`; do not edit by hand (`make docs`).

All ids are text. All times are UTC timestamps. Every column may be NULL unless it says "never NULL". A field that Gong
adds later arrives as a further column; a value that is not of its column's type arrives as text in `<column>__v_text`,
with NULL in the column. Tables named `calls__...` hold the lists of a call and are replaced together with it.
"""


def render() -> str:
    """The whole page, in Markdown."""
    sections = [INTRODUCTION]
    for resource, tables in {**RESOURCE_TABLES, **RECONCILE_TABLES}.items():
        sections += [_section(resource, table) for table in tables]
    return "\n".join(sections)


def _section(resource: str, table: Table) -> str:
    off = " Off by default." if resource in OFF_BY_DEFAULT else ""
    filled = "Filled by a reconcile" if resource in RECONCILE_TABLES else f"Resource `{resource}`"
    loaded = "replaced as a whole" if table.disposition == "replace" else "merged"
    lines = [
        f"## {table.name}",
        "",
        f"One row is {table.row}. Key: {table.key}. {filled}, {loaded}.{off}",
        "",
        "| column | type | what it is |",
        "|---|---|---|",
    ]
    for column in table.columns:
        source = f"`{column.path}`" if column.path else ""
        never = "Never NULL." if column.required else ""
        what = " ".join(filter(None, (column.doc, source, never)))
        lines.append(f"| `{column.name}` | {column.type} | {what} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
