"""What a value may hold that missed its column: all that was to go into the columns beneath its place."""

from __future__ import annotations

from functools import lru_cache

from gong_source.tables import TABLES
from gong_source.tables.arrow import VARIANT
from gong_source.tables.model import Column

ODD_ITEM = "value"
"""Where an item of a list is kept that is no object."""


@lru_cache(maxsize=10_000)  # for each column of each page
def beneath(table: str, name: str) -> tuple[tuple[str, Column], ...]:
    """Columns of a table, and of the tables of its lists, whose values a further column may hold; with their tables.

    None for a column that is no place of odd values: a field that nobody declared holds what nobody knows.

    Args:
        table: Name of the table.
        name: Of the column: raw, or as the destination has it.
    """
    base, is_odd, _ = name.partition(VARIANT)
    if not is_odd:
        if name != ODD_ITEM or "__" not in table:
            return ()
        base = ""
    within = _place(base)
    found = []
    for each in TABLES:
        if each.name == table:
            found += [(table, c) for c in each.columns if c.name == base or (c.path and _is_in(c.path, within))]
        elif each.name.startswith(f"{table}__") and _is_in(each.path or each.name.removeprefix(f"{table}__"), within):
            found += [(each.name, column) for column in each.columns if column.path]
    return tuple(found)


def _is_in(path: str, within: str) -> bool:
    return not within or f"{_place(path)}.".startswith(f"{within}.")


def _place(path: str) -> str:
    """The one form of a path in Gong's object and of the column's name that is made of it."""
    return path.replace("__", ".").replace("_", "").casefold()
