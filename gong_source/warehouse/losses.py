"""What a dataset lost by other hands: tables that were dropped, emptied, or had a column taken away.

A table that is made anew holds what the pipeline brings that made it; other pipelines of the dataset can't see that
their rows are gone. Nor can they where a run emptied a table for its settings and another one has filled it since. So
``_gong_losses`` tells from which load package on a table may be relied on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from gong_source.tables import LOAD_ID, Table
from gong_source.warehouse.own_tables import make_table
from gong_source.warehouse.store import Store
from gong_source.warehouse.together import Later

TABLE = "_gong_losses"
NOT_LOADED = "0"
"""In place of the load package of rows that count as not there."""

COLUMNS = ("table_name", "load_id")


def losses(store: Store) -> Later[dict[str, str]]:
    """The load package that made each table anew, or emptied it; of older ones, no row is there.

    Args:
        store: The dataset.
    """
    rows = store.later(dict.fromkeys(COLUMNS, "text"), f"{{{TABLE}}}")
    return lambda: dict(sorted(rows()))


def note_losses(store: Store, tables: Iterable[str], load_id: str) -> None:
    """Write down that tables are made anew or emptied.

    Args:
        store: The dataset.
        tables: Their names.
        load_id: The load package that will make them, or is extracted while they are emptied.
    """
    make_table(store, TABLE, dict.fromkeys(COLUMNS, "text"))
    names = {f"t{number}": name for number, name in enumerate(sorted(tables))}
    places = ", ".join(f"({{{key}}}, {{load_id}})" for key in names)
    store.execute(f"INSERT INTO {{{TABLE}}} ({', '.join(COLUMNS)}) VALUES {places}", load_id=load_id, **names)


def emptied(store: Store, tables: Collection[str]) -> Later[set[str]]:
    """Tables without a row; no column of them is read.

    Args:
        store: The dataset.
        tables: Names of tables that are there.
    """
    if not tables:
        return set
    each = (
        f"SELECT '{name}' AS name FROM (SELECT 1 AS one FROM {{{name}}} LIMIT 1) AS first" for name in sorted(tables)
    )
    rows = store.later({"name": "text"}, f"({' UNION ALL '.join(each)}) AS filled")
    return lambda: set(tables) - {row[0] for row in rows()}


def disown(store: Store, tables: Iterable[Table]) -> None:
    """Have rows count as not there, until they are loaded again: what belongs to them in other tables is gone.

    Args:
        store: The dataset.
        tables: Those with a column for the load package; they are there.
    """
    for table in tables:
        if table.disposition != "scd2":  # Gong shows no earlier versions: those that are there stay as they are
            store.execute(
                f"UPDATE {{{table.name}}} SET {LOAD_ID} = {{none}} WHERE {LOAD_ID} <> {{none}}", none=NOT_LOADED
            )
