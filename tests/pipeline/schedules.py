"""Random schedules: what goes wrong at Gong, and what changes there, while it is read; told by a seed alone."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from gong_source.ranges import iso
from gong_source.sandbox import Sandbox
from gong_source.sandbox.world import LOG_TYPES
from gong_source.streams.all import STREAMS
from tests.pipeline.harness import NOW

DAYS = 20
TOLD = {
    *("calls", "transcripts", "users", "logs", "library_folders", "library_folder_calls", "workspaces", "scorecards"),
    *("answered_scorecards", "daily_activity", "user_settings_history", "trackers", "call_outcomes", "briefs"),
    *("targets", "crm_integrations", "permission_profiles", "permission_profile_users"),
}
OFFERED = [stream for stream in STREAMS if stream.name in TOLD]
"""Those whose tables ``play.truth_of`` knows to tell."""
ENDPOINTS = {stream.name: [endpoint.name for endpoint in stream.endpoints] for stream in OFFERED}
PLACES = (0, 1, 2, 17, 60, 300, 1500, None)
"""Bytes after which a body is cut; None is in its midst."""
STATUSES = "400 401 402 403 404 405 408 409 410 413 418 422 425 429 451 500 501 502 503 504 507 520 522 524 529".split()  # noqa: SIM905
WAITS = (0, 1, "0", "soon", "-1", "Mon, 01 Jan 2001 00:00:00 GMT", 7200, None, None, None)
"""Values of Retry-After."""

Options = dict[str, Any]
FAULTS: dict[str, Callable[[random.Random], Options]] = {
    "drop": lambda dice: {},
    "reset": lambda dice: {},
    "cut": lambda dice: {"at": dice.choice(PLACES)},
    "cut_json": lambda dice: {} if (at := dice.choice(PLACES)) is None else {"at": at},
    "stall": lambda dice: {"seconds": 0.7},
    "slow_body": lambda dice: {"seconds": 0.7},
    "html": lambda dice: {},
    "empty": lambda dice: {},
    "content_type": lambda dice: {"value": dice.choice(["text/plain", "text/html", "application/octet-stream", ""])},
    "replace": lambda dice: {
        "old": '"records"',
        "new": dice.choice(['"records', "\x00", "\ud83d".encode("utf-8", "surrogatepass")]),
    },
    "gzip": lambda dice: {},
    "gzip_garbage": lambda dice: {},
    "huge": lambda dice: {"bytes": dice.choice([1, 2_000_000])},
    "deep": lambda dice: {"depth": dice.choice([10, 600, 5000])},
    "redirect": lambda dice: {"status": dice.choice([301, 302, 303, 307, 308])},
    "expired_cursor": lambda dice: {"status": dice.choice([400, 401, 403, 404, 410])},
    "repeat_cursor": lambda dice: {},
    "same_page_number": lambda dice: {},
    "page_number": lambda dice: dice.choice([{}, {"value": None}, {"value": "2"}, {"value": -1}, {"value": 2**62}]),
    "shift": lambda dice: {"by": -dice.randint(1, 3)},
    "wrong_type": lambda dice: {"as": dice.choice(["string", "object", "number"])},
    "missing_list": lambda dice: {},
    "null_list": lambda dice: {},
    **{status: lambda dice: {"retry_after": dice.choice(WAITS)} for status in STATUSES},
}
"""All that an answer may be, with details drawn at random."""


@dataclass(frozen=True)
class Order:
    """One thing that is told to the sandbox: an action of its controls."""

    action: str
    args: Options

    def __str__(self) -> str:
        """As short as it can be told."""
        return f"{self.action}({', '.join(f'{name}={value!r}' for name, value in self.args.items())})"


@dataclass
class Turn:
    """One run in which anything goes wrong.

    Attributes:
        now: When it begins.
        orders: What the sandbox is told before.
        lose: Number of the package in whose load the machine goes away; None for none.
        settings: Of the run.
    """

    now: datetime
    orders: list[Order]
    lose: int | None
    settings: Options

    def __str__(self) -> str:
        """In a line."""
        told = [*map(str, self.orders), *([f"killed in package {self.lose}"] if self.lose is not None else [])]
        return f"{self.now:%d %H:%M} {self.settings} {'; '.join(told)}"


@dataclass
class Schedule:
    """What happens to a company and to its syncs.

    Attributes:
        seed: It makes all the rest.
        company: Options of the sandbox.
        streams: Names of the streams that are read.
        turns: Runs in which things go wrong; a clean one follows.
        touched: Calls that come, go or change at a time nobody knows.
        deleted: Those among them that are gone in the end.
        steady: Calls that are there all along, as they are.
    """

    seed: int
    company: Options
    streams: list[str]
    turns: list[Turn] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    steady: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        """In some lines."""
        return "\n".join([f"seed {self.seed}: {self.company} {self.streams}", *map(str, self.turns)])

    @property
    def start(self) -> datetime:
        """From when on everything is read."""
        return (NOW - timedelta(days=DAYS + 1)).replace(hour=0, minute=0)


def draw(seed: int, streams: list[str] | None = None, turns: int = 3) -> tuple[Schedule, Sandbox]:
    """A schedule and its company.

    Args:
        seed: Makes both.
        streams: Names of the streams to choose from; all where None.
        turns: Runs in which things go wrong, at the most.
    """
    dice = random.Random(seed)
    names = streams or [stream.name for stream in OFFERED]
    chosen = {dice.choice(["calls", "transcripts"]), *dice.sample(names, dice.randint(1, 3))} & {*names}
    company = {
        "calls": dice.randint(6, 14),
        "users": dice.randint(2, 5),
        "sentences": 2,
        "workspaces": dice.choice([1, 1, 2]),
        "page_size": dice.randint(1, 5),
        "seed": dice.randint(0, 5),
        "days": DAYS,
        "end": NOW,
        "lag": dice.random() < 0.2,
    }
    schedule = Schedule(seed, company, sorted(chosen))
    sandbox = Sandbox(**company)
    changes = Changes(dice, sandbox, schedule)
    now = NOW
    for number in range(min(turns, dice.choice([1, 1, 2, 3]))):
        schedule.turns.append(_turn(dice, schedule, changes, now, number))
        now += timedelta(minutes=dice.choice([1, 7, 90, 1500]))
    schedule.steady = set(sandbox.world.calls) - schedule.touched
    return schedule, sandbox


def _turn(dice: random.Random, schedule: Schedule, changes: Changes, now: datetime, number: int) -> Turn:
    orders = [changes.any() for _ in range(dice.choice([0, 0, 1]) if number else dice.choice([0, 1]))]
    for _ in range(dice.choice([0, 1, 1, 2, 3])):
        under = changes.any()
        orders.append(Order("at_request", {"do": under.action, "args": under.args, "nth": dice.randint(1, 25)}))
    endpoints = [name for stream in schedule.streams for name in ENDPOINTS[stream] if "{" not in name]
    for _ in range(dice.choice([1, 1, 2, 3, 5])):
        kind = dice.choice(sorted(FAULTS))
        where = dice.choice([None, *endpoints]) if endpoints else None
        times = dice.choice([1, 1, 1, 2, 5, None])
        # where a host only ever stalls, all that is asked waits for it
        times = 1 if kind in ("stall", "slow_body", "huge") else times
        nth = dice.choice([1, 1, 2, 2, 3, 4, 6, 9])
        args = {"kind": kind, "endpoint": where, "nth": nth, "times": times, **FAULTS[kind](dice)}
        orders.append(Order("fail", args))
    if dice.random() < 0.15:
        orders.append(Order("set_quota", {"daily_requests": dice.randint(1, 25), "retry_after": 7200}))
    elif dice.random() < 0.1:
        orders.append(Order("set_quota", {"requests_per_second": dice.randint(5, 40), "retry_after": 0}))
    if dice.random() < 0.15 and not schedule.company["lag"]:  # what comes late must not go again
        skew = timedelta(seconds=dice.choice([-86_400, -3600, -299, 299, 3600, 86_400]))
        orders.append(Order("set_now", {"now": iso(now + skew)}))
    settings = {
        "chunk_days": dice.choice([3, 11, 90]),
        "package_rows": dice.choice([1, 20, 10_000]),
    }
    return Turn(now, orders, dice.choice([None, None, None, 0, 0, 1, 2]), settings)


class Changes:
    """What changes in a company; in ways that the next sync must find."""

    def __init__(self, dice: random.Random, sandbox: Sandbox, schedule: Schedule) -> None:
        self._dice = dice
        self._sandbox = sandbox
        self._schedule = schedule
        self._calls = sorted(sandbox.world.calls)
        recent = NOW - timedelta(days=5)
        self._recent = [key for key in self._calls if sandbox.world.calls[key].started > recent]
        hidden = [key for key in self._recent if dice.random() < 0.3]
        sandbox.control.hide_calls(hidden)
        silent = [key for key in self._recent if dice.random() < 0.3]
        sandbox.control.hide_transcripts(silent)
        self._hidden, self._silent = hidden, silent
        schedule.touched.update(hidden, silent)

    def any(self) -> Order:
        """One change."""
        makers = [self._edit, self._release, self._speak, self._add, self._user, self._log]
        if "daily_activity" not in self._schedule.streams:  # days that are settled are not counted again
            makers += [self._delete, self._delete]
        return self._dice.choice(makers)() or self._user()

    def _edit(self) -> Order | None:
        here = [key for key in self._recent if key not in self._schedule.deleted]
        return here and self._touch("edit_call", here, path="metaData.title", value=f"Edited {self._dice.random()}")

    def _delete(self) -> Order | None:
        here = [key for key in self._calls if key not in self._schedule.touched]
        if not here:
            return None
        key = self._dice.choice(here)
        self._schedule.touched.add(key)
        self._schedule.deleted.add(key)
        return Order("delete_calls", {"ids": [key]})

    def _release(self) -> Order | None:
        return Order("release_calls", {"ids": [self._hidden.pop()]}) if self._hidden else None

    def _speak(self) -> Order | None:
        return Order("release_transcripts", {"ids": [self._silent.pop()]}) if self._silent else None

    def _add(self) -> Order:
        started = NOW - timedelta(hours=self._dice.randint(1, 60), seconds=self._dice.randint(0, 3000))
        return Order("add_calls", {"n": 1, "started": iso(started), "available_at": iso(started)})

    def _user(self) -> Order:
        key = self._dice.choice(sorted(self._sandbox.world.users))
        return Order("edit_user", {"id": key, "field": "title", "value": f"Title {self._dice.random()}"})

    def _log(self) -> Order:
        when = NOW - timedelta(minutes=self._dice.randint(10, 3000), microseconds=self._dice.randint(0, 10**6) * 1000)
        return Order(
            "add_log_entries", {"log_type": self._dice.choice(LOG_TYPES), "entries": [{"eventTime": iso(when)}]}
        )

    def _touch(self, action: str, among: list[str], **args: Any) -> Order:
        key = self._dice.choice(among)
        self._schedule.touched.add(key)
        return Order(action, {"id": key, **args})
