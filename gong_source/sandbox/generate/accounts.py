"""The customers: companies with contacts and a deal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from gong_source.sandbox.generate.dice import chance, crm_id, dice, pick
from gong_source.sandbox.generate.people import fresh_name, phone_number
from gong_source.sandbox.lines.words import (
    CITIES,
    COMPETITORS,
    CUSTOMER_FORMS,
    CUSTOMER_HEADS,
    CUSTOMER_TAILS,
    CUSTOMER_TITLES,
    PRODUCTS,
)

STAGES = ("Qualification", "Discovery", "Evaluation", "Proposal", "Negotiation", "Closed Won")


@dataclass(frozen=True)
class Contact:
    """A person at a customer."""

    first_name: str
    last_name: str
    title: str | None
    email: str | None
    phone: str | None
    crm_id: str
    crm_type: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True)
class Account:
    """A customer and the deal with it."""

    name: str
    domain: str
    industry: str
    city: str
    employees: int
    contacts: tuple[Contact, ...]
    owner: str
    helper: str
    product: str
    competitor: str
    seats: int
    amount: int
    deal: str
    close_date: datetime
    crm_system: str | None
    account_id: str
    deal_id: str
    zone: int


def make_accounts(seed: int, count: int, owners: list[str], helpers: list[str], end: datetime) -> list[Account]:
    """Make the customers.

    Args:
        seed: The seed.
        count: How many.
        owners: Ids of the users who sell.
        helpers: Ids of the users who take part beside them.
        end: When the history ends; deals close around it.
    """
    random = dice(seed, "accounts")
    names: set[str] = set()
    people: set[str] = set()
    return [_make_account(random, names, people, owners, helpers, end) for _ in range(count)]


def _make_account(
    random: Random, names: set[str], people: set[str], owners: list[str], helpers: list[str], end: datetime
) -> Account:
    industry = pick(random, list(CUSTOMER_FORMS))
    name = _fresh_company(random, industry, names)
    domain = re.sub(r"[^a-z]", "", name.lower()) + ".example"
    product = pick(random, PRODUCTS)
    seats = pick(random, (10, 15, 25, 40, 60, 80, 120, 200, 350))
    return Account(
        name=name,
        domain=domain,
        industry=industry,
        city=pick(random, CITIES),
        employees=seats * random.randrange(4, 40),
        contacts=tuple(_make_contact(random, domain, people) for _ in range(random.randrange(2, 6))),
        owner=pick(random, owners),
        helper=pick(random, helpers),
        product=product,
        competitor=pick(random, COMPETITORS),
        seats=seats,
        amount=seats * random.randrange(38, 95) * 12,
        deal=f"{name} - {product.rpartition(' ')[2]} {seats}",
        close_date=end + timedelta(days=random.randrange(-90, 120)),
        crm_system=random.choices(("Salesforce", "HubSpot", "MicrosoftDynamic", None), (80, 8, 2, 10))[0],
        account_id=crm_id(random, "001"),
        deal_id=crm_id(random, "006"),
        zone=pick(random, (-480, -420, -300, -240, 0, 60, 120, 330)),
    )


def _fresh_company(random: Random, industry: str, names: set[str]) -> str:
    while True:
        head, tail = pick(random, CUSTOMER_HEADS), pick(random, CUSTOMER_TAILS)
        stem = head if chance(random, 0.4) else head + tail
        name = f"{stem} {pick(random, CUSTOMER_FORMS[industry])}"
        if name not in names:
            names.add(name)
            return name


def _make_contact(random: Random, domain: str, people: set[str]) -> Contact:
    first, last = fresh_name(random, people)
    local = re.sub(r"[^a-z.]", "", f"{first}.{last}".lower())
    return Contact(
        first_name=first,
        last_name=last,
        title=pick(random, CUSTOMER_TITLES) if chance(random, 0.85) else None,
        email=f"{local}@{domain}" if chance(random, 0.95) else None,
        phone=phone_number(random) if chance(random, 0.5) else None,
        crm_id=crm_id(random, "003"),
        crm_type="Contact" if chance(random, 0.85) else "Lead",
    )
