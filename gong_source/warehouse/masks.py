"""``_gong_masks`` in the destination: since which load package the people of a stream are masked, and how.

Several pipelines load the same tables and change their settings one after the other: what one has loaded with the new
masks is not taken for unmasked by the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gong_source.tables.rejected import REJECTED
from gong_source.warehouse.own_tables import make_table
from gong_source.warehouse.store import Store

TABLE = "_gong_masks"
COLUMNS = ("stream", "masks", "load_id")


def mask_begins(store: Store, masks: str) -> dict[str, str]:
    """The load package since which each stream is masked in a certain way; without those that are masked otherwise.

    Args:
        store: The dataset.
        masks: A key of the settings.
    """
    rows = sorted(store.rows(f"SELECT load_id, stream, masks FROM {{{TABLE}}}"))
    latest = {stream: (load_id, told) for load_id, stream, told in rows}
    return {stream: load_id for stream, (load_id, told) in latest.items() if told == masks}


def note_masks(store: Store, streams: Iterable[str], masks: str, load_id: str) -> None:
    """Write down that streams are masked in another way from now on.

    Args:
        store: The dataset; it may not be there yet.
        streams: Their names.
        masks: A key of the settings.
        load_id: Newer than all packages that were loaded otherwise.
    """
    names = {f"s{number}": name for number, name in enumerate(streams)}
    if not names or not store.is_anywhere:
        return
    make_table(store, TABLE, dict.fromkeys(COLUMNS, "text"))
    places = ", ".join(f"({{{key}}}, {{masks}}, {{load_id}})" for key in names)
    store.execute(
        f"INSERT INTO {{{TABLE}}} ({', '.join(COLUMNS)}) VALUES {places}", masks=masks, load_id=load_id, **names
    )


def blank(store: Store, table: str, names: Sequence[str], condition: str = "1 = 1", **values: str) -> None:
    """Set columns to NULL.

    Args:
        store: The dataset.
        table: Name of a table that is there.
        names: Of its columns; none is no statement.
        condition: SQL: of which rows.
        **values: Of the condition.
    """
    if not names:
        return
    with store.connection() as client:
        columns = [client.sql_client.escape_column_name(name) for name in names]
    nothing, something = (", ".join(f"{c} = NULL" for c in columns), " OR ".join(f"{c} IS NOT NULL" for c in columns))
    store.execute(f"UPDATE {{{table}}} SET {nothing} WHERE ({something}) AND {condition}", **values)


def blank_rejected(store: Store, stream: str) -> None:
    """Forget what the records held that are set aside.

    Args:
        store: The dataset.
        stream: Name of their stream.
    """
    store.execute(f"UPDATE {{{REJECTED.name}}} SET raw = NULL WHERE stream = {{stream}}", stream=stream)
