"""``exclude_columns``: columns that stay empty."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyarrow as pa

from gong_source.tables.arrow import Shaped


def without_columns(parts: Sequence[Shaped], excluded: Collection[str]) -> list[Shaped]:
    """Rows with NULL in the columns that are not to be loaded; a column that is never NULL is kept.

    Args:
        parts: Rows of any tables.
        excluded: ``table.column``, or ``column`` for those of all tables.
    """
    return [_without(part, set(excluded)) for part in parts] if excluded else list(parts)


def _without(part: Shaped, excluded: set[str]) -> Shaped:
    table, data = part.table, part.data
    for index, column in enumerate(table.columns):
        if not column.required and not column.name.startswith("_") and is_excluded(table.name, column.name, excluded):
            data = data.set_column(index, data.field(index), pa.nulls(data.num_rows, data.field(index).type))
    extras = {name: values for name, values in part.extras.items() if not is_excluded(table.name, name, excluded)}
    return Shaped(table, data, extras)


def is_excluded(table: str, column: str, excluded: Collection[str]) -> bool:
    """Whether a column, or the text beside it, is not to be loaded.

    Args:
        table: Name of the table.
        column: Name of the column.
        excluded: As in :func:`without_columns`.
    """
    plain = column.removesuffix("__v_text")
    return not {column, plain, f"{table}.{column}", f"{table}.{plain}"}.isdisjoint(excluded)
