"""The statements by which people leave a dataset: all that is theirs, or what came of theirs with a load package."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from gong_source.tables import CALL_CARRIERS, Table
from gong_source.tables.arrow import Shaped
from gong_source.tables.media import CALL_MEDIA
from gong_source.tables.rejected import REJECTED
from gong_source.warehouse.files import Folder
from gong_source.warehouse.held import FIXED, Held, emptying
from gong_source.warehouse.people import PeopleRows
from gong_source.warehouse.queries import delete_calls
from gong_source.warehouse.recordings import delete_recordings
from gong_source.warehouse.rejected import delete_rejected, rejected_mentioning
from gong_source.warehouse.store import Store
from gong_source.warehouse.suppression import Suppression
from gong_source.warehouse.wanted import Purged, SomePeople

logger = logging.getLogger("gong_source")

logger = logging.getLogger("gong_source")


@dataclass
class Removal:
    """What is removed of some people, counted as it goes.

    Attributes:
        store: The dataset.
        rows: Finds their rows.
        calls: Ids of calls that go as a whole.
        dry_run: Only count.
        media_folder: Where recordings of the calls may be that no row names.
        deleted: Rows deleted, by table.
        blanked: Rows of which columns were set to NULL, or which tag them without a name now, by table.
        left: Recordings that can't be deleted, by path, and why, of whose calls the rows stay that tell the path; and
            columns that can't be emptied, by table and name.
    """

    store: Store
    rows: PeopleRows
    calls: Sequence[str]
    dry_run: bool = False
    media_folder: str | None = None
    deleted: dict[str, int] = field(default_factory=dict)
    blanked: dict[str, int] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)

    def remove(self, people: SomePeople, users: Collection[str]) -> None:
        """Delete the calls and what was set aside, and blank or delete the rest.

        Args:
            people: Whose rows they are.
            users: Ids of the users among them.
        """
        self._calls()
        for table in self.rows.tables:
            self._of_table(table, users)
        self._rejected(people, users)

    def _calls(self) -> None:
        kept = [] if self.dry_run else delete_recordings(self.store, self.calls, self.media_folder)
        self.left |= {each.path: each.reason for each in kept}
        named = {each.call_id for each in kept}
        others = {table: column for table, column in CALL_CARRIERS.items() if table != CALL_MEDIA.name}
        for call_ids, carriers in ((set(self.calls) - named, CALL_CARRIERS), (named, others)):
            for table, count in delete_calls(self.store, call_ids, carriers, self.dry_run).items():
                self.deleted[table] = self.deleted.get(table, 0) + count

    def _of_table(self, table: Table, users: Collection[str]) -> None:
        """Blank or delete what is theirs; of what others have, values that mention them and their names in tags."""
        mentioned = list(self.rows.mentions(table, users))
        theirs = self.rows.theirs(table, users)
        if theirs and table.purged == "delete":
            self._change(self.deleted, table, theirs, "DELETE FROM {table} WHERE {condition}")
        elif theirs and (columns := self.rows.blanked(table)):
            self._blank(table, columns, theirs)
        for column, conditions in mentioned:
            for condition in conditions:
                self._blank(table, [column], _others(condition, theirs))
        for name, nameless in list(self.rows.tagging(table, users)):
            values = {f"w{n}": words for n, words in enumerate(nameless)}
            values |= {f"n{n}": words for n, words in enumerate(nameless.values())}
            cases = " ".join(f"WHEN {{w{n}}} THEN {{n{n}}}" for n in range(len(nameless)))
            statement = f"UPDATE {{table}} SET {name} = CASE {name} {cases} END WHERE {{condition}}"
            condition = f"{name} IN ({', '.join(f'{{w{n}}}' for n in range(len(nameless)))})"
            self._change(self.blanked, table, _others(condition, theirs), statement, **values)

    def _rejected(self, people: SomePeople, users: Collection[str]) -> None:
        """Delete what was set aside and mentions them; what mentions the calls is counted with these."""
        ids = rejected_mentioning(self.store, users, people.are_in)
        if ids := ids - rejected_mentioning(self.store, set(self.calls)):
            self.deleted[REJECTED.name] = self.deleted.get(REJECTED.name, 0) + len(ids)
            if not self.dry_run:
                delete_rejected(self.store, "id", ids)

    def _blank(self, table: Table, columns: Sequence[Held], condition: str) -> None:
        for column in (each for each in columns if each.is_fixed):
            if not self.dry_run and self.store.count(table.name, condition):
                self.left[f"{table.name}.{column.name}"] = FIXED
        nothing, something = emptying(columns)
        if nothing:
            statement = f"UPDATE {{table}} SET {nothing} WHERE {{condition}}"
            self._change(self.blanked, table, f"{condition} AND ({something})", statement)

    def _change(self, counted: dict[str, int], table: Table, condition: str, statement: str, **values: str) -> None:
        if self.dry_run and table.call_column:  # the rows of calls that go as a whole are counted there
            for those in self.store.among(table.call_column, self.calls):
                condition += f" AND NOT COALESCE({those}, FALSE)"
        if rows := self.store.count(table.name, condition, **values):
            counted[table.name] = counted.get(table.name, 0) + rows
            if not self.dry_run:
                statement = statement.replace("{table}", f"{{{table.name}}}").replace("{condition}", condition)
                self.store.execute(statement, **values)


def _others(condition: str, theirs: str) -> str:
    return f"{condition} AND NOT COALESCE({theirs}, FALSE)" if theirs else condition


def delete_unnamed(parts: Sequence[Shaped], kept: Sequence[Shaped]) -> None:
    """Delete the files of rows that are not loaded after all.

    Args:
        parts: Rows of any tables.
        kept: Those of them that are loaded.

    Raises:
        GongDestinationError: A file can't be deleted.
    """
    for path in sorted(_files(parts) - _files(kept)):
        Folder.delete(path)


def _files(parts: Sequence[Shaped]) -> set[str]:
    return {path for part in parts if part.table.file for path in part.data[part.table.file].to_pylist()}


def remove_learnt(store: Store, suppression: Suppression) -> None:
    """Remove what is there of users whose ids were not known when they were purged, and write the ids down.

    Args:
        store: The dataset, open.
        suppression: Has learnt them from rows that name them with their addresses, which nobody keeps.
    """
    learnt, nobody = suppression.learnt, Purged(Suppression())
    removal = Removal(store, PeopleRows(store, nobody), [])
    removal.remove(nobody, learnt)
    _tell_left(removal)
    Suppression.load(store)().record(store, (), learnt, ())
    suppression.learnt = set()
    logger.warning(
        "%d users who were purged are known by their ids now, and what was there of them is removed. A DuckDB file "
        "keeps its bytes until it is purged again.",
        len(learnt),
    )


def remove_purged(store: Store, suppression: Suppression, load_id: str, media_folder: str | None = None) -> None:
    """Remove what came with a load package of people who had been purged by then.

    Args:
        store: The dataset, open.
        suppression: Who was purged.
        load_id: The package.
        media_folder: Where recordings of their calls may be that no row names yet.
    """
    people = Purged(suppression)
    rows = PeopleRows(store, people, load_id)
    removal = Removal(store, rows, sorted(suppression.calls), media_folder=media_folder)
    removal.remove(people, rows.users() | suppression.users)
    _tell_left(removal)


def _tell_left(removal: Removal) -> None:
    for place, reason in removal.left.items():
        logger.error("Of somebody who was purged %s is there still, until the purge is repeated: %s", place, reason)
