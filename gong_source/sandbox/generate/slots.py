"""What the names in braces stand for on one call."""

from __future__ import annotations

from random import Random

from gong_source.sandbox.generate.cast import Cast
from gong_source.sandbox.generate.dice import pick
from gong_source.sandbox.generate.exchanges import CUSTOMER, REP
from gong_source.sandbox.generate.plan import CallPlan
from gong_source.sandbox.lines import words

# Few of each, so that a conversation stays with its subjects.
_KEPT = {
    "process": (words.PROCESSES, 2),
    "tool": (words.TOOLS, 2),
    "pain": (words.PAINS, 3),
    "feature": (words.FEATURES, 3),
    "integration": (words.INTEGRATIONS, 2),
    "month": (words.MONTHS, 2),
    "weekday": (words.WEEKDAYS, 5),
    "small": (words.SMALL_NUMBERS, 9),
    "percent": (words.PERCENTS, 12),
    "discount": (words.DISCOUNTS, 1),
}
_CAPITALS = ("process", "pain", "feature", "small", "percent")


class Slots(dict[str, str]):
    """Values of the names in braces; some change from exchange to exchange."""

    def __init__(self, random: Random, plan: CallPlan, cast: Cast) -> None:
        """Choose the values of one call."""
        account = plan.account
        super().__init__(
            us=words.COMPANY,
            product=account.product,
            customer=account.name,
            contact=_first_name(cast, CUSTOMER, account.contacts[0].first_name, plan),
            other=_other_name(cast, plan),
            rep=plan.host["firstName"],
            colleague=_second_name(cast, plan),
            industry=account.industry,
            city=account.city,
            competitor=account.competitor,
            deal=account.deal,
            amount=f"{account.amount:,} dollars",
            amount_cap=f"{account.amount:,} dollars",
            seats=str(account.seats),
            team=pick(random, words.TEAMS),
            boss=pick(random, words.BOSSES),
        )
        self._random = random
        self._pools = {name: random.sample(pool, min(count, len(pool))) for name, (pool, count) in _KEPT.items()}
        self.refresh()

    def refresh(self) -> None:
        """Choose anew what differs between exchanges."""
        roll = self._random.random
        for name, pool in self._pools.items():
            self[name] = pool[int(roll() * len(pool))]
        for name in _CAPITALS:
            value = self[name]
            self[f"{name}_cap"] = value[0].upper() + value[1:]


def _first_name(cast: Cast, side: str, otherwise: str, plan: CallPlan) -> str:
    found = [] if plan.kind.inside else cast.speakers(side)
    return found[0].first_name if found else otherwise


def _other_name(cast: Cast, plan: CallPlan) -> str:
    found = cast.speakers(CUSTOMER)
    return found[0].first_name if found else plan.account.contacts[0].first_name


def _second_name(cast: Cast, plan: CallPlan) -> str:
    side = CUSTOMER if plan.kind.inside else REP
    found = [member.first_name for member in cast.speakers(side) if member.user is not plan.host]
    return found[0] if found else plan.account.contacts[-1].first_name
