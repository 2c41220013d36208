"""Tables that keep every version of a record: each version is there once."""

from __future__ import annotations

from gong_source.tables import CONTENT_HASH, LOAD_ID, Table
from gong_source.tables.model import VALID_FROM, VALID_TO
from gong_source.warehouse.held import held_columns
from gong_source.warehouse.store import Store

KEPT = "kept:"
"""Begins the load id of the row that stays while its copies are deleted."""

_MARKED = f"SUBSTR({LOAD_ID}, 1, {len(KEPT)}) = {{kept}}"


def drop_copies(store: Store, table: Table) -> None:
    """Leave one row of each present version: dlt inserts a version twice whose file a crash had staged twice.

    The rows are alike in everything, so one of them is written anew with a mark, the others go, and the mark is taken
    off. What was cut off is completed the next time.

    Args:
        store: The dataset.
        table: One that keeps versions.
    """
    held = held_columns(store, [table.name])[table.name]
    columns = ", ".join(column.sql for name, column in held.items() if name != LOAD_ID)
    copies = f"OVER (PARTITION BY {CONTENT_HASH} ORDER BY {VALID_FROM})"
    _unmark(store, table)
    store.execute(
        f"INSERT INTO {{{table.name}}} ({columns}, {LOAD_ID}) SELECT {columns}, CONCAT({{kept}}, {LOAD_ID}) "
        f"FROM (SELECT {columns}, {LOAD_ID}, ROW_NUMBER() {copies} AS number_of_copy, "
        f"COUNT(*) OVER (PARTITION BY {CONTENT_HASH}) AS copies FROM {{{table.name}}} WHERE {VALID_TO} IS NULL) "
        "AS numbered WHERE number_of_copy = 1 AND copies > 1",
        kept=KEPT,
    )
    _unmark(store, table)


def _unmark(store: Store, table: Table) -> None:
    """Delete the copies of the rows that are marked, and take the marks off."""
    marked = f"SELECT {CONTENT_HASH} FROM {{{table.name}}} WHERE {_MARKED}"
    store.execute(
        f"DELETE FROM {{{table.name}}} WHERE {VALID_TO} IS NULL AND NOT {_MARKED} AND {CONTENT_HASH} IN ({marked})",
        kept=KEPT,
    )
    store.execute(
        f"UPDATE {{{table.name}}} SET {LOAD_ID} = REPLACE({LOAD_ID}, {{kept}}, '') WHERE {_MARKED}", kept=KEPT
    )
