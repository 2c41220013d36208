"""A history for a destination: many older calls, without the time it would take to sync them.

``python -m benchmarks.padding URL DATABASE CALLS`` prints how many rows there are thereafter. It is a process of its
own, as the memory it takes would count as that of every process started later (:func:`benchmarks.process.run`).
"""

from __future__ import annotations

import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import duckdb

from benchmarks.duckdb_load import save_answers
from benchmarks.process import DATASET, run
from gong_source.config import load_settings


def pad(url: str, database: str, history: int) -> int:
    """Fill the tables with older calls, straight in DuckDB; the rows of one answer, under other ids.

    Args:
        url: Of the server the rows come from.
        database: A destination that has the tables.
        history: How many calls to add, about.

    Returns:
        Rows in all tables thereafter.
    """
    with tempfile.TemporaryDirectory(prefix="gong-bench-") as directory:
        settings = load_settings(base_url=url, credentials={"access_key": "key", "access_key_secret": "secret"})
        now = datetime.now(timezone.utc)
        save_answers(url, Path(directory), now - timedelta(days=100), now, settings)
        source = f"{directory}/own.duckdb"
        run(["-m", "benchmarks.duckdb_load", directory, source, "all"])
        with duckdb.connect(database) as connection:
            connection.execute(f"ATTACH '{source}' AS own (READ_ONLY)")
            tables = connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE database_name = 'own' AND NOT temporary"
            ).fetchall()
            (size,) = connection.execute(f"SELECT count(*) FROM own.{DATASET}.calls").fetchone() or (1,)
            for (table,) in tables:
                connection.execute(_padding(connection, table, max(1, history // size)))
            total = sum(
                (connection.execute(f"SELECT count(*) FROM {DATASET}.{table}").fetchone() or (0,))[0]
                for (table,) in tables
            )
            connection.execute("DETACH own")
    return int(total)


def _padding(connection: duckdb.DuckDBPyConnection, table: str, copies: int) -> str:
    """SQL that inserts an older copy of every row, some times over; keys differ by copy."""

    def columns(database: str) -> dict[str, str]:
        query = "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = ? AND table_name = ?"
        schema = " AND schema_name = ?"
        return dict(connection.execute(query + schema, [database, table, DATASET]).fetchall())

    ((database,),) = connection.execute("SELECT current_database()").fetchall()
    there, own = columns(database), columns("own")
    key = "call_id" if "call_id" in own else "id"
    values = {name: f'"{name}"' for name in own if name in there}
    values[key] = f"{key} || '-' || copy"
    if "started" in values:
        values["started"] = "started - INTERVAL 200 DAY - INTERVAL 1 DAY * (copy % 300)"
    if "_dlt_list_idx" in there and "position" in own:
        values["_dlt_list_idx"] = "position"
    if "_dlt_id" in there:
        values["_dlt_id"] = "uuid()" if key == "call_id" else values[key]
    if "_dlt_load_id" in there:
        values["_dlt_load_id"] = "'0'"
    names = ", ".join(f'"{name}"' for name in values)
    return (
        f"INSERT INTO {DATASET}.{table} ({names}) SELECT {', '.join(values.values())} "
        f"FROM own.{DATASET}.{table}, range({copies}) AS copies(copy)"
    )


if __name__ == "__main__":
    print(pad(sys.argv[1], sys.argv[2], int(sys.argv[3])))
