"""Reads the line texts into exchanges once, so that conversations are put together from ready parts."""

from __future__ import annotations

from dataclasses import dataclass

from gong_source.sandbox.lines import commercial, discovery, internal, opening, product, success

REP, CUSTOMER = "R", "C"

_TEXTS = {
    "Small Talk": opening.SMALL_TALK,
    "Introductions": opening.INTRODUCTIONS,
    "Agenda": opening.AGENDA,
    "Cold Opening": opening.COLD_OPENING,
    "Voicemail": opening.VOICEMAIL,
    "Current Process": discovery.CURRENT_PROCESS,
    "Pain Points": discovery.PAIN_POINTS,
    "Decision Process": discovery.DECISION_PROCESS,
    "Product Demo": product.PRODUCT_DEMO,
    "Integrations": product.INTEGRATIONS,
    "Security": product.SECURITY,
    "Implementation": product.IMPLEMENTATION,
    "Pricing": commercial.PRICING,
    "Competition": commercial.COMPETITION,
    "Objections": commercial.OBJECTIONS,
    "Negotiation": commercial.NEGOTIATION,
    "Adoption": success.ADOPTION,
    "Renewal": success.RENEWAL,
    "Next Steps": success.NEXT_STEPS,
    "Wrap-up": success.WRAP_UP,
    "Support": success.SUPPORT,
    "Pipeline Review": internal.PIPELINE_REVIEW,
    "Deal Review": internal.DEAL_REVIEW,
    "Coaching": internal.COACHING,
    "Team Update": internal.TEAM_UPDATE,
}


@dataclass(frozen=True)
class Turn:
    """What one side says before the other answers.

    Attributes:
        side: ``R`` or ``C``.
        sentences: Sentence templates.
    """

    side: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Exchange:
    """Turns that belong together.

    Attributes:
        turns: The turns.
        length: How many sentences they have.
        names_colleague: Whether a colleague of the speaker is named, who can't be the one who speaks.
    """

    turns: tuple[Turn, ...]
    length: int
    names_colleague: bool


def read_exchanges(text: str) -> tuple[Exchange, ...]:
    """Read the exchanges of one topic."""
    return tuple(_read_exchange(block) for block in text.strip().split("\n\n"))


def _read_exchange(block: str) -> Exchange:
    joined = block.replace("\n   ", " ")
    turns = tuple(_read_turn(line) for line in joined.split("\n"))
    return Exchange(turns, sum(len(turn.sentences) for turn in turns), "{colleague}" in block)


def _read_turn(line: str) -> Turn:
    side, _, words = line.partition(":")
    if side not in (REP, CUSTOMER):
        raise ValueError(f"a turn without a side: {line!r}")
    return Turn(side, tuple(sentence.strip() for sentence in words.split("|")))


EXCHANGES: dict[str, tuple[Exchange, ...]] = {topic: read_exchanges(text) for topic, text in _TEXTS.items()}
USUAL_LENGTH = {topic: sum(card.length for card in cards) / len(cards) for topic, cards in EXCHANGES.items()}
