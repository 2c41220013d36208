"""Definitions that the settings endpoints show: scorecards and dialer outcomes."""

from __future__ import annotations

from random import Random

from gong_source.sandbox.generate.company import Company
from gong_source.sandbox.generate.dice import big_id, dice
from gong_source.sandbox.messages import Json

_SCORECARDS = (
    ("Discovery quality", "MANUAL", True),
    ("SDR call", "MANUAL", True),
    ("Demo checklist (AI)", "AUTOMATIC", True),
    ("Old discovery form", "MANUAL", False),
)
_QUESTIONS = (
    ("How was the call overall?", "RANGE", True),
    ("Did the rep find out what happens if nothing changes?", "YES_NO", False),
    ("Which of these were covered?", "MULTI_SELECT", False),
    ("What should the rep try next time?", "OPEN", False),
)
_OPTIONS = ("Budget", "Decision process", "Timeline", "Competition")
_OUTCOMES = (
    ("Connected", 1, "CONNECTED", "NEUTRAL", "COMPLETE", None, "ANSWERED"),
    ("Meeting booked", 2, "CONNECTED", "POSITIVE", "COMPLETE_AND_REMOVE", None, "ANSWERED"),
    ("Not interested", 3, "CONNECTED", "NEGATIVE", "COMPLETE_AND_REMOVE", None, "ANSWERED"),
    ("Do not call again", 4, "CONNECTED", "NEGATIVE", "COMPLETE_AND_REMOVE", "MARK_AS_OPT_OUT", "ANSWERED"),
    ("Left voicemail", 5, "NOT_CONNECTED", "NEUTRAL", "COMPLETE", None, "NOT_ANSWERED"),
    ("No answer", 6, "NOT_CONNECTED", None, None, None, "NOT_ANSWERED"),
)
_OUTCOME_KEYS = (
    "callOutcome", "displayOrder", "connectStatus", "sentiment", "todoAction", "automation", "category",
)  # fmt: skip


def define_scorecards(company: Company) -> list[Json]:
    """Make the scorecards; ids and ranges are texts, as they are on live systems."""
    random = dice(company.seed, "scorecards")
    return [
        {
            "scorecardId": big_id(random),
            "scorecardName": name,
            "workspaceId": company.workspace(number),
            "enabled": enabled,
            "updaterUserId": next(iter(company.users)),
            "created": "2024-01-17T16:20:05-03:00",
            "updated": f"2025-0{number + 1}-20T21:30:07.233692Z",
            "reviewMethod": method,
            "questions": [_question(random, company, *question) for question in _QUESTIONS],
        }
        for number, (name, method, enabled) in enumerate(_SCORECARDS)
    ]


def define_outcomes() -> list[Json]:
    """Make the outcomes that a rep can choose after a dialer call."""
    return [dict(zip(_OUTCOME_KEYS, outcome, strict=True)) for outcome in _OUTCOMES]


def _question(random: Random, company: Company, text: str, kind: str, overall: bool) -> Json:
    ranged = kind == "RANGE"
    options = [{"id": number, "text": option} for number, option in enumerate(_OPTIONS, start=1)]
    return {
        "questionId": big_id(random),
        "questionRevisionId": big_id(random),
        "questionText": text,
        "isOverall": overall,
        "questionType": kind,
        "answerGuide": None if overall else "Listen to the middle of the call",
        "minRange": "1" if ranged else None,
        "maxRange": "5" if ranged else None,
        "answerOptions": options if kind == "MULTI_SELECT" else None,
        "created": "2024-01-17T16:20:05-03:00",
        "updated": "2025-03-02T08:00:00Z",
        "updaterUserId": next(iter(company.users)),
    }
