"""Fills a world with a company's history, and adds calls to it later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gong_source.sandbox.generate.company import Company, make_company
from gong_source.sandbox.generate.definitions import define_outcomes, define_scorecards
from gong_source.sandbox.generate.engage import set_up_engage
from gong_source.sandbox.generate.lags import make_record
from gong_source.sandbox.generate.library import fill_library
from gong_source.sandbox.generate.logs import make_logs
from gong_source.sandbox.generate.plan import business_times, plan_calls
from gong_source.sandbox.generate.setup import set_up
from gong_source.sandbox.generate.switches import make_settings_history
from gong_source.sandbox.generate.trackers import define_trackers
from gong_source.sandbox.messages import Json
from gong_source.sandbox.records import CallRecord
from gong_source.sandbox.world import World


@dataclass(frozen=True)
class Size:
    """How much there is to make.

    Attributes:
        calls: Number of calls.
        users: Number of users.
        workspaces: Number of workspaces.
        days: Length of the history.
        sentences: Usual number of sentences of a call.
        seed: The seed.
        empty: Whether nothing ever happened: one user, one workspace, nothing else.
        lag: Whether calls, AI parts and transcripts take their time to appear.
    """

    calls: int = 400
    users: int = 30
    workspaces: int = 2
    days: float = 180
    sentences: int = 40
    seed: int = 7
    empty: bool = False
    lag: bool = False

    def __post_init__(self) -> None:
        """Refuse sizes of which no company can be made."""
        if self.calls < 0 or min(self.users, self.workspaces, self.sentences) < 1 or self.days <= 0:
            raise ValueError("calls must not be negative; users, workspaces, days and sentences must be positive")


@dataclass
class History:
    """The company behind a world, able to have more calls.

    Attributes:
        company: The company.
        lag: Whether things take their time to appear.
        scorecards: The scorecards that are filled in for calls.
        next_number: The number of the next call.
    """

    company: Company
    lag: bool
    scorecards: Sequence[Json] = ()
    next_number: int = 0

    def make_calls(self, starts: Sequence[datetime]) -> list[CallRecord]:
        """Make the records of calls that start at given times."""
        plans = plan_calls(self.company, starts, self.next_number)
        self.next_number += len(plans)
        return [make_record(self.company, plan, self.lag, self.scorecards) for plan in plans]


def fill_world(world: World, size: Size, end: datetime) -> History:
    """Make a company and its history, and put them into a world.

    Args:
        world: The world to fill.
        size: How much to make.
        end: When the history ends.
    """
    company = make_company(
        seed=size.seed,
        users=1 if size.empty else size.users,
        workspaces=1 if size.empty else size.workspaces,
        calls=size.calls,
        start=end - timedelta(days=size.days),
        end=end,
        sentences=size.sentences,
    )
    world.users.update(company.users)
    world.workspaces.update(company.workspaces)
    world.settings_history.update(make_settings_history(company))
    if size.empty:
        return History(company, size.lag)
    _fill(world, size, company)
    return History(company, size.lag, world.scorecards, next_number=size.calls)


def _fill(world: World, size: Size, company: Company) -> None:
    plans = plan_calls(company, business_times(company, size.calls), 0)
    world.avatars.update(company.avatars)
    world.scorecards.extend(define_scorecards(company))
    world.add_calls(make_record(company, plan, size.lag, world.scorecards) for plan in plans)
    world.logs.update(make_logs(company, plans))
    world.trackers.extend(define_trackers(company))
    world.call_outcomes.extend(define_outcomes())
    fill_library(company, plans, world)
    set_up(company, world)
    set_up_engage(company, world)
