"""Personal values: one form for all spellings, hashed alike in every table, and nothing else touched."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gong_source.config import GongSettings
from gong_source.tables.arrow import Shaped, shape
from gong_source.tables.calls import CALLS_BASIC, CONTEXT_OBJECTS, PARTIES
from gong_source.tables.identity import Kind, found_in, kind_of, normal, untagged
from gong_source.tables.others import LOGS, USERS
from gong_source.tables.personal import apply, pseudonym

KEY = "k" * 40
ADA = "Ada.O'Brien@Example.com"


@pytest.mark.parametrize(
    ("kind", "spellings"),
    [
        (
            "email",
            [
                "ada@example.com",
                " ADA@Example.COM\n",
                "mailto:ada@example.com",
                "Ada <ada@EXAMPLE.com>",
                '"ada"@example.com',
                "ada(work)@example.com",
            ],
        ),
        ("email", ["ada%40example.com", "'ada@example.com'"]),
        ("email", ["o'brien@example.com", "O'Brien@example.com"]),
        ("email", ["ada@b\u00fccher.example", "Ada@XN--Bcher-kva.example", "ada%40b%C3%BCcher.example"]),
        (
            "phone",
            ["+1 (555) 010-4477", "0015550104477", "1.555.010.4477", "tel:+15550104477;ext=5", "1 555 0104477 x12"],
        ),
        ("phone", ["+49 30 12345678", "%2B493012345678"]),
        ("phone", ["+49 30 1234\u20115678", "+49 30 12345678", "+\uff14\uff19 30 12345678"]),
        ("phone", ["+49 (0)30 12345678", "0049(0)30 12345678", "\u202a+49 30 12345678\u202c"]),
        ("phone", ["+39 (0)6 1234567", "+39 06 1234567"]),
        ("email", ["ada@example.com", "ada@example.com\u200b", "ada\u00ad@example.com"]),
        ("name", ["Ada  Lovelace", "ADA LOVELACE ", "ada\u00a0lovelace"]),
    ],
)
def test_spellings_of_one_value_are_one(kind: Kind, spellings: list[str]) -> None:
    assert len({normal(kind, text) for text in spellings}) == 1
    assert len({pseudonym(KEY, kind, text) for text in spellings}) == 1


@pytest.mark.parametrize(
    ("kind", "others"),
    [
        ("email", ["o'brien@example.com", "brien@example.com", "brien@example.co"]),
        (
            "email",
            [
                "a@xn--bcher-kva.co",
                "a@bcher-kva.co",
                "a@xn--\u00fc.co",
                "a@xn--99999999.co",
                f"a@xn--{'b' * 70}-kva.co",
            ],
        ),
        ("phone", ["+15550104477", "5550104477", "+15550104478"]),
        ("name", ["Ada", "Ada L"]),
    ],
)
def test_different_values_stay_different(kind: Kind, others: list[str]) -> None:
    assert len({normal(kind, text) for text in others}) == len(others)


@pytest.mark.parametrize("text", ["n/a", "", "-", "\U0001f600", "+"])
def test_what_is_no_number_is_still_no_more_to_be_read(text: str) -> None:
    assert normal("phone", text) == ""
    assert text == "" or text not in pseudonym(KEY, "phone", text)


def test_fields_are_told_by_their_names() -> None:
    kinds = {name: kind_of(name) for name in ("Email", "work_email__c", "MobilePhone", "FirstName", "MailingStreet")}
    assert list(kinds.values()) == ["email", "email", "phone", "name", "address"]
    assert [kind_of(name) for name in ("Amount", "StageName", "Title", "name", "Domain", "id")] == [None] * 6
    assert kind_of("Name", "Contact") == "name"
    assert kind_of("Name", "Account") is None


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("@[Ada Lovelace](1) see this", "@[](1) see this"),
        ("@[Bo](2), @[Ada [Sales] L](1): @[Ada](1)", "@[Bo](2), @[](1): @[](1)"),
        ("@[Bo](11) and [a link](1)", "@[Bo](11) and [a link](1)"),
        ("@[](1) {1}", "@[](1) {1}"),
        ("Ada (1)", "Ada (1)"),
    ],
)
def test_who_is_tagged_can_be_named_no_more(words: str, left: str) -> None:
    assert untagged(words, {"1"}) == left


def test_addresses_and_numbers_are_found_in_text() -> None:
    text = '{"a": "from o\'brien@x.org to <b@y.co>, call +1 (555) 010-4477.", "url": "https://x/?u=c%40z.com&v=1"}'
    found = {(kind, normal(kind, value)) for kind, value in found_in(text)}
    assert found >= {("email", a) for a in ("o'brien@x.org", "b@y.co", "c@z.com")} | {("phone", "15550104477")}
    assert not list(found_in('{"id": "12", "at": "x@y", "share": 0.25}'))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("+1 415-555-0100x77", {"14155550100"}),
        ("2026-06-15 14155550100", {"14155550100"}),
        ("1) 14155550100", {"114155550100", "14155550100"}),
        ("call:\\n14155550100\\n14155550101", {"14155550100", "14155550101"}),
        ("6759055243874393368", set()),
    ],
)
def test_numbers_are_told_from_digits_beside_them(text: str, numbers: set[str]) -> None:
    assert {normal(kind, value) for kind, value in found_in(text)} == numbers


@pytest.mark.parametrize("words", ["{}.", "*{}*", "hi\n{}", "`{}`!", "\u201e{}\u201c", '{{"note":"hi\\n{}"}}', "({})"])
def test_an_address_in_a_text_has_the_hash_that_it_has_alone(words: str) -> None:
    (masked,) = apply([shape(LOGS, [{"logRecord": {"note": words.format(ADA)}}], {"id": ["1"]})], configured("hash"))
    assert row(masked)["log_record"] == {"note": words.format(pseudonym(KEY, "email", ADA))}


def configured(pii: str) -> GongSettings:
    made = GongSettings()
    made.pii, made.pii_key = pii, KEY  # type: ignore[assignment]
    return made


def tables() -> list[Shaped]:
    field = [{"name": "Email", "value": ADA}, {"name": "Name", "value": "Ada"}, {"name": "Amount", "value": 5}]
    context = [{"system": "Salesforce", "objects": [{"objectType": "Contact", "fields": field}]}]
    party = {"emailAddress": ADA, "name": "Ada", "phoneNumber": "+1 555 010 4477", "context": context, "newEmail": ADA}
    user = {"id": "u1", "emailAddress": ADA.lower(), "emailAliases": [ADA, "b@x.org"], "title": "Head", "firstName": 5}
    record = {"text": f"shared with {ADA}, twice", ADA: 1, "ip": {"remoteAddress": "10.0.0.1"}}
    keys = {"call_id": ["c"], "_dlt_id": ["c:0"]}
    return [
        shape(PARTIES, [party], keys),
        shape(USERS, [user], {}),
        shape(LOGS, [{"userEmailAddress": ADA, "userId": "u1", "logRecord": record}], {"id": ["1"]}),
        shape(CONTEXT_OBJECTS, [{"objectType": "Account", "fields": field}], keys),
    ]


def row(part: Shaped) -> dict[str, Any]:
    (found,) = part.data.to_pylist()
    for column in part.table.columns:
        if column.type == "json" and found[column.name] is not None:
            found[column.name] = orjson.loads(found[column.name])
    return {**found, **{name: values[0] for name, values in part.extras.items()}}


def test_keep_is_free() -> None:
    parts = tables()
    assert apply(parts, configured("keep")) is parts


def test_a_hash_is_the_same_in_every_table() -> None:
    party, user, log, account = map(row, apply(tables(), configured("hash")))
    ada = pseudonym(KEY, "email", ADA)
    assert party["email_address"] == user["email_address"] == log["user_email_address"] == ada
    assert user["email_aliases"][0] == party["newEmail"] == ada
    fields = party["context"][0]["objects"][0]["fields"]
    assert [f["value"] for f in fields] == [ada, pseudonym(KEY, "name", "Ada"), 5]
    assert fields[0]["name"] == "Email"
    assert [f["value"] for f in account["fields"]] == [ada, "Ada", 5], "an account's name is nobody's"
    assert log["log_record"]["text"] == f"shared with {ada}, twice"
    assert ada in log["log_record"]
    assert "10.0.0.1" not in str(log)
    assert (user["id"], user["title"], log["user_id"]) == ("u1", "Head", "u1")


@pytest.mark.parametrize("pii", ["hash", "drop"])
def test_nothing_is_left_to_be_read(pii: str) -> None:
    text = str([row(part) for part in apply(tables(), configured(pii))]).casefold()
    assert "brien" not in text
    assert "4477" not in text
    assert "example.com" not in text


def test_dropped_is_null() -> None:
    party, user, _, _ = map(row, apply(tables(), configured("drop")))
    assert (party["email_address"], party["name"], party["phone_number"], user["first_name"]) == (None,) * 4


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (' {"who": {"Email": "%s", "phone": "+1 555", "plan": "A"}}', '{"who":{"Email":"%s","phone":"#","plan":"A"}}'),
        ("https://meet.example/1?uname=%s&n=2", "https://meet.example/1?uname=%s&n=2"),
        ("{to %s", "{to %s"),
        (
            '[{"note": "{\\"who\\":\\"Ada.O\\\\u0027Brien@Example.com\\u003e\\"}"}]',
            '[{"note":"{\\"who\\":\\"%s>\\"}"}]',
        ),
        ("Ada.O&#39;Brien&#64;Example.com &lt;b&gt;", "%s &lt;b&gt;"),
        ("\\u003cAda.O\\u0027Brien@Example.com_20260601", "\\u003c%s_20260601"),
        ("Q&amp;A, r\\u0026d", "Q&amp;A, r\\u0026d"),
        (' {"plan": "A"}', ' {"plan": "A"}'),
        ("recorder=4.2", "recorder=4.2"),
        ("", ""),
    ],
)
def test_what_another_system_filled_is_masked_within(text: str, hidden: str) -> None:
    address, number = pseudonym(KEY, "email", ADA), pseudonym(KEY, "phone", "+1 555")
    text, hidden = text.replace("%s", ADA), hidden.replace("%s", address).replace("#", number)
    part = shape(CALLS_BASIC, [{"metaData": {"customData": text, "title": f"With {ADA}"}}], {"id": ["1"]})
    (masked,) = apply([part], configured("hash"))
    assert (row(masked)["custom_data"], row(masked)["title"]) == (hidden, f"With {ADA}")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.just("email"), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(["emailAddress", "phoneNumber", "context", "name", "x", "y"]), JSON))
def test_any_record_can_be_masked(party: dict[str, Any]) -> None:
    part = shape(PARTIES, [party], {"call_id": ["c"], "_dlt_id": ["c:0"]})
    for pii in ("hash", "drop"):
        (masked,) = apply([part], configured(pii))
        assert masked.data.schema.names == part.data.schema.names
        assert masked.data.num_rows == 1
        assert masked.extras.keys() == part.extras.keys()
