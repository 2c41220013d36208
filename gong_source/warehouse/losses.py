"""What a dataset lost by other hands: tables that were dropped, emptied, or had a column taken away.

A table that is made anew holds what the pipeline brings that made it; other pipelines of the dataset can't see that
their rows are gone. Nor can they where a run or a person emptied a table and another pipeline has filled it since. So
``_gong_losses`` tells from which load package on a table may be relied on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

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
    """Write down that tables are made anew, emptied, or filled once they were.

    Args:
        store: The dataset.
        tables: Their names.
        load_id: The load package that will make or fill them, or is extracted while they are emptied.
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


def note_rows_lost(
    store: Store, tables: Collection[str], of: Iterable[Table], there: Mapping[str, Collection[str]], load_id: str
) -> None:
    """Write down that tables are made anew or filled once more, and disown the rows of the tables beside them.

    Args:
        store: The dataset.
        tables: Their names.
        of: All tables of their stream.
        there: As of :func:`disown`.
        load_id: As of :func:`note_losses`.
    """
    note_losses(store, tables, load_id)
    disown(store, of, there)


def disown(store: Store, tables: Iterable[Table], there: Mapping[str, Collection[str]]) -> None:
    """Have rows count as not there, until they are loaded again: what belongs to them in other tables is gone.

    Args:
        store: The dataset.
        tables: Of a stream.
        there: Columns of each table that is there.
    """
    for table in tables:
        if table.disposition == "scd2":  # Gong shows no earlier versions: those that are there stay as they are
            continue
        if LOAD_ID in there.get(table.name, ()):
            store.execute(
                f"UPDATE {{{table.name}}} SET {LOAD_ID} = {{none}} WHERE {LOAD_ID} <> {{none}}", none=NOT_LOADED
            )
