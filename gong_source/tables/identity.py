"""E-mail addresses, phone numbers, names: in which form two spellings are the same, and how they are found in text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from typing import Any, Literal

Kind = Literal["email", "phone", "name", "address"]
KINDS: tuple[Kind, ...] = ("email", "phone", "name", "address")

_OTHER = r"[^\s@<>()\[\]{},;:\"\\=&?/|%']"
EMAIL = re.compile(rf"{_OTHER}(?:{_OTHER}|')*(?:@|%40){_OTHER}+\.{_OTHER}{{2,}}")
"""What looks like an address, also within other text and in a URL's query."""

PHONE = re.compile(r"(?<![\w.])\+?\(?\d[\d\s().\-/\u00a0\u2010-\u2015]{5,}\d(?![\w])")
"""What looks like a phone number within other text: at least seven characters, most of them digits."""

LEAST_DIGITS, MOST_DIGITS = 5, 15
"""Shorter numbers are extensions, which many people share; longer ones no network knows (E.164)."""

TAG = "]("
"""In every text that tags a user, as Gong writes it: ``@[name](id of the user)``."""

_TAGGED = re.compile(r"@\[(?:(?!@\[).)*?\]\((?P<user>[^()\s]+)\)", re.DOTALL)

_EXTENSION = re.compile(r"(?:;|,|#|ext|\bx|x(?=\d)).*", re.IGNORECASE | re.DOTALL)

_TELLING: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile("email|mailto"), "email"),
    (re.compile("phone|mobile|fax|^tel$|^telephone"), "phone"),
    (re.compile("(first|last|full|middle|display|user|contact|owner|creator|given|family|maiden)name|surname"), "name"),
    (re.compile("street|address|postalcode|zipcode|postcode"), "address"),
)
_PEOPLE = frozenset({"contact", "lead", "person", "user"})


def normal(kind: Kind, value: str) -> str:
    """The form that all spellings of one address, number or name share; empty where there is nothing in it.

    Case and spaces do not count. Of a number only the digits do, without an extension and without the 00 that stands
    for the plus sign; a number without its country code stays another one.

    Args:
        kind: What the value is.
        value: As somebody wrote it.
    """
    text = " ".join(unicodedata.normalize("NFKC", value).split()).casefold()
    if kind == "email":
        within = re.search("<([^<>]+)>", text)
        return (within.group(1) if within else text).replace("%40", "@").removeprefix("mailto:").strip("\"' ")
    if kind == "phone":
        number = _EXTENSION.sub("", text.removeprefix("tel:"))
        return "".join(str(unicodedata.decimal(c)) for c in number if c.isdecimal()).removeprefix("00")
    return text


def untagged(text: str, users: Collection[str]) -> str:
    """Words without the names of some users who are tagged in them; their ids stay.

    Args:
        text: As somebody wrote it in Gong.
        users: Ids of users.
    """
    return _TAGGED.sub(lambda tag: f"@[]({tag['user']})" if tag["user"] in users else tag[0], text)


def kind_of(name: str, holder: str = "") -> Kind | None:
    """What a field holds, by its name in Gong's or a CRM's objects; None where it says nothing of a person.

    Args:
        name: Such as ``Email`` or ``MobilePhone``.
        holder: Type of the object it belongs to, such as ``Contact``: an account's name is nobody's.
    """
    plain = re.sub("[^a-z]", "", name.casefold())
    if plain == "name":
        return "name" if holder.casefold() in _PEOPLE else None
    return next((kind for pattern, kind in _TELLING if pattern.search(plain)), None)


def mapped(value: Any, change: Callable[[Kind | None, str], str | None], kind: Kind | None, holder: str = "") -> Any:
    """A JSON value with all its texts changed, each told by the field that it stands in.

    Args:
        value: Any JSON value.
        change: Makes the new text, given what the field holds.
        kind: What the value's own field holds.
        holder: Type of the CRM object it belongs to.
    """
    if isinstance(value, str):
        return change(kind, value)
    if isinstance(value, list):
        return [mapped(item, change, kind, holder) for item in value]
    if isinstance(value, dict):
        holder = str(value.get("objectType") or holder)
        is_field = isinstance(value.get("name"), str) and "value" in value  # of a CRM: {"name": "Email", "value": ...}
        told = kind or (kind_of(value["name"], holder) if is_field else None)
        return {
            (change(None, key) or "") if "@" in key else key: item
            if is_field and key == "name"
            else mapped(item, change, told or kind_of(key, holder), holder)
            for key, item in value.items()
        }
    if kind == "phone" and isinstance(value, int) and not isinstance(value, bool):
        return change(kind, str(value))
    return value


def found_in(text: str) -> Iterator[tuple[Kind, str]]:
    """Everything in a text that looks like an e-mail address or a phone number.

    Args:
        text: Any text, JSON too.
    """
    for match in EMAIL.finditer(text):
        yield "email", match.group()
    for match in PHONE.finditer(text):
        if len(normal("phone", match.group())) <= MOST_DIGITS:
            yield "phone", match.group()
