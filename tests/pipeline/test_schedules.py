"""Hundreds of random schedules of all that can go wrong: after the first clean run the tables are exact."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gong_source.api import retry
from gong_source.runs import run_sync
from gong_source.runs.prepare import committed
from gong_source.sandbox import Sandbox
from gong_source.tables.arrow import Shaped
from tests.pipeline import in_memory
from tests.pipeline.harness import NOW, Row, Tenant
from tests.pipeline.play import When, play
from tests.pipeline.schedules import DAYS, Options, draw

GROUPS = 6
PLAYED = int(os.environ.get("GONG_SCHEDULES", "300"))
"""Schedules in all. One that failed tells its seed, and is played alone where ``GONG_SCHEDULE`` names it."""
WHOLE = 12
"""The last so many of them are played as whole syncs, by dlt into DuckDB, for streams of few tables."""
SOME_STREAMS = ["transcripts", "users", "logs", "library_folder_calls", "answered_scorecards"]

HASTE = {"retry_patience": 0.3, "max_retry_wait": 1.5, "read_timeout": 0.4, "connect_timeout": 2.0, "daily_requests": 0}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits between tries are short; how long they are is tested elsewhere."""
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.02)


class InMemory:
    """Runs the readers, without dlt."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._store = in_memory.MemoryStore()
        self._runs = 0

    def run(self, streams: list[str], when: When, settings: Options) -> str:
        self._runs += 1
        rows = settings.pop("package_rows", 10_000)
        settings = self._tenant.settings(**{**HASTE, **settings})
        try:
            failures = in_memory.sync(self._store, self._runs, streams, when.now, when.lose, rows, **settings)
        except in_memory.Killed:
            return "killed"
        return "; ".join(f"{name}: {error!r}" for name, error in failures.items())

    def table(self, name: str) -> list[Row]:
        return self._store.table(name)

    def state(self, stream: str) -> dict[str, Any]:
        found: dict[str, Any] = self._store.state.get("resources", {}).get(stream, {})
        return found


class Whole:
    """Runs syncs, each by a pipeline of its own as a process would have it."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def run(self, streams: list[str], when: When, settings: Options) -> str:
        settings.pop("package_rows", None)
        packages = iter(range(100))

        def committed_one(_report: object) -> None:
            if next(packages) == when.lose:
                raise in_memory.Killed

        settings = self._tenant.settings(**{**HASTE, **settings})
        pipeline = self._tenant.pipeline()
        try:
            report = run_sync(pipeline, resources=streams, clock=lambda: when.now, on_package=committed_one, **settings)
        except in_memory.Killed:
            return "killed"
        return "" if report.exit_code == 0 else report.as_text()

    def table(self, name: str) -> list[Row]:
        if not self._tenant.database.exists():
            return []
        found = self._tenant.sql(
            f"SELECT 1 FROM duckdb_tables() WHERE table_name = '{name}' AND schema_name = 'gong_data'"
        )
        return self._tenant.rows(name) if found else []

    def state(self, stream: str) -> dict[str, Any]:
        resources: Any = committed(self._tenant.pipeline()).get("resources", {})
        found: dict[str, Any] = resources.get(stream, {})
        return found


def seeds(group: int, first: int, last: int) -> Iterator[int]:
    """Those of a group, or the one that is asked for."""
    alone = os.environ.get("GONG_SCHEDULE")
    mine = range(first + group, last, GROUPS)
    yield from mine if alone is None else [int(alone)] if int(alone) in mine else []


@pytest.mark.slow
@pytest.mark.parametrize("group", range(GROUPS))
def test_readers_and_state_are_exact_after_the_first_clean_run(group: int, tmp_path: Path) -> None:
    for seed in seeds(group, 0, PLAYED - WHOLE):
        schedule, sandbox = draw(seed)
        with sandbox:
            play(schedule, sandbox, InMemory(Tenant(sandbox, tmp_path, days=DAYS + 1)))


@pytest.mark.slow
@pytest.mark.parametrize("group", range(GROUPS))
def test_whole_syncs_are_exact_after_the_first_clean_run(group: int, tmp_path: Path) -> None:
    for seed in seeds(group, PLAYED - WHOLE, PLAYED):
        folder = tmp_path / str(seed)
        folder.mkdir()
        schedule, sandbox = draw(seed, SOME_STREAMS, turns=1)
        with sandbox:
            play(schedule, sandbox, Whole(Tenant(sandbox, folder, days=DAYS + 1)))


@pytest.mark.slow
def test_a_page_of_a_hundred_megabytes_is_read(tmp_path: Path) -> None:
    with Sandbox(calls=4, users=2, days=DAYS, sentences=2, end=NOW) as sandbox:
        sandbox.control.set_now(NOW)
        sandbox.control.fail("huge", "POST /v2/calls/extensive", bytes=100_000_000)
        bench = InMemory(Tenant(sandbox, tmp_path, days=DAYS + 1))
        assert not bench.run(["calls"], When(NOW), {"read_timeout": 120.0})
        assert len(bench.table("calls")) == 4


def test_a_change_that_was_half_loaded_and_taken_back_leaves_no_trace(tmp_path: Path) -> None:
    """All tables but that of the calls themselves have the other version when the machine goes away."""
    with Sandbox(calls=6, users=3, days=3, sentences=1, end=NOW) as sandbox:
        sandbox.control.set_now(NOW)
        store, settings = HalfLoaded(), Tenant(sandbox, tmp_path, days=4).settings()
        in_memory.sync(store, 1, ["calls"], NOW, None, 10_000, **settings)
        seen = [key for key, call in sandbox.world.visible_calls().items() if call.started < NOW - timedelta(hours=1)]
        names = {key: sandbox.world.calls[key].data["parties"][0]["name"] for key in seen}
        for key in seen:
            sandbox.control.edit_call(key, "parties.0.name", "Somebody else")
        with pytest.raises(in_memory.Killed):
            in_memory.sync(store, 2, ["calls"], NOW + timedelta(hours=1), 0, 10_000, **settings)
        assert "Somebody else" in {row["name"] for row in store.table("calls__parties")}
        for key, name in names.items():
            sandbox.control.edit_call(key, "parties.0.name", name)
        in_memory.sync(store, 3, ["calls"], NOW + timedelta(hours=2), None, 10_000, **settings)
        assert "Somebody else" not in {row["name"] for row in store.table("calls__parties")}


class HalfLoaded(in_memory.MemoryStore):
    """Where a package is lost, the table of calls is the one that was not merged."""

    def commit(self, load_id: str, parts: list[Shaped], *, whole: bool = True) -> None:
        if whole:
            super().commit(load_id, parts)
        for part in parts if not whole else ():
            if part.table.name != "calls":
                self.merge(part, load_id)
