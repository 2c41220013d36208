"""Whatever happens in whatever order, the tables end as Gong shows the calls, if every state was posted once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from dlt.pipeline.pipeline import Pipeline
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from gong_source.runs.drain import Drain, run_drain
from gong_source.sandbox import Sandbox
from gong_source.webhook.inbox import Inbox, Received
from gong_source.webhook.verify import parse
from tests.pipeline.harness import NOW, Tenant

SETTINGS: dict[str, Any] = {"call_parts": ["topics"], "include_private_calls": False}
CALLS = st.sampled_from([0, 1])
STEPS = st.one_of(
    st.tuples(st.just("edit"), CALLS),
    st.tuples(st.just("hide"), CALLS),
    st.tuples(st.just("post"), CALLS, st.integers(0, 9)),
    st.tuples(st.just("drain")),
    st.tuples(st.just("sync")),
    st.tuples(st.just("sync during drain"), CALLS),
    st.tuples(st.just("crash"), st.sampled_from(["take", "carried", "load", "settle"])),
)


class Crash(BaseException):
    """The process ends here."""


@contextmanager
def instead(owner: type, name: str, function: Callable[..., Any]) -> Iterator[None]:
    """Have a method replaced for a while."""
    kept = getattr(owner, name)
    setattr(owner, name, function)
    try:
        yield
    finally:
        setattr(owner, name, kept)


class World:
    """Two calls, their states as they were posted, a warehouse and an inbox."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.tenant = Tenant(sandbox, folder, days=10)
        self.inbox = folder / "inbox"
        at = self.tenant.now
        self.ids = sandbox.control.add_calls(2, at - timedelta(hours=2), available_at=at)
        self.states: dict[str, list[bytes]] = {call_id: [] for call_id in self.ids}
        for call in (0, 1):
            self.edit(call)

    def edit(self, call: int, is_private: bool = False) -> None:
        call_id = self.ids[call]
        states, control = self.states[call_id], self.tenant.sandbox.control
        control.edit_call(call_id, "metaData.isPrivate", is_private)
        control.edit_call(call_id, "metaData.title", f"State {len(states) // 2}")  # some states come back
        data = self.tenant.sandbox.world.calls[call_id].data_at(self.tenant.now)
        states.append(orjson.dumps({"callData": data, "isTest": False}))

    def post(self, call: int, state: int) -> None:
        states = self.states[self.ids[call]]
        body = states[state % len(states)]
        with closing(Inbox(self.inbox)) as inbox:
            inbox.put([Received(parse(body).body_sha256, self.ids[call], time.time_ns() // 1000, body)])

    def drain(self) -> None:
        tenant = self.tenant
        report = run_drain(
            tenant.pipeline("gong_webhook"),
            self.inbox,
            resources=["calls"],
            clock=lambda: tenant.now,
            **tenant.settings(**SETTINGS),
        )
        assert report.exit_code == 0, report.as_text()

    def sync(self) -> None:
        self.tenant.synced(resources=["calls"], **SETTINGS)

    def sync_during_drain(self, call: int) -> None:
        """Between the drain's decision and its load."""
        load = Drain._load

        def late(drain: Drain, *arguments: Any) -> bool:
            with instead(Drain, "_load", load):
                self.edit(call)
                self.sync()
                self.tenant.pipeline("gong_webhook")
                return load(drain, *arguments)

        with instead(Drain, "_load", late):
            self.drain()

    def crash(self, point: str) -> None:
        """At a step of the load; where nothing waits, it is not reached."""

        def crash(*_: Any, **__: Any) -> Any:
            raise Crash

        owner: type = Pipeline if point == "load" else Inbox
        with instead(owner, point, crash), suppress(Crash):
            self.drain()

    def do(self, step: tuple[Any, ...]) -> None:
        name, *values = step
        steps: dict[str, Callable[..., None]] = {
            "edit": self.edit,
            "hide": lambda call: self.edit(call, is_private=True),
            "post": self.post,
            "drain": self.drain,
            "sync": self.sync,
            "sync during drain": self.sync_during_drain,
            "crash": self.crash,
        }
        steps[name](*values)

    def check(self) -> None:
        calls = self.tenant.sandbox.world.calls
        shown = [(call_id, calls[call_id].data_at(self.tenant.now)["metaData"]) for call_id in self.ids]
        expected = sorted((call_id, basic["title"]) for call_id, basic in shown if not basic["isPrivate"])
        ids = ", ".join(f"'{call_id}'" for call_id in self.ids)
        assert self.tenant.sql(f"SELECT id, title FROM calls WHERE id IN ({ids}) ORDER BY 1") == expected
        parts = self.tenant.sql(f"SELECT DISTINCT call_id FROM calls__topics WHERE call_id IN ({ids})")
        assert {part for (part,) in parts} <= {call_id for call_id, _ in expected}
        with closing(Inbox(self.inbox)) as inbox:
            assert inbox.pending_count() == 0


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(calls=3, users=3, days=5, sentences=2, end=NOW) as made:
        made.control.set_now(NOW)
        yield made


@settings(max_examples=8, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate])
@given(steps=st.lists(STEPS, max_size=8), data=st.data())
def test_the_tables_end_as_gong_shows_the_calls(
    sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    world = World(sandbox, tmp_path_factory.mktemp("world"))
    for step in steps:
        world.do(step)
    posts = [(call, state) for call in (0, 1) for state in range(len(world.states[world.ids[call]]))]
    for call, state in data.draw(st.permutations(posts)):
        world.post(call, state)
    note(f"posts at the end: {posts}")
    world.drain()
    world.check()
