"""Answered scorecards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from gong_source.sandbox import checks
from gong_source.sandbox.clock import parse_stamp
from gong_source.sandbox.messages import Json, Request, bad_request
from gong_source.sandbox.records import CallRecord
from gong_source.sandbox.routes.base import Context, Route
from gong_source.sandbox.routes.paging import Question, page

ENDPOINT = "POST /v2/stats/activity/scorecards"
NOTHING = "No answered scorecards found corresponding to the provided filters."
MANUAL, BOTH = "MANUAL", "BOTH"
FILTER = checks.Shape(
    {
        **dict.fromkeys(("callFromDate", "callToDate", "reviewFromDate", "reviewToDate"), checks.day),
        "reviewMethod": checks.one_of(("AUTOMATIC", MANUAL, BOTH)),
        "reviewedUserIds": checks.some_ids,
        "scorecardIds": checks.some_ids,
    }
)
BODY = checks.Shape({"cursor": checks.text, "filter": FILTER}, required=("filter",))


def list_answered(context: Context, request: Request) -> Json:
    """List the scorecards that were filled in, in the order of their reviews; by hand unless asked for otherwise."""
    raw = checks.json_object(request)
    wanted = BODY(raw)["filter"]
    for kind in ("call", "review"):
        first, last = wanted.get(f"{kind}FromDate"), wanted.get(f"{kind}ToDate")
        if first is not None and last is not None and first > last:
            raise bad_request(f"filter.{kind}FromDate: must not be after {kind}ToDate")
    return page(
        context,
        Question.of_body(ENDPOINT, raw),
        "answeredScorecards",
        [(call, card) for _, _, call, card in sorted(_matching(context, wanted), key=lambda found: found[:2])],
        lambda found: {**found[1], "callStartTime": found[0].data["metaData"]["started"]},
        nothing=NOTHING,
    )


def _matching(context: Context, wanted: Json) -> Iterator[tuple[datetime, str, CallRecord, Json]]:
    zone, now = context.world.zone, context.clock.now()
    users, cards = wanted.get("reviewedUserIds"), wanted.get("scorecardIds")
    method = wanted.get("reviewMethod", MANUAL)

    def between(kind: str, moment: datetime) -> bool:
        first, last = wanted.get(f"{kind}FromDate"), wanted.get(f"{kind}ToDate")
        return (first is None or zone.start(first) <= moment) and (last is None or moment < zone.start(last))

    for call in _calls(context, wanted):
        if not (call.is_visible(now) and between("call", call.started)):
            continue
        for card in call.reviews.answered:
            when = parse_stamp(card["reviewTime"])
            if (
                when <= now
                and between("review", when)
                and method in (BOTH, card["reviewMethod"])
                and (not users or card["reviewedUserId"] in users)
                and (not cards or card["scorecardId"] in cards)
            ):
                yield when, card["answeredScorecardId"], call, card


def _calls(context: Context, wanted: Json) -> Iterable[CallRecord]:
    first, last = wanted.get("reviewFromDate"), wanted.get("reviewToDate")
    zone = context.world.zone
    return context.world.talked_about(first and zone.start(first), last and zone.start(last))


ROUTES = (
    Route("POST", "/v2/stats/activity/scorecards", list_answered, ("api:stats:scorecards",), "answeredScorecards"),
)
