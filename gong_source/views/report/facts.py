"""What the report shows, as few rows as its charts have marks: read from the views of any destination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import orjson
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongDestinationError
from gong_source.ranges import UTC
from gong_source.warehouse.literals import Value
from gong_source.warehouse.run_log import TABLE as RUNS
from gong_source.warehouse.store import Store

Row = dict[str, Any]

NO_TEAM = "No manager"
TOP = 12
"""Bars of a chart of people or accounts."""

LINES = 6
"""Lines of the chart of trackers: more can't be told apart."""


@dataclass(frozen=True)
class Facts:
    """Everything on the page.

    Attributes:
        dataset: Name of the dataset.
        first: Monday of the first week.
        last: Monday of the last week.
        totals: Numbers at the top, by name.
        weeks: Calls by week and team.
        reps: Talk ratio by host.
        trackers: Share of the calls by week and tracker.
        coverage: Calls by week, with and without transcript.
        lags: Hours from call to load by day.
        accounts: Hours and calls by account.
        scores: Mean overall score by reviewed user and scorecard.
    """

    dataset: str
    first: date
    last: date
    totals: dict[str, str]
    weeks: list[Row]
    reps: list[Row]
    trackers: list[Row]
    coverage: list[Row]
    lags: list[Row]
    accounts: list[Row]
    scores: list[Row]


def read_facts(pipeline: Pipeline, weeks: int) -> Facts:
    """Read the views.

    Args:
        pipeline: With a destination and a dataset that has the views.
        weeks: How many weeks back from the last call.

    Raises:
        GongDestinationError: There is no call.
    """
    with Store(pipeline, reads=True) as store:
        ((earliest, latest),) = store.rows("SELECT min(week), max(week) FROM {v_calls}") or ((None, None),)
        if latest is None:
            raise GongDestinationError(f"There is no call in {pipeline.dataset_name} yet: {_advice(store)}.")
        last = _day(latest)
        first = last - min(weeks - 1, (last - _day(earliest)).days // 7) * timedelta(weeks=1)
        return _Reader(store, pipeline.dataset_name, first, last).facts()


def _advice(store: Store) -> str:
    if RUNS not in store.tables([RUNS]):
        return "run gong-source sync first"
    runs = store.rows(f"SELECT DISTINCT streams FROM {{{RUNS}}}")
    if not any("calls" in orjson.loads(streams) for (streams,) in runs):
        return "no run so far was to load the stream calls; run gong-source sync --resources calls"
    return "Gong showed none to the runs so far; sync from an earlier --start-date, or check what the key may see"


class _Reader:
    """Asks for one part of the page after the other, all from one first week on."""

    def __init__(self, store: Store, dataset: str, first: date, last: date) -> None:
        self._store = store
        self._dataset = dataset
        self._first = first
        self._last = last
        # BigQuery compares no timestamp with a day, and others take the session's midnight for it
        self._values: dict[str, Value] = {
            "first": first.isoformat(),
            "since": datetime.combine(first, time(), tzinfo=UTC),
        }

    def facts(self) -> Facts:
        """All parts."""
        weeks = self._weeks()
        return Facts(
            dataset=self._dataset,
            first=self._first,
            last=self._last,
            totals=self._totals(),
            weeks=weeks,
            reps=self._reps(),
            trackers=self._trackers(sorted({row["week"] for row in weeks})),
            coverage=self._coverage(),
            lags=self._lags(),
            accounts=self._accounts(),
            scores=self._scores(),
        )

    def _rows(self, columns: Sequence[str], sql: str) -> list[Row]:
        values = self._store.rows(sql, **self._values)
        return [dict(zip(columns, map(_plain, row), strict=True)) for row in values]

    def _totals(self) -> dict[str, str]:
        (row,) = self._rows(
            ("calls", "hours", "hosts", "transcribed"),
            "SELECT count(*), sum(minutes) / 60, count(DISTINCT host_id), "
            "sum(CASE WHEN has_transcript THEN 1 ELSE 0 END) FROM {v_calls} WHERE week >= CAST({first} AS DATE)",
        )
        ((accounts,),) = self._store.rows(
            "SELECT count(DISTINCT system || ' ' || account_id) FROM {v_account_timeline} WHERE started >= {since}",
            **self._values,
        ) or ((0,),)
        return {
            "calls": f"{row['calls']:,}",
            "hours": f"{row['hours'] or 0:,.0f}",
            "hosts": f"{row['hosts']:,}",
            "accounts": f"{accounts:,}",
            "with transcript": f"{(row['transcribed'] or 0) / row['calls']:.0%}",
        }

    def _weeks(self) -> list[Row]:
        found = self._rows(
            ("week", "team", "team_id", "calls", "hours"),
            "SELECT week, coalesce(max(manager_name), "
            f"CASE WHEN manager_id IS NULL THEN '{NO_TEAM}' ELSE 'Unknown' END), manager_id, count(*), "
            "sum(minutes) / 60 FROM {v_calls} WHERE week >= CAST({first} AS DATE) "
            "GROUP BY week, manager_id ORDER BY 1, 2, 3",
        )
        return _told_apart(found, "team", "team_id")

    def _reps(self) -> list[Row]:
        found = self._rows(
            ("rep", "rep_id", "calls", "talk_ratio"),
            "SELECT coalesce(max(host_name), 'Unknown'), host_id, count(*), avg(talk_ratio) FROM {v_calls} "
            "WHERE week >= CAST({first} AS DATE) AND scope = 'External' AND host_id IS NOT NULL "
            "AND talk_ratio IS NOT NULL GROUP BY host_id ORDER BY 3 DESC, 1, 2",
        )
        return _told_apart(found[:TOP], "rep", "rep_id")

    def _trackers(self, weeks: Sequence[str]) -> list[Row]:
        found = self._rows(
            ("week", "tracker", "calls", "mentions", "share"),
            "SELECT week, tracker_name, calls, mentions, share_of_calls FROM {v_tracker_trend} "
            "WHERE week >= CAST({first} AS DATE) ORDER BY 1, 2",
        )
        heard: dict[str, int] = {}
        for row in found:
            heard[row["tracker"]] = heard.get(row["tracker"], 0) + row["calls"]
        shown = sorted(heard, key=lambda name: (-heard[name], name))[:LINES]
        there = {(row["week"], row["tracker"]): row for row in found}
        # a week with calls and without a hit is a zero, not a gap
        return [
            there.get((week, name), {"week": week, "tracker": name, "calls": 0, "mentions": 0, "share": 0.0})
            for name in shown
            for week in weeks
        ]

    def _coverage(self) -> list[Row]:
        return self._rows(
            ("week", "state", "calls"),
            "SELECT week, CASE WHEN has_transcript THEN 'with transcript' ELSE no_transcript_reason END, count(*) "
            "FROM {v_calls} WHERE week >= CAST({first} AS DATE) GROUP BY 1, 2 ORDER BY 1, 2",
        )

    def _lags(self) -> list[Row]:
        return self._rows(
            ("day", "least", "mean"),
            "SELECT day, least_lag_hours, mean_lag_hours FROM {v_coverage} "
            "WHERE day >= CAST({first} AS DATE) ORDER BY 1",
        )

    def _accounts(self) -> list[Row]:
        found = self._rows(
            ("account", "system", "account_id", "calls", "hours"),
            "SELECT coalesce(max(account_name), account_id), system, account_id, count(*), sum(minutes) / 60 "
            "FROM {v_account_timeline} WHERE started >= {since} GROUP BY system, account_id ORDER BY 5 DESC, 1, 2, 3",
        )
        return _told_apart(found[:TOP], "account", "system", "account_id")

    def _scores(self) -> list[Row]:
        found = self._rows(
            ("rep", "rep_id", "scorecard", "scorecard_id", "reviews", "score"),
            "SELECT coalesce(max(reviewed_user), 'Unknown'), reviewed_user_id, "
            "coalesce(max(scorecard_name), 'Unnamed'), scorecard_id, count(*), avg(score) FROM {v_scorecards} "
            "WHERE is_overall AND score IS NOT NULL AND reviewed_at >= {since} "
            "GROUP BY reviewed_user_id, scorecard_id ORDER BY 5 DESC, 1, 3, 2, 4",
        )
        found = _told_apart(_told_apart(found, "rep", "rep_id"), "scorecard", "scorecard_id")
        people = list(dict.fromkeys(row["rep"] for row in found))[:TOP]
        return [row for row in found if row["rep"] in people]


def _told_apart(rows: list[Row], name: str, *ids: str) -> list[Row]:
    """The rows without ids; a name that several share tells them instead, as a chart joins what is called alike."""
    own = [" ".join(str(row[each]) for each in ids if row[each] is not None) for row in rows]
    sharing: dict[str, set[str]] = {}
    for row, key in zip(rows, own, strict=True):
        sharing.setdefault(row[name], set()).add(key)
    apart = [
        f"{row[name]} ({key})" if key and len(sharing[row[name]]) > 1 else row[name]
        for row, key in zip(rows, own, strict=True)
    ]
    return [
        {field: label if field == name else value for field, value in row.items() if field not in ids}
        for row, label in zip(rows, apart, strict=True)
    ]


def _day(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else date.fromisoformat(str(value)[:10])


def _plain(value: Any) -> Any:
    """A value as JSON has it: days as text, decimals as numbers."""
    if isinstance(value, (date, datetime)):
        return _day(value).isoformat()
    return value if value is None or isinstance(value, (str, int, float)) else float(value)
