"""What users did with calls in a period: counted from the calls, their comments, the log, and what colleagues did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from gong_source.sandbox.clock import parse_stamp
from gong_source.sandbox.messages import Json
from gong_source.sandbox.records import CallRecord
from gong_source.sandbox.world import World, log_time

ACTIVITIES = (
    "callsAsHost",
    "callsGaveFeedback",
    "callsRequestedFeedback",
    "callsReceivedFeedback",
    "ownCallsListenedTo",
    "othersCallsListenedTo",
    "callsSharedInternally",
    "callsSharedExternally",
    "callsAttended",
    "callsCommentsGiven",
    "callsCommentsReceived",
    "callsMarkedAsFeedbackGiven",
    "callsMarkedAsFeedbackReceived",
    "callsScorecardsFilled",
    "callsScorecardsReceived",
)
"""The fifteen of Gong's activity statistics."""


@dataclass(frozen=True)
class Event:
    """One activity.

    Attributes:
        user: Who did it, or to whose call it was done.
        activity: One of ``ACTIVITIES``.
        call: Id of the call.
        when: When it was done.
    """

    user: str
    activity: str
    call: str
    when: datetime


def events(world: World, start: datetime, end: datetime, now: datetime) -> Iterator[Event]:
    """Yield all activities in [start, end) that have happened by now, in no order."""
    for call in world.index.by_start(start, end):
        if call.is_visible(now):
            yield from _taking_part(call)
    for event in (*_about_calls(world, start, end, now), *_in_the_log(world, start, end, now)):
        if start <= event.when < end and event.when <= now:
            yield event


def _taking_part(call: CallRecord) -> Iterator[Event]:
    host = call.primary_user_id
    if host:
        yield Event(host, "callsAsHost", call.id, call.started)
    for user in call.facts.attendees:
        if user != host:
            yield Event(user, "callsAttended", call.id, call.started)


def _about_calls(world: World, start: datetime, end: datetime, now: datetime) -> Iterator[Event]:
    for call in world.talked_about(start, end):
        if call.is_visible(now):
            yield from _comments(call)
            yield from _scorecards(call)
            for action in call.reviews.actions:
                yield Event(action.user, action.activity, call.id, action.when)


def _comments(call: CallRecord) -> Iterator[Event]:
    for user, when in call.facts.comments:
        yield Event(user, "callsCommentsGiven", call.id, when)
        if call.primary_user_id and user != call.primary_user_id:
            yield Event(call.primary_user_id, "callsCommentsReceived", call.id, when)


def _scorecards(call: CallRecord) -> Iterator[Event]:
    for card in call.reviews.answered:
        when = parse_stamp(card["reviewTime"])
        if card["reviewerUserId"]:
            yield Event(card["reviewerUserId"], "callsScorecardsFilled", call.id, when)
        yield Event(card["reviewedUserId"], "callsScorecardsReceived", call.id, when)


def _in_the_log(world: World, start: datetime, end: datetime, now: datetime) -> Iterator[Event]:
    for entry in world.log_entries("UserCallPlay", start, end):
        call = world.calls.get(str(_record(entry).get("call_id")))
        if call and call.is_visible(now) and entry.get("userId"):
            own = entry["userId"] == call.primary_user_id
            yield Event(
                entry["userId"], "ownCallsListenedTo" if own else "othersCallsListenedTo", call.id, log_time(entry)
            )
    for entry in world.log_entries("UserActivityLog", start, end):
        record = _record(entry)
        call = world.calls.get(str(record.get("target_id")))
        if call and call.is_visible(now) and record.get("action") == "CALL_SHARED_EXTERNALLY" and entry.get("userId"):
            yield Event(entry["userId"], "callsSharedExternally", call.id, log_time(entry))


def _record(entry: Json) -> Json:
    return entry.get("logRecord") or {}
