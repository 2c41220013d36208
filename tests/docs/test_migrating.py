"""What the page for those who move from another connector says of our tables is so."""

import re
from pathlib import Path

import gong_source
from gong_source.tables import TABLES

PAGE = Path(gong_source.__file__).parents[1] / "docs" / "migrating.md"
COLUMNS = {f"{table.name}.{column.name}" for table in TABLES for column in table.columns}
TABLE_NAMES = {table.name for table in TABLES}


def rows() -> list[list[str]]:
    """The rows of all tables of the page: theirs, ours, what to change."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ") and " | here | " not in line]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_our_tables_and_columns_are_there() -> None:
    assert len(rows()) > 40
    for theirs, ours, _ in rows():
        for name in re.findall(r"`([^`]+)`", ours):
            assert name in TABLE_NAMES or name in COLUMNS, f"{theirs}: {name}"
    dotted = re.findall(r"`(\w+\.\w+)`", PAGE.read_text())
    ours_named = [name for name in dotted if name.partition(".")[0] in TABLE_NAMES]
    assert ours_named
    assert set(ours_named) <= COLUMNS
