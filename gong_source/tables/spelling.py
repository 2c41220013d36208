"""What a text stands for that a machine wrote: escapes of JSON, entities of HTML, characters encoded for a URL."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from urllib.parse import unquote

from gong_source.wording import BETWEEN_DIGITS, HIDDEN

IN_ADDRESS = rf"\w.!#$&*+/=?^`{{|}}~'\u0300-\u036f{HIDDEN}\-"
"""What may be part of an address before its @, for a class of a regular expression."""

DEEPEST = 5
"""How often what is in a URL is encoded again, at most, where URLs hold others."""

_READABLE = re.compile(rf"[{IN_ADDRESS}@%{re.escape(BETWEEN_DIGITS)}]+")
_JSON = re.compile(r"(?<!\\)\\+u([\da-fA-F]{4})")
"""As it is in a text that is JSON, or in JSON that is a text of other JSON."""
_ENTITY = re.compile(r"&(?:amp;)*(#(?:\d{1,7}|[xX][\da-fA-F]{1,6})|[A-Za-z][A-Za-z\d]{1,31});")
_ENCODED = re.compile(r"%[\da-fA-F]{2}")

PUNYCODE = "xn--"
"""How a part of a host's name begins that is written in ASCII for others than ASCII's letters."""

LONGEST_LABEL = 63
"""Characters of one of the names that a host's is made of."""


def unescaped(text: str) -> str:
    """A text without the escapes and entities of what an address or a number may hold; all others end a word.

    JSON within the text stays JSON.

    Args:
        text: Any text.
    """
    if "\\" in text:
        text = _JSON.sub(lambda found: _readable(chr(int(found[1], 16)), found[0]), text)
    if "&" in text:
        text = _ENTITY.sub(lambda found: _readable(unescape(f"&{found[1]};"), found[0]), text)
    return text


def forms(text: str) -> list[str]:
    """Each form that a text stands for: as it is, and decoded as if it were in a URL, as often as it was encoded.

    Args:
        text: Any text.
    """
    found = [unescaped(text)]
    while "%" in found[-1] and _ENCODED.search(found[-1]) and len(found) <= DEEPEST:
        found.append(unescaped(unquote(found[-1])))
    return found


def in_letters(address: str) -> str:
    """An address with its host's name as people write it, where it is written as networks do.

    Args:
        address: In small letters.
    """
    local, at, domain = address.rpartition("@")
    return local + at + ".".join(map(_label, domain.split("."))) if PUNYCODE in domain else address


def in_ascii(address: str) -> str:
    """An address with its host's name as networks write it.

    Args:
        address: In small letters.
    """
    local, at, domain = address.rpartition("@")
    labels = (each if each.isascii() else PUNYCODE + each.encode("punycode").decode() for each in domain.split("."))
    return local + at + ".".join(labels)


def _label(label: str) -> str:
    if not label.startswith(PUNYCODE) or len(label) > LONGEST_LABEL:
        return label
    try:
        return unicodedata.normalize("NFKC", label.removeprefix(PUNYCODE).encode("ascii").decode("punycode")).casefold()
    except UnicodeError:
        return label


def _readable(character: str, written: str) -> str:
    return character if _READABLE.fullmatch(character) else written
