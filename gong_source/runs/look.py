"""A look at a dataset: what is loaded, how old it is and what is missing, from the destination alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from dlt.pipeline.pipeline import Pipeline

from gong_source.config import load_setting
from gong_source.ranges import UTC, parse_instant
from gong_source.runs.coverage import Coverage
from gong_source.runs.status import Status, StreamStatus, as_text
from gong_source.streams.all import STREAMS, TRANSCRIPTS
from gong_source.streams.calls.ledger import EPOCH
from gong_source.streams.clocks import time_of
from gong_source.streams.state import CompanyState
from gong_source.streams.stream import Calls, Recorded, Stream, Windows
from gong_source.tables.model import LOAD_ID
from gong_source.tables.rejected import REJECTED
from gong_source.warehouse.place import place_of, refuse_empty
from gong_source.warehouse.run_log import PastRun, runs_since
from gong_source.warehouse.states import PipelineState, filled_by_any, pipeline_states
from gong_source.warehouse.store import COMPLETED, SCHEMA, Store
from gong_source.warehouse.together import Later

RECENT_RUNS = timedelta(days=8)
"""How far back runs are looked at: a week, and one run more."""

LAG_OF = timedelta(days=7)
"""Calls of so long before the newest one tell how late calls come."""

LAG_CALLS = 2000
"""So many of them at the most."""


def read_status(pipeline: Pipeline, max_lag: timedelta | None = None, now: datetime | None = None) -> Status:
    """Look at a dataset; Gong is not asked, and nothing is changed.

    Args:
        pipeline: Destination and dataset; its name does not matter.
        max_lag: What is older counts as late; a day more for what is read once a day.
        now: The current time.

    Raises:
        GongConfigError: There is no such dataset.
        GongDestinationError: The destination can't be asked.
    """
    now = now or datetime.now(UTC)
    refuse_empty(pipeline)
    with Store(pipeline, reads=True) as store:
        return _Look(store, max_lag, now).status(place_of(pipeline))


class _Look:
    """The queries of one look."""

    def __init__(self, store: Store, max_lag: timedelta | None, now: datetime) -> None:
        self._store = store
        self._max_lag = max_lag
        self._now = now
        self._columns = store.columns([REJECTED.name])
        self._states = pipeline_states(store)
        chosen = [load_setting("workspace_ids", state.name) for state in self._states]
        self._coverage = Coverage(self._states, {each for workspaces in chosen for each in workspaces or ()})
        self._runs = runs_since(store, now - RECENT_RUNS)

    def status(self, where: dict[str, str]) -> Status:
        streams = self._streams()
        awaited = self._awaited()
        requests = self._requests_today()
        used = max([sum(requests.values()), *(self._noted(each) for each in self._states)])
        budget = load_setting("daily_requests")
        return Status(
            streams=streams,
            awaited=len(awaited),
            oldest_awaited=min(awaited.values(), default=None),
            given_up=self._without_transcript(awaited),
            rejected=self._store.count(REJECTED.name, "1 = 1") if REJECTED.name in self._columns else 0,
            requests_today=requests,
            quota_left=max(budget - used, 0) if budget else None,
            lag=self._lag(streams),
            pipelines={state.name: self._pipeline(state) for state in self._states},
            where=where,
        )

    def _streams(self) -> dict[str, StreamStatus]:
        there = [stream for stream in STREAMS if stream.tables[0].name in self._columns]
        counted = {stream.name: self._counted(stream) for stream in there}
        packages = self._store.rows(
            "SELECT load_id, inserted_at FROM {_dlt_loads} WHERE status = 0 AND schema_name = {schema}", schema=SCHEMA
        )
        loads = {row[0]: parse_instant(row[1]) for row in packages}
        found = {}
        for stream in there:
            count, newest, load = counted[stream.name]()
            status = StreamStatus(count, newest)
            status.ranges = self._coverage.of(stream.name)
            status.gaps = self._coverage.gaps(stream, self._now)
            ids = {*self._coverage.loads(stream.name), load}
            status.last_load = max((loads[each] for each in ids if each in loads), default=None)
            status.up_to = self._up_to(stream, status.last_load)
            status.late = self._is_late(stream, status.up_to)
            found[stream.name] = status
        filled = filled_by_any(self._states)
        for stream in (each for each in STREAMS if each not in there and each.tables[0].name in filled):
            found[stream.name] = StreamStatus(0, late=self._max_lag is not None)  # somebody dropped its table
        return found

    def _counted(self, stream: Stream) -> Later[tuple[int, datetime | None, str | None]]:
        """Gives the rows of a stream, the time of its newest record and the newest package that brought any."""
        table = stream.tables[0]
        kinds = {column.name: column.type for column in table.columns if column.name in self._columns[table.name]}
        time = stream.reads.time if isinstance(stream.reads, Windows) else "started" * isinstance(stream.reads, Calls)
        newest, load = f"MAX({time})", f"MAX({LOAD_ID})"
        asked: dict[str, str] = {"COUNT(*)": "bigint"}
        asked |= {newest: kinds[time]} if time in kinds else {}
        asked |= {load: "text"} if LOAD_ID in self._columns[table.name] else {}
        rows = self._store.later(asked, f"{{{table.name}}}")

        def told() -> tuple[int, datetime | None, str | None]:
            known = dict(zip(asked, next(iter(rows()), (0,)), strict=False))
            return int(known["COUNT(*)"]), time_of(stream, known.get(newest)), known.get(load)

        return told

    def _up_to(self, stream: Stream, last_load: datetime | None) -> datetime | None:
        """Where its ranges end, or when its list was last read: by its state, or by a run that had nothing to complain.

        A run that is done may have read no range and no list that is read once a day, so it tells nothing of these.
        """
        noted = self._coverage.up_to(stream)
        if stream.by_time:
            return min(filter(None, [noted, last_load]), default=None)
        if stream.daily:
            return noted
        done = [run.ended for run in self._runs if stream.name in run.streams and run.outcome == "done"]
        return max(filter(None, [last_load, *done[:1]]), default=None)

    def _is_late(self, stream: Stream, up_to: datetime | None) -> bool:
        if self._max_lag is None or isinstance(stream.reads, Recorded):
            return False
        if stream is TRANSCRIPTS and load_setting("transcripts") == "drop":
            return False
        if up_to is None:  # what is off by default may be what no licence has
            return stream.default
        return self._now - up_to > self._max_lag + timedelta(days=stream.daily)

    def _awaited(self) -> dict[str, datetime]:
        """Calls whose transcript is awaited, and since when."""
        found: dict[str, datetime] = {}
        for state in self._states:
            for call_id, (_, asked) in state.resources.get("transcripts", {}).get("awaited", {}).items():
                since = EPOCH + timedelta(microseconds=asked)
                found[call_id] = min(since, found.get(call_id, since))
        return found

    def _without_transcript(self, awaited: Iterable[str]) -> int:
        """Calls whose transcript was asked for, is not there and is not awaited."""
        covered = list(self._coverage.whole("transcripts"))
        if not covered or not {"calls", "transcripts"} <= self._columns.keys():
            return 0
        asked = " OR ".join(f"({self._store.between('c.started', each)})" for each in covered)
        rows = self._store.rows(
            "SELECT c.id FROM {calls} AS c LEFT JOIN {transcripts} AS t ON t.call_id = c.id "
            f"WHERE t.call_id IS NULL AND c.deleted_at IS NULL AND ({asked}) AND c." + COMPLETED
        )
        return len({row[0] for row in rows} - set(awaited))

    def _requests_today(self) -> dict[str, int]:
        midnight = self._now.replace(hour=0, minute=0, second=0, microsecond=0)
        used: Counter[str] = Counter({state.name: 0 for state in self._states})
        for run in self._runs:
            if run.ended >= midnight:
                used[run.pipeline] += run.requests
        return dict(used)

    def _noted(self, state: PipelineState) -> int:
        """Requests of the day as a pipeline's state has them: of all pipelines on its machine."""
        day, used = CompanyState(state.source).requests()
        return used if day == self._now.date().isoformat() else 0

    def _lag(self, streams: dict[str, StreamStatus]) -> dict[str, float]:
        newest = streams["calls"].newest if "calls" in streams else None
        if newest is None:
            return {}
        rows = self._store.rows(
            "SELECT c.started, l.inserted_at FROM {calls} AS c JOIN {_dlt_loads} AS l ON l.load_id = c._dlt_load_id "
            f"WHERE l.status = 0 AND c.started >= {{since}} ORDER BY c.started DESC LIMIT {LAG_CALLS}",
            since=newest - LAG_OF,
        )
        seconds = sorted((parse_instant(at) - parse_instant(started)).total_seconds() for started, at in rows)
        return {"p50": _share(seconds, 0.5), "p95": _share(seconds, 0.95)} if seconds else {}

    def _pipeline(self, state: PipelineState) -> dict[str, Any]:
        last = next((run for run in self._runs if run.pipeline == state.name), None)
        return {"state_saved": as_text(state.saved_at), "last_run": _run(last)}


def _run(run: PastRun | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {"command": run.command, "ended": as_text(run.ended), "outcome": run.outcome, "message": run.message}


def _share(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
