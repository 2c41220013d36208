"""``exclude_columns``: columns that stay empty."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

import pyarrow as pa

from gong_source.config.keys import nearest
from gong_source.errors import GongConfigError
from gong_source.tables import TABLES
from gong_source.tables.arrow import ROOT_GROUP, VARIANT, Shaped
from gong_source.tables.beneath import beneath
from gong_source.tables.model import Column, Table

LIKENESS = 0.8
"""From which on a column that no table documents counts as misspelt; a field that Gong adds may have any other name."""

_DOCUMENTED = frozenset(column.name for table in TABLES for column in table.columns)


def without_columns(parts: Sequence[Shaped], excluded: Collection[str]) -> list[Shaped]:
    """Rows with NULL in the columns that are not to be loaded; one that can't be left out is kept.

    Args:
        parts: Rows of any tables.
        excluded: ``table.column``, or ``column`` for those of all tables.
    """
    return [_without(part, set(excluded)) for part in parts] if excluded else list(parts)


def _without(part: Shaped, excluded: set[str]) -> Shaped:
    table, data = part.table, part.data
    for index, column in enumerate(table.columns):
        if not column.indispensable and is_excluded(table.name, column.name, excluded):
            data = data.set_column(index, data.field(index), pa.nulls(data.num_rows, data.field(index).type))
    extras = {name: values for name, values in part.extras.items() if not is_excluded(table.name, name, excluded)}
    return Shaped(table, data, extras)


def is_excluded(table: str, column: str, excluded: Collection[str]) -> bool:
    """Whether a column is not to be loaded, or the text beside it, or what may hold its values where they missed it.

    Args:
        table: Name of the table.
        column: Name of the column, or of the field that it is made of.
        excluded: As in :func:`without_columns`.
    """
    if not excluded:
        return False
    named = {(of, _spelt(own)) for of, _, own in (each.rpartition(".") for each in excluded)}
    meant = [(table, column), *((of, each.name) for of, each in beneath(table, column))]
    return any((place, _spelt(own)) in named for of, own in meant for place in ("", of))


@lru_cache(maxsize=10_000)  # for each column of each page
def _spelt(name: str) -> str:
    """The one form of a field's name as Gong spells it and of its column's, which is made of it."""
    return re.sub(r"[\W_]", "", name.partition(VARIANT)[0].removeprefix(f"{ROOT_GROUP}__")).casefold()


def concerning(tables: Collection[Table], excluded: Iterable[str]) -> list[str]:
    """Those of the excluded columns that rows of some tables may have; a field that no table documents may be in any.

    Args:
        tables: The tables.
        excluded: As in :func:`without_columns`.
    """
    names = {table.name for table in tables}
    unmeant = _DOCUMENTED - {column.name for table in tables for column in table.columns}
    places = ((each, *each.removesuffix(VARIANT).rpartition(".")) for each in excluded)
    return [each for each, table, _, column in places if table in names or not (table or column in unmeant)]


def undocumented(excluded: Iterable[str], tables: Iterable[Table]) -> list[str]:
    """Those of the excluded columns that no table documents: Gong may add fields that it does not tell of.

    Args:
        excluded: As in :func:`without_columns`.
        tables: All that there are.

    Raises:
        GongConfigError: One names no table, is misspelt, or can't be left out.
    """
    by_name = {table.name: table for table in tables}
    return [name for name in excluded if not _is_documented(name, by_name)]


def _is_documented(name: str, tables: Mapping[str, Table]) -> bool:
    table, _, column = name.rpartition(".")
    if table and table not in tables:
        columns = [f"{each.name}.{known.name}" for each in tables.values() for known in each.columns]
        near = nearest(name, columns, LIKENESS) or nearest(table, tables)
        raise GongConfigError(f"exclude_columns has {name}, and there is no table {table}{_meant(near)}")
    plain = column.removesuffix(VARIANT)
    chosen = [tables[table]] if table else list(tables.values())
    found = [(each.name, known) for each in chosen for known in each.columns if known.name == plain]
    if not found:
        near = nearest(plain, {known.name for each in chosen for known in each.columns}, LIKENESS)
        if near:
            raise GongConfigError(f"exclude_columns has {name}, and there is no such column{_meant(near)}")
    _refuse_indispensable(name, found)
    return bool(found)


def _refuse_indispensable(name: str, found: Sequence[tuple[str, Column]]) -> None:
    kept = [(table, column) for table, column in found if column.indispensable]
    if not kept:
        return
    table, column = kept[0]
    free = [f"{other}.{one.name}" for other, one in found if not one.indispensable]
    instead = f" Name it with its table where it can be: {', '.join(free)}." if free else ""
    raise GongConfigError(
        f"exclude_columns has {name}, but {column.name} can't be left out of {table}: {column.indispensable}.{instead}"
    )


def _meant(near: str | None) -> str:
    return f": did you mean {near}?" if near else "."
