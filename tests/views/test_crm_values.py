"""The fields of CRM objects: numbers and days are text that may be anything, and each call brings them anew."""

from __future__ import annotations

import json
from pathlib import Path

import dlt
import pytest

from gong_source.views import create_views
from tests.views.test_create import DATASET, sql

NUMBERS = {
    "12": 12,
    "-5.50": -5.5,
    "+.5": 0.5,
    " 12 ": 12,
    "1e3": 1000,
    "1.5E-2": 0.015,
    "NaN": None,
    "Infinity": None,
    "-inf": None,
    "1e400": None,
    "9" * 400: None,
    "1_000": None,
    "1,000": None,
    "0x1F": None,
    "n/a": None,
    "": None,
}
DAYS = {
    "2026-07-01": "2026-07-01",
    "2026-07-01T23:00:00Z": "2026-07-01",
    "2026-02-30": None,
    "31.12.2026": None,
    "1767225600000": None,
    "infinity": None,
    "epoch": None,
}


def test_what_is_no_plain_number_or_day_is_null(tmp_path: Path):
    database = tmp_path / "warehouse.duckdb"
    values = [
        *((f"number {text}", "Amount", text) for text in NUMBERS),
        *((f"day {text}", "CloseDate", text) for text in DAYS),
    ]
    objects = [(key, json.dumps([{"name": name, "value": text}])) for key, name, text in values]
    sql(
        database,
        "CREATE TABLE calls (id VARCHAR, started TIMESTAMPTZ)",
        "INSERT INTO calls VALUES ('c', '2026-05-17')",
        "CREATE TABLE calls__context__objects (call_id VARCHAR, object_type VARCHAR, object_id VARCHAR, fields JSON)",
        *(
            f"INSERT INTO calls__context__objects VALUES ('c', 'Opportunity', '{key}', '{fields}')"
            for key, fields in objects
        ),
    )
    create_views(dlt.pipeline("views", destination=dlt.destinations.duckdb(str(database)), dataset_name=DATASET))
    found = {row[0]: row[1:] for row in sql(database, "SELECT object_id, amount, close_date FROM v_opportunities")}
    assert {text: found[f"number {text}"][0] for text in NUMBERS} == NUMBERS
    assert {text: found[f"day {text}"][1] and str(found[f"day {text}"][1]) for text in DAYS} == DAYS
    assert sql(database, "SELECT max(amount) FROM v_opportunities") == [(1000,)]


@pytest.mark.parametrize(
    ("timing", "newest"), [("'TimeOfCall'", "late call"), ("'Now'", "late load"), ("NULL", "late load")]
)
def test_the_newest_fields_of_an_object_count(tmp_path: Path, timing: str, newest: str):
    """What was loaded last may be of an older call."""
    database = tmp_path / "warehouse.duckdb"
    kinds = ("Account", "Opportunity")
    told = {"c1": "late load", "c2": "late call"}
    sql(
        database,
        "CREATE TABLE _dlt_loads (load_id VARCHAR, status BIGINT, inserted_at TIMESTAMPTZ)",
        "INSERT INTO _dlt_loads VALUES ('1', 0, '2026-06-01'), ('2', 0, '2026-06-02')",
        "CREATE TABLE calls (id VARCHAR, started TIMESTAMPTZ, _dlt_load_id VARCHAR)",
        "INSERT INTO calls VALUES ('c1', '2026-04-01', '2'), ('c2', '2026-05-01', '1')",
        "CREATE TABLE calls__context__objects "
        "(call_id VARCHAR, object_type VARCHAR, object_id VARCHAR, timing VARCHAR, fields JSON)",
        *(
            f"INSERT INTO calls__context__objects VALUES ('{call}', '{kind}', 'o', {timing}, '{json.dumps(fields)}')"
            for call, name in told.items()
            for fields in [[{"name": "Name", "value": name}]]
            for kind in kinds
        ),
    )
    create_views(dlt.pipeline("views", destination=dlt.destinations.duckdb(str(database)), dataset_name=DATASET))
    for view in ("v_accounts", "v_opportunities"):
        assert sql(database, f"SELECT name, calls FROM {view}") == [(newest, 2)]
