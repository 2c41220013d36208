"""Which columns tell something of a person is declared with the tables."""

from __future__ import annotations

import re

import pytest

from gong_source.tables import CALL_CARRIERS, TABLES, Table

TELLING = re.compile(
    r"email(?!s_access)|phone|(first|last|full)_name|meeting_url|consent_page|note$|comment$|log_record|^fields$"
    r"|custom_data|client_unique_id|purpose|disposition|(account|opportunity|flow|folder)__?name"
)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_what_tells_of_a_person_is_declared(table: Table) -> None:
    """By its name: a column that somebody adds without saying so fails here."""
    telling = {c.name for c in table.columns if TELLING.search(c.name) and c.type in ("text", "json")}
    assert telling <= {column.name for column in table.personal()}


def test_what_carries_a_call_is_derived() -> None:
    assert CALL_CARRIERS["calls"] == CALL_CARRIERS["calls_basic"] == "id"
    assert {CALL_CARRIERS[name] for name in ("calls__parties", "transcript_sentences")} == {"call_id"}
    assert not {"users", "call_deletions"} & CALL_CARRIERS.keys()


@pytest.mark.parametrize("table", [table for table in TABLES if table.authors], ids=lambda table: table.name)
def test_who_wrote_the_items_of_a_list_stands_in_its_record(table: Table) -> None:
    (record,) = (each for each in TABLES if each.name == table.name.rpartition("__")[0])
    assert set(table.authors) <= {column.name for column in record.personal("user")}
    assert record.record_key == table.record_key
