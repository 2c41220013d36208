"""Who is looked for in a dataset, how they are told in a text, and the SQL that sorts out texts without them."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from gong_source.tables.identity import START, Kind, found_in, normal
from gong_source.tables.personal import PSEUDONYM, pseudonym
from gong_source.tables.spelling import PUNYCODE
from gong_source.warehouse.suppression import Suppression
from gong_source.wording import BETWEEN_DIGITS, HIDDEN

_HASH = re.compile(rf"{START}{PSEUDONYM}(?![^\W_])")
_ASCII = re.compile(r"[!-~]+(?![\u0300-\u036f])")
_ZEROS = (
    0x0660, 0x06F0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0E50, 0x0ED0, 0x0F20,
    0x1040, 0x17E0, 0x1810,
)  # fmt: skip
"""Where other digits than ASCII's begin: of Arabic, Persian, the scripts of India, Thai, Lao, Tibetan and so on."""

_NARROW = f"{string.ascii_letters}{string.digits}@._-+()"
_WIDE = "".join(chr(ord(each) + 0xFEE0) for each in _NARROW)
"""What addresses and numbers are made of, in the forms that are as wide as the letters of East Asia."""

_OTHER_DIGITS = "123456789abcdef"
"""Hexadecimal digits that count as zeros, so that one pattern fits each byte as URLs encode it."""

_ESCAPES = ("\\u", "\\t")
"""Of JSON, in a text that may stand for another one. LIKE takes a backslash otherwise in each destination."""

_WRITTEN_BY_MACHINES = (("encoded", "%P00%"), ("lower", "%&%;%"), ("lower", f"%{PUNYCODE}%"))
"""Sides and patterns of other texts that may stand for another one: URLs, HTML, hosts as networks write them."""


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
    # characters of the second text stand for those of the first, of which the rest is left out
    plain = f"TRANSLATE(LOWER({text}), '{_WIDE}{HIDDEN}', '{_NARROW.lower()}')"
    others = "".join(chr(zero + digit) for zero in _ZEROS for digit in range(10))
    between = BETWEEN_DIGITS.translate(dict.fromkeys(map(ord, HIDDEN))) + "+\t"
    digits = f"TRANSLATE({plain}, '{others}', '{'0123456789' * len(_ZEROS)}')"
    return {
        "plain": plain,
        "digits": f"TRANSLATE({digits}, '{between}', '')",
        "dialled": f"TRANSLATE(REPLACE({digits}, '(0)', ''), '{between}', '')",
        "lower": f"LOWER({text})",
        "encoded": f"TRANSLATE(LOWER({text}), '%{_OTHER_DIGITS}', 'P{'0' * len(_OTHER_DIGITS)}')",
    }


def sieve(people: SomePeople, users: Collection[str]) -> tuple[str, dict[str, str]]:
    """A condition for texts that may mention some people, with its values: what it leaves out does not.

    What a machine wrote may mention anybody, as SQL can't undo its escapes.

    Args:
        people: Who is looked for.
        users: Ids of users, which are looked for too.
    """
    if people and not people.values:  # a text can't be looked for by what is known of them
        return "1 = 1", {}
    needles = [*_needles(people), *(("plain", value) for value in sorted({*people.hashes, *users}))]
    each = [f"REPLACE({side}, {{needle_{n}}}, '') <> {side}" for n, (side, _) in enumerate(needles)]
    values = {f"needle_{n}": needle for n, (_, needle) in enumerate(needles)}
    for n, (side, pattern) in enumerate(_WRITTEN_BY_MACHINES if people.values else ()):
        each.append(f"{side} LIKE {{pattern_{n}}}")
        values[f"pattern_{n}"] = pattern
    return " OR ".join(each) or "1 = 0", values


def _needles(people: SomePeople) -> Iterator[tuple[str, str]]:
    """Sides, and what must be in one of them."""
    for kind, value in people.values:
        spelt = normal(kind, value)
        if kind == "phone":
            yield from (("digits", spelt), ("dialled", spelt))
        else:
            yield from (("plain", needle) for needle in sorted(_parts(value, spelt)))
    if people.values:
        yield from (("lower", escape) for escape in _ESCAPES)


def _parts(value: str, spelt: str) -> Iterator[str]:
    """What SQL looks for of an address, which folds letters otherwise than Python."""
    lower = value.strip().lower()
    yield from {spelt, lower} if spelt.isascii() else {spelt}
    if not lower.isascii():
        yield max(_ASCII.findall(unicodedata.normalize("NFC", lower)), key=len, default="@")
    if PUNYCODE in lower:  # what letters it stands for, and how they are folded, is known to Python
        yield "@"
