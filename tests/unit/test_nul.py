"""The character NUL, where a destination's texts and JSON can't hold it."""

from __future__ import annotations

import json
from typing import Any

import dlt
import pyarrow as pa
import pytest

from gong_source.tables.values import dumps
from gong_source.warehouse.literals import text_literal
from gong_source.warehouse.nul import without_nul

DEEP = {"a\0": ["\0\0", r"\u0000", {"b": "\\\0", "c": '"\0"'}], "d": 2**70, "e": None}
HELD = {"a\ufffd": ["\ufffd\ufffd", r"\u0000", {"b": "\\\ufffd", "c": '"\ufffd"'}], "d": 2**70, "e": None}


@pytest.mark.parametrize(
    ("kind", "texts", "deep"),
    [("postgres", ["a\ufffdb", r"\u0000", None], HELD), ("duckdb", ["a\0b", r"\u0000", None], DEEP)],
)
def test_it_is_replaced_where_it_must_be(kind: str, texts: list[Any], deep: Any) -> None:
    rows = pa.table({"title": ["a\0b", r"\u0000", None], "fields": [dumps(DEEP), "[]", None], "n": [1, 2, None]})
    held = without_nul(kind, rows, json={"fields"})
    assert held.schema == rows.schema
    assert held["title"].to_pylist() == texts
    assert json.loads(held["fields"][0].as_py()) == deep
    assert held["fields"].to_pylist()[1:] == ["[]", None]


@pytest.mark.parametrize("name", ["postgres", "redshift"])
def test_no_statement_holds_it(name: str) -> None:
    capabilities = dlt.destinations.__dict__[name]().capabilities()
    assert text_literal(capabilities, "a\0b") == text_literal(capabilities, "a\ufffdb")
