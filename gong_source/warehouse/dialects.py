"""What each destination needs of the tables: file formats, partitions, clusters, names; and which may be loaded at all.

The reasons, with what each choice saves, are in ``docs/warehouses.md``.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import dlt
from dlt.common.configuration import configspec, resolve_configuration
from dlt.common.configuration.resolve import inject_section
from dlt.common.configuration.specs import BaseConfiguration, known_sections
from dlt.common.configuration.specs.config_section_context import ConfigSectionContext
from dlt.common.destination import AnyDestination
from dlt.common.destination.configuration import ParquetFormatConfiguration
from dlt.common.pipeline import SupportsPipeline
from dlt.destinations.impl.bigquery.bigquery_adapter import CLUSTER_COLUMNS_HINT, PARTITION_HINT, TABLE_DESCRIPTION_HINT

from gong_source.errors import GongDestinationError
from gong_source.tables import Table
from gong_source.warehouse.bigquery_load import merge_in_transactions
from gong_source.warehouse.duckdb_merge import merge_from_files
from gong_source.warehouse.lake import check_catalog
from gong_source.warehouse.postgres_load import load_exactly
from gong_source.warehouse.staging import LAYOUT, STAGING, staging_of

logger = logging.getLogger("gong_source")

TESTED = ("duckdb", "bigquery", "snowflake", "postgres", "ducklake")
"""Types of destinations that the tests load into."""

PARQUET = frozenset({"duckdb", "bigquery", "snowflake", "ducklake"})
"""Those that take it without a further package."""

PACKAGE_ROWS = {"duckdb": 500_000, "ducklake": 500_000}
"""Rows after which a load package ends. DuckDB loads within this process: it bounds the memory of a load."""

WAREHOUSE_PACKAGE_ROWS = 2_000_000
"""The same for all others: their memory is not ours, and each package takes them much the same time."""

DUCKDB_JOBS = 1
"""Files that dlt loads side by side into DuckDB, in place of 20: a second one takes some 60 MB more, for a load that is
faster than Gong's rate lets the next package come either way."""

PLAIN: Literal["none"] = "none"
"""How files for DuckDB are packed: it reads them once, from the same disk, and then they are removed."""

JSON_NEEDS_ROWS = frozenset({"bigquery", "snowflake"})
"""Where JSON can't come in parquet: BigQuery refuses it, Snowflake stores it as one string."""

Format = Literal["parquet", "jsonl"]


@dataclass(frozen=True)
class Layout:
    """How a table lies in BigQuery.

    Attributes:
        partition: Timestamp whose days are the partitions; none where empty.
        cluster: Columns the rows are sorted by.
    """

    partition: str = ""
    cluster: tuple[str, ...] = ()


BIGQUERY_LAYOUTS = {
    "calls": Layout("started", ("id",)),
    "calls_basic": Layout("started", ("id",)),
    "transcripts": Layout("started", ("call_id",)),
    "transcript_sentences": Layout("started", ("call_id",)),
    "logs": Layout("event_time", ("log_type", "user_id")),
}
"""Tables with a time of their own; the parts of a call are clustered by it, the short lists are left alone."""


class TableHints:
    """The hints of one destination, of a type such as ``bigquery``."""

    def __init__(self, destination_type: str) -> None:
        """Choose by the type, which stays the same for destinations that are named by the user.

        Args:
            destination_type: Last part of dlt's name, such as ``bigquery``.
        """
        self.type = destination_type

    def format(self, table: Table) -> Format | None:
        """The file format a table travels in; None leaves it to dlt.

        Args:
            table: Any table.
        """
        if self.type in JSON_NEEDS_ROWS:
            return "parquet" if _is_bulk(table) else "jsonl"
        return "parquet" if self.type in PARQUET else None

    def as_rows(self, table: Table) -> bool:
        """Whether the rows go to dlt as Python objects and not as arrow: where dlt must write JSON as JSON.

        Args:
            table: Any table.
        """
        return self.format(table) == "jsonl"

    def carries_json(self, table: Table) -> bool:
        """Whether a table's files can hold JSON that arrives as JSON.

        Args:
            table: Any table.
        """
        return self.type not in JSON_NEEDS_ROWS or self.as_rows(table)

    def of_table(self, table: Table) -> dict[str, Any]:
        """Hints of a table beside its columns.

        Args:
            table: Any table.
        """
        hints: dict[str, Any] = {}
        if self.type == "bigquery":
            hints[TABLE_DESCRIPTION_HINT] = f"One row is {table.row}."
            if cluster := layout_of(table).cluster:
                hints[CLUSTER_COLUMNS_HINT] = list(cluster)
        return hints

    def of_column(self, table: Table, column: str) -> dict[str, Any]:
        """Hints of a column beside its type.

        DuckDB drops rows that a crash had staged twice by looking at their keys alone, if dlt orders them by a column;
        with dlt's default, no column, it moves all columns of all rows. Which one does not matter, as rows that share a
        key are the same; one of the key is never NULL.

        Args:
            table: Any table.
            column: One of its columns.
        """
        if self.type == "duckdb" and table.primary_key[-1:] == (column,) and table.disposition != "scd2":
            return {"dedup_sort": "asc"}
        if self.type == "bigquery" and layout_of(table).partition == column:
            return {PARTITION_HINT: True}
        return {}


def layout_of(table: Table) -> Layout:
    """How a table lies in BigQuery.

    Args:
        table: Any table.
    """
    by_call = Layout(cluster=("call_id",)) if table.merge_key == "call_id" else Layout()
    return BIGQUERY_LAYOUTS.get(table.name, by_call)


def _is_bulk(table: Table) -> bool:
    """Many rows to a call, none of them JSON: what is worth a columnar file."""
    return table.merge_key == "call_id" and all(column.type != "json" for column in table.columns)


def type_of(destination: AnyDestination | None) -> str:
    """The type of a destination, such as ``bigquery``, however the user named it.

    Args:
        destination: Of a pipeline; None counts as DuckDB, as nothing is loaded.
    """
    return "duckdb" if destination is None else destination.destination_type.rpartition(".")[2]


def package_rows(destination: AnyDestination | None) -> int:
    """Rows after which a load package ends.

    Args:
        destination: Of a pipeline.
    """
    return PACKAGE_ROWS.get(type_of(destination), WAREHOUSE_PACKAGE_ROWS)


@configspec
class _UsersChoice(BaseConfiguration):
    """dlt's settings of these names as the user has them; None where the user has none."""

    keep_staged_files: bool | None = None
    retry_deadline: float | None = None
    file_upload_timeout: float | None = None
    staging_dataset_name_layout: str | None = None


BETTER: dict[str, dict[str, Any]] = {
    "snowflake": {"keep_staged_files": False},
    "bigquery": {"retry_deadline": 30.0, "file_upload_timeout": 60.0},
}
"""What dlt's defaults would cost: Snowflake keeps each file that was loaded in its table's stage, and bills it. A
connection to BigQuery that is lost is tried for a minute by each request, and an upload waits half an hour for an
answer to one of its pieces."""


EMPTY_SETTING = "load.truncate_staging_dataset"
"""dlt leaves what it merged in the staging dataset until the next load. DuckDB would write all of it into its file once
more; elsewhere each table takes a statement of its own."""

TRIES_SETTING = "load.raise_on_max_retries"
TRIES = 1
"""How often dlt sends a file by itself, in place of five times: what failed may be there all the same, so that a run
loads the whole package once more. BigQuery's client tries each file for a minute by itself."""


TRANSACTIONAL = ("duckdb", "motherduck", "ducklake", "postgres", "snowflake")
"""Where dlt is told to merge in a transaction, as it is on BigQuery in another way: by itself it has one only around
statements that make tables. It would delete rows, and insert them later: a reader would miss them, and so would
everybody after a kill in between."""


def ready_destination(pipeline: SupportsPipeline) -> TableHints:
    """Check a pipeline's destination, and set there what the user left open and :data:`BETTER` knows.

    Args:
        pipeline: With a destination.

    Returns:
        The destination's hints.

    Raises:
        GongDestinationError: dlt would append rows there where it must replace them, or it can't be open twice.
    """
    destination: AnyDestination | None = pipeline.destination
    hints = check_destination(destination)
    if dlt.config.get(TRIES_SETTING) is None:
        dlt.config[TRIES_SETTING] = TRIES
    if destination is not None and type_of(destination) == "duckdb":
        if dlt.config.get(EMPTY_SETTING) is None:
            dlt.config[f"{pipeline.pipeline_name}.{EMPTY_SETTING}"] = True
        destination.caps_params.setdefault("max_parallel_load_jobs", DUCKDB_JOBS)
        destination.caps_params.setdefault("parquet_format", ParquetFormatConfiguration(compression=PLAIN))
        merge_from_files(destination)
    if type_of(destination) == "ducklake":
        check_catalog(pipeline.destination_client().config.credentials)
    if destination is not None and type_of(destination) == "postgres":
        load_exactly(destination)
    if destination is not None and type_of(destination) == "bigquery":
        merge_in_transactions(destination)
    if destination is not None and type_of(destination) in TRANSACTIONAL:
        destination.caps_params.setdefault("supports_transactions", True)
    if destination is not None:
        with inject_section(ConfigSectionContext(pipeline_name=pipeline.pipeline_name), merge_existing=False):
            sections = (known_sections.DESTINATION, destination.destination_name)
            chosen = resolve_configuration(_UsersChoice(), sections=sections)
        if str(destination.config_params.get(LAYOUT, "")).startswith(STAGING):
            del destination.config_params[LAYOUT]  # of another pipeline with the same destination
        better = {**BETTER.get(type_of(destination), {}), LAYOUT: staging_of(pipeline.pipeline_name)}
        for name, value in better.items():
            if chosen[name] is None and hasattr(destination.spec, name):
                destination.config_params.setdefault(name, value)
    return hints


def check_destination(destination: AnyDestination | None) -> TableHints:
    """Refuse what can't merge rows, and tell where nothing was tested.

    Args:
        destination: Of a pipeline.

    Returns:
        Its hints.

    Raises:
        GongDestinationError: dlt would append rows there where it must replace them.
    """
    if destination is not None and "delete-insert" not in _merge_strategies(destination):
        raise GongDestinationError(
            f"The destination {destination.destination_name} can't replace rows: it would append each call again at "
            "every run. Use duckdb, bigquery, snowflake, postgres or another SQL destination."
        )
    kind = type_of(destination)
    if kind not in TESTED:
        _notice(kind)
    return TableHints(kind)


def _merge_strategies(destination: AnyDestination) -> list[str]:
    """What dlt can do for a plain table; some destinations merge only into tables of a special format."""
    capabilities = destination.capabilities()
    strategies = list(capabilities.supported_merge_strategies or ())
    if capabilities.merge_strategies_selector:
        plain: Any = {"name": "calls", "columns": {}}
        strategies = list(capabilities.merge_strategies_selector(strategies, table_schema=plain))
    return [str(strategy) for strategy in strategies]


@cache
def _notice(kind: str) -> None:
    logger.warning(
        "The destination %s is not among those that gong_source is tested with (%s). It should work as far as dlt's "
        "merges do; compare a few counts after the first run.",
        kind,
        ", ".join(TESTED),
    )
