"""What colleagues do with a call once it is over: they fill in scorecards, give feedback and share it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random

from gong_source.sandbox.clock import StampStyle
from gong_source.sandbox.generate.company import Company
from gong_source.sandbox.generate.dice import big_id, chance, dice, pick, some
from gong_source.sandbox.generate.plan import CallPlan
from gong_source.sandbox.lines.words import REVIEWS
from gong_source.sandbox.messages import Json
from gong_source.sandbox.records import Action, Reviews

LONGEST_WAIT = timedelta(days=6)
_STYLES = (StampStyle(None, 3), StampStyle(-420), StampStyle(None))
_VISIBILITIES = ("PUBLIC", "PUBLIC", "MANAGERS_AND_REVIEWEE", "MANAGERS", "PRIVATE", "OPT_IN_USERS")
_MANUAL_SHARE, _AUTOMATIC_SHARE = 0.3, 0.6


def make_reviews(company: Company, plan: CallPlan, scorecards: Sequence[Json]) -> Reviews:
    """Make what colleagues do with a call, always the same for the same plan.

    Args:
        company: The company.
        plan: The call.
        scorecards: The definitions of all scorecards.
    """
    random = dice(company.seed, "reviews", plan.number)
    coach = _coach(random, company, plan)
    answered = [
        _answered(random, company, plan, card, coach)
        for card in scorecards
        if card["workspaceId"] == plan.workspace and _is_used(random, company, plan, card)
    ]
    return Reviews(answered, list(_actions(random, plan, coach)))


def _coach(random: Random, company: Company, plan: CallPlan) -> str:
    manager: str | None = plan.host["managerId"]
    others = [key for key in company.users if key != plan.host["id"]] or list(company.users)
    return manager if manager and chance(random, 0.75) else pick(random, others)


def _is_used(random: Random, company: Company, plan: CallPlan, card: Json) -> bool:
    middle = company.start + (company.end - company.start) / 2
    if plan.kind.inside or plan.kind_name == "voicemail" or not (card["enabled"] or plan.started < middle):
        return False
    return chance(random, _AUTOMATIC_SHARE if card["reviewMethod"] == "AUTOMATIC" else _MANUAL_SHARE)


def _answered(random: Random, company: Company, plan: CallPlan, card: Json, coach: str) -> Json:
    automatic = card["reviewMethod"] == "AUTOMATIC"
    wait = timedelta(minutes=random.uniform(3, 200)) if automatic else _wait(random)
    edited = not automatic and chance(random, 0.1)
    return {
        "answeredScorecardId": big_id(random),
        "scorecardId": card["scorecardId"],
        "scorecardName": card["scorecardName"],
        "callId": plan.id,
        "reviewedUserId": plan.host["id"],
        "reviewerUserId": None if automatic else coach,
        "reviewMethod": card["reviewMethod"],
        "editorUserId": pick(random, list(company.users)) if edited else None,
        "reviewTime": pick(random, _STYLES).write(plan.ended + wait),
        "visibilityType": "PUBLIC" if automatic else pick(random, _VISIBILITIES),
        "answers": [_answer(random, question) for question in card["questions"]],
    }


def _answer(random: Random, question: Json) -> Json:
    answer: Json = {key: question[key] for key in ("questionId", "questionRevisionId", "isOverall")}
    answer |= {"score": None, "answerText": None, "notApplicable": False, "selectedOptions": None}
    if not question["isOverall"] and chance(random, 0.08):
        return answer | {"notApplicable": True}
    if question["questionType"] == "RANGE":
        return answer | {"score": random.randrange(int(question["minRange"]), int(question["maxRange"]) + 1)}
    if question["questionType"] == "MULTI_SELECT":
        chosen = some(random, question["answerOptions"], random.randrange(1, len(question["answerOptions"]) + 1))
        return answer | {"selectedOptions": sorted(str(option["id"]) for option in chosen)}
    if question["questionType"] == "YES_NO":
        return answer | {"answerText": pick(random, ("Yes", "Yes", "No"))}
    return answer | {"answerText": pick(random, REVIEWS)}


def _actions(random: Random, plan: CallPlan, coach: str) -> Iterator[Action]:
    host = plan.host["id"]
    asked = chance(random, 0.1)
    if asked:
        yield Action(host, "callsRequestedFeedback", plan.ended + timedelta(minutes=random.uniform(2, 300)))
    if chance(random, 0.7 if asked else 0.08):
        when = plan.ended + timedelta(hours=6) + _wait(random)
        yield Action(coach, "callsGaveFeedback", when)
        yield Action(host, "callsReceivedFeedback", when)
    if chance(random, 0.07):
        when = plan.ended + _wait(random)
        yield Action(coach, "callsMarkedAsFeedbackGiven", when)
        yield Action(host, "callsMarkedAsFeedbackReceived", when)
    if chance(random, 0.12):
        yield Action(host, "callsSharedInternally", plan.ended + _wait(random))


def _wait(random: Random) -> timedelta:
    return min(timedelta(hours=random.expovariate(1 / 20)), LONGEST_WAIT) + timedelta(minutes=10)
