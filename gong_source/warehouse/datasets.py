"""No dataset is what another one's rows are merged from: dlt empties a staging dataset whenever a load begins."""

from __future__ import annotations

from collections.abc import Iterator

from dlt.common.destination.client import WithStagingDataset
from dlt.destinations.job_client_impl import SqlJobClientBase
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongConfigError
from gong_source.warehouse.paths import check_database
from gong_source.warehouse.place import place_of
from gong_source.warehouse.staging import STAGING, is_staging_of
from gong_source.warehouse.store import Store
from gong_source.warehouse.together import absent_is_empty

CHECKED = "gong_datasets_checked"
"""Where dlt's local state keeps the place that was looked at: once is enough on a machine."""

OF_A_DATASET = ("_dlt_loads", "_dlt_pipeline_state")
"""Tables that a staging dataset has none of."""


def check_datasets(pipeline: Pipeline, store: Store) -> None:
    """Refuse to load where the staging dataset is one that is loaded, or the dataset is the staging dataset of another.

    Args:
        pipeline: With a destination that was made ready.
        store: The same dataset.

    Raises:
        GongConfigError: One of the two is so, or DuckDB can't keep a database there; nothing was changed.
    """
    if (facts := place_of(pipeline))["destination"] == "duckdb":
        check_database(facts["file"])
    place = " ".join(facts.values())
    if pipeline._get_state()["_local"].get(CHECKED) == place:
        return
    with store.connection() as client:
        if not isinstance(client, WithStagingDataset):
            return
        own, staging = client.sql_client.dataset_name, client.sql_client.staging_dataset_name
        if _is_loaded(client):
            raise GongConfigError(
                f"The pipeline {pipeline.pipeline_name} would empty the dataset {staging} at each load of {own}, and "
                "that is a dataset with data of its own: choose another dataset name for one of them."
            )
        if other := next(_merged_from(client, own), None):
            raise GongConfigError(
                f"The dataset {own} is the one that the dataset {other} is merged from, and is emptied at each of its "
                "loads: choose another dataset name."
            )
    pipeline.set_local_state_val(CHECKED, place)


def _is_loaded(client: SqlJobClientBase) -> bool:
    """Whether the staging dataset is a dataset like any other."""
    sql = client.sql_client
    there: set[str] = set()
    with sql.with_alternative_dataset_name(sql.staging_dataset_name), absent_is_empty():
        there |= {name for name, columns in client.get_storage_tables(OF_A_DATASET) if columns}
    return bool(there)


def _merged_from(client: SqlJobClientBase, own: str) -> Iterator[str]:
    """Datasets with a pipeline whose staging dataset has this name."""
    mark = STAGING.removeprefix("%s").casefold()
    places = [place for place in range(1, len(own)) if own.casefold().startswith(mark, place)]
    for other in (own[:place] for place in places):
        with client.sql_client.with_alternative_dataset_name(other), absent_is_empty():
            table = client.sql_client.make_qualified_table_name("_dlt_pipeline_state")
            found = client.sql_client.execute_sql(f"SELECT DISTINCT pipeline_name FROM {table}") or ()
            if any(is_staging_of(other, name, own) for (name,) in found):
                yield other
