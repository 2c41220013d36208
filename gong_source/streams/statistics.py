"""The streams of what users did, day by day and month by month."""

from __future__ import annotations

from datetime import timedelta

from gong_source.api import endpoints as at
from gong_source.streams.activity import (
    managers,
    shape_activity,
    shape_activity_calls,
    shape_coaching,
    shape_interaction,
)
from gong_source.streams.stream import Days, Months, Stream, Windows
from gong_source.tables import activity

USER = ("userId", "userEmailAddress")

DAILY_ACTIVITY = Stream(
    "daily_activity",
    at.ACTIVITY_BY_PERIOD,
    (activity.DAILY_ACTIVITY,),
    Windows(
        Days(),
        time="date",
        beside={"aggregationPeriod": "DAY"},
        probe={"aggregationPeriod": "YEAR"},
        about=USER,
        shape=shape_activity,
    ),
    daily=True,
    cost="1 for each 100 users a day",
)
DAILY_ACTIVITY_CALLS = Stream(
    "daily_activity_calls",
    at.ACTIVITY_BY_DAY,
    (activity.DAILY_ACTIVITY_CALLS,),
    Windows(
        Days(),
        time="date",
        of_calls=True,
        longest=timedelta(days=3650),  # every day of it is told of each user who did anything
        about=USER,
        shape=shape_activity_calls,
    ),
    default=False,
    daily=True,
    question=("include_private_calls",),
    cost="1 for each 100 users a day",
)
DAILY_INTERACTION_STATS = Stream(
    "daily_interaction_stats",
    at.INTERACTION,
    (activity.DAILY_INTERACTION_STATS,),
    Windows(Days(one_by_one=True), time="date", about=USER, probe={}, shape=shape_interaction),
    default=False,
    daily=True,
    cost="1 for each day of the look-back and 100 users a day",
)
COACHING = Stream(
    "coaching",
    at.COACHING,
    (activity.COACHING,),
    Windows(
        Months(),
        time="month",
        about=("manager-id",),
        by_workspace=True,
        each=managers,
        of_calls=True,
        probe={},
        shape=shape_coaching,
    ),
    default=False,
    daily=True,
    needs=(at.WORKSPACES, at.USERS),
    question=("include_private_calls",),
    cost="1 for each workspace, manager and month of the look-back a day",
)

STREAMS = (DAILY_ACTIVITY, DAILY_ACTIVITY_CALLS, DAILY_INTERACTION_STATS, COACHING)
