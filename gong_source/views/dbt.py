"""The dataset as a dbt source: what ``sources.yml`` says of its tables and views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongConfigError
from gong_source.tables import TABLES, Column, Table
from gong_source.views.catalog import View, views
from gong_source.views.create import Dataset, look

Json = dict[str, Any]

HELD = "calls"
"""References to this table from parts of a call must hold; others may lead out of what was loaded."""

FRESHNESS: Json = {
    "loaded_at_field": "inserted_at",
    "freshness": {"warn_after": {"count": 1, "period": "day"}, "error_after": {"count": 3, "period": "day"}},
}
"""Each sync is a row of dlt's table of loads, also where there was nothing new."""

LOADS: Json = {
    "name": "_dlt_loads",
    "description": "One row is a load: whether the dataset is fresh.",
    "config": FRESHNESS,
}


def sources_yaml(pipeline: Pipeline, name: str = "gong") -> str:
    """A ``sources.yml`` of the tables and views that exist.

    Args:
        pipeline: With a destination and a dataset name.
        name: What dbt shall call the source.

    Raises:
        GongConfigError: Nothing was loaded yet.
        GongDestinationError: The destination can't be asked.
    """
    dataset = look(pipeline)
    tables = [_table(table, dataset, name) for table in _tables() if table.name in dataset.columns]
    if not tables:
        raise GongConfigError(f"There is nothing in {pipeline.dataset_name} yet: run gong-source sync first.")
    source = {
        "name": name,
        "description": "Calls of Gong with what was said on them, loaded by gong-source.",
        "schema": dataset.name,
        "tables": [LOADS, *tables, *(_view(view, dataset) for view in views() if view.name in dataset.columns)],
    }
    document = {"version": 2, "sources": [source]}
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120))


def _tables() -> list[Table]:
    return list(TABLES)


def _table(table: Table, dataset: Dataset, source: str) -> Json:
    there = dataset.columns[table.name]
    columns = [column for column in table.columns if column.name in there and column.name != "_removed"]
    key = list(table.primary_key)
    return {
        "name": table.name,
        "description": f"One row is {table.row}.",
        **_unique(key, dataset),
        "columns": [_column(column, table, key, source) for column in columns],
    }


def _column(column: Column, table: Table, key: list[str], source: str) -> Json:
    tests: list[Any] = ["unique"] if key == [column.name] else []
    tests += ["not_null"] if column.required or column.name in key else []
    reference = column.references
    if reference and reference[0] in {one.name for one in _tables()} and reference[1] == "id":
        held = reference[0] == HELD and (bool(table.part) or table.name.startswith("transcript"))
        test: Json = {"arguments": {"to": f"source('{source}', '{reference[0]}')", "field": reference[1]}}
        tests.append({"relationships": test if held else {**test, "config": {"severity": "warn"}}})
    described = {"description": column.doc} if column.doc else {}
    return {"name": column.name, **described, **({"data_tests": tests} if tests else {})}


def _view(view: View, dataset: Dataset) -> Json:
    tests = ["unique", "not_null"] if len(view.key) == 1 else ["not_null"]
    return {
        "name": view.name,
        "description": view.description,
        **_unique(view.key, dataset),
        "columns": [
            {"name": name, "description": doc, **({"data_tests": tests} if name in view.key else {})}
            for name, doc in view.columns.items()
        ],
    }


def _unique(key: Sequence[str], dataset: Dataset) -> Json:
    """The test of a key of several columns: dbt's own takes one expression."""
    if len(key) < 2:
        return {}
    text = "string" if dataset.dialect == "bigquery" else "varchar"
    texts = [f"cast({column} as {text})" for column in key]
    return {"data_tests": [{"unique": {"arguments": {"column_name": " || '/' || ".join(texts)}}}]}
