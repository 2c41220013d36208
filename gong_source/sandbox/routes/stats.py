"""The statistics: activity of users, and interaction on their calls, by days of the company."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean
from typing import Any

from gong_source.sandbox import checks
from gong_source.sandbox.activity import ACTIVITIES, events
from gong_source.sandbox.clock import parse_stamp
from gong_source.sandbox.messages import ApiError, Json, Request, bad_request
from gong_source.sandbox.records import CallRecord
from gong_source.sandbox.routes.base import Context, Route
from gong_source.sandbox.routes.paging import Question, page
from gong_source.sandbox.zone import days_between

ACTIVITY_SCOPE, DETAILED_SCOPE = "api:stats:user-actions", "api:stats:user-actions:detailed"
INTERACTION_SCOPE = "api:stats:interaction"
NO_STATS = "No stats found for the specified period"
NO_ACTIVITY = "No users with activity were found for the specified period"
AVERAGES = ("Longest Monologue", "Longest Customer Story", "Interactivity", "Patience")
QUESTION_RATE = "Question Rate"
PERIODS = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")

FILTER = checks.Shape(
    {
        "fromDate": checks.day,
        "toDate": checks.day,
        "createdFromDateTime": checks.stamp,
        "createdToDateTime": checks.stamp,
        "userIds": checks.some_ids,
    },
    required=("fromDate", "toDate"),
)
BODY = checks.Shape({"cursor": checks.text, "filter": FILTER}, required=("filter",))
BY_PERIOD = checks.Shape(
    {"cursor": checks.text, "filter": FILTER, "aggregationPeriod": checks.one_of(PERIODS)},
    required=("aggregationPeriod", "filter"),
)

Calls = dict[date, dict[str, set[str]]]
"""Calls by day and activity."""


@dataclass(frozen=True)
class Asked:
    """What statistics are asked for.

    Attributes:
        context: What the handler works with.
        question: What was asked, for the cursor.
        start: The first day.
        end: The day after the last.
        wanted: A checked filter.
        period: The aggregation period, if any.
    """

    context: Context
    question: Question
    start: date
    end: date
    wanted: Json
    period: str = "DAY"

    @classmethod
    def read(cls, context: Context, request: Request, shape: checks.Shape) -> Asked:
        """Check a request; the present day of the company, which is not over, can't be asked for.

        Raises:
            ApiError: 400 for what is malformed, 404 for an unknown user.
        """
        raw = checks.json_object(request)
        body = shape(raw)
        wanted = body["filter"]
        today = context.world.zone.day(context.clock.now())
        if wanted["fromDate"] >= wanted["toDate"]:
            raise bad_request("filter.fromDate: must be before toDate")
        if wanted["toDate"] > today:
            raise bad_request(f"filter.toDate: must not be later than the current day {today}")
        checks.ordered(
            wanted.get("createdFromDateTime"),
            wanted.get("createdToDateTime"),
            "filter.createdFromDateTime",
            "createdToDateTime",
        )
        _check_users(context, wanted.get("userIds", ()))
        question = Question.of_body(f"POST {request.path}", raw)
        return cls(
            context, question, wanted["fromDate"], wanted["toDate"], wanted, body.get("aggregationPeriod", "DAY")
        )

    def users(self, active: Iterable[str]) -> list[Json]:
        """Return the users to tell of: those with activity, or those who were named if any of them has some."""
        found = set(active)
        named = self.wanted.get("userIds") or ()
        people = self.context.world.users.values()
        if named and not found & set(named):
            raise ApiError(404, f"User not found: {', '.join(named)}")
        return [user for user in people if user["id"] in (named or found) and self._is_created(user)]

    def _is_created(self, user: Json) -> bool:
        start, end = self.wanted.get("createdFromDateTime"), self.wanted.get("createdToDateTime")
        created = parse_stamp(user["created"])
        return (start is None or created >= start) and (end is None or created < end)

    def bounds(self) -> Json:
        """Write the range as the answers tell it."""
        zone = self.context.world.zone
        return {"fromDateTime": zone.stamp(self.start), "toDateTime": zone.stamp(self.end), "timeZone": zone.name}

    def activities(self) -> dict[str, Calls]:
        """Return what each user did, by day; doing it twice to one call on one day is doing it once."""
        world = self.context.world
        found: dict[str, Calls] = defaultdict(lambda: defaultdict(lambda: defaultdict(set)))
        start, end = world.zone.start(self.start), world.zone.start(self.end)
        for event in events(world, start, end, self.context.clock.now()):
            found[event.user][world.zone.day(event.when)][event.activity].add(event.call)
        return found

    def page(self, list_key: str, users: list[Json], nothing: str, render: Callable[[str], Json]) -> Json:
        """Answer one page of users, each with what ``render`` tells of them."""
        return page(
            self.context,
            self.question,
            list_key,
            users,
            lambda user: {"userId": user["id"], "userEmailAddress": user["emailAddress"], **render(user["id"])},
            nothing=nothing,
        )


def aggregate(context: Context, request: Request) -> Json:
    """Count the activities of each user in the whole range."""
    asked = Asked.read(context, request, BODY)
    done = asked.activities()
    days = days_between(asked.start, asked.end)
    answer = asked.page(
        "usersAggregateActivityStats",
        asked.users(done),
        NO_ACTIVITY,
        lambda user: {"userAggregateActivityStats": _counts(done.get(user, {}), days)},
    )
    return answer | asked.bounds()


def aggregate_by_period(context: Context, request: Request) -> Json:
    """Count the activities of each user in each day, week, month, quarter or year of the range."""
    asked = Asked.read(context, request, BY_PERIOD)
    done = asked.activities()
    periods = _periods(asked)
    return asked.page(
        "usersAggregateActivity",
        asked.users(done),
        NO_ACTIVITY,
        lambda user: {
            "userAggregateActivity": [
                {**_counts(done.get(user, {}), days), **_edges(context, days)} for days in periods
            ]
        },
    )


def day_by_day(context: Context, request: Request) -> Json:
    """List the calls of each activity of each user on each day of the range."""
    asked = Asked.read(context, request, BODY)
    done = asked.activities()
    days = days_between(asked.start, asked.end)

    def one_day(user: str, day: date) -> Json:
        calls = done.get(user, {}).get(day, {})
        return {activity: sorted(calls.get(activity, ())) for activity in ACTIVITIES} | _edges(context, [day])

    return asked.page(
        "usersDetailedActivities",
        asked.users(done),
        NO_ACTIVITY,
        lambda user: {"userDailyActivityStats": [one_day(user, day) for day in days]},
    )


def interaction(context: Context, request: Request) -> Json:
    """Average the interaction statistics of the calls that each user hosted."""
    asked = Asked.read(context, request, BODY)
    zone, now = context.world.zone, context.clock.now()
    hosted: dict[str, list[CallRecord]] = defaultdict(list)
    for call in context.world.index.by_start(zone.start(asked.start), zone.start(asked.end)):
        if call.primary_user_id and call.is_visible(now) and call.facts.statistics:
            hosted[call.primary_user_id].append(call)
    answer = asked.page(
        "peopleInteractionStats",
        asked.users(hosted),
        NO_STATS,
        lambda user: {"personInteractionStats": _averages(hosted.get(user, []))},
    )
    return answer | asked.bounds()


def _check_users(context: Context, named: Iterable[str]) -> None:
    unknown = [user for user in named if user not in context.world.users and user not in context.world.avatars]
    if unknown:
        raise ApiError(404, f"User not found: {', '.join(unknown)}")


def _counts(done: Calls, days: list[date]) -> Json:
    active = [done[day] for day in days if day in done]  # of decades, few are
    return {activity: sum(len(calls.get(activity, ())) for calls in active) for activity in ACTIVITIES}


def _edges(context: Context, days: list[date]) -> Json:
    zone = context.world.zone
    return {"fromDate": zone.stamp(days[0]), "toDate": zone.stamp(days[-1] + timedelta(days=1))}


def _periods(asked: Asked) -> list[list[date]]:
    keys: dict[str, Callable[[date], Any]] = {
        "DAY": lambda day: day,
        "WEEK": lambda day: day.isocalendar()[:2],
        "MONTH": lambda day: (day.year, day.month),
        "QUARTER": lambda day: (day.year, (day.month - 1) // 3),
        "YEAR": lambda day: day.year,
    }
    periods: dict[Any, list[date]] = {}
    for day in days_between(asked.start, asked.end):
        periods.setdefault(keys[asked.period](day), []).append(day)
    return list(periods.values())


def _averages(calls: list[CallRecord]) -> list[Json]:
    if not calls:
        return []
    made = [
        {"name": name, "value": round(fmean(values), 2)}
        for name in AVERAGES
        if (values := [call.facts.statistics[name] for call in calls if name in call.facts.statistics])
    ]
    hours = sum(call.facts.seconds for call in calls) / 3600
    rate = sum(call.facts.questions for call in calls) / hours if hours else 0.0
    return [*made, {"name": QUESTION_RATE, "value": round(rate, 2)}]


ROUTES = (
    Route("POST", "/v2/stats/activity/aggregate", aggregate, (ACTIVITY_SCOPE,), "usersAggregateActivityStats"),
    Route(
        "POST",
        "/v2/stats/activity/aggregate-by-period",
        aggregate_by_period,
        (ACTIVITY_SCOPE,),
        "usersAggregateActivity",
    ),
    Route("POST", "/v2/stats/activity/day-by-day", day_by_day, (DETAILED_SCOPE,), "usersDetailedActivities"),
    Route("POST", "/v2/stats/interaction", interaction, (INTERACTION_SCOPE,), "peopleInteractionStats"),
)
