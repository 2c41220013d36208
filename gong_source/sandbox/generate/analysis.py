"""What Gong would find out about a conversation: topics, outline, summaries, talk times and statistics."""

from __future__ import annotations

from collections import Counter
from random import Random

from gong_source.sandbox.generate.company import Company
from gong_source.sandbox.generate.conversation import UNNAMED_TOPICS, Conversation, Monologue
from gong_source.sandbox.generate.dice import chance, dice, pick, some, widened
from gong_source.sandbox.generate.exchanges import CUSTOMER, REP
from gong_source.sandbox.generate.kinds import CONFERENCE, OUTCOMES
from gong_source.sandbox.generate.plan import CallPlan
from gong_source.sandbox.generate.trackers import find_trackers
from gong_source.sandbox.lines.summaries import ACTION_ITEMS, BRIEFS, KEY_POINTS, OUTLINES
from gong_source.sandbox.messages import Json


def analyse(company: Company, plan: CallPlan, conversation: Conversation) -> tuple[Json, Json]:
    """Return the ``content`` and the ``interaction`` of a call."""
    random = dice(company.seed, "analysis", plan.number)
    content: Json = {
        "structure": _structure(plan, conversation),
        "trackers": find_trackers(company, conversation),
        "topics": _topics(conversation),
        **_summaries(random, plan, conversation),
        **_outcome(random, plan),
    }
    return content, _interaction(random, plan, conversation)


def _sections(conversation: Conversation) -> list[tuple[str, list[Monologue]]]:
    sections: list[tuple[str, list[Monologue]]] = []
    for monologue in conversation.monologues:
        if not sections or sections[-1][0] != monologue.topic:
            sections.append((monologue.topic, []))
        sections[-1][1].append(monologue)
    return sections


def _topics(conversation: Conversation) -> list[Json]:
    lengths: Counter[str] = Counter()
    for monologue in conversation.monologues:
        lengths[monologue.topic] += monologue.end - monologue.start
    return [
        {"name": name, "duration": length // 1000} for name, length in lengths.items() if name not in UNNAMED_TOPICS
    ]


def _structure(plan: CallPlan, conversation: Conversation) -> list[Json]:
    if plan.kind.channel != CONFERENCE:
        return []
    parts: Counter[str] = Counter()
    names = {"Small Talk": "Meeting Setup", "Next Steps": "Next Steps", "Wrap-up": "Next Steps"}
    for monologue in conversation.monologues:
        parts[names.get(monologue.topic, "Conversation")] += monologue.end - monologue.start
    return [{"name": name, "duration": length // 1000} for name, length in parts.items()]


def _summaries(random: Random, plan: CallPlan, conversation: Conversation) -> Json:
    if plan.sentences < 6 or chance(random, 0.04):
        return {}
    slots = conversation.slots
    sections = _sections(conversation)
    place = "inside" if plan.kind.inside else "outside"
    made: Json = {
        "brief": pick(random, BRIEFS[place]).format_map(slots),
        "outline": [_outline_section(topic, part, slots) for topic, part in sections if topic in OUTLINES],
        "highlights": _highlights(random, sections, slots),
        "keyPoints": [{"text": KEY_POINTS[topic].format_map(slots)} for topic, _ in sections if topic in KEY_POINTS],
    }
    if chance(random, 0.05):
        del made["highlights"]
    return made


def _outline_section(topic: str, part: list[Monologue], slots: dict[str, str]) -> Json:
    start, end = part[0].start / 1000, part[-1].end / 1000
    texts = OUTLINES[topic]
    step = (end - start) / len(texts)
    return {
        "section": topic,
        "startTime": start,
        "duration": widened(end - start),
        "items": [
            {"text": text.format_map(slots), "startTime": round(start + place * step, 3)}
            for place, text in enumerate(texts)
        ],
    }


def _highlights(random: Random, sections: list[tuple[str, list[Monologue]]], slots: dict[str, str]) -> list[Json]:
    closing = next((part for topic, part in reversed(sections) if topic == "Next Steps"), sections[-1][1])
    times = [monologue.start / 1000 for monologue in closing]
    items = [
        {"text": text.format_map(slots), "startTimes": sorted(some(random, times, 2))}
        for text in some(random, ACTION_ITEMS, random.randrange(1, 4))
    ]
    return [{"title": "Next steps", "items": items}]


def _outcome(random: Random, plan: CallPlan) -> Json:
    if plan.kind.inside:
        return {}
    outcomes = OUTCOMES.get(plan.kind_name)
    chosen = pick(random, outcomes) if outcomes else None
    return {"callOutcome": chosen and dict(zip(("id", "category", "name"), chosen, strict=True))}


def _interaction(random: Random, plan: CallPlan, conversation: Conversation) -> Json:
    talk: Counter[str] = Counter()
    for monologue in conversation.monologues:
        talk[monologue.member.party["id"]] += monologue.spoken
    made: Json = {
        "speakers": [
            {"id": member.party["id"], "userId": member.party.get("userId"), "talkTime": widened(talk[key] / 1000)}
            for member in conversation.cast.members
            if talk[key := member.party["id"]]
        ],
        "interactionStats": _statistics(random, conversation),
        "questions": {
            "companyCount": _questions(conversation, REP),
            "nonCompanyCount": 0 if plan.kind.inside else _questions(conversation, CUSTOMER),
        },
    }
    if plan.kind.channel == CONFERENCE:
        made["video"] = _video(random, plan)
    return made


def _statistics(random: Random, conversation: Conversation) -> list[Json]:
    spans = {REP: [0], CUSTOMER: [0]}
    for monologue in conversation.monologues:
        spans[monologue.member.side].append(monologue.spoken)
    total = sum(map(sum, spans.values())) or 1
    turns = len(conversation.monologues)
    return [
        {"name": "Talk Ratio", "value": round(sum(spans[REP]) / total, 4)},
        {"name": "Longest Monologue", "value": widened(max(spans[REP]) / 1000)},
        {"name": "Longest Customer Story", "value": widened(max(spans[CUSTOMER]) / 1000)},
        {"name": "Interactivity", "value": round(min(10.0, turns * 120_000 / total), 2)},
        {"name": "Patience", "value": round(random.uniform(0.2, 1.9), 2)},
    ]


def _questions(conversation: Conversation, side: str) -> int:
    texts = (text for each in conversation.monologues if each.member.side == side for text in each.texts)
    return sum(text.endswith("?") for text in texts)


def _video(random: Random, plan: CallPlan) -> list[Json]:
    shares = {"Browser": 0.2, "Presentation": 0.35, "WebcamPrimaryUser": 0.2, "WebcamNonCompany": 0.1, "Webcam": 0.1}
    names = some(random, list(shares), random.randrange(1, 5))
    return [{"name": name, "duration": widened(plan.seconds * shares[name] * random.random())} for name in names]
