"""Rows go into DuckDB's tables straight from their files.

dlt loads the files of a package into tables of a staging dataset, and merges those into the tables proper: each row is
written twice, and read once more. DuckDB reads a parquet file as it does a table. So the first file of a table merges
all the files that the package has for it, in one transaction and with the very statements of dlt's, and its other files
find that done. A load that was cut off does all of it once more, with the same rows; where dlt alone goes on with it,
by way of the staging tables, the rows that are there already are replaced.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from dlt.common.destination import AnyDestination
from dlt.common.schema.utils import get_columns_names_with_prop, get_nested_tables, is_nested_table
from dlt.destinations.impl.duckdb.duck import DuckDbCopyJob
from dlt.destinations.sql_jobs import SqlMergeFollowupJob

from gong_source.warehouse.load_jobs import change_jobs
from gong_source.wording import chain_of

logger = logging.getLogger("gong_source")

FILES = "_gong_files"
"""Name of the view, of one connection alone, over the files of a table."""

UNIQUE = "x-stage-data-deduplicated"
"""dlt's hint for a table of whose rows none need be dropped."""

TRIES = 5
"""How often files are looked for that dlt moves from one folder to another meanwhile."""


def merge_from_files(destination: AnyDestination) -> None:
    """Have a destination's clients merge files without a staging table in between.

    Args:
        destination: DuckDB; it may have been told before.
    """
    merged = _Merged()
    change_jobs(destination, merged.change, merged.follow_up)


class _Merged:
    """The tables of load packages whose files were merged by this process."""

    def __init__(self) -> None:
        self._done: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def change(self, job: Any) -> None:
        """Have a job that would fill a staging table merge its table's files."""
        if isinstance(job, DuckDbCopyJob) and job._file_path.endswith(".parquet"):
            job.run = partial(self._run, job, job.run)  # type: ignore[method-assign]

    def follow_up(self, create: Any, table_chain: Any, jobs: Any = None) -> Any:
        """What is left to be done once the files of a table were loaded; nothing where they were merged."""
        if any((_package_of(job.file_path), table_chain[0]["name"]) in self._done for job in jobs or ()):
            return []
        return create(table_chain, jobs)

    def _run(self, job: Any, load: Any) -> None:
        table = job._load_table
        staged = job._job_client.in_staging_dataset_mode and table["write_disposition"] == "merge"
        if not staged or _is_nested(job) or _has_others(job):
            load()
            return
        key = _package_of(job._file_path), table["name"]
        with self._lock:
            if key not in self._done:
                _merge(job)
                self._done.add(key)


def _package_of(file: str) -> str:
    return str(Path(file).parents[1])


def _is_nested(job: Any) -> bool:
    """Whether a table has tables below it, or is one; their rows are merged together."""
    name, tables = job._load_table["name"], job._schema.tables
    return is_nested_table(tables[name]) or len(get_nested_tables(tables, name)) > 1


def _has_others(job: Any) -> bool:
    """Whether some of the table's rows come in files of another format, which are loaded into the staging table."""
    found = Path(_package_of(job._file_path)).glob(f"*_jobs/{job._load_table['name']}.*")
    return any(path.suffix not in (".parquet", ".sql") for path in found)


def _merge(job: Any) -> None:
    for number in range(1, TRIES + 1):
        try:
            _merge_files(job, _files_of(job))
        except Exception as error:
            if number == TRIES or not any(isinstance(each, duckdb.IOException) for each in chain_of(error)):
                raise
            logger.info("A file was moved while it was read; looked for again")
        else:
            return


def _files_of(job: Any) -> list[str]:
    """All files that the package has for the table, wherever dlt keeps them now."""
    found: Iterable[Path] = Path(_package_of(job._file_path)).glob(f"*_jobs/{job._load_table['name']}.*.parquet")
    return sorted(str(path) for path in found if path.parent.name != "failed_jobs")


def _merge_files(job: Any, files: list[str]) -> None:
    """Merge them by dlt's statements, in which a view of them takes the place of the staging table."""
    client, table = job._job_client, job._load_table
    sql, literal = client.sql_client, client.capabilities.escape_literal
    staged = sql.make_qualified_table_name(table["name"])
    listed = ", ".join(literal(file) for file in files)
    with sql.begin_transaction():
        # the staging table has the columns that a file lacks, and what dlt alone may have put there
        sql.execute_sql(
            f"CREATE OR REPLACE TEMP VIEW {FILES} AS SELECT * FROM {staged} "
            f"UNION ALL BY NAME SELECT * FROM read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
        )
        for statement in _statements(client, {**table, UNIQUE: _are_unique(sql, table)}):
            sql.execute_sql(statement.replace(staged, FILES))
        sql.execute_sql(f"DROP VIEW {FILES}")


def _are_unique(sql: Any, table: Any) -> bool:
    """Whether no two rows of the files share a key, so that none need be dropped: that takes more than all the rest."""
    keys = ", ".join(map(sql.escape_column_name, get_columns_names_with_prop(table, "primary_key")))
    return not keys or not sql.execute_sql(f"SELECT 1 FROM {FILES} GROUP BY {keys} HAVING count(*) > 1 LIMIT 1")


def _statements(client: Any, table: Any) -> list[str]:
    """Those of dlt, which name the staging table."""
    own, _ = client.create_dataset_names(client.schema, client.config)
    with client.sql_client.with_alternative_dataset_name(own):
        return SqlMergeFollowupJob.generate_sql([table], client.sql_client)
