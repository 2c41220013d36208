"""The statements that make a view: its query over the tables of a dataset in the warehouse's words, and comments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set

from sqlglot import exp

from gong_source.tables import DataType
from gong_source.views.catalog import SOURCES, View, view_names
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

    def placed(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Table) and node.name in SOURCES:
            return exp.alias_(
                _whole(node.name, path, there.get(node.name, frozenset())), node.alias_or_name, table=True
            )
        if isinstance(node, exp.Table) and node.name in view_names():
            return exp.alias_(_table(node.name, path), node.alias_or_name, table=True)
        return node

    query = dialect.write(view.query.transform(placed))
    comment = " ".join(filter(None, (view.description, note)))
    return dialect.create(_table(view.name, path).sql(dialect.name), query, comment, view.columns)


def _table(name: str, path: Path) -> exp.Table:
    *above, own = [exp.to_identifier(part, quoted=True) for part in path(name)]
    return exp.Table(this=own, **dict(zip(("db", "catalog"), reversed(above), strict=False)))


def _whole(name: str, path: Path, there: Set[str]) -> exp.Table | exp.Subquery:
    """A table with all columns that views may ask for: NULL where it lacks one, no rows where there is no table."""
    missing: dict[str, DataType] = {column: kind for column, kind in SOURCES[name].items() if column not in there}
    nulls = [
        exp.alias_(exp.cast(exp.null(), TYPES[kind], dialect="duckdb"), column) for column, kind in missing.items()
    ]
    if not there:
        return exp.select(*nulls).limit(0).subquery()
    return exp.select("*", *nulls).from_(_table(name, path)).subquery() if missing else _table(name, path)
