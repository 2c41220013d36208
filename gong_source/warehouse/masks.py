"""``_gong_masks`` in the destination: since which load package the people of a stream are masked, and how.

Several pipelines load the same tables and change their settings one after the other: what one has loaded with the new
masks is not taken for unmasked by the next. What is about to be emptied is written there first: a run that is killed
afterwards leaves no state that tells, and another pipeline's state never does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gong_source.tables import CONTENT_HASH, Table
from gong_source.tables.rejected import REJECTED
from gong_source.warehouse.own_tables import make_table
from gong_source.warehouse.store import Store
from gong_source.warehouse.together import Later

TABLE = "_gong_masks"
COLUMNS = ("stream", "masks", "load_id")


PEOPLE, EXCLUDED = "people but ", "columns "
"""How a note of what was emptied begins: of people in all rows that are not masked in a certain way, or of columns."""


@dataclass(frozen=True)
class Blanking:
    """What was emptied in the rows of a stream that came before a load package.

    Attributes:
        stream: Its name.
        what: A key of the settings that people's values are left by; or the columns, as in ``exclude_columns``.
        load_id: The package.
    """

    stream: str
    what: str | tuple[str, ...]
    load_id: str


def blankings(store: Store) -> Later[list[Blanking]]:
    """What was ever emptied.

    Args:
        store: The dataset.
    """
    rows = store.later(dict.fromkeys(COLUMNS, "text"), f"{{{TABLE}}}")

    def told() -> list[Blanking]:
        found: list[Blanking] = []
        for stream, masks, load_id in rows():
            if masks.startswith(PEOPLE):
                found.append(Blanking(stream, masks[len(PEOPLE) :], load_id))
            elif masks.startswith(EXCLUDED):
                found.append(Blanking(stream, tuple(masks[len(EXCLUDED) :].split(",")), load_id))
        return found

    return told


def mask_begins(store: Store, masks: str) -> dict[str, str]:
    """The load package since which each stream is masked in a certain way; without those that are masked otherwise.

    Args:
        store: The dataset.
        masks: A key of the settings.
    """
    rows = sorted(store.rows(f"SELECT load_id, stream, masks FROM {{{TABLE}}}"))
    latest = {stream: (load_id, told) for load_id, stream, told in rows if not told.startswith((PEOPLE, EXCLUDED))}
    return {stream: load_id for stream, (load_id, told) in latest.items() if told == masks}


def note_masks(store: Store, streams: Iterable[str], masks: str, load_id: str) -> None:
    """Write down that streams are masked in another way from now on, or what is about to be emptied in them.

    Args:
        store: The dataset; it may not be there yet.
        streams: Their names.
        masks: A key of the settings; or as the notes of what was emptied are.
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


def blank(store: Store, table: Table, names: Sequence[str], condition: str, **values: str) -> None:
    """Set columns to NULL; a version of a record gets another hash, so that the next read makes a new one.

    Args:
        store: The dataset.
        table: One that is there.
        names: Of its columns, at least one.
        condition: SQL: of which rows.
        **values: Of the condition.
    """
    with store.connection() as client:
        columns = [client.sql_client.escape_column_name(name) for name in names]
    nothing, something = (", ".join(f"{c} = NULL" for c in columns), " OR ".join(f"{c} IS NOT NULL" for c in columns))
    if table.disposition == "scd2":
        nothing += f", {CONTENT_HASH} = -{CONTENT_HASH}"
    store.execute(f"UPDATE {{{table.name}}} SET {nothing} WHERE ({something}) AND {condition}", **values)


def blank_rejected(store: Store, stream: str) -> None:
    """Forget what the records held that are set aside.

    Args:
        store: The dataset.
        stream: Name of their stream.
    """
    store.execute(f"UPDATE {{{REJECTED.name}}} SET raw = NULL WHERE stream = {{stream}}", stream=stream)
