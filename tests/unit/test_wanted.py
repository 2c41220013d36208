"""People are found in texts as these stand in a dataset, and the destination sorts out no text that has them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from functools import partial
from html import escape
from json import dumps as dumps_ascii
from urllib.parse import quote, quote_plus

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gong_source.tables.identity import mentions_id
from gong_source.tables.personal import pseudonym
from gong_source.tables.values import dumps
from gong_source.warehouse.suppression import ROUNDS, Suppression
from gong_source.warehouse.wanted import People, sides, sieve

KEY = "k" * 40
ADA = People((("email", " Ada.B@example.com"), ("phone", "+49 89 1234567")), KEY)
HASH = pseudonym(KEY, "email", "ada.b@example.com")

THEIRS = [
    *("ada.b@example.com", "ADA.B@Example.com", "ada.b%40example.com", "Ada\u200b.B@example.com"),
    *("+49 89 1234567", "+49 (0)89/1234567", "0049 89 123\u201145\u201167", "\u202a+49\u00a089\u00a01234567\u202c"),
    *("+49891234567x77", "+49 89 1234567 ext. 5", "\uff14\uff198\uff19\uff11234\uff15\uff16\uff17"),
    *("\uff21da.b@exampl\uff45.com", "+49 (\uff10)89/1234567", "+\u09ea\u09ef 89 1234567"),
    *("\u0664\u0669\u0668\u0669\u0661\u0662\u0663\u0664\u0665\u0666\u0667", HASH),
]
BEFORE = [
    "",
    "Spoke to ",
    "Contacts:\n",
    "x\t",
    "*",
    "`",
    "\u201e",
    "Who? ",
    "(",
    "2026-06-15 ",
    'mail "',
    "\\",
    "a\u2028",
]
AFTER = ["", ".", "!", "*", "`", "\u2026 then", "\nNext", ", ok", "\u201c", ")", " / +49 89 7654321", "\u200b", '"']


MACHINE = [
    *(
        "ada.b@example.com_20260601",
        "ada.b@example.com-1717236000",
        "ada.b@example.com_2026.mp4",
        "ada&#46;b&#x40;example.com",
    ),
    *(
        "ada.b%2540example.com",
        "ada\\u002eb\\u0040example.com",
        "&lt;ada.b@example.com&gt;",
        "\\u003cada.b@example.com\\u003e",
    ),
    *("https://d.example/?to=%2B49891234567", "tel:%2B49-89-1234567", "%2B49%2089%201234567", "?to=+49+89+1234567&a=1"),
    *("+49\t89\t1234567", "+49891234567_17", "call_49891234567_1", "+49891234567-1717236000", "1717236000-49891234567"),
    *("+49-89-1234567-1717236000", "49891234567.0", "\\u002B49891234567", "&#43;49&nbsp;89&#160;1234567"),
]
"""As machines write them; what else they add is none of it."""


def twice(address: str) -> str:
    """As a URL within another's query."""
    return quote(quote(address), safe="")


def sifted(texts: Collection[str], people: People = ADA) -> set[str]:
    """Those of some texts that the destination takes for such as may mention them."""
    condition, needles = sieve(people, {"17"})
    literals = {name: "'{}'".format(value.replace("'", "''")) for name, value in needles.items()}
    seen = ", ".join(f"{sql} AS {side}" for side, sql in sides("content").items())
    sql = f"SELECT content FROM (SELECT content, {seen} FROM (SELECT unnest(?) AS content))"
    with duckdb.connect() as database:
        found = database.execute(f"{sql} WHERE {condition.format_map(literals)}", [list(texts)]).fetchall()
    return {text for (text,) in found}


@pytest.mark.parametrize("before", BEFORE)
def test_they_are_found_however_they_stand_in_a_text(before: str) -> None:
    words = [f"{before}{theirs}{after}" for theirs in THEIRS for after in AFTER]
    json = [dumps({"note": each}) for each in words]
    texts = {*words, *json, *(dumps({"inner": each}) for each in json), *(each[:-2] for each in json)}
    assert {text for text in texts if not ADA.are_in(text)} == set()
    assert texts - sifted(texts) == set()


@pytest.mark.parametrize("theirs", MACHINE)
def test_they_are_found_as_machines_write_them(theirs: str) -> None:
    words = [frame.format(theirs) for frame in ("{}", "Spoke to {}, ok", '"{}"', "2026-06-15 {}.", "x={}\n", "({})")]
    json = [dumps({"note": each}) for each in words]
    texts = {*words, *json, *(dumps({"inner": each}) for each in json)}
    assert {text for text in texts if not ADA.are_in(text)} == set()
    assert texts - sifted(texts) == set()


def test_ids_are_found_too() -> None:
    texts = {
        '{"user": "17"}',
        '{"note": "by\\n17"}',
        '{"id": 17}',
        '{"url": "https://d.example/?u%3D17%26a"}',
        '"a&#61;17"',
    }
    assert sifted(texts) == {text for text in texts if mentions_id(text, {"17"})} == texts
    assert not mentions_id('{"user": "170"}', {"17"})


@pytest.mark.parametrize(
    "text",
    [
        *("ada@example.com", "xada.b@example.com", "ada.b@example.com.br", "ada.b@example.co", "o.ada.b@example.com"),
        *("89 1234567", "+49 89 12345678", "+149 89 1234567", "849891234567", "ab49891234567", "0.49891234567123456"),
        *(HASH[:-1], f"{HASH}0", f"a{HASH}"),
        *("ada.b@example.computer", "ada.b@example.com-pany.org", "ada.b@example.community_1", "x%41da.b@example.com"),
        *(
            "o\\u0027ada.b@example.com",
            "o&#39;ada.b@example.com",
            "o%27ada.b%40example.com",
            "\\u00e9ada.b@example.com",
        ),
        *(
            "%2B149891234567",
            "+1+49+89+1234567",
            "+49\t89\t12345678",
            "149891234567.0",
            "4989123456.70",
            "+4989123456_7",
        ),
    ],
)
def test_others_are_not_taken_for_them(text: str) -> None:
    assert not ADA.are_in(dumps({"note": f"Spoke to {text} again"}))


ODD = [
    *("r&d.kim@corp.example", "ada+x@plus.example", "o'kim@apos.example", "!kim@lead.example", "-kim@dash.example"),
    *(
        "ada@m\u00fcller.example",
        "stra\u00dfe@ss.example",
        "\u043a\u0438\u043c@\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444",
        "\u0130lker@turk.example",
        "prvs=1=kim@batv.example",
    ),
    *("kim%lee@pct.example", "kim/lee@sl.example", "{kim}@br.example"),
]


ENCODERS: tuple[Callable[[str], str], ...] = (
    str,
    str.upper,
    quote,
    quote_plus,
    partial(quote, safe="@"),
    twice,
    lambda address: quote(quote(address, safe="@"), safe="@"),
    lambda address: quote(twice(address), safe=""),
    escape,
    lambda address: quote(escape(escape(address)), safe=""),
    lambda address: dumps_ascii(address)[1:-1].replace("&", "\\u0026").replace("'", "\\u0027"),
)


@pytest.mark.parametrize("address", ODD)
def test_odd_addresses_are_found_in_words_and_in_urls(address: str) -> None:
    person = People((("email", address),))
    frames = ("{}", "sent to {}, and k", "<{}>", "https://x.example/u?a=1&to={}&k=1", "mailto:{}?subject=x")
    words = [frame.format(encode(address)) for encode in ENCODERS for frame in frames]
    texts = {*words, *(dumps({"note": each}) for each in words)}
    assert {text for text in texts if not person.are_in(text)} == set()
    assert texts - sifted(texts, person) == set()


@pytest.mark.parametrize(("one", "other"), [("b\u00fccher", "xn--bcher-kva"), ("stra\u00dfe", "xn--strae-oqa")])
def test_a_host_is_the_same_in_letters_and_as_networks_write_it(one: str, other: str) -> None:
    texts = {
        f"to {spelt.format(host)}"
        for host in (one, one.upper(), other)
        for spelt in ("ada@{}.example", "ada%40{}.example")
    }
    for host in (one, other):
        person = People((("email", f"ada@{host}.example"),))
        assert {text for text in texts if not person.are_in(text)} == texts - sifted(texts, person) == set()


@pytest.mark.parametrize(
    ("theirs", "other"), [("d.kim@corp.example", "r&d.kim@corp.example"), ("x@a.example", "ada+x@a.example")]
)
def test_the_end_of_anothers_address_is_nobodys(theirs: str, other: str) -> None:
    person = People((("email", theirs),))
    assert not person.are_in(dumps({"note": f"Spoke to {other} again"}))
    assert not person.are_in(f"https://x.example/?to={quote(other)}")


PARTS = st.lists(
    st.sampled_from([*THEIRS, *MACHINE, *BEFORE, *AFTER, "1", "0 ", "+", "a", " ", "-", "(0)"]), max_size=5
)


@settings(max_examples=20, deadline=None)
@given(st.lists(PARTS, min_size=20, max_size=60))
def test_what_is_found_is_never_sorted_out(several: list[list[str]]) -> None:
    found = {text for parts in several for text in ("".join(parts), dumps(parts)) if ADA.are_in(text)}
    assert found - sifted(found) == set()


def test_a_host_that_an_earlier_release_remembered_as_it_was_written_is_known() -> None:
    salt = "00" * 16
    known = hashlib.pbkdf2_hmac("sha256", b"email:ada@xn--bcher-kva.example", bytes.fromhex(salt), ROUNDS).hex()
    suppression = Suppression({salt: frozenset({known})})
    assert suppression.mentions("to Ada@xn--bcher-kva.example")
    assert not suppression.mentions("to ada@xn--bcher-kva.example.com")
