"""A made-up company, a DuckDB file, and the syncs between them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import dlt
import duckdb
import orjson
from dlt.pipeline.pipeline import Pipeline

from gong_source.report import RunReport
from gong_source.runs import run_sync
from gong_source.sandbox import Sandbox
from gong_source.streams.all import STREAMS
from gong_source.warehouse.schemas import forget_lost_schema
from gong_source.warehouse.settled import settled
from tests.pipeline.truth import read_truth
from tests.pipeline.truth.api import Row, Rows, decoded
from tests.pipeline.truth.statistics import ACCESS_LOG_KEPT

DATASET = "gong_data"
NOW = datetime(2026, 6, 15, 12, 0, tzinfo=timezone.utc)
DEFAULT_TABLES = [
    table
    for stream in STREAMS
    if stream.default
    for table in stream.tables
    if not table.name.endswith("__read")  # what was asked about is nothing that Gong shows
]


class Tenant:
    """One company and its warehouse."""

    def __init__(self, sandbox: Sandbox, folder: Path, now: datetime = NOW, days: int = 60) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.database = folder / "warehouse.duckdb"
        self.now = now
        self.start = (now - timedelta(days=days)).replace(hour=0, minute=0)
        self.home = folder / "home"
        self.chunk_days = 30
        self.counted: dict[str, int] = {}
        self.log: list[Any] = []

    def at(self, now: datetime) -> None:
        """Move the time of the company and of the syncs."""
        self.now = now
        self.sandbox.control.set_now(now)

    def settings(self, **more: Any) -> dict[str, Any]:
        """Settings that reach the sandbox, unpaced."""
        settings = {
            "base_url": self.sandbox.url,
            "credentials": {
                "access_key": self.sandbox.access_key,
                "access_key_secret": self.sandbox.access_key_secret,
            },
            "requests_per_second": 0,
            "daily_requests": 0,
            "start_date": self.start,
            "chunk_days": self.chunk_days,
            "list_refresh_hours": 0,  # every sync shows how things are
        }
        return {**settings, **more}

    def pipeline(self, name: str = "gong", home: Path | None = None) -> Pipeline:
        """A pipeline into the warehouse, as a new process would make it."""
        return dlt.pipeline(
            name,
            destination=dlt.destinations.duckdb(str(self.database)),
            dataset_name=DATASET,
            pipelines_dir=str(home or self.home),
        )

    def sync(self, *, pipeline: Pipeline | None = None, **more: Any) -> RunReport:
        """Run a sync at the company's time, in the block that a command runs it in."""
        self.sandbox.control.reset_counters()
        pipeline = pipeline or self.pipeline()
        forget_lost_schema(pipeline)
        try:
            with settled(pipeline):
                return run_sync(pipeline, clock=lambda: self.now, **self.settings(**more))
        finally:
            self.counted = dict(self.sandbox.counters.requests)
            self.log = list(self.sandbox.counters.log)

    def synced(self, **more: Any) -> RunReport:
        """Run a sync that must succeed."""
        report = self.sync(**more)
        assert report.exit_code == 0, report.as_text()
        return report

    def requests(self, endpoint: str) -> int:
        """Requests that the sandbox counted during the last sync."""
        return self.counted.get(endpoint, 0)

    @contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The warehouse, for SQL."""
        with duckdb.connect(str(self.database)) as connection:
            connection.execute(f"SET TimeZone = 'UTC'; SET schema '{DATASET}'")
            yield connection

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query over the dataset."""
        with self.connection() as connection:
            return connection.execute(query).fetchall()

    def rows(self, table: str) -> list[Row]:
        """All rows of a table, JSON decoded, without dlt's own columns."""
        with self.connection() as connection:
            return read_table(connection, table)

    def all_rows(self, tables: list[str]) -> Rows:
        """All rows of some tables, as :meth:`rows` gives them, over one connection."""
        with self.connection() as connection:
            return {table: read_table(connection, table) for table in tables}

    def truth(self, end: datetime | None = None, more: bool = False, wanted: Collection[str] | None = None) -> Rows:
        """What the API shows for the synced range, of all tables or those wanted; with more, also of costly streams."""
        return read_truth(self.sandbox, self.start, end or self.now - timedelta(minutes=5), self.now, more, wanted)

    def truth_of_calls(self) -> Rows:
        """The same of calls and transcripts alone."""
        return self.truth(wanted=())

    def check(
        self, *, truth: Rows | None = None, skip: tuple[str, ...] = (), only: tuple[str, ...] | None = None
    ) -> None:
        """Compare every table, or only those of some streams, with what the API shows, row by row."""
        wanted = [
            table for stream in STREAMS if only and stream.name in only for table in stream.tables
        ] or DEFAULT_TABLES
        compared = [table.name for table in wanted if table.name not in skip and table in DEFAULT_TABLES]
        expected = truth or self.truth(wanted=compared)
        for name, found in self.all_rows(compared).items():
            assert_same(name, self.still_shown(name, found), expected[name])

    def still_shown(self, table: str, rows: list[Row]) -> list[Row]:
        """The rows that Gong can still show: it keeps no versions, and the AccessLog for 14 days alone."""
        if table.endswith("_history"):
            return [row for row in rows if row.get("_dlt_valid_to") is None]
        if table != "logs":
            return rows
        kept = self.now.replace(microsecond=0) - ACCESS_LOG_KEPT
        return [row for row in rows if row["log_type"] != "AccessLog" or row["event_time"] >= kept]


class FirstSyncs:
    """Warehouses and pipelines as first syncs left them, made once for each company and copied after that.

    The same options make the same company, so a copy is what the test's own first sync would have left. It is taken
    before a test can change anything of the company.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Path] = {}

    def bring(self, tenant: Tenant, options: dict[str, Any], **settings: Any) -> None:
        """Sync a new company, or copy what the first sync of one like it left.

        Args:
            tenant: The company, as it was made.
            options: All that tells it from others.
            **settings: Of the sync.
        """
        self.bring_by(lambda: tenant.synced(**settings), tenant, {**options, "settings": sorted(settings.items())})

    def bring_by(self, load: Callable[[], Any], tenant: Tenant, options: dict[str, Any]) -> None:
        """The same where something else than a sync comes first.

        Args:
            load: Loads a new company.
            tenant: The company, as it was made.
            options: All that tells it, and how it is loaded, from others.
        """
        key = repr(sorted(options.items()))
        if made := self._made.get(key):
            shutil.copytree(made, tenant.folder, dirs_exist_ok=True)
            return
        load()
        made = self._folder / str(len(self._made))
        made.mkdir()
        shutil.copytree(tenant.home, made / tenant.home.name)
        shutil.copy(tenant.database, made)
        self._made[key] = made


def read_table(connection: duckdb.DuckDBPyConnection, table: str) -> list[Row]:
    """All rows of a table, JSON decoded."""
    cursor = connection.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in cursor.description]
    json_columns = {column[0] for column in cursor.description if column[1] == "JSON"}
    rows = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    for row in rows:
        for name in json_columns:
            row[name] = None if row[name] is None else decoded(row[name])
    return rows


def assert_same(table: str, found: list[Row], expected: list[Row]) -> None:
    """Same rows, in any order; columns that Gong did not send are NULL."""
    columns = {name for row in expected for name in row}
    stored = {name for row in found for name in row}
    own = {"id"} if table == "logs" else set()
    extra = {name for name in stored - columns - own if not name.startswith("_")}
    assert not columns - stored or not found, f"{table}: columns missing: {columns - stored}"
    left, right = (sorted(canonical(row, columns | extra) for row in rows) for rows in (found, expected))
    assert len(left) == len(right), f"{table}: {len(left)} rows, Gong has {len(right)}"
    for here, there in zip(left, right, strict=True):
        assert here == there, f"{table}: {here}\nGong: {there}"


def canonical(row: Row, columns: set[str] | None = None) -> str:
    """Some or all of a row as text that sorts and compares: numbers as floats, nothing for what is not there."""
    there = {name: value for name, value in row.items() if value is not None and (not columns or name in columns)}
    try:
        text = orjson.dumps(there, _plain, orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME).decode()
    except TypeError:  # a number of more than 64 bits, or half a pair of surrogates
        text = json.dumps(there, sort_keys=True, default=_plain, separators=(",", ":"))
    return text.replace(".0,", ",").replace(".0}", "}")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat()
    raise TypeError(type(value))
