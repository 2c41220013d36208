"""Personal data and excluded columns where Gong sends another type than it documents: neither shows elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from gong_source.config import GongSettings
from gong_source.streams.calls.parts import shape_calls
from gong_source.tables import TABLES
from gong_source.tables.arrow import JsonDict, Shaped, shape
from gong_source.tables.excluded import is_excluded, without_columns
from gong_source.tables.others import USERS
from gong_source.tables.personal import apply

ADA = "ada@secret.example"
FIELDS = {"fields": [{"name": "Name", "value": "Secret"}], "objectType": "Contact"}
PARTS = {"parties", "context", "trackers", "structure"}

ODD: list[JsonDict] = [
    {"parties": {"name": "Secret", "emailAddress": ADA}},
    {"parties": [["Secret", ADA]]},
    {"parties": ["Secret"]},
    {"parties": [{"methods": [ADA]}]},
    {"parties": [{"speakerId": {"email": ADA, "lastName": "Secret"}}]},
    {"parties": [{"emailAddress": {"at": "Secret"}, "phoneNumber": 15550104477, "name": ["Secret"]}]},
    {"context": {"objects": [FIELDS]}},
    {"context": [FIELDS, "Secret"]},
    {"context": [{"objects": FIELDS}]},
    {"context": [{"objects": ["Secret", [FIELDS]]}]},
    {"metaData": {"title": [{"who": ADA}]}},
    {"content": {"trackers": ADA, "structure": [ADA]}},
    {"content": [ADA]},
    {ADA: 1, "ada@other.secret.example": 2},
    {"metaData": {ADA: {"plain": 1}}},
]


def shown(parts: list[Shaped]) -> str:
    """All values, and all names of further columns."""
    found: list[Any] = []
    for part in parts:
        found += [part.data.to_pydict(), part.extras]
    return str(found).casefold()


def shaped(call: JsonDict) -> list[Shaped]:
    return shape_calls([{**call, "metaData": {"id": "1", **call.get("metaData", {})}}], ["1"], PARTS)


@pytest.mark.parametrize("pii", ["hash", "drop"])
@pytest.mark.parametrize("call", ODD, ids=str)
def test_personal_data_is_masked_wherever_it_lands(call: JsonDict, pii: str) -> None:
    settings = GongSettings()
    settings.pii, settings.pii_key = pii, "k" * 40  # type: ignore[assignment]
    parts = shaped(call)
    assert "secret" in shown(parts)
    masked = list(apply(parts, settings))
    assert "secret" not in shown(masked)
    assert "15550104477" not in shown(masked)
    assert sum(len(part.extras) for part in masked) == sum(len(part.extras) for part in parts)


def test_words_stay_as_they_are() -> None:
    settings = GongSettings()
    settings.pii = "drop"
    call = {"metaData": {"title": "[draft] {1}"}, "content": {"trackers": "some"}, "newField": {"value": 1.50}}
    parts = shaped(call)
    assert shown(list(apply(parts, settings))) == shown(parts)
    user = shape(USERS, [{"id": "u", "managerId": {"email": ADA, "id": 2**63}}], {})
    (masked,) = apply([user], settings)
    assert masked.data["manager_id"].to_pylist() == ['{"email":null,"id":9223372036854775808}']


@pytest.mark.parametrize(
    ("excluded", "call"),
    [
        ("calls__parties.name", {"parties": {"name": "Secret"}}),
        ("calls__parties.name", {"parties": [["Secret"]]}),
        ("name", {"parties": "Secret"}),
        ("calls__context__objects.fields", {"context": [{"objects": FIELDS}]}),
        ("calls__context__objects.fields", {"context": FIELDS}),
        ("calls__parties.name", {"parties": [{"name": {"first": "Secret"}, "name__v_text": "Secret"}]}),
    ],
    ids=str,
)
def test_an_excluded_column_does_not_come_in_beside_it(excluded: str, call: JsonDict) -> None:
    assert "secret" in shown(shaped(call))
    assert "secret" not in shown(without_columns(shaped(call), [excluded]))


def test_other_columns_are_loaded_as_before() -> None:
    names = [(table.name, column.name) for table in TABLES for column in table.columns]
    excluded = ["calls__parties.name", "calls__context__objects.fields"]
    found = {f"{table}.{name}" for table, name in names if is_excluded(table, name, excluded)}
    assert found == set(excluded)
    assert is_excluded("calls", "parties__v_text", excluded)
    assert not is_excluded("calls", "content__trackers__v_text", excluded)
    assert not is_excluded("calls", "value", excluded)
