"""Everything that people do to a pipeline and its dataset, one step after the other; then the tables must be whole."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import dlt
from dlt.pipeline.helpers import pipeline_drop

from gong_source.config import CALL_PARTS
from gong_source.runs import run_backfill, run_reconcile
from gong_source.source import build_source, make_context
from gong_source.streams.all import STREAMS
from tests.pipeline.harness import DATASET, DEFAULT_TABLES, NOW, Tenant, assert_same
from tests.pipeline.process import LONG, ROOT

COMPANY = {"calls": 14, "users": 4, "sentences": 3, "end": NOW, "days": 60}
DEFAULTS = [stream for stream in STREAMS if stream.default]
ALWAYS = ["calls", "transcripts"]
OTHERS = [stream.name for stream in DEFAULTS if stream.name not in ALWAYS]
ALL = 0.15
"""Share of the owners that load everything: a sync costs by its tables."""

OF_DLT = ["_dlt_loads", "_dlt_pipeline_state", "_dlt_version"]
TABLES_BY_NAME = {table.name: table for table in DEFAULT_TABLES}

FEW_PARTS = ["parties", "brief", "topics"]
KILLED = """
import json, os, sys, threading
from tests.pipeline.machine import run_in_child
threading.Timer(float(sys.argv[2]), lambda: os._exit(9)).start()
run_in_child(json.loads(sys.argv[1]))
"""


class Owner:
    """Whoever owns the pipeline: does things to it, and has it synced in the end."""

    def __init__(self, tenant: Tenant, streams: list[str]) -> None:
        self.tenant = tenant
        self.streams = streams
        self.tables = [
            table for table in DEFAULT_TABLES if any(table in s.tables for s in DEFAULTS if s.name in streams)
        ]
        self.settings: dict[str, Any] = {}
        self.backup = tenant.folder / "backup.duckdb"
        self.deleted = False

    def sync(self, **more: Any) -> None:
        """The scheduled sync, with the settings as they are now."""
        self.tenant.synced(**{"resources": self.streams, **self.settings, **more})

    def sync_some(self, names: list[str]) -> None:
        """A sync of some streams."""
        self.sync(resources=names)

    def backfill(self) -> None:
        """A backfill of the earliest days by the same pipeline."""
        report = run_backfill(
            self.tenant.pipeline(),
            end_date=self.settings.get("start_date", self.tenant.start) + timedelta(days=20),
            resources=[name for name in self.streams if name in {s.name for s in DEFAULTS if s.by_time}],
            clock=lambda: self.tenant.now,
            **self.tenant.settings(**self.settings),
        )
        assert report.exit_code == 0, report.as_text()

    def reconcile(self) -> None:
        """A reconcile of everything; it purges what is gone."""
        report = run_reconcile(
            self.tenant.pipeline(),
            end_date=self.tenant.now,
            on_delete="purge",
            max_delete_share=1.0,
            clock=lambda: self.tenant.now,
            **self.tenant.settings(**self.settings),
        )
        assert report.exit_code == 0, report.as_text()
        self.deleted = False

    def hours_pass(self, hours: int) -> None:
        """Time goes on."""
        self.tenant.at(self.tenant.now + timedelta(hours=hours))

    def back_up(self) -> None:
        """A copy of the database."""
        if self.tenant.database.exists():
            shutil.copy(self.tenant.database, self.backup)

    def restore(self) -> None:
        """The copy is put back, as old as it may be."""
        if self.backup.exists():
            shutil.copy(self.backup, self.tenant.database)

    def lose_file(self) -> None:
        """The database is deleted."""
        self.tenant.database.unlink(missing_ok=True)

    def lose_schema(self) -> None:
        """A machine died after dlt had written the schema's name and before the schema itself."""
        for file in self.tenant.home.glob("gong/schemas/*.json"):
            file.unlink()
        self.sync()

    def lose_machine(self) -> None:
        """A fresh machine: nothing local is left."""
        shutil.rmtree(self.tenant.home, ignore_errors=True)

    def drop_table(self, table: str) -> None:
        """A table is dropped by hand."""
        if self.tenant.database.exists():
            with self.tenant.connection() as connection:
                connection.execute(f"DROP TABLE IF EXISTS {table}")

    def drop_table_of_dlt(self, dice: random.Random) -> None:
        """The same of what dlt keeps there; its own verbs fail until the next sync."""
        self.drop_table(dice.choice(OF_DLT))
        self.sync()

    def empty_table(self, table: str) -> None:
        """All rows of a table are deleted by hand; of a part of calls, few may be no sign of that."""
        if "__" not in table:
            self._by_hand(f"DELETE FROM {table}", table)

    def drop_column(self, table: str, dice: random.Random) -> None:
        """A column is dropped by hand."""
        names = [column.name for column in TABLES_BY_NAME[table].columns if not column.required]
        self._by_hand(f"ALTER TABLE {table} DROP COLUMN IF EXISTS {dice.choice(names)}", table)

    def _by_hand(self, sql: str, table: str) -> None:
        if self.tenant.database.exists():
            with self.tenant.connection() as connection:
                if connection.execute(f"SELECT 1 FROM duckdb_tables() WHERE table_name = '{table}'").fetchall():
                    connection.execute(sql)

    def refresh(self, mode: str, names: list[str]) -> None:
        """dlt's own refresh, by a run of dlt's own."""
        self.tenant.pipeline().run(self._source().with_resources(*names), refresh=mode)

    def plain_run(self) -> None:
        """A run of dlt's own, without a command of ours."""
        self.tenant.pipeline().run(self._source().with_resources(*self.streams))

    def _source(self) -> Any:
        """The source as a user would make it, but at the company's time."""
        settings = self.tenant.settings(**self.settings)
        start = settings.pop("start_date")
        return build_source(make_context(start, None, clock=lambda: self.tenant.now, **settings))

    def dlt_drop(self, **what: Any) -> None:
        """``dlt pipeline drop``, with its options as arguments."""
        if not self.tenant.database.exists():
            return
        pipeline = self.tenant.pipeline()
        pipeline.activate()
        pipeline.sync_destination()
        if "gong" in pipeline.schemas and not pipeline.has_pending_data:
            pipeline_drop(pipeline, schema_name="gong", **what)()

    def other_dataset(self) -> None:
        """The same pipeline name for another dataset, once."""
        pipeline = dlt.pipeline(
            "gong",
            destination=dlt.destinations.duckdb(str(self.tenant.database)),
            dataset_name="scratch",
            pipelines_dir=str(self.tenant.home),
        )
        self.tenant.sync(pipeline=pipeline, resources=self.streams, **self.settings)

    def other_pipeline(self) -> None:
        """Another pipeline loads users into the same dataset."""
        self.tenant.sync(pipeline=self.tenant.pipeline("other"), resources=["users"], **self.settings)

    def others_read(self, **settings: Any) -> None:
        """Another pipeline of the dataset loads calls, with settings of its own."""
        self.tenant.synced(pipeline=self.tenant.pipeline("others"), resources=ALWAYS, **settings)

    def kill(self, seconds: float) -> None:
        """A sync that is killed at an instant."""
        told = {
            "folder": str(self.tenant.folder),
            "settings": {
                **self.tenant.settings(**self.settings),
                "resources": self.streams,
                "start_date": self.tenant.start.isoformat(),
            },
            "now": self.tenant.now.isoformat(),
        }
        subprocess.run(
            [sys.executable, "-c", KILLED, json.dumps(told), str(seconds)],
            cwd=ROOT,
            env=_environment(),
            capture_output=True,
            timeout=LONG,
            check=False,
        )

    def set(self, name: str, value: Any) -> None:
        """A setting is changed, or taken back where None."""
        self.settings.pop(name, None)
        if value is not None:
            self.settings[name] = value

    def hash_people(self, hashed: bool = True) -> None:
        """Personal values are hashed, or no longer."""
        self.set("pii", "hash" if hashed else None)
        self.set("pii_key", "k" * 32 if hashed else None)

    def start_moves(self, days: int) -> None:
        """The start date is moved: back, or forth."""
        self.set("start_date", self.tenant.start + timedelta(days=days) if days else None)

    def call_changes(self, dice: random.Random) -> None:
        """Gong changes a call of the last days: its title, or whether it is private."""
        recent = [
            key
            for key, call in self.tenant.sandbox.world.calls.items()
            if self.tenant.now - timedelta(days=5) < call.started < self.tenant.now
        ]
        if recent:
            key = dice.choice(sorted(recent))
            path, value = dice.choice([("metaData.title", f"Edited {dice.random()}"), ("metaData.isPrivate", True)])
            self.tenant.sandbox.control.edit_call(key, path, value)

    def call_arrives(self, dice: random.Random) -> None:
        """A call of some hours ago becomes visible now."""
        started = self.tenant.now - timedelta(hours=dice.randint(1, 100))
        self.tenant.sandbox.control.add_calls(1, started=started)

    def call_deleted(self, dice: random.Random) -> None:
        """Gong deletes a call; only a reconcile can find out."""
        calls = sorted(self.tenant.sandbox.world.calls)
        if len(calls) > 3:
            self.tenant.sandbox.control.delete_calls([dice.choice(calls)])
            self.deleted = True

    def private_is_gone(self) -> None:
        """No row of a private call anywhere, where private calls are not wanted."""
        private = {
            key for key, call in self.tenant.sandbox.world.calls.items() if call.data["metaData"].get("isPrivate")
        }
        for table in self.tables:
            if column := table.call_column:
                rows = self.tenant.sql(f"SELECT DISTINCT {column} FROM {table.name}")
                stored = {row[0] for row in rows} & private
                assert not stored, f"{table.name}: private calls {stored}"

    def settle(self) -> None:
        """The settings as they were at first, one sync, and all tables as Gong shows them."""
        if self.settings.get("include_private_calls") is False:
            self.sync()
            self.private_is_gone()
        self.settings.clear()
        if self.deleted:
            self.sync()
            self.reconcile()
        self.sync()
        names = [table.name for table in self.tables]
        truth = self.tenant.truth(wanted=names)
        for name, rows in self.tenant.all_rows(names).items():
            assert_same(name, self.tenant.still_shown(name, rows), truth[name])


Step = tuple[str, Callable[[Owner, random.Random], None]]


def streams_of(dice: random.Random) -> list[str]:
    """What an owner loads: calls, and some of the rest, or all of it now and then."""
    return ALWAYS + (OTHERS if dice.random() < ALL else sorted(dice.sample(OTHERS, 2)))


def _some(owner: Owner, dice: random.Random) -> list[str]:
    return sorted(dice.sample(owner.streams, dice.randint(1, 3)))


def _table(owner: Owner, dice: random.Random) -> str:
    return dice.choice(owner.tables).name


STEPS: list[Step] = [
    ("sync", lambda owner, dice: owner.sync()),
    ("sync some streams", lambda owner, dice: owner.sync_some(_some(owner, dice))),
    ("plain dlt run", lambda owner, dice: owner.plain_run()),
    ("backfill", lambda owner, dice: owner.backfill()),
    ("reconcile", lambda owner, dice: owner.reconcile()),
    ("hours pass", lambda owner, dice: owner.hours_pass(dice.choice([1, 30, 300]))),
    ("back up", lambda owner, dice: owner.back_up()),
    ("restore", lambda owner, dice: owner.restore()),
    ("lose the file", lambda owner, dice: owner.lose_file()),
    ("fresh machine", lambda owner, dice: owner.lose_machine()),
    ("lose the schema", lambda owner, dice: owner.lose_schema()),
    ("drop a table", lambda owner, dice: owner.drop_table(_table(owner, dice))),
    ("empty a table", lambda owner, dice: owner.empty_table(_table(owner, dice))),
    ("drop a column", lambda owner, dice: owner.drop_column(_table(owner, dice), dice)),
    ("drop a table of dlt", lambda owner, dice: owner.drop_table_of_dlt(dice)),
    ("refresh drop_sources", lambda owner, dice: owner.refresh("drop_sources", owner.streams)),
    ("refresh drop_resources", lambda owner, dice: owner.refresh("drop_resources", _some(owner, dice))),
    ("refresh drop_data", lambda owner, dice: owner.refresh("drop_data", _some(owner, dice))),
    ("dlt pipeline drop", lambda owner, dice: owner.dlt_drop(resources=_some(owner, dice))),
    ("dlt pipeline drop --drop-all", lambda owner, dice: owner.dlt_drop(drop_all=True)),
    (
        "dlt pipeline drop --state-only",
        lambda owner, dice: owner.dlt_drop(resources=_some(owner, dice), state_only=True),
    ),
    ("dlt pipeline drop --state-paths", lambda owner, dice: owner.dlt_drop(state_paths=["company", "requests"])),
    ("other dataset", lambda owner, dice: owner.other_dataset()),
    ("other pipeline", lambda owner, dice: owner.other_pipeline()),
    ("others read fewer parts", lambda owner, dice: owner.others_read(call_parts=FEW_PARTS)),
    ("others read a column less", lambda owner, dice: owner.others_read(exclude_columns=["title"])),
    ("kill", lambda owner, dice: owner.kill(dice.uniform(1.0, 4.0))),
    ("private calls out", lambda owner, dice: owner.set("include_private_calls", False)),
    ("private calls in", lambda owner, dice: owner.set("include_private_calls", None)),
    ("fewer parts", lambda owner, dice: owner.set("call_parts", FEW_PARTS)),
    ("all parts", lambda owner, dice: owner.set("call_parts", list(CALL_PARTS))),
    ("look-back", lambda owner, dice: owner.set("lookback_days", dice.choice([3, 20, None]))),
    ("workspace", lambda owner, dice: owner.set("workspace_ids", [sorted(owner.tenant.sandbox.world.workspaces)[0]])),
    ("all workspaces", lambda owner, dice: owner.set("workspace_ids", None)),
    ("context timing", lambda owner, dice: owner.set("context_timing", ["Now", "TimeOfCall"])),
    ("avatars", lambda owner, dice: owner.set("include_avatars", True)),
    ("no avatars", lambda owner, dice: owner.set("include_avatars", None)),
    ("hashed people", lambda owner, dice: owner.hash_people()),
    ("people as they are", lambda owner, dice: owner.hash_people(False)),
    ("a column less", lambda owner, dice: owner.set("exclude_columns", ["title", "transcript_sentences.topic"])),
    ("no column less", lambda owner, dice: owner.set("exclude_columns", None)),
    ("no transcripts", lambda owner, dice: owner.set("transcripts", "drop")),
    ("transcripts", lambda owner, dice: owner.set("transcripts", None)),
    ("start moves", lambda owner, dice: owner.start_moves(dice.choice([30, -10, 0]))),
    ("a call changes", lambda owner, dice: owner.call_changes(dice)),
    ("a call arrives", lambda owner, dice: owner.call_arrives(dice)),
    ("a call is deleted", lambda owner, dice: owner.call_deleted(dice)),
]


def play(owner: Owner, steps: Iterable[Step], dice: random.Random) -> None:
    """Some steps, then all must be whole; a failure tells the steps."""
    told: list[str] = []
    try:
        for name, step in steps:
            told.append(name)
            step(owner, dice)
        told.append("settle")
        owner.settle()
    except Exception as error:
        raise AssertionError(f"{' > '.join(told)}: {error}") from error


def run_in_child(told: dict[str, Any]) -> None:
    """The sync that is killed."""
    from datetime import datetime

    from gong_source.runs import run_sync

    pipeline = dlt.pipeline(
        "gong",
        destination=dlt.destinations.duckdb(f"{told['folder']}/warehouse.duckdb"),
        dataset_name=DATASET,
        pipelines_dir=f"{told['folder']}/home",
    )
    run_sync(pipeline, clock=lambda: datetime.fromisoformat(told["now"]), **told["settings"])


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT)}
