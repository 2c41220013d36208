"""A copy of a DuckDB file: what its tables show and all that it defines, without the bytes of what was removed."""

from __future__ import annotations

from pathlib import Path

import duckdb

from gong_source.errors import GongDestinationError


def copy_file(file: str | Path, copy: str | Path) -> None:
    """Copy a file that nobody else has open.

    Args:
        file: The database.
        copy: Where to; nothing is there yet.

    Raises:
        duckdb.Error: It can't be read, or the copy can't be written.
        GongDestinationError: A table refers to itself.
    """
    with duckdb.connect() as copier:
        copier.execute(f"ATTACH {quoted(file)} AS old")
        copy_tables(copier, copy)


def copy_tables(copier: duckdb.DuckDBPyConnection, copy: str | Path) -> None:
    """Copy the rows that are there, and all else that the file defines, in the same format.

    Args:
        copier: The file is attached to it as ``old``.
        copy: Where to; nothing is there yet.

    Raises:
        duckdb.Error: The copy can't be written.
        GongDestinationError: A table refers to itself.
    """
    version, block = copier.execute(
        "SELECT tags['storage_version'], (SELECT block_size FROM pragma_database_size() WHERE database_name = 'old') "
        "FROM duckdb_databases() WHERE database_name = 'old'"
    ).fetchall()[0]
    copier.execute(f"ATTACH {quoted(copy)} AS new (STORAGE_VERSION '{version.rstrip('+')}', BLOCK_SIZE {block})")
    if _has_references(copier):  # DuckDB itself copies tables in an order that breaks them
        copier.execute("COPY FROM DATABASE old TO new (SCHEMA)")
        _copy_rows(copier)
    else:
        copier.execute("COPY FROM DATABASE old TO new")
    copier.execute("CHECKPOINT new")
    copier.execute("DETACH new")


def quoted(path: str | Path) -> str:
    """A path as a literal of SQL.

    Args:
        path: Of a file.
    """
    return "'" + str(path).replace("'", "''") + "'"


def _has_references(copier: duckdb.DuckDBPyConnection) -> bool:
    query = "FROM duckdb_constraints() WHERE database_name = 'old' AND constraint_type = 'FOREIGN KEY'"
    return bool(copier.execute(query).fetchall())


def _copy_rows(copier: duckdb.DuckDBPyConnection) -> None:
    """Table after table; one whose rows refer to others that are not there yet has its turn again after those."""
    copier.execute("CHECKPOINT old")
    waiting = copier.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'old' AND NOT temporary"
    ).fetchall()
    while waiting:
        refused = [table for table in waiting if not _is_copied(copier, *table)]
        if len(refused) == len(waiting):
            names = ", ".join(".".join(table) for table in refused)
            raise GongDestinationError(
                f"DuckDB can't copy a table with a FOREIGN KEY to the table itself; make it anew without: {names}."
            )
        waiting = refused


def _is_copied(copier: duckdb.DuckDBPyConnection, *table: str) -> bool:
    name = ".".join('"' + part.replace('"', '""') + '"' for part in table)
    # what is computed from other columns is not stored, and can't be inserted; without rows nothing is stored
    stored = copier.execute(f"SELECT DISTINCT column_name FROM pragma_storage_info({quoted(f'old.{name}')})").fetchall()
    if not stored:
        return True
    columns = ", ".join('"' + column.replace('"', '""') + '"' for (column,) in stored)
    try:
        copier.execute(f"INSERT INTO new.{name} ({columns}) SELECT {columns} FROM old.{name}")
    except duckdb.ConstraintException:
        return False
    return True
