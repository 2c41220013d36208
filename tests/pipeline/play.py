"""Plays a schedule against a company, and holds what was loaded against what Gong shows."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from gong_source.ranges import RangeSet, parse_instant
from gong_source.sandbox import Sandbox
from gong_source.streams.calls.ledger import Ledger
from gong_source.streams.state import StreamState
from gong_source.streams.stream import Stream
from tests.pipeline.harness import assert_same, canonical
from tests.pipeline.schedules import OFFERED, Options, Schedule, Turn
from tests.pipeline.truth import company, statistics
from tests.pipeline.truth.api import PlainApi, Row, Rows, row_of
from tests.pipeline.truth.calls import SELECTOR, call_rows, transcript_rows

HANGS = 300
"""Seconds after which a run counts as hanging; each takes well under one, on a machine that has time for it."""

CLEAN: Options = {"chunk_days": 90, "read_timeout": 60.0, "retry_patience": 60.0}
"""Settings of the clean run: nothing goes wrong in it but what the machine does, and that is waited out."""


@dataclass(frozen=True)
class When:
    """Time of a run, and the package in whose load the machine goes away, if it does."""

    now: datetime
    lose: int | None = None


class Bench(Protocol):
    """Something that runs syncs and keeps what they load."""

    def run(self, streams: list[str], when: When, settings: Options) -> str:
        """One run; what failed, in words, or nothing."""

    def table(self, name: str) -> list[Row]:
        """All rows of a table; none where it is not there."""

    def state(self, stream: str) -> dict[str, Any]:
        """What is remembered of a stream."""


@contextmanager
def bounded(seconds: int) -> Iterator[None]:
    """End what hangs."""

    def hangs(*_: object) -> None:
        raise TimeoutError(f"not over after {seconds} s")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def play(schedule: Schedule, sandbox: Sandbox, bench: Bench) -> None:
    """All turns, then a clean run; whatever is wrong tells the schedule.

    Raises:
        AssertionError: A range is remembered that was not read, a run hangs, or the tables are not exact in the end.
    """
    try:
        for turn in schedule.turns:
            _play_turn(schedule, turn, sandbox, bench)
        now = schedule.turns[-1].now + timedelta(minutes=10)
        sandbox.control.set_now(now)
        with bounded(HANGS):
            failed = bench.run(schedule.streams, When(now), dict(CLEAN))
        assert not failed, f"the clean run failed: {failed}"
        _compare(schedule, sandbox, bench, now)
    except Exception as error:
        raise AssertionError(f"{schedule}\n{type(error).__name__}: {error}") from error


def _play_turn(schedule: Schedule, turn: Turn, sandbox: Sandbox, bench: Bench) -> None:
    control = sandbox.control
    control.set_now(turn.now)
    clocks = [turn.now, *(parse_instant(order.args["now"]) for order in turn.orders if order.action == "set_now")]
    shown = Shown.by(sandbox, min(clocks))
    for order in turn.orders:
        control.call(order.action, order.args)
    with bounded(HANGS):
        bench.run(schedule.streams, When(turn.now, turn.lose), dict(turn.settings))
    control.clear_faults()
    control.set_quota()
    shown.check_marks(schedule, bench)


@dataclass
class Shown:
    """What Gong shows before a run, whatever happens meanwhile."""

    calls: dict[str, datetime] = field(default_factory=dict)
    spoken: dict[str, datetime] = field(default_factory=dict)
    logs: set[tuple[str, datetime]] = field(default_factory=set)

    @classmethod
    def by(cls, sandbox: Sandbox, now: datetime) -> Shown:
        """As it is now."""
        calls = {key: call for key, call in sandbox.world.calls.items() if call.is_visible(now)}
        return cls(
            {key: call.started for key, call in calls.items()},
            {key: call.started for key, call in calls.items() if call.has_transcript(now)},
            {
                (kind, when)
                for kind, entries in sandbox.world.logs.items()
                for entry in entries
                if (when := parse_instant(entry["eventTime"])) <= now
            },
        )

    def check_marks(self, schedule: Schedule, bench: Bench) -> None:
        """What counts as read is there; of transcripts, what is not there is awaited."""
        for stream, there in (("calls", self.calls), ("transcripts", self.spoken)):
            covered = _covered(bench, stream).get("*", RangeSet())
            due = {key for key in there.keys() & schedule.steady if there[key] in covered}
            found = {row["id" if stream == "calls" else "call_id"] for row in bench.table(stream)}
            if stream == "transcripts":
                found |= {wanted.call_id for wanted in Ledger(bench.state(stream)).awaited()}
            assert due <= found, f"{stream}: {covered} is marked, but {due - found} are not there"
        stored = {(row["log_type"], row["event_time"]) for row in bench.table("logs")}
        covered_logs = _covered(bench, "logs")
        for kind, when in self.logs:
            if kind in covered_logs and when in covered_logs[kind]:
                assert (kind, when) in stored, f"logs: {covered_logs[kind]} is marked, but {kind} {when} is not there"


def _covered(bench: Bench, stream: str) -> dict[str, RangeSet]:
    ranges = StreamState(bench.state(stream), {}).ranges()
    return {selection: RangeSet.from_state(told) for selection, told in ranges.items()}


def _compare(schedule: Schedule, sandbox: Sandbox, bench: Bench, now: datetime) -> None:
    chosen = [stream for stream in OFFERED if stream.name in schedule.streams]
    expected = truth_of(schedule.streams, sandbox, schedule.start, now)
    for stream in chosen:
        names = [table.name for table in stream.tables if not table.name.endswith("__read")]
        for rows in (expected, found := {name: bench.table(name) for name in names}):
            _leave_out(schedule.deleted, stream, rows)
        for name in names:
            assert_same(name, _still_shown(name, found[name], now), expected[name])


def _leave_out(calls: set[str], stream: Stream, rows: Rows) -> None:
    """Take out what is of calls that are gone: no sync finds that out, nor that places close up behind them.

    A list whose rows do not name the call may be all that a machine loaded of a record before it went away.
    """
    root = stream.tables[0]
    for table in reversed(stream.tables):
        key, of = table.call_column, calls
        if not key and root.call_column:
            key = table.merge_key
            there = {row[root.primary_key[0]]: row[root.call_column] for row in rows[root.name]}
            of = {row[key] for row in rows.get(table.name, ()) if there.get(row[key]) in {None, *calls}}
        if calls and key and table.name in rows:
            kept = [row for row in rows[table.name] if row[key] not in of]
            rows[table.name] = [{k: v for k, v in row.items() if k != "position"} for row in kept]


def _still_shown(table: str, rows: list[Row], now: datetime) -> list[Row]:
    kept = now.replace(microsecond=0) - statistics.ACCESS_LOG_KEPT
    return [row for row in rows if table != "logs" or row["log_type"] != "AccessLog" or row["event_time"] >= kept]


def truth_of(streams: list[str], sandbox: Sandbox, start: datetime, now: datetime) -> Rows:
    """The tables of some streams as they should be; nothing is asked for the others."""
    with PlainApi(sandbox) as plain:
        return _truth_of(streams, plain, start, now - timedelta(minutes=5), now)


def _truth_of(streams: list[str], plain: PlainApi, start: datetime, end: datetime, now: datetime) -> Rows:
    rows: Rows = {}
    limits = {"fromDateTime": start.isoformat(), "toDateTime": end.isoformat()}
    if {"calls", "transcripts"} & set(streams):
        asked = {"filter": limits, "contentSelector": SELECTOR}
        rows |= call_rows(list(plain.post("/v2/calls/extensive", "calls", asked)))
    if "transcripts" in streams:
        spoken = list(plain.post("/v2/calls/transcript", "callTranscripts", {"filter": limits}))
        rows |= transcript_rows(spoken, {row["id"]: row["started"] for row in rows["calls"]})
    workspaces = [row_of(item) for item in plain.get("/v2/workspaces", "workspaces")]
    ids = [row["id"] for row in workspaces]
    users = [company.user_row(user) for user in plain.get("/v2/users", "users")]
    rows |= {"workspaces": workspaces, "users": users}
    made: dict[str, Callable[[], Rows]] = {
        "library": lambda: company.library_rows(plain, ids),
        "logs": lambda: {"logs": _each_once(statistics.log_rows(plain, start, end, now))},
        "scorecards answered_scorecards": lambda: statistics.scorecard_rows(plain, start, end),
        "daily_activity": lambda: {"daily_activity": statistics.activity_rows(plain, start, now)},
        "trackers call_outcomes briefs crm_integrations": lambda: company.definition_rows(plain),
        "targets permission": lambda: company.permission_rows(plain, ids),
        "user_settings_history": lambda: {"user_settings_history": _history_rows(plain, users)},
    }
    for names, make in made.items():
        if any(stream.startswith(tuple(names.split())) for stream in streams):
            rows |= make()
    return rows


def _each_once(rows: list[Row]) -> list[Row]:
    """Log entries have no key but what they tell: the same told twice is one row."""
    return list({canonical(row): row for row in rows}.values())


def _history_rows(plain: PlainApi, users: list[Row]) -> list[Row]:
    return [
        row_of(change, user_id=user["id"], position=position)
        for user in users
        for position, change in enumerate(plain.get(f"/v2/users/{user['id']}/settings-history", "userSettingsHistory"))
    ]
