"""Whether DuckDB can write a file, and tell the dataset in it from the file itself."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from gong_source.config.paths import regular_file
from gong_source.errors import GongConfigError
from gong_source.warehouse.paths import check_database, check_path

BEING_MADE = 10
"""Tenths of a second for which a database may be an empty file, as another process is making it."""

TAKEN = ("system", "temp", "information_schema", "pg_catalog")
"""DuckDB's own catalogs and schemas."""


def check_file(path: Path, dataset: str, reads: bool = False) -> None:
    """Refuse a path that DuckDB could not write, or in which it could not tell the dataset from the file.

    Args:
        path: Of the database.
        dataset: The schema, as the database has it.
        reads: Whether it need only be readable; then none need be there.

    Raises:
        GongConfigError: It can't be used; it says why.
    """
    catalog = path.name.partition(".")[0].lower()
    if dataset.lower() == catalog:
        raise GongConfigError(
            f"DuckDB can't tell the dataset {dataset} from the file {path.name}, which it gives the same name: choose "
            "another --dataset-name, or another file by DESTINATION__DUCKDB__CREDENTIALS."
        )
    if dataset.lower() in TAKEN:
        raise GongConfigError(f"DuckDB keeps the name {dataset} for itself: choose another --dataset-name.")
    (check_path if reads else check_database)(path)
    target = regular_file(path)
    try:
        if not target.parent.is_dir():
            raise GongConfigError(f"There is no folder {target.parent} for the database {target.name}.")
        if target.exists():
            _check_head(target, path, reads)
        elif not reads:  # with another name: somebody else may be about to make the database
            with tempfile.TemporaryFile(dir=target.parent, prefix=target.name):
                pass
    except OSError as error:
        how = "read" if reads else "written"
        raise GongConfigError(f"The database {path} can't be {how}: {error.strerror}.") from error


def _check_head(target: Path, path: Path, reads: bool) -> None:
    """Refuse a file that is no database; one that is being made is empty for a moment."""
    for _ in range(BEING_MADE):
        with open(target, "rb" if reads else "r+b") as file:
            head = file.read(12)
        if head:
            break
        time.sleep(0.1)
    if not head:
        raise GongConfigError(f"{path} is an empty file, which a killed process may have left: delete it.")
    if head[8:] != b"DUCK":
        raise GongConfigError(f"{path} is there already and no DuckDB database.")
