"""What users did and how they spoke: Gong tells it user by user or manager by manager; here it becomes plain rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gong_source.api.endpoints import ACTIVITY_BY_DAY, ACTIVITY_BY_PERIOD, CALL_ACCESS, COACHING, INTERACTION, Endpoint
from gong_source.errors import GongProtocolError
from gong_source.ranges import moved, parse_instant
from gong_source.streams.faults import is_key, no_key
from gong_source.streams.state import EVERYTHING
from gong_source.streams.stream import Lists
from gong_source.tables import activity as tables
from gong_source.tables import permissions
from gong_source.tables.activity import COUNTERS, DAILY_ACTIVITY
from gong_source.tables.arrow import JsonDict, Shaped, as_text, shape
from gong_source.tables.model import CONTENT_HASH, Table
from gong_source.tables.records import record_hash
from gong_source.tables.values import NUMBER as JSON_NUMBER

NUMBER = re.compile("[0-9]+")
"""An id as Gong writes it."""

UNPLACED = re.compile(r"(Z|[+-]00(:?00)?)$", re.IGNORECASE)
"""The end of an instant as UTC, which tells nothing of the company's time zone."""

NOON, FURTHEST_EAST = 12, 14
"""Hours by which an instant in UTC is moved into the company's day; the first suits all zones but those beyond it."""

Odd = list[tuple[JsonDict, str]]
"""What can't be made a row of, each with the reason in words."""

FIELDS = frozenset(column.path for column in DAILY_ACTIVITY.columns)
"""What is documented of a day, and of its user."""


def shape_activity(users: Sequence[JsonDict], selection: str) -> list[Shaped]:
    """Rows of ``daily_activity``.

    Gong tells nothing of users who did nothing in all the days that are asked for, and zeros of the others: a day of a
    user with nothing but zeros makes no row, so that it does not matter which days are asked for together. What Gong
    counts beside what is documented counts here too.

    Args:
        users: Items of POST stats/activity/aggregate-by-period, with the first day that was asked for as ``date``.
        selection: Not used; there is one alone.

    Raises:
        GongProtocolError: A user or a day does not tell which it is.
    """
    odd: Odd = []
    days = _days(users, "userAggregateActivity", ACTIVITY_BY_PERIOD, odd)
    done = (day for told, day in days if _did_anything(told))
    return _rows(DAILY_ACTIVITY, done, ("userId", "date"), ACTIVITY_BY_PERIOD, odd)


def shape_activity_calls(users: Sequence[JsonDict], selection: str) -> list[Shaped]:
    """Rows of ``daily_activity_calls``: one for each id in each list of a day, also in lists that Gong adds later.

    Of such a list nothing tells that it is one of calls but what is in it: ids as Gong writes them, and nothing else.

    Args:
        users: Items of POST stats/activity/day-by-day, with the first day that was asked for as ``date``.
        selection: Not used; there is one alone.

    Raises:
        GongProtocolError: A user or a day does not tell which it is.
    """
    odd: Odd = []
    calls = (
        {**_own(day, "userId", "userEmailAddress", "date"), "activity": activity, "callId": call}
        for told, day in _days(users, "userDailyActivityStats", ACTIVITY_BY_DAY, odd)
        for activity, calls in _lists(told, ACTIVITY_BY_DAY, [path for _, path in COUNTERS])
        for call in calls
    )
    key = ("userId", "date", "activity", "callId")
    return _rows(tables.DAILY_ACTIVITY_CALLS, calls, key, ACTIVITY_BY_DAY, odd, listed=("callId",))


def shape_interaction(users: Sequence[JsonDict], selection: str) -> list[Shaped]:
    """Rows of ``daily_interaction_stats``.

    Args:
        users: Items of POST stats/interaction, each with its day as ``date``.
        selection: Not used; there is one alone.

    Raises:
        GongProtocolError: A user does not tell which it is.
    """
    odd: Odd = []
    figures = (
        {**user, **figure, **_own(user, "userId", "date")}
        for user in users
        for figure in _objects(user, "personInteractionStats", INTERACTION, odd)
    )
    key = ("userId", "date", "name")
    return _rows(tables.DAILY_INTERACTION_STATS, figures, key, INTERACTION, odd, listed=("name",))


def shape_coaching(managers: Sequence[JsonDict], selection: str) -> list[Shaped]:
    """Rows of ``coaching``.

    Args:
        managers: Items of GET coaching, each with what was asked for: ``workspace-id``, ``manager-id``, ``month``.
        selection: Not used: what was asked for stands in each.

    Raises:
        GongProtocolError: A manager's record holds something else than lists and objects where they belong.
    """
    key = ("workspace-id", "manager-id", "userId", "month", "metric", "callId")
    odd: Odd = []
    return _rows(tables.COACHING, _coached(managers, odd), key, COACHING, odd, listed=("userId", "callId"))


def _coached(managers: Sequence[JsonDict], odd: Odd) -> Iterator[JsonDict]:
    """Each call by which a report was coached; a report that does not tell who it is comes as it is."""
    for manager in managers:
        asked = _own(manager, "workspace-id", "manager-id", "month")
        for told in _objects(manager, "directReportsMetrics", COACHING, odd):
            metrics, report = _metrics(told), {**asked, "userId": _report(told)}
            coached = [(name, call) for name, calls in _lists(metrics, COACHING, metrics) for call in calls]
            if is_key(report["userId"]):
                yield from ({**report, "metric": name, "callId": call} for name, call in coached)
            elif coached:
                yield {**told, **report}


def shape_access(calls: Sequence[JsonDict], selection: str) -> list[Shaped]:
    """Rows of ``call_access``.

    Args:
        calls: Items of POST calls/users-access, each with ``started`` and ``workspaceId`` of its call.
        selection: Not used: the workspace stands in each.

    Raises:
        GongProtocolError: A call does not tell which it is.
    """
    odd: Odd = []
    users = (
        {**own, **user, **own}
        for call in calls
        for own in (_own(call, "callId", "started", "workspaceId"),)
        for user in _objects(call, "users", CALL_ACCESS, odd)
    )
    return _rows(permissions.CALL_ACCESS, users, ("callId", "userId"), CALL_ACCESS, odd, listed=("userId",))


def managers(selection: str, lists: Lists) -> list[JsonDict]:
    """What coaching is asked for: each manager of the company, in each workspace.

    Args:
        selection: A workspace, or all.
        lists: Tells who manages somebody, and the workspaces.
    """
    named = {as_text(user["managerId"]) for user in lists("users") if user.get("managerId")}
    found = sorted(manager for manager in named if NUMBER.fullmatch(manager))  # Gong refuses any other
    spaces = lists("workspaces") if selection == EVERYTHING else [{"id": selection}]
    workspaces = [as_text(each["id"]) for each in spaces if is_key(each.get("id"))]
    return [{"workspace-id": workspace, "manager-id": manager} for workspace in workspaces for manager in found]


def _report(told: JsonDict) -> Any:
    report = told.get("report")
    return report.get("id") if isinstance(report, dict) else None


def _own(record: JsonDict, *names: str) -> JsonDict:
    return {name: record.get(name) for name in names}


def _objects(record: JsonDict, name: str, endpoint: Endpoint, odd: Odd) -> Iterator[JsonDict]:
    """What a list of a record holds; what is no list keeps the record from being taken for an empty one.

    An item that is no object is added to what is odd, with the record that it stands in.
    """
    items = record.get(name)
    if items is not None and not isinstance(items, list):
        raise GongProtocolError(f"{name} came as something else than a list of objects", endpoint=endpoint.name)
    for item in items or []:
        if item in (None, {}):
            continue
        if isinstance(item, dict):
            yield item
        else:
            odd.append(({**record, name: [item]}, f"{name} has an item that is no object"))


def _metrics(told: JsonDict) -> JsonDict:
    metrics = told.get("metrics")
    if metrics is not None and not isinstance(metrics, dict):
        raise GongProtocolError("metrics came as something else than an object", endpoint=COACHING.name)
    return metrics or {}


def _lists(named: JsonDict, endpoint: Endpoint, documented: Collection[str]) -> Iterator[tuple[str, list[Any]]]:
    """The lists of calls of an object, by their names; what Gong adds to it may be something else."""
    for name in documented:
        if not isinstance(named.get(name), (list, type(None))):
            raise GongProtocolError(f"{name} came as something else than a list", endpoint=endpoint.name)
    for name, value in named.items():
        if isinstance(value, list) and (name in documented or all(map(_is_id, value))):
            yield name, value


def _is_id(value: Any) -> bool:
    return is_key(value) and NUMBER.fullmatch(as_text(value)) is not None


def _did_anything(told: JsonDict) -> bool:
    """Whether a day has any counter that is not zero; of what is not documented only a number can be one."""
    others = (value for name, value in told.items() if name not in FIELDS)
    counted = any(_is_not_zero(told.get(path)) for _, path in COUNTERS)
    return counted or any(value for value in others if type(value) in (int, float))


def _is_not_zero(counter: Any) -> bool:
    """Whether a counter tells of anything; it may come as text."""
    if isinstance(counter, str) and JSON_NUMBER.fullmatch(counter):
        return float(counter) != 0
    return bool(counter)


def _days(users: Sequence[JsonDict], under: str, endpoint: Endpoint, odd: Odd) -> Iterator[tuple[JsonDict, JsonDict]]:
    """What is told of each day of each user, by itself, and with the user's own fields and the day as ``date``."""
    told: list[tuple[JsonDict, JsonDict]] = []
    for user in users:
        own = {key: value for key, value in user.items() if key not in (under, "date")}
        told += [(own, day) for day in _objects(user, under, endpoint, odd)]
    first = next((user["date"] for user in users if isinstance(user.get("date"), str)), "")
    dates = dates_of([day.get("fromDate") for _, day in told], first, endpoint)
    for (own, day), date in zip(told, dates, strict=True):
        yield day, {**own, **day, "userId": own.get("userId"), "date": date}


def _rows(
    table: Table,
    records: Iterable[JsonDict],
    key: Sequence[str],
    endpoint: Endpoint,
    odd: Odd,
    listed: Sequence[str] = (),
) -> list[Shaped]:
    """Rows with an id made of what identifies a record; of each the first.

    An item of a list that lacks what tells it from the others, which ``listed`` names, costs that row alone: it is odd,
    beside what turned out to be so while the records were told.
    """
    by_id: dict[str, JsonDict] = {}
    own = [name for name in key if name not in listed]
    for record in records:
        if reason := next((reason for name in listed if (reason := no_key(name)(record))), ""):
            odd.append((record, reason))
            continue
        if not all(is_key(record.get(name)) for name in own):
            raise GongProtocolError(f"a record came without one of {', '.join(own)}", endpoint=endpoint.name)
        told = {**record, **{name: as_text(record[name]) for name in listed}}
        by_id.setdefault(" ".join(as_text(told[name]) for name in key), told)
    if not by_id and not odd:
        return []
    hashes = [record_hash(record, (table,)) for record in by_id.values()]
    return [replace(shape(table, list(by_id.values()), {"id": list(by_id), CONTENT_HASH: hashes}), odd=odd)]


def dates_of(starts: Sequence[Any], first: str, endpoint: Endpoint = ACTIVITY_BY_PERIOD) -> list[str]:
    """The company's days that begin at some instants.

    In UTC, 11:00 is midnight eleven hours west of it and thirteen east. A company as far in the east is known by days
    that begin at noon, as they do there in winter, or that would lie before the first that was asked for.

    Args:
        starts: As Gong writes them: with the offset of the company's time zone, or as UTC.
        first: The first day that was asked for; empty where it is not known.
        endpoint: Where they came from.

    Raises:
        GongProtocolError: One is no date and time.
    """
    try:
        began = [parse_instant(start) for start in starts]
    except ValueError as error:
        raise GongProtocolError("a day came without its date", endpoint=endpoint.name) from error
    told = [None if UNPLACED.search(as_text(start)) else as_text(start)[:10] for start in starts]
    unplaced = [each for each, day in zip(began, told, strict=True) if day is None]
    is_east = any(each.hour == NOON or _date(each, NOON) < first for each in unplaced)
    return [day or _date(each, FURTHEST_EAST if is_east else NOON) for each, day in zip(began, told, strict=True)]


def _date(instant: datetime, hours: int) -> str:
    return moved(instant, timedelta(hours=hours)).date().isoformat()
