"""E-mail addresses, phone numbers, names: in which form two spellings are the same, and how they are found in text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import unquote

from gong_source.tables.spelling import IN_ADDRESS, PUNYCODE, forms, in_letters, unescaped
from gong_source.wording import BETWEEN_DIGITS, HIDDEN

Kind = Literal["email", "phone", "name", "address"]
KINDS: tuple[Kind, ...] = ("email", "phone", "name", "address")

_ESCAPE = r"(?<=\\[bfnrt])|(?<=\\u[\da-fA-F]{4})"
START = rf"(?:{_ESCAPE}|(?<!\w)(?!(?<=\\)(?:[bfnrt]|u[\da-fA-F]{{4}})))"
"""Where a word may begin. A text may be JSON, or hold some: the n of an escaped end of a line is no part of a word."""

_AT = "(?:@|%(?:25)*40)"
_INNER = rf"(?:[{IN_ADDRESS}]|%(?!(?:25)*40))"
_BYTE = r"%(?:25)*[89A-Fa-f][\dA-Fa-f]"
_LABEL = rf"(?:[\w\u0300-\u036f{HIDDEN}-]|{_BYTE})"
_LETTER = rf"(?:[^\W_]|{_BYTE})"
_LAST = rf"(?:(?i:{PUNYCODE})[\w-]*[^\W_]|{_LETTER}(?:{_LETTER}|[\u0300-\u036f{HIDDEN}])*{_LETTER})"
"""A top-level domain: what follows it after a hyphen, as in an id made of an address and a time, is none of it."""
EMAIL = re.compile(rf"{START}(?P<local>{_INNER}{{1,120}}){_AT}(?P<domain>{_LABEL}+(?:\.{_LABEL}+)*\.{_LAST})")
"""What looks like an address, also within other text and in a URL; what stands right before it may be none of it."""

_DIGITS = rf"\(?\d[\d{re.escape(BETWEEN_DIGITS)}]{{5,}}\d"
PHONE = re.compile(rf"(?:\+|{_ESCAPE}|(?<![^\W_])){_DIGITS}(?:(?![^\W_])|(?=(?i:x|ext\.?) ?\d))")
"""What looks like a phone number within other text: at least seven characters, most of them digits."""

_BETWEEN_WORDS = re.compile(r"(?<=[\d)])(?:\+|\t|\\+t)(?=[\d(])")
"""What stands for a space in a URL, or in its place."""

_NO_FRACTION = re.compile(r"(\(*\d+)\.0")
"""A whole number as JSON may have it."""

_BEGINS = re.compile(r"(?:[!#$*^`~=/?|{}]|\.\.)")
"""After which an address may begin, although it may hold the same: rather the end of what stands before it."""

_URL = re.compile(r".*(?:[=/?|{}]|%(?:25)*(?:0[9AD]|2[026CF]|3[A-DF]))", re.IGNORECASE)
"""What stands before an address in a URL, in a list, or after a key."""

_ENCODED = re.compile("%(?:25)*40")

_MARKS = re.compile(r"\W*_*")

_WORD = re.compile(r"\\(?:[bfnrt]|u[\da-fA-F]{4})|[\w-]+")

LEAST_DIGITS, MOST_DIGITS = 5, 15
"""Shorter numbers are extensions, which many people share; longer ones no network knows (E.164)."""

WHOLE_DIGITS = 10
"""So many are a number of their own, whatever digits stand beside it."""

TAG = "]("
"""In every text that tags a user, as Gong writes it: ``@[name](id of the user)``."""

_TAGGED = re.compile(r"@\[(?:(?!@\[).)*?\]\((?P<user>[^()\s]+)\)", re.DOTALL)

_TRUNK = re.compile(r"^((?:\+|00)?(?!39)\d{1,3}\W*)\(0\)")
"""A zero that is not dialled after the country's code; in Italy it is."""

EXTENSION = re.compile(r"(?:;|,|#|ext|\bx|x(?=\d)).*", re.IGNORECASE | re.DOTALL)

_BESIDE = re.compile(r"\([^()@]*\)|\"")
"""Comments and quotes of an address."""

_UNSEEN = dict.fromkeys(map(ord, HIDDEN))

_TELLING: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile("email|mailto"), "email"),
    (re.compile("phone|mobile|fax|^tel$|^telephone"), "phone"),
    (re.compile("(first|last|full|middle|display|user|contact|owner|creator|given|family|maiden)name|surname"), "name"),
    (re.compile("street|address|postalcode|zipcode|postcode"), "address"),
)
_PEOPLE = frozenset({"contact", "lead", "person", "user"})


def normal(kind: Kind, value: str) -> str:
    """The form that all spellings of one address, number or name share; empty where there is nothing in it.

    Case, spaces and what nobody sees do not count. Of a number only the digits do, without an extension, the 00 that
    stands for the plus sign and a zero in parentheses; a number without its country code stays another one.

    Args:
        kind: What the value is.
        value: As somebody wrote it.
    """
    if kind == "email":
        return in_letters(alone(value).casefold())
    text = seen(value).casefold()
    if kind == "phone":
        text = unquote(text) if text.startswith("%2b") else text
        number = _TRUNK.sub(r"\1", EXTENSION.sub("", text.removeprefix("tel:")))
        return "".join(str(unicodedata.decimal(c)) for c in number if c.isdecimal()).removeprefix("00")
    return text


def alone(address: str) -> str:
    """An address without a name, a comment and other signs beside it, as others may be asked about it.

    Args:
        address: As somebody wrote it.
    """
    text = seen(_decoded(address)).lower()
    within = re.search("<([^<>]+)>", text)
    text = _BESIDE.sub("", within[1] if within else text).strip().removeprefix("mailto:").strip()
    return text[1:-1].strip() if text[:1] == text[-1:] == "'" else text


def seen(value: str) -> str:
    """A text without what nobody sees, in one form of its letters.

    Args:
        value: As somebody wrote it.
    """
    return " ".join(unicodedata.normalize("NFKC", value).translate(_UNSEEN).split())


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


def mapped(
    value: Any,
    change: Callable[[Kind | None, str], str | None],
    kind: Kind | None,
    holder: str = "",
    declared: Mapping[str, Kind] = MappingProxyType({}),
) -> Any:
    """A JSON value with all its texts changed, each told by the field that it stands in.

    Args:
        value: Any JSON value.
        change: Makes the new text, given what the field holds.
        kind: What the value's own field holds.
        holder: Type of the CRM object it belongs to.
        declared: What fields hold that do not tell it by their names.
    """
    if isinstance(value, str):
        return change(kind, value)
    if isinstance(value, list):
        return [mapped(item, change, kind, holder, declared) for item in value]
    if isinstance(value, dict):
        holder = str(value.get("objectType") or holder)
        is_field = isinstance(value.get("name"), str) and "value" in value  # of a CRM: {"name": "Email", "value": ...}
        told = kind or (kind_of(value["name"], holder) if is_field else None)
        return {
            (change(None, key) or "") if "@" in key else key: item
            if is_field and key == "name"
            else mapped(item, change, told or declared.get(key) or kind_of(key, holder), holder, declared)
            for key, item in value.items()
        }
    if kind == "phone" and (type(value) is int or (isinstance(value, float) and value.is_integer())):
        return change(kind, str(int(value)))
    return value


def mentions_id(text: str, ids: Collection[str]) -> bool:
    """Whether one of some ids stands in a text as a word.

    Args:
        text: Any text, JSON too.
        ids: Gong's ids.
    """
    return any(word in ids for form in forms(text) for word in _WORD.findall(form)) if ids else False


def found_in(text: str, kind: Kind | None = None) -> Iterator[tuple[Kind, str]]:
    """Everything in a text that looks like an e-mail address or a phone number.

    Where it can't be told where one begins or ends, each way to read it is given; so is what the text stands for where
    a machine wrote it.

    Args:
        text: Any text, JSON too.
        kind: What the text is as a whole; None where it is no single value.
    """
    if kind:
        yield kind, text
    for form in forms(text):
        yield from (("email", address) for address in _addresses(form))
        yield from (("phone", number) for number in _numbers(form))


def addresses_changed(text: str, change: Callable[[str], str]) -> str:
    """A text in which each e-mail address is another, as in a URL or after a key.

    Args:
        text: Any text.
        change: Makes the new address.
    """

    def changed(match: re.Match[str]) -> str:
        before = _URL.match(match["local"])
        start = before.end() if before else 0
        start += len(_MARKS.match(match["local"], start)[0])  # type: ignore[index]
        return match[0][:start] + change(match[0][start:]) if start < len(match["local"]) else match[0]

    plain = unescaped(text)
    shown = EMAIL.sub(changed, plain) if _may_hold_some(plain) else plain
    return text if shown == plain else shown


def _addresses(text: str) -> Iterator[str]:
    """All that may be an address."""
    for match in EMAIL.finditer(text) if _may_hold_some(text) else ():
        address, local, domain, start = match[0], match["local"], match["domain"], match.start()
        starts = {0, len(_MARKS.match(local)[0]), *(begin.end() for begin in _BEGINS.finditer(local))}  # type: ignore[index]
        yield from (address[begin:] for begin in sorted(starts) if begin < len(local))
        if text[start - 2 : start - 1] == "\\":  # a letter after a backslash may be the name's own
            yield text[start - 1] + address
        if "_" in domain:  # which no host has in its name, but an id that is made of an address
            yield from _addresses(address[: match.start("domain") - start + domain.index("_")])


def _may_hold_some(text: str) -> bool:
    return "@" in text or "40" in text


def _decoded(address: str) -> str:
    """An address whose @ is written as in a URL, in plain characters."""
    while _ENCODED.search(address):
        address = unquote(address)
    return address


def _numbers(text: str) -> Iterator[str]:
    """All that may be a number, also where something else stands for the spaces in it."""
    may_be_apart = "+" in text or "\t" in text or "\\t" in text  # which is soon told
    for form in dict.fromkeys((text, _BETWEEN_WORDS.sub(" ", text) if may_be_apart else text)):
        for match in PHONE.finditer(form):
            yield from _readings(match[0])


def _readings(text: str) -> Iterator[str]:
    """A number as a whole, and those that are in it where other digits stand beside them, as a date may."""
    words = re.split(r"[\s/]+", text)
    yield from (found[1] for found in map(_NO_FRACTION.fullmatch, words) if found)
    is_one = _size(text) - _zeros(words[0]) <= MOST_DIGITS
    if is_one:
        yield text
    else:  # an id may be made of a number and a time
        parts = re.split(r"[\s/-]+", text)
        yield from _joined(parts, 1)
        yield from (part for part in parts[1:] if WHOLE_DIGITS <= _size(part) <= MOST_DIGITS)
    yield from _joined(words, 1 if is_one and text.startswith("+") else len(words))


def _joined(words: list[str], firsts: int) -> Iterator[str]:
    """Words one after another that may be a number, not all of them, from each of the first so many on."""
    for first in range(firsts):
        size = -_zeros(words[first])
        for last in range(first, len(words)):
            size += _size(words[last])
            if size > MOST_DIGITS:
                break
            if size >= WHOLE_DIGITS and last - first + 1 < len(words):
                yield " ".join(words[first : last + 1])


def _size(word: str) -> int:
    return sum(map(str.isdecimal, word))


def _zeros(word: str) -> int:
    """Digits that stand for the plus sign."""
    return 2 if word.lstrip("(").startswith("00") else 0
