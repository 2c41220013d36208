"""Who is looked for in a dataset, how they are told in a text, and the SQL that sorts out texts without them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar
from urllib.parse import quote

from gong_source.tables.identity import START, Kind, found_in, normal
from gong_source.tables.personal import PSEUDONYM, pseudonym
from gong_source.warehouse.suppression import Suppression
from gong_source.wording import BETWEEN_DIGITS, HIDDEN

_HASH = re.compile(rf"{START}{PSEUDONYM}(?!\w)")
_ASCII = re.compile(r"[!-~]+(?![\u0300-\u036f])")
_AS_IT_IS = re.compile(r"[a-z\d._~-]*$", re.ASCII)
"""What a name ends with that no URL encodes."""
_ZEROS = (0xFF10, 0x0660, 0x06F0, 0x0966)
"""Where other digits than ASCII's begin: of East Asia, Arabic, Persian, Devanagari."""


@dataclass(frozen=True)
class People:
    """Addresses and numbers of people.

    Attributes:
        values: What was given, with its kind.
        key: ``pii_key`` by which they may have been hashed when they were loaded; empty for none.
    """

    values: tuple[tuple[Kind, str], ...]
    key: str = ""

    @cached_property
    def normals(self) -> set[tuple[Kind, str]]:
        """The normal forms."""
        return {(kind, normal(kind, value)) for kind, value in self.values}

    @cached_property
    def hashes(self) -> set[str]:
        """What stands for them where they were hashed."""
        return {pseudonym(self.key, kind, value) for kind, value in self.values} if self.key else set()

    @property
    def remembered(self) -> list[tuple[Kind, str]]:
        """What is remembered of them once they are purged: their values, and what stands for these."""
        return [*self.values, *(("email", value) for value in sorted(self.hashes))]

    def are_in(self, text: str, kind: Kind | None = None) -> bool:
        """Whether one of their values stands in a text.

        Args:
            text: Any text, such as JSON.
            kind: What the text is as a whole; None where it is no single value.
        """
        return any((found, normal(found, value)) in self.normals for found, value in found_in(text, kind)) or any(
            found in self.hashes for found in _HASH.findall(text)
        )


@dataclass(frozen=True)
class Purged:
    """Everybody who was purged: nobody knows their values, but each can be told by its hash.

    Attributes:
        suppression: What is remembered of them.
        values: None are known.
    """

    suppression: Suppression
    values: ClassVar[tuple[tuple[Kind, str], ...]] = ()

    def __bool__(self) -> bool:
        """Whether anybody is known by an address or a number."""
        return bool(self.suppression.hashes)

    @property
    def hashes(self) -> Collection[str]:
        """None that a text would be looked for by: each is looked at."""
        return ()

    def are_in(self, text: str, kind: Kind | None = None) -> bool:
        """Whether one of their values stands in a text.

        Args:
            text: Any text, such as JSON.
            kind: What the text is as a whole; None where it is no single value.
        """
        hashed = _HASH.findall(text)  # written down like addresses
        return self.suppression.mentions(text, kind) or any(
            self.suppression.is_purged("email", each) for each in hashed
        )


SomePeople = People | Purged


def sides(text: str) -> dict[str, str]:
    """What :func:`sieve` looks at, as SQL by name.

    Args:
        text: SQL of the text.
    """
    plain = f"TRANSLATE(LOWER({text}), '{HIDDEN}', '')"
    others = "".join(chr(zero + digit) for zero in _ZEROS for digit in range(10))
    source = others + BETWEEN_DIGITS.translate(dict.fromkeys(map(ord, HIDDEN)))  # those without a digit are left out
    digits = "0123456789" * len(_ZEROS)
    return {
        "plain": plain,
        "digits": f"TRANSLATE({plain}, '{source}', '{digits}')",
        "dialled": f"TRANSLATE(REPLACE({plain}, '(0)', ''), '{source}', '{digits}')",
    }


def sieve(people: SomePeople, users: Collection[str]) -> tuple[str, dict[str, str]]:
    """A condition for texts that may mention some people, with its values: what it leaves out does not.

    Args:
        people: Who is looked for.
        users: Ids of users, which are looked for too.
    """
    if people and not people.values:  # a text can't be looked for by what is known of them
        return "1 = 1", {}
    needles = [*_needles(people), *(("plain", value) for value in sorted({*people.hashes, *users}))]
    each = [f"REPLACE({side}, {{needle_{n}}}, '') <> {side}" for n, (side, _) in enumerate(needles)]
    return " OR ".join(each) or "1 = 0", {f"needle_{n}": needle for n, (_, needle) in enumerate(needles)}


def _needles(people: SomePeople) -> Iterator[tuple[str, str]]:
    """Sides, and what must be in one of them."""
    for kind, value in people.values:
        spelt = normal(kind, value)
        if kind == "phone":
            yield from (("digits", spelt), ("dialled", spelt))
        else:
            yield from (("plain", needle) for needle in sorted(_parts(value, spelt)))


def _parts(value: str, spelt: str) -> Iterator[str]:
    """What SQL looks for of an address, which folds letters otherwise than Python, and knows nothing of URLs."""
    lower = value.strip().lower()
    yield from {spelt, lower} if spelt.isascii() else {spelt}
    if not lower.isascii():
        yield max(_ASCII.findall(unicodedata.normalize("NFC", lower)), key=len, default="@")
    local, _, domain = spelt.rpartition("@")
    for at in ("%40", "2540"):  # the latter however often what holds it was encoded again
        yield at + domain if domain.isascii() else at
    if quote(local, safe="") != local:
        yield f"{_AS_IT_IS.search(local)[0]}@{domain if domain.isascii() else ''}"  # type: ignore[index]  # it may be empty
