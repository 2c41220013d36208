"""A made-up company that loads into one of the warehouses."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import dlt
from dlt.pipeline.pipeline import Pipeline

from gong_source.config import CALL_PARTS
from gong_source.streams.table import StreamTable
from tests.pipeline.harness import DEFAULT_TABLES, Tenant
from tests.pipeline.truth.api import Row, Rows
from tests.warehouses.warehouses import Warehouse

CALLS = ("calls", "transcripts")
RANGES = (*CALLS, "logs")
SOME = ("parties", "context", "trackers", "brief", "call_outcome", "questions")
"""Parts of calls for stories that the other parts add time to and nothing else."""

_numbers = itertools.count(1)


class WarehouseTenant(Tenant):
    """The harness of the pipeline tests over any warehouse, with a dataset of its own."""

    def __init__(self, warehouse: Warehouse, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.warehouse = warehouse
        self.dataset = f"gong_data_{next(_numbers)}"
        self.parts = CALL_PARTS

    def settings(self, **more: Any) -> dict[str, Any]:
        return super().settings(**{"call_parts": list(self.parts), **more})

    def pipeline(self, name: str = "gong", home: Path | None = None) -> Pipeline:
        return dlt.pipeline(
            name,
            destination=self.warehouse.destination(),
            dataset_name=self.dataset,
            pipelines_dir=str(home or self.home),
        )

    def rows(self, table: str) -> list[Row]:
        return self.warehouse.query(self.dataset, f"SELECT * FROM {table}")

    def all_rows(self, tables: list[str]) -> Rows:
        with self.warehouse.session(self.dataset) as ask:
            return {table: ask(f"SELECT * FROM {table}") for table in tables}

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in self.warehouse.query(self.dataset, query)]

    def check_of(self, *resources: str, **more: Any) -> None:
        """Compare the tables of some resources with what the API shows."""
        wanted = [table for name in resources for table in StreamTable()[name].tables]
        tables = {table.name for table in wanted if not table.part or table.part in self.parts}
        self.check(skip=tuple(table.name for table in DEFAULT_TABLES if table.name not in tables), **more)

    def ids(self, table: str, column: str = "id") -> set[str]:
        """Distinct values of a column."""
        return {row[0] for row in self.sql(f"SELECT DISTINCT {column} FROM {table}")}


def without_calls(rows: Rows, ids: set[str]) -> Rows:
    """All rows but those of some calls."""
    return {
        name: [row for row in found if row.get("call_id", row.get("id")) not in ids] for name, found in rows.items()
    }
