"""DuckLake: rows in parquet files, and a catalog in a database of its own that says which of them count."""

from __future__ import annotations

from typing import Any

from gong_source.errors import GongDestinationError

SQLITE = "sqlite://"
"""How the place of a catalog in a file begins."""


def check_catalog(credentials: Any) -> None:
    """Refuse a catalog that can be open once only: a run asks the lake while it loads, by a connection of its own.

    Args:
        credentials: dlt's of a DuckLake, complete.

    Raises:
        GongDestinationError: The catalog is a DuckDB file.
    """
    if credentials.catalog.drivername == "duckdb":
        raise GongDestinationError(
            "A DuckLake whose catalog is a DuckDB file can't be loaded: DuckDB opens that file once only, and a run "
            "asks the lake while it loads. Give DESTINATION__DUCKLAKE__CREDENTIALS__CATALOG a file of SQLite "
            "(sqlite:///lake.sqlite) or PostgreSQL."
        )
