"""The load packages of the source that the destination holds as a whole, and the newest state that came with one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from gong_source.ranges import UTC, parse_instant
from gong_source.warehouse.store import Store
from gong_source.warehouse.together import Later

OF_SOURCE = "{_dlt_loads} WHERE status = 0 AND schema_name = {schema}"


def newest_load(store: Store) -> str:
    """The newest of them; empty where there is none.

    Args:
        store: The dataset.
    """
    rows = store.rows(f"SELECT MAX(load_id) FROM {OF_SOURCE}", schema=store.schema)
    return str(rows[0][0]) if rows and rows[0][0] else ""


def completed_loads(store: Store, load_ids: Collection[str]) -> Later[set[str]]:
    """Those among some that are there.

    Args:
        store: The dataset.
        load_ids: dlt's ids of packages.
    """
    if not load_ids:
        return set
    condition = f"{OF_SOURCE} AND load_id IN ({{load_ids}})"
    rows = store.later({"load_id": "text"}, condition, schema=store.schema, load_ids=sorted(load_ids))
    return lambda: {row[0] for row in rows()}


def loads_since(store: Store, instant: datetime) -> Later[dict[str, datetime]]:
    """Those that were committed since then, and when.

    Args:
        store: The dataset.
        instant: By the clock of who loaded them.
    """
    columns, condition = {"load_id": "text", "inserted_at": "timestamp"}, f"{OF_SOURCE} AND inserted_at >= {{instant}}"
    rows = store.later(columns, condition, schema=store.schema, instant=instant)
    return lambda: {row[0]: parse_instant(row[1]) for row in rows()}


def loaded_since(store: Store, load_id: str) -> Later[bool]:
    """Whether a load package was committed since another one was begun, or that one itself.

    Args:
        store: The dataset.
        load_id: dlt's id of the other one.
    """
    source = f"{OF_SOURCE} AND (load_id >= {{load_id}} OR inserted_at >= {{instant}})"
    rows = store.later({"load_id": "text"}, source, schema=store.schema, load_id=load_id, instant=begun(load_id))
    return lambda: bool(rows())


def forget_load(store: Store, load_id: str) -> None:
    """Have a load package not count as loaded, and take away the pipeline's state that came with it.

    Args:
        store: The dataset.
        load_id: dlt's id.
    """
    store.execute("DELETE FROM {_dlt_loads} WHERE load_id = {load_id}", load_id=load_id)
    store.execute("DELETE FROM {_dlt_pipeline_state} WHERE _dlt_load_id = {load_id}", load_id=load_id)


def begun(load_id: str) -> datetime:
    """When a load package was begun, by the clock of who loads it: its id is a time.

    Args:
        load_id: dlt's id.
    """
    return datetime.fromtimestamp(float(load_id), UTC)


def loads_of(store: Store, pipeline_name: str, since: datetime) -> Later[dict[str, datetime]]:
    """Those of one pipeline, on whatever machine, and when each was committed; without those that saved no state.

    Args:
        store: The dataset.
        pipeline_name: Whose packages.
        since: Committed since then, by the clock of who loaded them.
    """
    source = (
        "{_dlt_loads} AS l JOIN {_dlt_pipeline_state} AS s ON s._dlt_load_id = l.load_id WHERE l.status = 0 "
        "AND l.schema_name = {schema} AND s.pipeline_name = {name} AND l.inserted_at >= {since}"
    )
    columns = {"l.load_id": "text", "l.inserted_at": "timestamp"}
    rows = store.later(columns, source, schema=store.schema, name=pipeline_name, since=since)
    return lambda: {row[0]: parse_instant(row[1]) for row in rows()}


def is_shared(store: Store, pipeline_name: str) -> Later[bool]:
    """Whether other pipelines have loaded into the dataset.

    Args:
        store: The dataset.
        pipeline_name: That is none of them.
    """
    other = "(SELECT 1 AS one FROM {_dlt_pipeline_state} WHERE pipeline_name <> {name} LIMIT 1) AS other"
    rows = store.later({"one": "bigint"}, other, name=pipeline_name)
    return lambda: bool(rows())


def newest_state(store: Store, pipeline_name: str) -> Later[tuple[int, str] | None]:
    """Version and hash of the state of a pipeline that a new machine would take over; None where there is none.

    Args:
        store: The dataset.
        pipeline_name: Whose state it is.
    """
    newest = (
        "SELECT MAX(s._dlt_load_id) FROM {_dlt_pipeline_state} AS s "
        "JOIN {_dlt_loads} AS l ON l.load_id = s._dlt_load_id AND l.status = 0 WHERE s.pipeline_name = {name}"
    )
    rows = store.later(
        {"version": "bigint", "version_hash": "text"},
        f"{{_dlt_pipeline_state}} WHERE pipeline_name = {{name}} AND _dlt_load_id = ({newest})",
        name=pipeline_name,
    )
    return lambda: next(((int(version), str(told or "")) for version, told in rows()), None)
