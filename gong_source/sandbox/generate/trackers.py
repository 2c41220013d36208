"""Trackers: their definitions, and finding their words in a conversation."""

from __future__ import annotations

import re
from functools import lru_cache

from gong_source.sandbox.generate.company import Company
from gong_source.sandbox.generate.conversation import Conversation
from gong_source.sandbox.generate.dice import big_id, dice
from gong_source.sandbox.lines.words import COMPETITORS, FEATURES, INTEGRATIONS
from gong_source.sandbox.messages import Json

KEYWORD_TRACKERS: dict[str, tuple[str, ...]] = {
    "Competitors": COMPETITORS,
    "Pricing": ("discount", "price", "pricing", "per seat", "budget", "proposal"),
    "Objections": ("too expensive", "not a priority", "right time", "bad experience", "build this ourselves"),
    "Decision makers": ("sign off", "signs off", "procurement", "legal", "board"),
    "Security": ("SOC 2", "GDPR", "SSO", "single sign-on", "penetration test", "encrypted"),
    "Next steps": ("next steps", "follow up", "next meeting", "send over", "action items"),
    "Integrations": INTEGRATIONS,
    "Product features": FEATURES,
}
# Smart trackers have no words; they are about topics.
SMART_TRACKERS = {"Customer pain": ("Pain Points",), "Buying signals": ("Negotiation", "Decision Process")}
_OWNER = {phrase.lower(): (name, phrase) for name, phrases in KEYWORD_TRACKERS.items() for phrase in phrases}
_ANY_PHRASE = re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, _OWNER), key=len, reverse=True)) + r")\b", re.I)


@lru_cache(maxsize=16)
def tracker_ids(seed: int) -> dict[str, str]:
    """Return the id of each tracker."""
    random = dice(seed, "trackers")
    return {name: big_id(random) for name in (*KEYWORD_TRACKERS, *SMART_TRACKERS)}


@lru_cache(maxsize=20_000)
def _phrases_in(text: str) -> tuple[tuple[str, str], ...]:
    """Return the tracker and the phrase of each tracked word in a sentence; many sentences are said often."""
    return tuple(_OWNER[word.lower()] for word in _ANY_PHRASE.findall(text))


def find_trackers(company: Company, conversation: Conversation) -> list[Json]:
    """Count the trackers of a conversation; a tracker that did not come up is listed with a count of zero."""
    found: dict[str, dict[str, list[Json]]] = {name: {} for name in KEYWORD_TRACKERS}
    smart: dict[str, list[Json]] = {name: [] for name in SMART_TRACKERS}
    for monologue in conversation.monologues:
        for name, topics in SMART_TRACKERS.items():
            if monologue.topic in topics and monologue.member.side == "C":
                smart[name].append(_occurrence(monologue.start, monologue.shown["speakerId"]))
        for sentence in monologue.shown["sentences"]:
            for name, phrase in _phrases_in(sentence["text"]):
                spot = _occurrence(sentence["start"], monologue.shown["speakerId"])
                found[name].setdefault(phrase, []).append(spot)
    ids = tracker_ids(company.seed)
    return [
        *(_keyword_result(ids[name], name, phrases) for name, phrases in found.items()),
        *(_result(ids[name], name, "SMART", spots, []) for name, spots in smart.items()),
    ]


def define_trackers(company: Company) -> list[Json]:
    """Make the definitions of the keyword trackers, as the settings show them."""
    ids = tracker_ids(company.seed)
    random = dice(company.seed, "tracker definitions")
    first_user = next(iter(company.users))
    made = []
    for number, (name, phrases) in enumerate(KEYWORD_TRACKERS.items()):
        built_in = number % 3 == 0
        made.append(
            {
                "trackerId": ids[name],
                "trackerName": name,
                "workspaceId": company.workspace(number),
                "languageKeywords": [
                    {"language": "eng", "keywords": list(phrases), "includeRelatedForms": bool(number % 2)}
                ],
                "affiliation": ("Anyone", "NonCompany", "Company")[number % 3],
                "partOfQuestion": number == 3,
                "saidAt": "First" if number == 5 else "Anytime",
                "saidAtInterval": 10 if number == 5 else None,
                "saidAtUnit": "minutes" if number == 5 else None,
                "saidInTopics": [],
                "filterQuery": '{"type":"And","filters":[{"type":"CallDirection","terms":["OUTBOUND"]}]}',
                "created": f"202{1 + number % 4}-0{1 + number % 8}-1{random.randrange(10)}T09:12:44.104Z",
                "creatorUserId": None if built_in else first_user,
                "updated": f"2025-0{1 + number % 8}-2{random.randrange(8)}T10:02:09-07:00",
                "updaterUserId": None if built_in else first_user,
            }
        )
    return made


def _occurrence(start: int, speaker: str | None) -> Json:
    return {"startTime": start / 1000, "speakerId": speaker}


def _keyword_result(key: str, name: str, phrases: dict[str, list[Json]]) -> Json:
    spots = sorted((spot for places in phrases.values() for spot in places), key=lambda spot: float(spot["startTime"]))
    shown = [{"count": len(places), "occurrences": places, "phrase": phrase} for phrase, places in phrases.items()]
    return _result(key, name, "KEYWORD", spots, shown)


def _result(key: str, name: str, kind: str, spots: list[Json], phrases: list[Json]) -> Json:
    return {"id": key, "name": name, "count": len(spots), "type": kind, "occurrences": spots, "phrases": phrases}
