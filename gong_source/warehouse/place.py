"""Where a pipeline's tables are, in words that a person can find them by."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import dlt
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongConfigError
from gong_source.warehouse.dialects import type_of
from gong_source.warehouse.lake import SQLITE
from gong_source.warehouse.store import SCHEMA, Store

logger = logging.getLogger("gong_source")

PARTS = {
    "duckdb": {"file": "database"},
    "bigquery": {"project": "project_id"},
    "snowflake": {"account": "host", "database": "database"},
    "ducklake": {"catalog": "catalog_location", "files": "storage_url"},
}
"""What tells a place of one destination from another, and how dlt's credentials name it; none of them is a secret."""

OTHERS = {"host": "host", "database": "database"}


def place_of(pipeline: Pipeline) -> dict[str, str]:
    """Destination, what tells it from others of its type, dataset and pipeline. Nothing is sent.

    Args:
        pipeline: With a destination and a dataset name.

    Raises:
        SqlClientNotAvailable: The destination speaks no SQL.
        ConfigurationException: dlt lacks something to reach it, such as credentials.
    """
    kind = type_of(pipeline.destination)
    schema = SCHEMA if SCHEMA in pipeline.schemas else None
    client = pipeline.sql_client(schema)  # type: ignore[arg-type]  # None is the default schema
    credentials: Any = getattr(client, "credentials", None)
    found = {word: getattr(credentials, name, None) for word, name in PARTS.get(kind, OTHERS).items()}
    found = {word: value() if callable(value) else value for word, value in found.items()}
    place = {"destination": kind, **{word: str(value) for word, value in found.items() if value}}
    return {**place, "dataset": client.dataset_name, "pipeline": pipeline.pipeline_name}


def has_tables(pipeline: Pipeline) -> bool:
    """Whether anything of Gong was ever loaded there; a DuckDB file or a catalog that is not there is not made.

    Args:
        pipeline: With a destination and a dataset name.
    """
    place = place_of(pipeline)
    catalog = place.get("catalog", "")
    file = catalog.removeprefix(SQLITE) if catalog.startswith(SQLITE) else place.get("file")
    if file and not Path(file).exists():
        return False
    return bool(Store(pipeline, reads=True).tables())


def refuse_empty(pipeline: Pipeline) -> None:
    """Refuse to look at what is not there, such as a dataset whose name is mistyped; nothing is made.

    Args:
        pipeline: With a destination and a dataset name.

    Raises:
        GongConfigError: Nothing of Gong was ever loaded there.
    """
    if not has_tables(pipeline):
        where = ", ".join(f"{word} {value}" for word, value in place_of(pipeline).items() if word != "pipeline")
        raise GongConfigError(f"Nothing of Gong was ever loaded there: {where}.")


def mind_folder(pipeline: Pipeline, is_locked: bool) -> None:
    """Warn where dlt puts a DuckDB file into another folder, or have dlt find the one of this folder later.

    dlt resolves a relative path against the folder in which a pipeline of that name ran first, whatever folder it is
    run in. A run whose file is told by its absolute path leaves this folder there, for scripts and dlt's own commands.

    Args:
        pipeline: With a destination.
        is_locked: Whether no other process may write what dlt knows of the pipeline.
    """
    here, first = str(Path(dlt.current.run_context().local_dir).absolute()), pipeline.get_local_state_val("initial_cwd")
    if type_of(pipeline.destination) != "duckdb" or here == first:
        return
    database = _configured_database(pipeline)
    if database and (database.startswith(":") or Path(database).is_absolute()):
        if is_locked:
            pipeline.set_local_state_val("initial_cwd", here)
        return
    logger.warning(
        "The pipeline %s loads into %s, not into this folder: dlt goes on where a pipeline of that name ran first. "
        "For another file give the destination its absolute path, or run it once by gong-source in this folder.",
        pipeline.pipeline_name,
        place_of(pipeline).get("file"),
    )


def _configured_database(pipeline: Pipeline) -> str | None:
    """A DuckDB file as it was given, before dlt makes its path absolute; None where none was."""
    destination: Any = pipeline.destination
    credentials: Any = destination.configuration(destination.spec(), accept_partial=True).credentials
    return getattr(credentials, "database", None)
