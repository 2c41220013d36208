"""Runs without dlt: rows go from the readers straight into a database in memory, a hundred times as fast.

What is read, which rows are made of it and what is remembered are the package's own; only the merge, and the moment at
which rows and state are committed, are done here.
"""

from __future__ import annotations

import copy
import json
import sqlite3
import weakref
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from gong_source.source import make_context
from gong_source.streams.extraction import Extraction
from gong_source.streams.load_package import Package
from gong_source.streams.readers import readers_of
from gong_source.streams.source_state import SourceState
from gong_source.tables.arrow import Shaped, concat
from gong_source.tables.model import LOAD_ID, REMOVED, Column, Table
from gong_source.warehouse.store import Store
from gong_source.warehouse.together import Later
from gong_source.warehouse.unfit import REQUIRED
from tests.pipeline.harness import Row


class Killed(BaseException):
    """The machine went away while a package was loaded."""


class MemoryStore(Store):
    """A dataset in memory, and the state that was committed with it."""

    def __init__(self) -> None:
        super().__init__(None)
        self.state: dict[str, Any] = {}
        self._made: dict[str, Table] = {}
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        weakref.finalize(self, self._database.close)
        self._database.execute("CREATE TABLE _dlt_loads (load_id, schema_name, status, inserted_at)")

    def close(self) -> None:
        """Forget everything."""
        self._database.close()

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        names = _Names({name: _literal(value) for name, value in values.items()})
        try:
            return self._database.execute(sql.format_map(names)).fetchall()
        except sqlite3.OperationalError as error:
            if str(error).startswith("no such"):
                return []
            raise

    def later(self, columns: Mapping[str, str], source: str, **values: Any) -> Later[list[tuple[Any, ...]]]:
        return lambda: self.rows(f"SELECT {', '.join(columns)} FROM {source}", **values)

    def _part(self, value: Any) -> str:
        return _literal(value).replace("{", "{{").replace("}", "}}")

    def columns(self, more: Iterable[str] = ()) -> dict[str, dict[str, str]]:
        made = {name: {column.name: column.type for column in table.columns} for name, table in self._made.items()}
        loads = dict.fromkeys(REQUIRED["_dlt_loads"], "text")
        return {**made, "_dlt_loads": loads} if self.rows("SELECT 1 FROM _dlt_loads LIMIT 1") else made

    def table(self, name: str) -> list[Row]:
        """All rows of a table, as a user reads them."""
        if name not in self._made:
            return []
        columns = self._made[name].columns
        found = self.rows(f"SELECT * FROM {name}")
        return [
            {column.name: _read(column, value) for column, value in zip(columns, row, strict=True)} for row in found
        ]

    def make(self, tables: Iterable[Table]) -> None:
        """Make tables that are not there."""
        for table in tables:
            if table.name not in self._made:
                self._made[table.name] = table
                self._database.execute(f"CREATE TABLE {table.name} ({', '.join(c.name for c in table.columns)})")

    def commit(self, load_id: str, parts: list[Shaped], *, whole: bool = True) -> None:
        """Merge the rows of a package; where the machine goes away in mid-load, some tables are left as they were."""
        for number, each in enumerate(by_table(parts).values()):
            if whole or number % 2:
                self.merge(each, load_id)
        if whole:
            self.complete(load_id, float(load_id) + 0.25)

    def complete(self, load_id: str, at: float) -> None:
        """Note that a package came as a whole, in seconds since 1970."""
        ended = datetime.fromtimestamp(at, timezone.utc)
        self._database.execute("INSERT INTO _dlt_loads VALUES (?, 'gong', 0, ?)", [load_id, _stored(ended)])

    def merge(self, part: Shaped, load_id: str) -> None:
        """As dlt does: what has a key of the package goes, then its rows come, but for those that tell of a removal."""
        table = part.table
        assert not part.extras, f"{table.name}: columns that nobody declared: {part.extras}"
        rows = part.data.to_pylist()
        key = (table.merge_key,) if table.merge_key else table.primary_key
        gone = {tuple(row[name] for name in key) for row in rows}
        where = " AND ".join(f"{name} = ?" for name in key)
        self._database.executemany(f"DELETE FROM {table.name} WHERE {where}", list(gone))
        kept = {tuple(row[name] for name in table.primary_key): row for row in rows if not row.get(REMOVED)}
        for row in kept.values():
            if LOAD_ID in row:
                row[LOAD_ID] = load_id
        marks = ", ".join("?" * len(table.columns))
        self._database.executemany(
            f"INSERT INTO {table.name} VALUES ({marks})",
            [[_stored(row[column.name]) for column in table.columns] for row in kept.values()],
        )


def by_table(parts: Iterable[Shaped]) -> dict[str, Shaped]:
    """All rows of each table."""
    gathered: dict[str, list[Shaped]] = {}
    for part in parts:
        gathered.setdefault(part.table.name, []).append(part)
    return {name: concat(each) for name, each in gathered.items()}


class _Names(dict[str, str]):
    def __missing__(self, table: str) -> str:
        return table


def _literal(value: Any) -> str:
    """A value as SQL."""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        value = _stored(value)
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return ", ".join(map(_literal, value)) or "NULL"


def _stored(value: Any) -> Any:
    """Instants as texts that sort."""
    return value.astimezone(timezone.utc).isoformat(timespec="microseconds") if isinstance(value, datetime) else value


def _read(column: Column, value: Any) -> Any:
    if value is None:
        return None
    if column.type == "timestamp":
        return datetime.fromisoformat(value)
    if column.type == "bool":
        return bool(value)
    return json.loads(value) if column.type == "json" else value


def sync(
    store: MemoryStore, number: int, streams: list[str], now: datetime, lose: int | None, rows: int, **settings: Any
) -> dict[str, BaseException]:
    """One run.

    Args:
        store: What it loads into.
        number: Of the run.
        streams: Names of the streams.
        now: When it begins.
        lose: The package in whose load the machine goes away; None for a run to its end.
        rows: Rows after which a package ends.
        **settings: Of the source.

    Returns:
        The failures by stream.

    Raises:
        Killed: The machine went away.
    """
    context = make_context(settings.pop("start_date"), None, clock=lambda: now, **settings)
    context.package_rows, context.failures = rows, {}
    source_state = SourceState(context, store.state, store)
    extraction = Extraction(context, source_state, readers_of(context, source_state, set(streams)))
    try:
        extraction.begin()
        packages = 0
        while not extraction.done:
            load_id = f"{1_700_000_000 + number * 1000 + packages}.5"
            package = extraction.package(load_id, sorted(extraction.names))
            state, parts = _extract(store.state, source_state, package, sorted(extraction.names))
            store.make(table for name in streams for table in context.streams[name].tables)
            store.commit(load_id, parts, whole=packages != lose)
            if packages == lose:
                raise Killed
            store.state = state
            packages += 1
    except Exception as error:
        context.fail(streams, error)
    finally:
        extraction.close()
        context.client.close()
    return context.failures


def _extract(
    committed: dict[str, Any], source_state: SourceState, package: Package, names: list[str]
) -> tuple[dict[str, Any], list[Shaped]]:
    """What the resources draw in turn, as dlt has them do, and the state that goes with it."""
    state = copy.deepcopy(committed)

    def write(name: str) -> None:
        source_state.write(name, package.load_id, state, state.setdefault("resources", {}).setdefault(name, {}))

    drawing: dict[str, Iterator[Shaped | None]] = {name: package.items(name, write) for name in names}
    parts: list[Shaped] = []
    while drawing:
        for name in list(drawing):
            try:
                part = next(drawing[name])
            except StopIteration:
                del drawing[name]
                continue
            if part is not None:
                parts.append(part)
    return state, parts
