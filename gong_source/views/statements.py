"""The statements that make a view: its query over the tables of a dataset in the warehouse's words, and comments."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set

from gong_source.views.catalog import SOURCE, SOURCES, View, view_names
from gong_source.views.dialects import TYPES, Dialect

Path = Callable[[str], Sequence[str]]
"""From the name of a table to the names that lead to it: dataset and table, for some warehouses the database first."""


def view_statements(
    view: View, dialect: Dialect, path: Path, there: Mapping[str, Set[str]], note: str = ""
) -> list[str]:
    """What makes one view, in this order.

    Args:
        view: The view.
        dialect: Of the warehouse.
        path: Where tables and views are.
        there: Columns by table that exist. What a view needs beyond them counts as empty.
        note: Added to the view's comment.
    """

    def placed(source: re.Match[str]) -> str:
        word, name, alias = source.groups()
        if name in SOURCES:
            return f"{word} {_whole(name, path, there.get(name, frozenset()))} AS {alias}"
        return f"{word} {_name(name, path)} AS {alias}" if name in view_names() else source[0]

    query = dialect.write(SOURCE.sub(placed, view.plain))
    comment = " ".join(filter(None, (view.description, note)))
    return dialect.create(dialect.name_of(_name(view.name, path)), query, comment, view.columns)


def _name(name: str, path: Path) -> str:
    """The full name of a table, in DuckDB's dialect."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in path(name))


def _whole(name: str, path: Path, there: Set[str]) -> str:
    """A table with all columns that views may ask for: NULL where it lacks one, no rows where there is no table."""
    missing = {column: kind for column, kind in SOURCES[name].items() if column not in there}
    nulls = [f"CAST(NULL AS {TYPES[kind]}) AS {column}" for column, kind in missing.items()]
    if not there:
        return f"(SELECT {', '.join(nulls)} LIMIT 0)"
    return f"(SELECT {', '.join(['*', *nulls])} FROM {_name(name, path)})" if missing else _name(name, path)
