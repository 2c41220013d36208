"""The views as data: what a row is, key, columns with what they hold, and the tables that they are made from.

All of that is read from the text of their files, which keep to one form for it: parsed as SQL, they would take half the
time of a small first sync.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

from gong_source.tables import TABLES, DataType

FOLDER = files(__name__.rpartition(".")[0]) / "sql"

LOADS = "_dlt_loads"
SOURCES: dict[str, dict[str, DataType]] = {
    table.name: {column.name: column.type for column in table.columns} for table in TABLES
} | {LOADS: {"load_id": "text", "status": "bigint", "inserted_at": "timestamp"}}
"""Every table that a view may be made from, with the types of its columns; dlt makes the last one."""

SOURCE = re.compile(r"\b(?P<word>FROM|JOIN) (?P<name>\w+) AS (?P<alias>\w+)")
"""A table, a view or a part of the query (CTE) that is read; each has an alias."""

_PART = re.compile(r"^(?:WITH (?:RECURSIVE )?)?(\w+)(?: \([\w, ]+\))? AS \($", re.MULTILINE)
_COLUMN = re.compile(r"^ .* AS (\w+),? -- (.+)$", re.MULTILINE)
_COMMENT = re.compile(r"\s+-- .*$", re.MULTILINE)


@dataclass(frozen=True)
class View:
    """One view.

    Attributes:
        name: Name in the destination.
        description: What one row is, and what to mind.
        key: Columns that no two rows share, none of them NULL.
        sql: The query, in DuckDB's dialect.
    """

    name: str
    description: str
    key: tuple[str, ...]
    sql: str

    @property
    def plain(self) -> str:
        """The query without its comments."""
        return _COMMENT.sub("", self.sql)

    @cached_property
    def columns(self) -> dict[str, str]:
        """What each column holds, by name, in order."""
        return dict(_COLUMN.findall(self.sql.rpartition("\nSELECT\n")[2]))

    @cached_property
    def sources(self) -> set[str]:
        """Tables and views that it is made from."""
        return {one["name"] for one in SOURCE.finditer(self.plain)} - set(_PART.findall(self.plain))


@cache
def texts() -> dict[str, str]:
    """The files by name of the view."""
    found = {each.name: each for each in FOLDER.iterdir()}
    return {name[:-4]: found[name].read_text(encoding="utf-8") for name in sorted(found) if name.endswith(".sql")}


def view_names() -> list[str]:
    """Names of all views, sorted."""
    return list(texts())


@cache
def views() -> tuple[View, ...]:
    """All views, each after those it is made from."""
    waiting = {name: _read(name, text) for name, text in texts().items()}
    needs = {name: view.sources & waiting.keys() for name, view in waiting.items()}
    ordered: list[View] = []
    while waiting:
        ready = [name for name in waiting if not needs[name] & waiting.keys()]
        ordered += [waiting.pop(name) for name in ready]
    return tuple(ordered)


def _read(name: str, text: str) -> View:
    head = re.match(r"((?:-- .*\n)+)", text)
    assert head, f"{name}.sql begins with what one row is"
    *lines, key = [line[3:] for line in head[1].splitlines()]
    assert key.startswith("Key: "), f"{name}.sql tells its key last"
    return View(name, " ".join(lines), tuple(key[5:].split(", ")), text[head.end() :].strip())
