"""``_gong_masks`` in the destination: since which load package the people of a stream are masked, and how.

Several pipelines load the same tables and change their settings one after the other: what one has loaded with the new
masks is not taken for unmasked by the next. What is about to be emptied is written there first: a run that is killed
afterwards leaves no state that tells, and another pipeline's state never does.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gong_source.tables import CONTENT_HASH, Table
from gong_source.tables.rejected import REJECTED
from gong_source.warehouse.held import FIXED, emptying, held_columns
from gong_source.warehouse.own_tables import make_table
from gong_source.warehouse.store import Store
from gong_source.warehouse.together import Later

logger = logging.getLogger("gong_source")

TABLE = "_gong_masks"
COLUMNS = ("stream", "masks", "load_id")


PEOPLE, COLUMNS_OF = "people", "columns "
"""A note that people were emptied; and how one begins of columns that were. All others tell masks that begin."""


@dataclass(frozen=True)
class MaskNote:
    """What was done to a stream as a load package began.

    Attributes:
        stream: Its name.
        load_id: The package; of what was emptied, all that was loaded before it.
        masks: Key of the settings that people are masked by since then; empty where something was emptied.
        columns: Those that were emptied, as in ``exclude_columns``; none where people's values were.
    """

    stream: str
    load_id: str
    masks: str = ""
    columns: tuple[str, ...] = ()


def mask_notes(store: Store) -> Later[list[MaskNote]]:
    """All of them.

    Args:
        store: The dataset.
    """
    rows = store.later(dict.fromkeys(COLUMNS, "text"), f"{{{TABLE}}}")

    def told() -> list[MaskNote]:
        found: list[MaskNote] = []
        for stream, text, load_id in rows():
            emptied = text[len(COLUMNS_OF) :].split(",") if text.startswith(COLUMNS_OF) else []
            masks = "" if emptied or text == PEOPLE else text
            found.append(MaskNote(stream, load_id, masks, tuple(emptied)))
        return found

    return told


def note_emptied(store: Store, stream: str, load_id: str, columns: Iterable[str] = ()) -> None:
    """Write down what is about to be emptied in all rows of a stream that are older than a load package.

    Args:
        store: The dataset.
        stream: Its name.
        load_id: The package.
        columns: As in ``exclude_columns``; none for people's values.
    """
    named = ",".join(sorted(columns))
    note_masks(store, [stream], COLUMNS_OF + named if named else PEOPLE, load_id)


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


def blank(store: Store, table: Table, names: Sequence[str], condition: str, **values: str) -> None:
    """Set columns to NULL; a version of a record gets another hash, so that the next read makes a new one.

    Args:
        store: The dataset.
        table: One that is there.
        names: Of its columns. One that is never NULL, as its owner made it so, stays, and that is told.
        condition: SQL: of which rows.
        **values: Of the condition.
    """
    held = held_columns(store, [table.name]).get(table.name, {})
    chosen = [held[name] for name in names if name in held]
    for column in (each for each in chosen if each.is_fixed):
        if store.count(table.name, condition, **values):
            logger.warning("%s.%s is not emptied: %s.", table.name, column.name, FIXED)
    nothing, something = emptying(chosen)
    if not nothing:
        return
    if table.disposition == "scd2":
        nothing += f", {CONTENT_HASH} = {CONTENT_HASH} - 1"
    store.execute(f"UPDATE {{{table.name}}} SET {nothing} WHERE ({something}) AND {condition}", **values)


def blank_rejected(store: Store, stream: str) -> None:
    """Forget what the records held that are set aside.

    Args:
        store: The dataset.
        stream: Name of their stream.
    """
    store.execute(f"UPDATE {{{REJECTED.name}}} SET raw = NULL WHERE stream = {{stream}}", stream=stream)
