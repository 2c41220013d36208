"""Who was purged stays away: what ``_gong_suppressed`` remembers of them, and rows without them.

The table holds no address and no number. It holds hashes of their normal forms (PBKDF2-HMAC-SHA256 with the dataset's
own random salt), so that nobody reads them in passing, and nobody looks them up in a list made elsewhere. It is no
secret from somebody who has the dataset and a guess: each guess takes them a millisecond. Ids of users and calls are
Gong's own numbers and stand there as they are.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gong_source.ranges import UTC, iso
from gong_source.tables import REMOVED, Column, Personal
from gong_source.tables.arrow import Shaped, as_text, removals
from gong_source.tables.identity import LEAST_DIGITS, TAG, Kind, found_in, mentions_id, normal, untagged
from gong_source.tables.spelling import in_ascii
from gong_source.warehouse.literals import AT_ONCE
from gong_source.warehouse.own_tables import make_table
from gong_source.warehouse.store import Store
from gong_source.warehouse.together import Later

TABLE = "_gong_suppressed"
COLUMNS = ("kind", "value", "salt", "since")
HASHED: tuple[Kind, ...] = ("email", "phone")
SEARCHED: tuple[Personal, ...] = ("json", "name", "address")
"""Columns of which a value is blanked where it mentions somebody, in rows of others."""

ROUNDS = 1000
"""Of PBKDF2: as slow as a run can afford that sees each address of a company once."""

REMEMBERED = 200_000
"""Addresses and numbers that are not hashed again."""


@dataclass
class Suppression:
    """Everybody who was purged from a dataset; empty, and free, for most.

    Attributes:
        hashes: Of addresses and numbers, by salt.
        users: Ids of their users, and those that were learnt since from rows with their addresses.
        learnt: Those of them that are not written down yet.
        calls: Ids of the calls that were deleted with them.
        mark: Tells whether more was written down since; empty where nothing was.
    """

    hashes: dict[str, frozenset[str]] = field(default_factory=dict)
    users: set[str] = field(default_factory=set)
    learnt: set[str] = field(default_factory=set)
    calls: frozenset[str] = frozenset()
    mark: str = ""
    _known: dict[tuple[Kind, str], bool] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, store: Store) -> Later[Suppression]:
        """Read it.

        Args:
            store: The dataset.
        """
        rows = store.later(dict.fromkeys(("kind", "value", "salt"), "text"), f"{{{TABLE}}}")
        return lambda: cls._of(rows())

    @classmethod
    def _of(cls, rows: Sequence[tuple[Any, ...]]) -> Suppression:
        hashes: dict[str, set[str]] = {}
        for kind, value, salt in rows:
            if kind in HASHED:
                hashes.setdefault(salt, set()).add(value)
        return cls(
            {salt: frozenset(values) for salt, values in hashes.items()},
            {value for kind, value, _ in rows if kind == "user"},
            set(),
            frozenset(value for kind, value, _ in rows if kind == "call"),
            hashlib.sha256(repr(sorted(map(tuple, rows))).encode()).hexdigest() if rows else "",
        )

    def __bool__(self) -> bool:
        """Whether anybody was purged."""
        return bool(self.hashes or self.users or self.calls)

    def record(
        self, store: Store, people: Iterable[tuple[Kind, str]], users: Collection[str], calls: Collection[str]
    ) -> Suppression:
        """Remember more; to be done before anything of them is deleted, so that a purge that is cut off can go on.

        Args:
            store: The dataset.
            people: Addresses and numbers.
            users: Ids of users.
            calls: Ids of calls.

        Returns:
            All that is remembered now.
        """
        salt = next(iter(self.hashes), "") or secrets.token_hex(16)
        known = self.hashes.get(salt, frozenset())
        new = {(kind, value) for kind, text in people if (value := _hash(salt, kind, normal(kind, text))) not in known}
        rows = [
            *sorted(("call", call) for call in set(calls) - self.calls),
            *sorted(("user", user) for user in set(users) - self.users),
            *sorted(new),  # last: they are what finds the others again
        ]
        if rows:
            _insert(store, rows, salt)
        return Suppression.load(store)()

    def is_purged(self, kind: Kind, text: str) -> bool:
        """Whether an address or number is of somebody who was purged.

        Args:
            kind: ``email`` or ``phone``.
            text: In any spelling.
        """
        value = normal(kind, text)
        if not value or (kind == "phone" and len(value) < LEAST_DIGITS):
            return False
        known = self._known.get((kind, value))
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            forms = {value, in_ascii(value)} if kind == "email" else {value}  # earlier releases took hosts as written
            known = any(_hash(salt, kind, form) in them for salt, them in self.hashes.items() for form in forms)
            self._known[kind, value] = known
        return known

    def mentions(self, text: str, kind: Kind | None = None) -> bool:
        """Whether an address or number of somebody who was purged stands in a text.

        Args:
            text: Any text, such as JSON.
            kind: What the text is as a whole; None where it is no single value.
        """
        return bool(self.hashes) and any(self.is_purged(*found) for found in found_in(text, kind))

    def apply(self, parts: Sequence[Shaped]) -> Sequence[Shaped]:
        """Rows without who was purged: personal columns blank, log entries and calls left out.

        Args:
            parts: Rows of any tables, before ``pii`` hashes anything; parts of one page together, as a user is known by
                their address in one table and by their id in others.
        """
        if not self:
            return parts
        found = [self._told(part, HASHED) for part in parts]
        for part, told in zip(parts, found, strict=True):
            self._learn(part, told)
        theirs = [self._by_user(part, parts, told) for part, told in zip(parts, found, strict=True)]
        rest = [self._without_people(part, told) for part, told in zip(parts, theirs, strict=True)]
        gone: dict[str, set[str]] = {}
        for part in rest:
            gone.setdefault(part.table.name, set()).update(self._of_purged_calls(part))
        return [each for part in rest for each in self._without_calls(part, gone)]

    def _told(self, part: Shaped, kinds: Sequence[Kind]) -> list[bool]:
        """For each row, whether an address or number in it is of somebody who was purged."""
        told = [False] * part.data.num_rows
        for column in part.table.personal(*kinds):
            told = [a or b for a, b in zip(told, self._each(part, column), strict=True)]
        return told

    def _each(self, part: Shaped, column: Column) -> list[bool]:
        whole = column.personal in HASHED and column.type != "json"
        kind: Kind | None = column.personal if whole else None  # type: ignore[assignment]
        return [text is not None and self.mentions(text, kind) for text in part.data[column.name].to_pylist()]

    def _learn(self, part: Shaped, told: list[bool]) -> None:
        """Users by their id, where a row is about one person."""
        columns = part.table.personal("user")
        if len(columns) == 1 and any(told):
            ids = part.data[columns[0].name].to_pylist()
            theirs = {user for user, is_told in zip(ids, told, strict=True) if is_told and user is not None}
            self.learnt |= theirs - self.users
            self.users |= theirs

    def _by_user(self, part: Shaped, parts: Sequence[Shaped], told: list[bool]) -> list[bool]:
        """For each row, whether it is theirs also by the id of a user, its own or that of its record."""
        theirs = [_holds(part, column.name, self.users) for column in part.table.personal("user")]
        if part.table.authors:
            record = part.table.name.rpartition("__")[0]
            keys = {
                key
                for each in parts
                if each.table.name == record
                for name in part.table.authors
                for key, is_theirs in zip(_keys(each), _holds(each, name, self.users), strict=True)
                if is_theirs
            }
            theirs.append(_holds(part, part.table.record_key, keys))
        return [any(row) for row in zip(told, *theirs, strict=True)]

    def _without_people(self, part: Shaped, told: list[bool]) -> Shaped:
        if part.table.purged == "delete":
            part = _only(part, [not is_told for is_told in told])
            told = [False] * part.data.num_rows
        data = part.data
        for column in part.table.personal():
            blank = self._mentioning(part, column, told) if column.personal in SEARCHED else told
            if column.personal == "text" and self.users:
                data = _untagged(data, column.name, self.users)
            if column.personal != "user" and any(blank):
                data = _blank(data, column.name, blank)
        extras = {
            name: [
                None if is_told or (value is not None and self.mentions(as_text(value))) else value
                for value, is_told in zip(values, told, strict=True)
            ]
            for name, values in part.extras.items()
        }
        return replace(part, data=data, extras=extras)

    def _mentioning(self, part: Shaped, column: Column, told: list[bool]) -> list[bool]:
        """For each row, whether it is theirs, or its value mentions them; in JSON, by the id of a user too."""
        users = self.users if column.personal == "json" else ()
        values = zip(told, self._each(part, column), part.data[column.name].to_pylist(), strict=True)
        return [is_told or found or (text is not None and mentions_id(text, users)) for is_told, found, text in values]

    def _of_purged_calls(self, part: Shaped) -> set[str]:
        """Keys of the records about calls that were purged."""
        if not (name := part.table.call_column) or not self.calls:
            return set()
        return {key for key, is_gone in zip(_keys(part), _holds(part, name, self.calls), strict=True) if is_gone}

    def _without_calls(self, part: Shaped, records: Mapping[str, set[str]]) -> list[Shaped]:
        """Rows of calls that were purged become removals, where a table knows removals.

        Args:
            part: Rows of any table.
            records: By table, the keys of those that are about such calls: their lists go with them.
        """
        table, key = part.table, part.table.record_key
        column, theirs = table.call_column, self.calls
        if not column:  # a list may name its record only
            column, theirs = key, frozenset(records.get(table.name.rpartition("__")[0], ()) if table.path else ())
        gone = [value in theirs for value in part.data[column].to_pylist()] if theirs else []
        if not any(gone):
            return [part]
        kept = _only(part, [not is_gone for is_gone in gone])
        if REMOVED not in part.data.column_names:
            return [kept]
        keys = part.data[key].to_pylist()
        emptied = {k for k, is_gone in zip(keys, gone, strict=True) if is_gone} - set(kept.data[key].to_pylist())
        return [kept, removals(part.table, sorted(emptied))] if emptied else [kept]


def _keys(part: Shaped) -> list[Any]:
    return list(part.data[part.table.record_key].to_pylist())


def _holds(part: Shaped, name: str, values: Collection[str]) -> list[bool]:
    return [value in values for value in part.data[name].to_pylist()]


def _only(part: Shaped, keep: list[bool]) -> Shaped:
    extras = {
        name: [v for v, is_kept in zip(values, keep, strict=True) if is_kept] for name, values in part.extras.items()
    }
    return replace(part, data=part.data.filter(pa.array(keep, pa.bool_())), extras=extras)


def _blank(data: pa.Table, name: str, rows: list[bool]) -> pa.Table:
    index = data.column_names.index(name)
    values = pc.if_else(pa.array(rows, pa.bool_()), pa.scalar(None, data.schema.field(index).type), data[name])
    return data.set_column(index, data.schema.field(index), values)


def _untagged(data: pa.Table, name: str, users: Collection[str]) -> pa.Table:
    if not pc.any(pc.match_substring(data[name], TAG)).as_py():
        return data
    index = data.column_names.index(name)
    field = data.schema.field(index)
    words = [each and untagged(each, users) for each in data[name].to_pylist()]
    return data.set_column(index, field, pa.array(words, field.type))


def _hash(salt: str, kind: Kind, value: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", f"{kind}:{value}".encode(), bytes.fromhex(salt), ROUNDS).hex()


def _insert(store: Store, rows: Sequence[tuple[str, str]], salt: str) -> None:
    since = iso(datetime.now(UTC))
    make_table(store, TABLE, dict.fromkeys(COLUMNS, "text"))
    for start in range(0, len(rows), AT_ONCE):
        values: dict[str, str] = {"salt": salt, "since": since}
        batch = rows[start : start + AT_ONCE]
        for number, (row_kind, value) in enumerate(batch):
            values.update({f"k{number}": row_kind, f"v{number}": value})
        places = ", ".join(f"({{k{number}}}, {{v{number}}}, {{salt}}, {{since}})" for number in range(len(batch)))
        store.execute(f"INSERT INTO {{{TABLE}}} ({', '.join(COLUMNS)}) VALUES {places}", **values)
