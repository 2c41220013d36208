"""A DuckDB file without what was removed from its tables: DuckDB alone keeps the bytes of removed rows in the file."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

import duckdb
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongDestinationError
from gong_source.warehouse.copying import copy_tables, quoted
from gong_source.warehouse.dialects import type_of
from gong_source.warehouse.place import place_of
from gong_source.warehouse.waiting import patiently
from gong_source.wording import in_a_line

MEMORY = "512MiB"
"""What DuckDB may take for it; more would be the file itself, kept in memory without use."""

LATE = 0.2
"""Seconds after which nobody who had opened the old file when it was replaced has yet to ask for its lock."""


def rewrite_file(pipeline: Pipeline) -> dict[str, str]:
    """Put in the place of a DuckDB file a copy of it that holds what its tables show, and nothing else.

    All of the file is copied, whosever tables they are. Until the copy is whole the file stays as it is, and it does
    where that fails. Other destinations are left alone.

    Args:
        pipeline: With a destination, to which this process has no connection.

    Returns:
        The file and why it still holds the bytes, where it could not be written anew.
    """
    file = place_of(pipeline).get("file")
    if type_of(pipeline.destination) != "duckdb" or not file or not os.path.isfile(file):
        return {}
    try:
        _rewrite(Path(file))
    except (duckdb.Error, OSError, GongDestinationError) as error:
        return {file: f"it can't be written anew: {in_a_line(error, None)}"}
    return {}


def _rewrite(file: Path) -> None:
    real = file.resolve()  # links go on to lead there
    folder = real.with_name(f"{real.name}.purging")
    with duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(folder / "tmp")}) as copier:
        _attach(copier, file)  # from here on nobody else has it open, or begins to
        shutil.rmtree(folder, ignore_errors=True)  # one who was killed left it
        _refuse_logs(file, real)
        _check(real)
        folder.mkdir(mode=0o700)
        try:
            copy = folder / real.name
            copy_tables(copier, copy)
            _refuse_logs(copy)
            _replace(real, copy)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        _forget_spilt(file)
        _forget_spilt(real)
        time.sleep(LATE)


def _attach(copier: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Take hold of the file, once others have closed it, with all that its log holds."""
    patiently(lambda: copier.execute(f"ATTACH {quoted(file)} AS old"))
    copier.execute("PRAGMA disable_checkpoint_on_shutdown")  # by then another file has that name, and its log
    copier.execute("CHECKPOINT old")


def _refuse_logs(*files: Path) -> None:
    """DuckDB would play a log that is left into whatever file has the name next."""
    for log in (f"{file}.wal" for file in files):
        if os.path.exists(log):
            raise GongDestinationError(f"Changes that are not in the file itself are left in {log}.")


def _check(file: Path) -> None:
    told = os.stat(file)
    if told.st_nlink > 1:
        raise GongDestinationError("It has more than one name (hard links), and would be replaced under this one only.")
    if (room := shutil.disk_usage(file.parent).free) < told.st_size:
        raise GongDestinationError(
            f"A copy of it needs up to {told.st_size:,} bytes beside it, and {room:,} are left on the disk."
        )


def _replace(file: Path, copy: Path) -> None:
    """In one step; the file is not opened here, as closing it would give up the lock that DuckDB has on it."""
    told = os.stat(file)
    os.chown(copy, told.st_uid, told.st_gid)
    shutil.copymode(file, copy)
    os.replace(copy, file)
    handle = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(handle)  # else a power cut may bring the old one back
    finally:
        os.close(handle)


def _forget_spilt(file: Path) -> None:
    """What DuckDB had no memory for, of a process that was killed; whatever else is in that folder stays."""
    folder = Path(f"{file}.tmp")
    for spilt in folder.glob("duckdb_temp_*"):
        spilt.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
