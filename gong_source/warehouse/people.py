"""The rows of a dataset that are about certain people, found by what the tables declare as personal."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from gong_source.tables import LOAD_ID, TABLES, Column, Table
from gong_source.tables.identity import TAG, Kind, mentions_id, untagged
from gong_source.tables.others import USERS
from gong_source.tables.personal import PSEUDONYM
from gong_source.warehouse.held import Held, held_columns
from gong_source.warehouse.store import Store
from gong_source.warehouse.suppression import SEARCHED
from gong_source.warehouse.wanted import SomePeople, sides, sieve

TAGGED_AT_ONCE = 50
"""Texts, of a comment's length each, that a statement changes."""


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
        names = [table.name for table in declared if table.name in there]
        self._columns = held_columns(store, names)
        with store.connection() as client:
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

    @property
    def are_hashed(self) -> bool:
        """Whether pseudonyms stand in the table of users, in place of addresses."""
        if USERS.name not in self._columns:
            return False
        column = "email_address"
        sql = f"SELECT MIN({column}) FROM {{{USERS.name}}} WHERE {column} NOT LIKE {{address}}"
        return any(re.fullmatch(PSEUDONYM, told or "") for (told,) in self._store.rows(sql, address="%@%"))

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
        for column in self._there(table, "email", "phone") if self._people else ():
            if column.type == "json":
                key = self._key(table)
                conditions += self._store.among(key, self._mentioning(table, column.name, key))
                continue
            there = f"{column.name} IS NOT NULL AND {self._came(table)}"
            sql = f"SELECT DISTINCT {column.name} FROM {{{table.name}}} WHERE {there}"
            kind: Kind = column.personal  # type: ignore[assignment]
            theirs = sorted(row[0] for row in self._store.rows(sql) if self._people.are_in(row[0], kind))
            conditions += self._store.among(column.name, theirs)
        return conditions

    def theirs(self, table: Table, users: Collection[str]) -> str:
        """A condition for all their rows; empty where there are none.

        Args:
            table: One of :attr:`tables`.
            users: Ids of the users among them.
        """
        by_user = [c for column in self._there(table, "user") for c in self._store.among(column.name, sorted(users))]
        return _any([*by_user, *self._by_author(table, users), *filter(None, [self.by_value(table)])])

    def _by_author(self, table: Table, users: Collection[str]) -> Iterator[str]:
        """Conditions for the items of lists that one of the users wrote."""
        record = table.name.rpartition("__")[0]
        there = set(table.authors) & set(self._columns.get(record, ()))
        for name in sorted(there):
            for theirs in self._store.among(name, sorted(users)):
                whose = f"SELECT {table.record_key} FROM {{{record}}} WHERE {theirs}"
                yield f"{table.record_key} IN ({whose})"

    def blanked(self, table: Table) -> list[Held]:
        """Columns that are blanked in their rows: the personal ones, and those that nobody declared.

        Args:
            table: One of :attr:`tables`.
        """
        gone = {column.name for column in table.personal() if column.personal != "user"} | {*self._undeclared(table)}
        return [column for name, column in self._columns[table.name].items() if name in gone]

    def mentions(self, table: Table, users: Collection[str]) -> Iterator[tuple[Held, list[str]]]:
        """Columns that mention them in rows of others, with conditions that cover those rows.

        JSON, names, where somebody is found, and what nobody declared; users are looked for by their ids in JSON.

        Args:
            table: One of :attr:`tables`.
            users: Ids of the users among them.
        """
        by_id = {column.name for column in self._there(table, "json")}
        searched = {column.name for column in self._there(table, *SEARCHED)}
        looked_in = {*searched, *self._undeclared(table)} if self._people else by_id
        for name in sorted(looked_in):
            column = self._columns[table.name][name]
            key = self._unique(table) or self._text(column.sql)
            if found := self._mentioning(table, column.sql, key, users if name in by_id else ()):
                yield column, list(self._store.among(key, found))

    def tagging(self, table: Table, users: Collection[str]) -> Iterator[tuple[str, dict[str, str]]]:
        """Columns with words that tag users: what these are without the users' names, so many at once.

        Args:
            table: One of :attr:`tables`.
            users: Ids of users.
        """
        for column in self._there(table, "text"):
            has_tag = f"REPLACE({column.name}, {{tag}}, '') <> {column.name} AND {self._came(table)}"
            sql = f"SELECT DISTINCT {column.name} FROM {{{table.name}}} WHERE {has_tag}"
            found = {words: untagged(words, users) for (words,) in self._store.rows(sql, tag=TAG)}
            changed = [(words, nameless) for words, nameless in found.items() if nameless != words]
            for start in range(0, len(changed), TAGGED_AT_ONCE):
                yield column.name, dict(changed[start : start + TAGGED_AT_ONCE])

    def _mentioning(self, table: Table, column: str, key: str, users: Collection[str] = ()) -> list[str]:
        """Keys of the rows whose text mentions one of them.

        The destination only sorts out what can't; what looks like an address in the text is compared here.
        """
        text = self._text(column)
        there = f"{column} IS NOT NULL AND {self._came(table)}"
        looked_at = ", ".join(f"{sql} AS {side}" for side, sql in sides(text).items())
        texts = f"SELECT {key} AS chosen, {text} AS content, {looked_at} FROM {{{table.name}}} WHERE {there}"
        condition, needles = sieve(self._people, users)
        rows = self._store.rows(f"SELECT chosen, content FROM ({texts}) AS texts WHERE {condition}", **needles)
        return sorted({key for key, text in rows if self._people.are_in(text) or mentions_id(text, users)})

    def _text(self, column: str) -> str:
        return f"TO_JSON_STRING({column})" if self._is_bigquery else f"CAST({column} AS VARCHAR)"

    def _undeclared(self, table: Table) -> list[str]:
        """Columns of the table, by name, that nobody declared."""
        declared = {column.name for column in table.columns}
        return [name for name in self._columns[table.name] if name not in declared and not name.startswith("_")]

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
        if LOAD_ID not in self._columns.get(root.name, ()):
            return "1 = 1"
        return f"{table.merge_key} IN (SELECT {root.primary_key[0]} FROM {{{root.name}}} WHERE {came})"

    def _key(self, table: Table) -> str:
        """The column by which rows are chosen; of versions of a record, all of them."""
        return self._unique(table) or table.merge_key

    def _unique(self, table: Table) -> str:
        """The column that tells each row; empty where there is none."""
        if "_dlt_id" in self._columns[table.name]:
            return "_dlt_id"
        return table.primary_key[0] if len(table.primary_key) == 1 else ""


def _tells_user(table: Table) -> bool:
    """Whether a table says which user has an address: its rows are about one person."""
    return len(table.personal("user")) == 1 and bool(table.personal("email", "phone"))


def _any(conditions: list[str]) -> str:
    return f"({' OR '.join(conditions)})" if conditions else ""
