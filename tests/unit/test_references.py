"""What columns refer to: declared once, told to dlt and drawn."""

import pytest
from dlt.extract.items import TableNameMeta

from gong_source import gong_source
from gong_source.streams.doc import page
from gong_source.tables import TABLES, Table

COLUMNS = {(table.name, column.name) for table in TABLES for column in table.columns}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_what_columns_refer_to_is_there(table: Table) -> None:
    for column in table.columns:
        told = column.references
        assert told is None or told in COLUMNS or told == ("_dlt_loads", "load_id"), column.name
        named = column.name in ("user_id", "call_id", "workspace_id") and column.name != table.primary_key[0]
        assert told or not named or table.name == "call_deletions", f"{column.name} says nothing of what it joins"


def test_dlt_is_told_and_the_page_draws_it() -> None:
    source = gong_source(credentials={"access_key": "k", "access_key_secret": "s"}, start_date="2026-01-01")
    schema = source.resources["daily_activity_calls"].compute_table_schema(meta=TableNameMeta("daily_activity_calls"))
    told = {
        (each["columns"][0], each["referenced_table"], each["referenced_columns"][0]) for each in schema["references"]
    }
    assert told == {("user_id", "users", "id"), ("call_id", "calls", "id")}
    assert '    users ||--o{ coaching : "manager_id"' in page()
