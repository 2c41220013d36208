"""Puts a conversation together: topics in order, turns of both sides, and times that fit the call's length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from gong_source.sandbox.generate.cast import Cast, Member, make_cast
from gong_source.sandbox.generate.company import Company
from gong_source.sandbox.generate.dice import chance, dice
from gong_source.sandbox.generate.exchanges import EXCHANGES, USUAL_LENGTH, Exchange
from gong_source.sandbox.generate.plan import CallPlan
from gong_source.sandbox.generate.slots import Slots
from gong_source.sandbox.messages import Json

# Topics that Gong does not name in transcripts.
UNNAMED_TOPICS = frozenset({"Small Talk", "Voicemail"})
# Topics that do not get longer on longer calls, in sentences.
LONGEST = {"Small Talk": 12, "Introductions": 14, "Agenda": 10, "Wrap-up": 6}
# Topics whose first exchange has to come first.
OPENED_BY_FIRST = frozenset({"Support", "Cold Opening", "Introductions"})
# The share of monologues of which nobody can tell who speaks.
NOT_RECOGNISED = 0.01
_WORDS_START_MS = 350
_LETTER_MS = 58


@dataclass
class Monologue:
    """What one person says before someone else does, even if they change the subject.

    Attributes:
        member: Who speaks.
        topic: What it is about at first.
        texts: The sentences.
        start: When it starts, in milliseconds from the start of the call.
        end: When the next one starts.
        shown: Its transcript form.
    """

    member: Member
    topic: str
    texts: list[str] = field(default_factory=list)
    start: int = 0
    end: int = 0
    shown: Json = field(default_factory=dict)

    @property
    def spoken(self) -> int:
        """How long its sentences take, in milliseconds; nothing when it was not found out who speaks."""
        if self.shown["speakerId"] is None:
            return 0
        sentences = self.shown["sentences"]
        return int(sentences[-1]["end"] - sentences[0]["start"])


@dataclass(frozen=True)
class Conversation:
    """A whole call.

    Attributes:
        cast: Who takes part.
        slots: What the names in braces stood for, as they were at the end.
        monologues: All that was said, in order.
    """

    cast: Cast
    slots: Slots
    monologues: list[Monologue]

    @property
    def transcript(self) -> list[Json]:
        """The monologues in Gong's shape."""
        return [monologue.shown for monologue in self.monologues]


def converse(company: Company, plan: CallPlan) -> Conversation:
    """Make the conversation of a call, always the same for the same plan."""
    random = dice(company.seed, "talk", plan.number)
    cast = make_cast(company, plan)
    slots = Slots(random, plan, cast)
    monologues: list[Monologue] = []
    for topic, share in plan.kind.topics:
        total = sum(part for _, part in plan.kind.topics)
        _talk_about(random, topic, max(1, plan.sentences * share // total), cast, slots, monologues)
    _lay_out(random, monologues, plan.seconds)
    return Conversation(cast, slots, monologues)


def _talk_about(random: Random, topic: str, wanted: int, cast: Cast, slots: Slots, monologues: list[Monologue]) -> None:
    sides = {side: cast.speakers(side) for side in ("R", "C")}
    wanted = min(wanted, LONGEST.get(topic, wanted))
    deck = _deck(random, topic, wanted)
    while wanted > 0:
        exchange = next(deck)
        slots.refresh()
        speakers = {side: _speaker(random, members, exchange) for side, members in sides.items() if members}
        for turn in exchange.turns:
            if turn.side in speakers:
                texts = [text.format_map(slots) if "{" in text else text for text in turn.sentences]
                _append(monologues, speakers[turn.side], topic, texts)
        wanted -= exchange.length


def _deck(random: Random, topic: str, wanted: int) -> Iterator[Exchange]:
    """Yield some exchanges in their written order, then those left out, and after that all in any order."""
    cards = EXCHANGES[topic]
    count = max(1, round(wanted / USUAL_LENGTH[topic]))
    places = set(random.sample(range(len(cards)), min(len(cards), count)))
    if topic in OPENED_BY_FIRST:
        places.add(0)
    yield from (card for place, card in enumerate(cards) if place in places)
    yield from (card for place, card in enumerate(cards) if place not in places)
    while True:
        yield from random.sample(cards, len(cards))


def _speaker(random: Random, speakers: list[Member], exchange: Exchange) -> Member:
    if len(speakers) == 1 or exchange.names_colleague or chance(random, 0.7):
        return speakers[0]
    return speakers[1 + int(random.random() * (len(speakers) - 1))]


def _append(monologues: list[Monologue], member: Member, topic: str, texts: list[str]) -> None:
    last = monologues[-1] if monologues else None
    if last is None or last.member is not member:
        last = Monologue(member, topic)
        monologues.append(last)
    last.texts.extend(texts)


def _lay_out(random: Random, monologues: list[Monologue], seconds: int) -> None:
    spoken = sum(_WORDS_START_MS + len(text) * _LETTER_MS for each in monologues for text in each.texts)
    room = int(seconds * 970)
    pace = min(1.0, room * 0.9 / spoken)
    pause = (room - spoken * pace) / len(monologues)
    clock = int(pause * 0.1 * random.random())
    for monologue in monologues:
        monologue.start = clock
        clock = _lay_out_one(random, monologue, clock, pace)
        monologue.end = clock + int(pause * 0.85)
        clock += int(pause * (0.85 + 0.1 * random.random()))


def _lay_out_one(random: Random, monologue: Monologue, clock: int, pace: float) -> int:
    roll = random.random
    sentences = []
    for text in monologue.texts:
        end = clock + int((_WORDS_START_MS + len(text) * _LETTER_MS) * pace * (0.85 + 0.15 * roll()))
        sentences.append({"start": clock, "end": end, "text": text})
        clock = end
    monologue.shown = {
        "speakerId": monologue.member.speaker_id if roll() > NOT_RECOGNISED else None,
        "topic": None if monologue.topic in UNNAMED_TOPICS or roll() < 0.04 else monologue.topic,
        "sentences": sentences,
    }
    return clock
