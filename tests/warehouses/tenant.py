"""A made-up company that loads into one of the warehouses."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import dlt
from dlt.pipeline.pipeline import Pipeline

from gong_source.tables import RESOURCE_TABLES
from tests.pipeline.harness import DEFAULT_TABLES, Tenant
from tests.pipeline.truth import Row, Rows
from tests.warehouses.warehouses import Warehouse

_numbers = itertools.count(1)


class WarehouseTenant(Tenant):
    """The harness of the pipeline tests over any warehouse, with a dataset of its own."""

    def __init__(self, warehouse: Warehouse, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.warehouse = warehouse
        self.dataset = f"gong_data_{next(_numbers)}"

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
        return {table: self.rows(table) for table in tables}

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in self.warehouse.query(self.dataset, query)]

    def check_of(self, *resources: str, **more: Any) -> None:
        """Compare the tables of some resources with what the API shows."""
        tables = {table.name for name in resources for table in RESOURCE_TABLES[name]}
        self.check(skip=tuple(table.name for table in DEFAULT_TABLES if table.name not in tables), **more)

    def ids(self, table: str, column: str = "id") -> set[str]:
        """Distinct values of a column."""
        return {row[0] for row in self.sql(f"SELECT DISTINCT {column} FROM {table}")}
