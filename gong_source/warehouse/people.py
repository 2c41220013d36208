"""The rows of a dataset that are about certain people, found by what the tables declare as personal."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import ClassVar

from gong_source.tables import LOAD_ID, TABLES, Column, Table
from gong_source.tables.identity import TAG, Kind, found_in, normal, untagged
from gong_source.tables.personal import pseudonym
from gong_source.warehouse.store import Store
from gong_source.warehouse.suppression import Suppression

_HASH = re.compile(r"\b[0-9a-f]{32}\b")
_BETWEEN_DIGITS = (" ", "-", "(", ")", ".", "/", "+", "\u00a0")


@dataclass(frozen=True)
class People:
    """Addresses and numbers of people.

    Attributes:
        values: What was given, with its kind.
        key: ``pii_key`` by which they may have been hashed when they were loaded; empty for none.
        signs: What else a text has that may mention them.
    """

    values: tuple[tuple[Kind, str], ...]
    key: str = ""
    signs: ClassVar[tuple[str, ...]] = ()

    @property
    def normals(self) -> set[tuple[Kind, str]]:
        """The normal forms."""
        return {(kind, normal(kind, value)) for kind, value in self.values}

    @property
    def hashes(self) -> set[str]:
        """What stands for them where they were hashed."""
        return {pseudonym(self.key, kind, value) for kind, value in self.values} if self.key else set()

    @property
    def remembered(self) -> list[tuple[Kind, str]]:
        """What is remembered of them once they are purged: their values, and what stands for these."""
        return [*self.values, *(("email", value) for value in sorted(self.hashes))]

    def is_one(self, kind: Kind, text: str) -> bool:
        """Whether a stored value is one of theirs.

        Args:
            kind: What the value is.
            text: In any spelling, or hashed.
        """
        return (kind, normal(kind, text)) in self.normals or text in self.hashes

    def are_in(self, text: str) -> bool:
        """Whether one of their values stands in a text.

        Args:
            text: Any text, such as JSON.
        """
        return any(self.is_one(kind, value) for kind, value in found_in(text)) or any(
            found in self.hashes for found in _HASH.findall(text)
        )


@dataclass(frozen=True)
class Purged:
    """Everybody who was purged: nobody knows their values, but each can be told by its hash.

    Attributes:
        suppression: What is remembered of them.
        values: None are known.
        signs: As of :class:`People`: any text in JSON.
    """

    suppression: Suppression
    values: ClassVar[tuple[tuple[Kind, str], ...]] = ()
    signs: ClassVar[tuple[str, ...]] = ('"',)

    @property
    def hashes(self) -> Collection[str]:
        """None that a text would be looked for by: each is looked at."""
        return ()

    def is_one(self, kind: Kind, text: str) -> bool:
        """Whether a stored value is one of theirs.

        Args:
            kind: What the value is.
            text: In any spelling, or hashed.
        """
        return self.suppression.is_purged(kind, text) or self._is_hash(text)

    def are_in(self, text: str) -> bool:
        """Whether one of their values stands in a text.

        Args:
            text: Any text, such as JSON.
        """
        return self.suppression.mentions(text) or any(map(self._is_hash, _HASH.findall(text)))

    def _is_hash(self, text: str) -> bool:
        """Whether a text stands for one of them: it was written down like an address."""
        return bool(_HASH.fullmatch(text)) and self.suppression.is_purged("email", text)


SomePeople = People | Purged


class PeopleRows:
    """Finds rows of people; tables and columns that do not exist are passed over."""

    def __init__(self, store: Store, people: SomePeople, load_id: str = "") -> None:
        """Ask which tables and columns there are.

        Args:
            store: The dataset, open.
            people: Whose rows are wanted.
            load_id: The load package that brought what they are known by; empty for any.
        """
        self._store = store
        self._people = people
        self._load_id = load_id
        declared = list(TABLES)
        there = store.tables()
        self._by_value: dict[str, str] = {}
        names = [table.name for table in declared if table.name in there and table.personal()]
        with store.connection() as client:
            # Snowflake tells its own spelling of names
            self._columns = {name: [c.lower() for c in columns] for name, columns in client.get_storage_tables(names)}
            self._quoted = client.sql_client.escape_column_name
            self._is_bigquery = client.capabilities.sqlglot_dialect == "bigquery"
        # those by which a user's id is found come last
        self.tables = sorted((t for t in declared if t.name in self._columns), key=_tells_user)

    def users(self) -> set[str]:
        """Ids of the users among them."""
        found: set[str] = set()
        for table in filter(_tells_user, self.tables):
            ((column,), condition) = self._there(table, "user"), self.by_value(table)
            if condition:
                sql = f"SELECT DISTINCT {column.name} FROM {{{table.name}}} WHERE {condition}"
                found.update(row[0] for row in self._store.rows(sql) if row[0] is not None)
        return found

    def by_value(self, table: Table) -> str:
        """A condition for the rows with one of their addresses or numbers; empty where there are none.

        Args:
            table: One of :attr:`tables`.
        """
        if table.name not in self._by_value:
            self._by_value[table.name] = _any(self._value_conditions(table))
        return self._by_value[table.name]

    def _value_conditions(self, table: Table) -> list[str]:
        conditions: list[str] = []
        for column in self._there(table, "email", "phone"):
            if column.type == "json":
                key = self._key(table)
                keys = self.mentioning(table, column)
                conditions += self._store.among(key, sorted(keys)) if key else ()
                continue
            there = f"{column.name} IS NOT NULL AND {self._came(table)}"
            sql = f"SELECT DISTINCT {column.name} FROM {{{table.name}}} WHERE {there}"
            kind: Kind = column.personal  # type: ignore[assignment]
            theirs = sorted(row[0] for row in self._store.rows(sql) if self._people.is_one(kind, row[0]))
            conditions += self._store.among(column.name, theirs)
        return conditions

    def theirs(self, table: Table, users: Collection[str]) -> str:
        """A condition for all their rows; empty where there are none.

        Args:
            table: One of :attr:`tables`.
            users: Ids of the users among them.
        """
        by_user = [c for column in self._there(table, "user") for c in self._store.among(column.name, sorted(users))]
        return _any([*by_user, *filter(None, [self.by_value(table)])])

    def blanked(self, table: Table) -> list[str]:
        """Columns, as SQL, that are blanked in their rows: the personal ones, and those that nobody declared.

        Args:
            table: One of :attr:`tables`.
        """
        declared = {column.name for column in table.columns}
        personal = {column.name for column in table.personal() if column.personal != "user"}
        return [
            self._quoted(name)
            for name in self._columns[table.name]
            if name in personal or (name not in declared and not name.startswith("_"))
        ]

    def in_json(self, table: Table) -> Iterator[tuple[str, list[str]]]:
        """Columns of JSON that mention them in rows of others, with conditions that cover those rows.

        Args:
            table: One of :attr:`tables`.
        """
        key = self._key(table)
        for column in self._there(table, "json"):
            if key and (keys := self.mentioning(table, column)):
                yield column.name, list(self._store.among(key, sorted(keys)))

    def tagging(self, table: Table, users: Collection[str]) -> Iterator[tuple[str, str, str]]:
        """Columns with words that tag users, these words, and what they are without the users' names.

        Args:
            table: One of :attr:`tables`.
            users: Ids of users.
        """
        for column in self._there(table, "text"):
            has_tag = f"REPLACE({column.name}, {{tag}}, '') <> {column.name} AND {self._came(table)}"
            sql = f"SELECT DISTINCT {column.name} FROM {{{table.name}}} WHERE {has_tag}"
            for (words,) in self._store.rows(sql, tag=TAG):
                if (nameless := untagged(words, users)) != words:
                    yield column.name, words, nameless

    def mentioning(self, table: Table, column: Column) -> set[str]:
        """Keys of the rows whose JSON mentions one of them.

        The destination only sorts out what can't; what looks like an address in the text is compared here.

        Args:
            table: One of :attr:`tables`.
            column: A column of JSON.
        """
        text = f"TO_JSON_STRING({column.name})" if self._is_bigquery else f"CAST({column.name} AS VARCHAR)"
        found: set[str] = set()
        for place, needle in self._needles(f"LOWER({text})"):
            condition = f"REPLACE({place}, {{needle}}, '') <> {place} AND {self._came(table)}"
            sql = f"SELECT {self._key(table)}, {text} FROM {{{table.name}}} WHERE {condition}"
            found.update(row[0] for row in self._store.rows(sql, needle=needle) if self._people.are_in(row[1]))
        return found

    def _needles(self, text: str) -> Iterator[tuple[str, str]]:
        """SQL of a text, and what must be in it."""
        digits = text
        for char in _BETWEEN_DIGITS:
            digits = f"REPLACE({digits}, '{char}', '')"
        for kind, value in self._people.values:
            if kind == "phone":
                yield digits, normal(kind, value)
            else:  # SQL folds less than Python does
                spellings = {normal(kind, value), value.lower()}
                yield from ((text, each) for each in sorted(spellings | {s.replace("@", "%40") for s in spellings}))
        yield from ((text, value) for value in sorted({*self._people.hashes, *self._people.signs}))

    def _there(self, table: Table, *kinds: str) -> list[Column]:
        columns = self._columns[table.name]
        return [c for c in table.personal(*kinds) if c.name in columns]  # type: ignore[arg-type]

    def _came(self, table: Table) -> str:
        """A condition for the rows that the load package brought; lists come with their record."""
        if not self._load_id:
            return "1 = 1"
        came = f"{LOAD_ID} = '{self._load_id}'"
        if LOAD_ID in self._columns[table.name]:
            return came
        (root,) = (each for each in TABLES if each.name == table.name.partition("__")[0])
        return f"{table.merge_key} IN (SELECT {root.primary_key[0]} FROM {{{root.name}}} WHERE {came})"

    def _key(self, table: Table) -> str:
        """The column by which rows are chosen; of versions of a record, all of them."""
        if "_dlt_id" in self._columns[table.name]:
            return "_dlt_id"
        return table.primary_key[0] if len(table.primary_key) == 1 else table.merge_key


def _tells_user(table: Table) -> bool:
    """Whether a table says which user has an address: its rows are about one person."""
    return len(table.personal("user")) == 1 and bool(table.personal("email", "phone"))


def _any(conditions: list[str]) -> str:
    return f"({' OR '.join(conditions)})" if conditions else ""
