"""Which tables and columns were made in a dataset, by dlt's schemas, whether or not they are still there."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

from gong_source.errors import GongDestinationError
from gong_source.warehouse.store import DLT_TABLES, Store
from gong_source.warehouse.unfit import incomplete


def made_columns(store: Store, required: bool = False) -> dict[str, set[str]]:
    """Columns of the tables that the pipeline made, here or in another dataset, by its own schema; dlt's too.

    Args:
        store: The dataset.
        required: Only those that are never NULL.
    """
    if store.pipeline is None or store.schema not in store.pipeline.schemas:
        return {}
    schema = store.pipeline.schemas[store.schema]
    tables = [*schema.data_tables(seen_data_only=True), *schema.dlt_tables()]
    names = {str(table["name"]) for table in tables} - store.vanishing
    made = {name: schema.get_table_columns(name) for name in names}
    return {
        name: {key for key, column in columns.items() if not (required and column.get("nullable", True))}
        for name, columns in made.items()
    }


def lost_by_others(store: Store, tables: Collection[str], columns: Mapping[str, Mapping[str, str]]) -> set[str]:
    """Tables that other pipelines made in the dataset, or that the pipeline itself forgot, and that lack something.

    dlt then makes them again, as it does for the pipeline that knows them.

    Args:
        store: The dataset.
        tables: Names of the tables that the pipeline is about to make.
        columns: Of each table that is there.

    Raises:
        GongDestinationError: A table of dlt's lacks a column that it can't be given again.
    """
    if reason := incomplete(columns):
        raise GongDestinationError(reason)
    if "_dlt_version" not in columns:
        return set()
    made = made_by_any(store)
    names = {*tables, *DLT_TABLES} - store.vanishing
    lacking = {name for name in names if not made.get(name, set()) <= set(columns.get(name, ()))}
    if lacking:
        make_tables_again(store)
    return lacking


def made_by_any(store: Store) -> dict[str, set[str]]:
    """Columns of the tables that any pipeline made in the dataset, as its schemas tell.

    Args:
        store: The dataset.
    """
    made: dict[str, set[str]] = {}
    for (text,) in store.rows("SELECT v.schema FROM {_dlt_version} AS v WHERE schema_name = {name}", name=store.schema):
        for name, table in _decoded(text)["tables"].items():
            made.setdefault(name, set()).update(
                key.lower() for key, column in table["columns"].items() if "data_type" in column
            )
    return made


def _decoded(text: str) -> dict[str, Any]:
    """A schema; dlt packs it where the destination's texts are short."""
    with suppress(ValueError):
        text = zlib.decompress(base64.b64decode(text, validate=True)).decode()
    schema: dict[str, Any] = json.loads(text)
    return schema


def has_schema(store: Store) -> bool:
    """Whether the tables were made by the very schema that the pipeline has, as far as dlt knows.

    Args:
        store: The dataset.
    """
    if store.pipeline is None or store.schema not in store.pipeline.schemas:
        return False
    told = store.pipeline.schemas[store.schema].version_hash
    return bool(store.rows("SELECT version FROM {_dlt_version} WHERE version_hash = {told}", told=told))


def make_tables_again(store: Store) -> None:
    """Have dlt make what is missing at the next load.

    dlt takes the tables for made where the destination knows the hash of the schema; with another one in its place,
    the schema itself can still be read from there.

    Args:
        store: The dataset.
    """
    store.execute(
        "UPDATE {_dlt_version} SET version_hash = CONCAT(version_hash, {mark}) WHERE schema_name = {schema}",
        mark="-",
        schema=store.schema,
    )
