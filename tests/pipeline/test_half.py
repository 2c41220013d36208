"""Records whose row is of one version and whose lists are of another: they become whole at the next look-back.

Tables of a package are merged one by one. A machine may go away in between, and two machines that load one dataset may
merge theirs in any order.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gong_source.sandbox import Sandbox
from gong_source.streams.all import STREAMS
from gong_source.tables.arrow import Shaped
from gong_source.tables.records import hash_column
from tests.pipeline import in_memory
from tests.pipeline.harness import NOW, Tenant, canonical

STEP = timedelta(minutes=1)
LISTS = {stream.name: stream for stream in STREAMS if len(stream.tables) > 1 and hash_column(stream.tables)}
ORDERS = 8
"""Orders of merges that are tried for each stream."""
OWN = {"_dlt_load_id", "_content_hash"}


def show(sandbox: Sandbox, version: str) -> None:
    """Have Gong show this version of all records and of what is in their lists; no list at all of version ``none``."""
    control, world = sandbox.control, sandbox.world
    for key, call in world.calls.items():
        control.edit_call(key, "metaData.title", version)
        control.edit_call(key, "parties", [{"id": version, "name": version}] if version != "none" else [])
        sentences = [{"start": at, "end": at + 1, "text": version} for at in (0, 1)]
        control.edit_transcript(key, [{"speakerId": "1", "topic": version, "sentences": sentences}])
        for card in call.reviews.answered:
            card["scorecardName"] = version
            card["answers"] = [{"questionRevisionId": "1", "answerText": version}] if version != "none" else []
    for card in world.scorecards:
        card["scorecardName"] = version
        card["questions"] = [{"questionRevisionId": "1", "questionText": version}] if version != "none" else []
    for tracker in world.trackers:
        tracker["trackerName"] = version
        tracker["languageKeywords"] = [{"language": "eng", "keywords": [version]}] if version != "none" else []


class Machines(in_memory.MemoryStore):
    """A dataset of machines that do not merge yet what they hand over."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[tuple[str, list[Shaped]]] | None = None

    def commit(self, load_id: str, parts: list[Shaped], *, whole: bool = True) -> None:
        if self.held is None:
            super().commit(load_id, parts)
        else:
            self.held.append((load_id, list(in_memory.by_table(parts).values())))

    def merges(self, dice: random.Random) -> Iterator[tuple[str, Shaped]]:
        """What was held back, each machine's tables in an order of its own, and all by turns."""
        waiting = [(load_id, dice.sample(parts, len(parts))) for load_id, parts in self.held or ()]
        self.held = None
        while waiting := [(load_id, parts) for load_id, parts in waiting if parts]:
            load_id, parts = dice.choice(waiting)
            yield load_id, parts.pop()

    def told(self, stream: str) -> list[str]:
        """All rows of a stream, to compare."""
        return sorted(
            f"{table.name} {canonical({name: value for name, value in row.items() if name not in OWN})}"
            for table in LISTS[stream].tables
            for row in self.table(table.name)
        )


class Bench:
    """A company, and syncs of one stream of it."""

    def __init__(self, sandbox: Sandbox, folder: Path, stream: str) -> None:
        self.sandbox, self.stream, self.runs, self.shown = sandbox, stream, 0, ""
        self._told: dict[str, list[str]] = {}
        self._settings = Tenant(sandbox, folder, days=3).settings()

    def show(self, version: str) -> None:
        """Have Gong show this version."""
        self.shown = version
        show(self.sandbox, version)

    def sync(self, store: Machines) -> None:
        """One run, a minute after the last."""
        self.runs += 1
        now = NOW + self.runs * STEP
        self.sandbox.control.set_now(now)
        failures = in_memory.sync(store, self.runs, [self.stream], now, None, 10_000, **self._settings)
        assert not failures

    def check(self, store: Machines, about: object) -> None:
        """After a look-back all is as Gong shows it, and the next one finds nothing to load."""
        self.sync(store)
        if self.shown not in self._told:
            fresh = Machines()
            self.sync(fresh)
            self._told[self.shown] = fresh.told(self.stream)
            fresh.close()
        assert store.told(self.stream) == self._told[self.shown] != [], about
        store.held = []
        self.sync(store)
        assert [part for _, parts in store.held for part in parts] == [], f"{about}: loaded once more for nothing"
        store.held = None
        store.close()


@pytest.fixture(params=LISTS)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with Sandbox(calls=4, users=3, days=1, sentences=1, end=NOW) as sandbox:
        yield Bench(sandbox, tmp_path, request.param)


def test_two_machines_that_merge_by_turns_leave_nothing_mixed(bench: Bench) -> None:
    for seed in range(ORDERS):
        dice, store = random.Random(seed), Machines()
        if dice.random() < 0.5:
            bench.show("before")
            bench.sync(store)
        state, store.held = store.state, []
        older, newer = dice.sample(["one", "two", "none"], 2)
        for version in (older, newer):
            store.state = state
            bench.show(version)
            bench.sync(store)
        packages = [load_id for load_id, _ in store.held]
        for load_id, part in store.merges(dice):
            store.merge(part, load_id)
        for load_id in packages:
            store.complete(load_id, float(max(packages)) + 1)
        bench.check(store, f"seed {seed}: {older}, {newer}")


def test_a_machine_that_goes_away_in_mid_load_leaves_nothing_mixed(bench: Bench) -> None:
    """Also where Gong shows the first version again."""
    for seed in range(ORDERS):
        dice, store = random.Random(seed), Machines()
        bench.show("one")
        bench.sync(store)
        state, store.held = store.state, []
        bench.show(dice.choice(["two", "none"]))
        bench.sync(store)
        store.state = state
        merges = list(store.merges(dice))
        for load_id, part in merges[: dice.randint(1, len(merges) - 1)]:
            store.merge(part, load_id)
        if dice.random() < 0.7:
            bench.show("one")
        bench.check(store, f"seed {seed}")
