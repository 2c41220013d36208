"""Small deterministic choices."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from random import Random
from typing import TypeVar

Item = TypeVar("Item")


def dice(seed: int, purpose: str, number: int = 0) -> Random:
    """Return a generator that depends on these inputs only, so that parts can be made in any order."""
    return Random(f"{seed}/{purpose}/{number}")


def pick(random: Random, items: Sequence[Item]) -> Item:
    """Choose one item."""
    return items[int(random.random() * len(items))]


def chance(random: Random, probability: float) -> bool:
    """Decide with a probability."""
    return random.random() < probability


def some(random: Random, items: Sequence[Item], most: int) -> list[Item]:
    """Choose up to ``most`` different items, in random order."""
    return random.sample(list(items), min(most, len(items)))


def big_id(random: Random) -> str:
    """Make an id of 18 to 20 digits, above what a double can hold exactly."""
    roll = random.random()
    if roll < 0.2:
        return str(random.randrange(10**17, 10**18))
    if roll < 0.3:
        return str(random.randrange(10**19, 2**64))
    return str(random.randrange(10**18, 10**19))


def crm_id(random: Random, prefix: str) -> str:
    """Make an id that looks like Salesforce's."""
    return prefix + "".join(random.choices("0123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ", k=15))


def widened(value: float) -> float:
    """Return a value as it looks after single precision was widened to double."""
    narrow: float = struct.unpack("f", struct.pack("f", value))[0]
    return narrow
