"""When calls, their AI parts and their transcripts become visible."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from gong_source.sandbox.clock import LONG_AGO
from gong_source.sandbox.generate.call_data import PlannedCall
from gong_source.sandbox.generate.company import Company
from gong_source.sandbox.generate.dice import chance, dice
from gong_source.sandbox.generate.kinds import UPLOAD
from gong_source.sandbox.generate.plan import CallPlan
from gong_source.sandbox.messages import Json
from gong_source.sandbox.records import CallRecord

NO_TRANSCRIPT = 0.05


def make_record(company: Company, plan: CallPlan, lag: bool, scorecards: Sequence[Json] = ()) -> CallRecord:
    """Make the record of a planned call.

    Args:
        company: The company.
        plan: The plan.
        lag: Whether things take their time to appear; otherwise all is there at once.
        scorecards: The scorecards that are filled in for calls.
    """
    random = dice(company.seed, "lags", plan.number)
    transcribed = plan.sentences > 1 and not chance(random, NO_TRANSCRIPT)
    visible = plan.ended + _call_lag(random, plan) if lag else LONG_AGO
    transcript = visible + _transcript_lag(random) if lag else LONG_AGO
    return CallRecord(
        id=plan.id,
        started=plan.started,
        scheduled=plan.scheduled,
        workspace_id=plan.workspace,
        primary_user_id=plan.host["id"],
        available_at=visible,
        ai_available_at=visible + timedelta(minutes=random.uniform(5, 600)) if lag else LONG_AGO,
        transcript_available_at=transcript if transcribed else None,
        maker=PlannedCall(company, plan, scorecards),
    )


def _call_lag(random: Random, plan: CallPlan) -> timedelta:
    if plan.kind.channel == UPLOAD:
        return timedelta(hours=random.uniform(1, 24 * 9))
    if chance(random, 0.1):
        return timedelta(hours=random.uniform(2, 30))
    return timedelta(minutes=random.uniform(4, 75))


def _transcript_lag(random: Random) -> timedelta:
    if chance(random, 0.08):
        return timedelta(hours=random.uniform(12, 96))
    return timedelta(minutes=random.uniform(1, 400))
