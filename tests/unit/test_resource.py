"""The schemas of a stream's tables, as dlt asks for them with every item."""

from collections import Counter

import pytest
from dlt.extract import DltResource

from gong_source import gong_source


def test_a_schema_is_computed_once_for_the_same_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    computed: Counter[str] = Counter()
    compute = DltResource.compute_table_schema

    def counted(self, item=None, meta=None):
        computed[meta.table_name] += 1
        return compute(self, item, meta)

    monkeypatch.setattr(DltResource, "compute_table_schema", counted)
    source = gong_source(credentials={"access_key": "k", "access_key_secret": "s"}, start_date="2026-01-01")
    users = source.resources["users"]
    first = users.compute_table_schema()
    del first["columns"]["id"]
    first["columns"]["active"]["description"] = "changed by who asked"
    again = users.compute_table_schema()
    assert "id" in again["columns"]
    assert again["columns"]["active"].get("description") != "changed by who asked"
    assert computed == {"users": 1}
    users.apply_hints(columns={"active": {"description": "told"}})
    assert users.compute_table_schema()["columns"]["active"]["description"] == "told"
    assert computed == {"users": 2}
    assert source.clone().resources["users"].compute_table_schema() == users.compute_table_schema()
