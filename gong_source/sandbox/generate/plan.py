"""The calendar: which calls take place, when, with whom. Cheap; the content is made when it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from gong_source.sandbox.clock import StampStyle
from gong_source.sandbox.generate.accounts import Account, Contact
from gong_source.sandbox.generate.company import DEVELOPMENT, SALES, SUCCESS, Company
from gong_source.sandbox.generate.dice import big_id, chance, dice, pick, some
from gong_source.sandbox.generate.kinds import (
    AFTER_JOURNEY,
    CONFERENCE,
    INSIDE_KINDS,
    JOURNEY,
    KINDS,
    STRAY_KINDS,
    CallKind,
)
from gong_source.sandbox.generate.people import full_name
from gong_source.sandbox.lines.words import COMPANY
from gong_source.sandbox.messages import Json

# The start of one call in this many is the very instant at which the call before it started.
TWIN_EVERY = 25
_ZONED = (-420, -240, 120, 60)


@dataclass(frozen=True)
class CallPlan:
    """One call before anything was said.

    Attributes:
        number: Its number, from which its content is made.
        id: Gong's id.
        kind_name: What kind of call it is, a key of ``KINDS``.
        title: Its title.
        started: The actual start.
        scheduled: The scheduled start of a web conference.
        seconds: How long it took.
        account: The customer, on any call that is not inside.
        host: The user who hosted it.
        colleagues: Further users.
        contacts: People of the customer.
        workspace: Id of its workspace.
        style: How its time stamps are written.
        sentences: How many sentences are said, about.
    """

    number: int
    id: str
    kind_name: str
    title: str
    started: datetime
    scheduled: datetime | None
    seconds: int
    account: Account
    host: Json
    colleagues: tuple[Json, ...]
    contacts: tuple[Contact, ...]
    workspace: str
    style: StampStyle
    sentences: int

    @property
    def kind(self) -> CallKind:
        """What kind of call it is."""
        return KINDS[self.kind_name]

    @property
    def ended(self) -> datetime:
        """When the call was over."""
        return self.started + timedelta(seconds=self.seconds)


def plan_calls(company: Company, starts: Sequence[datetime], first_number: int) -> list[CallPlan]:
    """Plan calls at given times; customers go through their journey in the order of the times.

    Args:
        company: The company.
        starts: When the calls start.
        first_number: The number of the first of them; numbers of earlier calls must not come back.
    """
    progress: dict[str, int] = {}
    return [_plan_call(company, first_number + place, start, progress) for place, start in enumerate(starts)]


def business_times(company: Company, count: int) -> list[datetime]:
    """Spread starts over the business hours of the history, oldest first, some of them equal."""
    random = dice(company.seed, "calendar")
    days = _working_days(company.start, company.end)
    times = sorted(_time_of_day(random, pick(random, days), company) for _ in range(count))
    for place in range(TWIN_EVERY, len(times), TWIN_EVERY):
        times[place] = times[place - 1]
    return times


def _working_days(start: datetime, end: datetime) -> list[datetime]:
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [midnight + timedelta(days=number) for number in range((end - midnight).days + 1)]
    return [day for day in days if day.weekday() < 5] or days


def _time_of_day(random: Random, day: datetime, company: Company) -> datetime:
    moment = day + timedelta(hours=7 + random.triangular(0, 16, 8), seconds=random.randrange(60))
    latest = company.end - timedelta(minutes=90)
    if not company.start <= moment <= latest:
        span = max(1.0, (latest - company.start).total_seconds())
        moment = company.start + timedelta(seconds=random.random() * span)
    return moment.replace(microsecond=random.choice((0, 0, 250_000, 123_456)))


def _plan_call(company: Company, number: int, started: datetime, progress: dict[str, int]) -> CallPlan:
    random = dice(company.seed, "plan", number)
    account = pick(random, company.accounts)
    kind_name = _next_kind(random, account, progress)
    kind = KINDS[kind_name]
    host, colleagues = _staff(random, company, account, kind_name)
    contacts = () if kind.inside else _guests(random, account, kind)
    workspace = company.workspace(kind.workspace)
    return CallPlan(
        number=number,
        id=big_id(random),
        kind_name=kind_name,
        title=_title(random, kind, account, host, colleagues, contacts, company.workspaces[workspace]["name"]),
        started=started,
        scheduled=_schedule(random, started) if kind.channel == CONFERENCE else None,
        seconds=_length(random, kind),
        account=account,
        host=host,
        colleagues=colleagues,
        contacts=contacts,
        workspace=workspace,
        style=_style(random),
        sentences=_talkativeness(random, company.sentences, kind),
    )


def _next_kind(random: Random, account: Account, progress: dict[str, int]) -> str:
    if chance(random, 0.12):
        return pick(random, INSIDE_KINDS)
    if chance(random, 0.22):
        return pick(random, STRAY_KINDS)
    step = progress.get(account.name, 0)
    progress[account.name] = step + 1
    return JOURNEY[step] if step < len(JOURNEY) else pick(random, AFTER_JOURNEY)


def _staff(random: Random, company: Company, account: Account, kind_name: str) -> tuple[Json, tuple[Json, ...]]:
    kind = KINDS[kind_name]
    if kind.inside:
        everyone = company.members(pick(random, (SALES, SALES, SUCCESS, DEVELOPMENT)))
        crowd = 1 if kind_name == "coaching" else 4
        keys = [everyone[0], *some(random, everyone[1:], crowd)]
    elif kind.workspace == 0:
        keys = [account.owner, account.helper] if chance(random, 0.6) else [account.owner]
    else:
        crew = company.members(SUCCESS if kind.workspace == 1 else DEVELOPMENT)
        keys = [crew[sum(account.name.encode()) % len(crew)]]
        keys += [account.owner] if kind.channel == CONFERENCE and chance(random, 0.4) else []
    host, *others = dict.fromkeys(keys)
    return company.users[host], tuple(company.users[key] for key in others)


def _guests(random: Random, account: Account, kind: CallKind) -> tuple[Contact, ...]:
    if kind.channel != CONFERENCE:
        return (pick(random, account.contacts),)
    return tuple(account.contacts[: random.randrange(1, len(account.contacts) + 1)])


def _title(
    random: Random,
    kind: CallKind,
    account: Account,
    host: Json,
    colleagues: tuple[Json, ...],
    contacts: tuple[Contact, ...],
    workspace: str,
) -> str:
    return pick(random, kind.titles).format(
        us=COMPANY,
        customer=account.name,
        product=account.product,
        deal=account.deal,
        city=account.city,
        contact_name=contacts[0].name if contacts else "",
        team_title=(contacts[0].title if contacts else None) or "finance",
        rep=host["firstName"],
        colleague=full_name(colleagues[0]) if colleagues else "the team",
        workspace=workspace,
    )


def _schedule(random: Random, started: datetime) -> datetime:
    if chance(random, 0.04):
        return (started - timedelta(hours=random.randrange(14, 60))).replace(minute=30, second=0, microsecond=0)
    late = timedelta(seconds=random.randrange(-60, 420))
    planned = (started - late).replace(second=0, microsecond=0)
    return planned - timedelta(minutes=planned.minute % 5)


def _length(random: Random, kind: CallKind) -> int:
    shortest, longest = kind.minutes
    return int(random.uniform(shortest * 60, longest * 60 + 30))


def _style(random: Random) -> StampStyle:
    roll = random.random()
    digits = random.choices((0, 3, 6), (6, 2, 2))[0]
    if roll < 0.45:
        return StampStyle(pick(random, _ZONED), digits)
    return StampStyle(None if roll < 0.75 else 0, digits)


def _talkativeness(random: Random, usual: int, kind: CallKind) -> int:
    if kind.minutes[1] <= 1:
        return min(usual, 4)
    share = min(1.6, max(0.45, (kind.minutes[0] + kind.minutes[1]) / 64))
    return max(2, int(usual * random.triangular(0.5, 1.6, 0.95) * share))
