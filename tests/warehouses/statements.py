"""Checks of every statement that a warehouse was sent, by the dialect's own rules and not by the emulator's.

BigQuery's go through the parser and the analyzer that Google took BigQuery's SQL from; Snowflake's are parsed in
sqlglot's dialect for it.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from tests.warehouses.googlesql import GoogleSql
from tests.warehouses.servers.recording import split

OWN = "/* asked by the test */ "
"""Marks the queries of the tests themselves."""

UNJUDGED = {
    r"DECLARE table_exists BOOL$": "dlt declares a script variable and ends the script; the analyzer takes no scripts",
    r"ALTER TABLE \S+\s+DROP CLUSTERING KEY$": "sqlglot does not know the clause; Snowflake documents it",
    r"REMOVE '@\S+'$": "sqlglot does not know the command, which removes a staged file; Snowflake documents it",
}
"""Statements that a checker can't judge, with the reason."""

INFORMATION_SCHEMA = {
    "COLUMNS": {
        "table_name": "STRING",
        "column_name": "STRING",
        "data_type": "STRING",
        "is_nullable": "STRING",
        "ordinal_position": "INT64",
    },
    "TABLES": {"table_name": "STRING"},
    "VIEWS": {"table_name": "STRING"},
    "TABLE_OPTIONS": {"table_name": "STRING", "option_name": "STRING", "option_value": "STRING"},
}
"""Views of BigQuery that dlt asks, with the columns it reads."""

COLUMN = re.compile(r"`(\w+)` (\w+)")
NAME = re.compile(r"`([\w-]+)`\.`(\w+)`\.(?:`(\w+)`|(INFORMATION_SCHEMA)\.(\w+))")
CREATED = re.compile(r"CREATE (?:OR REPLACE )?TABLE (?:IF NOT EXISTS )?`([^`]+)`\s*\((.*)", re.DOTALL)
VIEW = re.compile(r"CREATE OR REPLACE VIEW `([^`]+)`")
ALTERED = re.compile(r"ALTER TABLE `([^`]+)`(.*)", re.DOTALL)
DATASET = re.compile(r"(gong_data)_\d+", re.IGNORECASE)
LITERALS = re.compile(r"'(?:[^'\\]|\\.|'')*'")


class Checker(ABC):
    """Collects what is wrong with statements; one of a kind is checked once."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self.unjudged: set[str] = set()
        self.checked = 0

    def problems(self, records: Iterable[dict[str, Any]]) -> list[str]:
        """What is wrong with the statements that were sent, each with the statement."""
        sent = [(DATASET.sub(r"\1", r["sql"]), r["failed"]) for r in records if not r["sql"].startswith(OWN)]
        for sql, failed in sent:
            if not failed:
                self._learn(sql)
        return [f"{problem}\n{each}" for sql, failed in sent for each, problem in self._check(sql, failed)]

    def _learn(self, sql: str) -> None:  # noqa: B027  a hook; parsing alone needs nothing
        """Take from a statement what others are checked with."""

    def _is_new(self, sql: str) -> bool:
        kind = re.sub(r"\d{5,}\.\d+|[0-9a-f]{8,}", "0", LITERALS.sub("''", sql))
        new = kind not in self._seen
        self._seen.add(kind)
        self.checked += new
        return new

    def _is_unjudged(self, sql: str) -> bool:
        known = next((pattern for pattern in UNJUDGED if re.match(pattern, sql.strip())), None)
        if known is not None:
            self.unjudged.add(known)
        return known is not None

    @abstractmethod
    def _check(self, sql: str, failed: bool) -> list[tuple[str, str]]: ...


class SnowflakeChecker(Checker):
    """Every statement must parse as what it is, not only pass as an unknown command."""

    def _check(self, sql: str, failed: bool) -> list[tuple[str, str]]:
        return [(each, problem) for each in split(sql) if self._is_new(each) and (problem := self._problem(each))]

    def _problem(self, sql: str) -> str | None:
        import sqlglot
        from sqlglot import exp

        try:
            parsed = sqlglot.parse(sql, read="snowflake")
        except sqlglot.errors.SqlglotError as error:
            return str(error)
        if any(tree is None or tree.find(exp.Command) for tree in parsed) and not self._is_unjudged(sql):
            return "sqlglot takes it for a command it does not know"
        if re.search(r"\bTIMESTAMP\s*'", sql):
            return "Snowflake drops the offset of TIMESTAMP '...' and takes the session's time zone instead"
        return None


class BigQueryChecker(Checker):
    """Every statement must parse; one that succeeded must be sound with the tables as they were created."""

    def __init__(self) -> None:
        super().__init__()
        self._tables: dict[str, dict[str, str]] = {}
        self._language = GoogleSql()

    def _check(self, sql: str, failed: bool) -> list[tuple[str, str]]:
        found = []
        for statement in split(sql):
            if self._is_new(statement) and (problem := self._problem(statement, failed)):
                found.append((statement, problem))
        return found

    def _problem(self, statement: str, failed: bool) -> str | None:
        if failed or self._is_unjudged(statement):
            return self._language.parse(statement)
        if VIEW.match(NAME.sub(_flat, statement)) and (problem := self._language.parse(statement)):
            return problem
        # the catalog has the columns already that the statement adds
        known = statement.replace("ADD COLUMN `", "ADD COLUMN IF NOT EXISTS `")
        return self._language.analyze(without_column_options(NAME.sub(_flat, known)), self._tables)

    def _learn(self, sql: str) -> None:
        """Keep the catalog as the statements make it."""
        for statement in split(sql):
            before = len(self._tables), sum(map(len, self._tables.values()))
            plain = NAME.sub(_flat, LITERALS.sub("''", statement))
            if made := CREATED.match(plain):
                self._tables.setdefault(made[1], {}).update(COLUMN.findall(made[2]))
            elif changed := ALTERED.match(plain):
                self._tables.setdefault(changed[1], {}).update(COLUMN.findall(changed[2]))
            for name in re.findall(r"`([^`]+\.INFORMATION_SCHEMA\.\w+)`", plain):
                self._tables.setdefault(name, INFORMATION_SCHEMA[name.rpartition(".")[2]])
            if (view := VIEW.match(plain)) and view[1] not in self._tables:
                made = without_column_options(NAME.sub(_flat, statement))
                self._tables[view[1]] = self._language.columns_of(made, self._tables)
            if before != (len(self._tables), sum(map(len, self._tables.values()))):
                self._language.forget_tables()


def without_column_options(statement: str) -> str:
    """A statement that makes a view without the descriptions of its columns; any other as it is.

    BigQuery documents them; of its SQL's parser and analyzer, only the parser takes them.
    """
    if not VIEW.match(statement):
        return statement
    name, comment = statement.partition(" (")[0], ") OPTIONS (description = 'One row is "
    return name + statement[statement.index(comment) + 1 :]


def _flat(match: re.Match[str]) -> str:
    """A table's path as one name, which a flat catalog can hold."""
    return f"`{'.'.join(part for part in match.groups() if part)}`"
