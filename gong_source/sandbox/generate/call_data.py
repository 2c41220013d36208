"""The full form of one call, as the extensive endpoint would show all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from gong_source.sandbox.generate.analysis import analyse
from gong_source.sandbox.generate.cast import Cast, Member
from gong_source.sandbox.generate.comments import make_comments
from gong_source.sandbox.generate.company import Company
from gong_source.sandbox.generate.conversation import Conversation, converse
from gong_source.sandbox.generate.crm import call_context, contact_context, user_context
from gong_source.sandbox.generate.dice import chance, dice, pick
from gong_source.sandbox.generate.kinds import CONFERENCE, DISPOSITIONS, PHONE, UPLOAD
from gong_source.sandbox.generate.plan import CallPlan
from gong_source.sandbox.generate.reviews import make_reviews
from gong_source.sandbox.messages import Json
from gong_source.sandbox.records import Reviews

_MEETINGS = {
    "Zoom": "https://brightwater.zoom.example/j/{number}",
    "Google Meet": "https://meet.google.example/abc-{number}",
    "Microsoft Teams": "https://teams.example/l/meetup-join/{number}",
}
_DIALERS = ("Outreach", "Aircall", "Gong Connect", "RingCentral")
# The share of uploads of which it is not told who took part; their speakers stay unknown.
WITHOUT_PARTIES = 0.2
_PURPOSES = ("Demo Call", "Site visit", None)


@dataclass(frozen=True)
class PlannedCall:
    """Makes the content of one planned call."""

    company: Company
    plan: CallPlan
    scorecards: Sequence[Json] = ()

    def data(self) -> Json:
        """Make the full call in the extensive endpoint's shape."""
        company, plan = self.company, self.plan
        random = dice(company.seed, "data", plan.number)
        conversation = converse(company, plan)
        content, interaction = analyse(company, plan, conversation)
        data: Json = {
            "metaData": _meta_data(random, plan),
            "context": [] if plan.kind.inside else call_context(random, plan.account, _phase(company, plan)),
        }
        if plan.kind.channel != UPLOAD or not chance(random, WITHOUT_PARTIES):
            data["parties"] = _parties(random, plan, conversation.cast)
        data["content"] = content
        data["interaction"] = interaction
        data["collaboration"] = _collaboration(random, company, plan)
        data["media"] = _media(plan)
        return data

    def transcript(self) -> list[Json]:
        """Make the monologues of the call."""
        return self.conversation().transcript

    def reviews(self) -> Reviews:
        """Make what colleagues did with the call."""
        return make_reviews(self.company, self.plan, self.scorecards)

    def conversation(self) -> Conversation:
        """Make the conversation of the call."""
        return converse(self.company, self.plan)


def _meta_data(random: Random, plan: CallPlan) -> Json:
    number = random.randrange(10**9, 10**10)
    return {
        "id": plan.id,
        "url": f"https://app.gong.example/call?id={plan.id}",
        "title": plan.title,
        "scheduled": plan.style.write(plan.scheduled) if plan.scheduled else None,
        "started": plan.style.write(plan.started),
        "duration": plan.seconds,
        "primaryUserId": plan.host["id"],
        "direction": plan.kind.direction,
        "scope": "Internal" if plan.kind.inside else ("Unknown" if chance(random, 0.02) else "External"),
        "media": "Video" if plan.kind.channel == CONFERENCE and chance(random, 0.95) else "Audio",
        "language": "und" if plan.sentences < 2 else "eng",
        "workspaceId": plan.workspace,
        "sdrDisposition": pick(random, DISPOSITIONS.get(plan.kind_name, (None,))),
        "isPrivate": chance(random, 0.03),
        **_origin(random, plan, number),
    }


def _origin(random: Random, plan: CallPlan, number: int) -> Json:
    nothing: Json = dict.fromkeys(("clientUniqueId", "customData", "purpose", "meetingUrl", "calendarEventId"))
    if plan.kind.channel == PHONE:
        return {**nothing, "system": pick(random, _DIALERS), "clientUniqueId": f"dialer-{number:x}"}
    if plan.kind.channel == UPLOAD:
        return {
            "system": "Gong API",
            "clientUniqueId": f"field-{plan.started:%Y%m%d}-{number}",
            "customData": pick(random, ("recorder=field-app/4.2", None)),
            "purpose": pick(random, _PURPOSES),
            "meetingUrl": f"uploads/{plan.workspace}/{number:x}.mp3",
            "calendarEventId": None,
        }
    system = pick(random, list(_MEETINGS))
    url = _MEETINGS[system].format(number=number)
    event = f"{number:x}@google.com" if chance(random, 0.9) else None
    return {**nothing, "system": system, "meetingUrl": url, "calendarEventId": event}


def _parties(random: Random, plan: CallPlan, cast: Cast) -> list[Json]:
    return [{**member.party, "context": _party_context(random, plan, member)} for member in cast.members]


def _party_context(random: Random, plan: CallPlan, member: Member) -> list[Json]:
    if member.contact is not None:
        return contact_context(random, plan.account, member.contact)
    if member.user is not None:
        return user_context(plan.account, member.user)
    return []


def _collaboration(random: Random, company: Company, plan: CallPlan) -> Json:
    comments = make_comments(random, company, plan) if chance(random, 0.25) else []
    return {"publicComments": comments} if comments else {}


def _media(plan: CallPlan) -> Json:
    base = f"https://media.gong.example/{plan.workspace}/{plan.id}"
    return {
        "audioUrl": f"{base}/audio.mp3",
        "videoUrl": f"{base}/video.mp4" if plan.kind.channel == CONFERENCE else None,
    }


def _phase(company: Company, plan: CallPlan) -> float:
    span = max(company.end - company.start, timedelta(seconds=1))
    return min(1.0, max(0.0, (plan.started - company.start) / span))
