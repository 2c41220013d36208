"""Who is on a call: its parties, and which of them speak."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from gong_source.sandbox.generate.accounts import Contact
from gong_source.sandbox.generate.company import Company
from gong_source.sandbox.generate.dice import big_id, chance, dice
from gong_source.sandbox.generate.exchanges import CUSTOMER, REP
from gong_source.sandbox.generate.people import full_name
from gong_source.sandbox.generate.plan import CallPlan
from gong_source.sandbox.messages import Json


@dataclass(frozen=True)
class Member:
    """One participant.

    Attributes:
        party: The participant in Gong's shape, without context.
        first_name: How others call them.
        side: On which side of the conversation they are.
        user: The user they are, for colleagues.
        contact: The contact they are, for outsiders.
    """

    party: Json
    first_name: str
    side: str
    user: Json | None = None
    contact: Contact | None = None

    @property
    def speaker_id(self) -> str | None:
        """Their id as a speaker; ``None`` when they said nothing."""
        speaker: str | None = self.party["speakerId"]
        return speaker


@dataclass(frozen=True)
class Cast:
    """All participants of a call, the host first."""

    members: tuple[Member, ...]

    def speakers(self, side: str) -> list[Member]:
        """Return those of a side who speak."""
        return [member for member in self.members if member.side == side and member.speaker_id]


def make_cast(company: Company, plan: CallPlan) -> Cast:
    """Decide who takes part in a call and who speaks."""
    random = dice(company.seed, "cast", plan.number)
    members = [_colleague(random, plan.host, REP, speaks=True)]
    side = CUSTOMER if plan.kind.inside else REP
    for place, user in enumerate(plan.colleagues):
        speaks = (plan.kind.inside and place == 0) or chance(random, 0.7)
        members.append(_colleague(random, user, side, speaks))
    for place, contact in enumerate(plan.contacts):
        silent = plan.kind_name == "voicemail"
        members.append(_outsider(random, contact, speaks=not silent and (place == 0 or chance(random, 0.65))))
    return Cast(tuple(members))


def _colleague(random: Random, user: Json, side: str, speaks: bool) -> Member:
    party: Json = {
        "id": big_id(random),
        "emailAddress": user["emailAddress"],
        "name": full_name(user),
        "title": user["title"],
        "userId": user["id"],
        "speakerId": big_id(random) if speaks else None,
        "affiliation": "Internal",
        "phoneNumber": user["phoneNumber"],
        "methods": _methods(random, speaks),
    }
    return Member(party, user["firstName"], side, user=user)


def _outsider(random: Random, contact: Contact, speaks: bool) -> Member:
    unknown = chance(random, 0.04)
    party: Json = {
        "id": big_id(random),
        "emailAddress": None if unknown else contact.email,
        "name": None if unknown else contact.name,
        "title": contact.title,
        "speakerId": big_id(random) if speaks else None,
        "affiliation": "Unknown" if unknown else "External",
        "phoneNumber": contact.phone,
        "methods": _methods(random, speaks),
    }
    return Member(party, contact.first_name, CUSTOMER, contact=contact)


def _methods(random: Random, speaks: bool) -> list[str]:
    if not speaks:
        return ["Invitee"]
    return ["Invitee", "Attendee"] if chance(random, 0.8) else ["Attendee"]
