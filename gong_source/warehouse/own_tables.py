"""Tables of the dataset that are this package's own: outside dlt's schema, so that its resets leave them."""

from __future__ import annotations

from collections.abc import Mapping

from gong_source.warehouse.store import Store
from gong_source.warehouse.together import sql_type


def make_table(store: Store, table: str, columns: Mapping[str, str]) -> None:
    """Make one, and the dataset, where they are not there.

    Args:
        store: The dataset.
        table: Its name.
        columns: Their types by name, as dlt names them.
    """
    with store.connection() as client:
        if not client.is_storage_initialized():
            client.initialize_storage()
        quoted = client.sql_client.escape_column_name
        made = ", ".join(f"{quoted(name)} {sql_type(kind, client)}" for name, kind in columns.items())
    store.execute(f"CREATE TABLE IF NOT EXISTS {{{table}}} ({made})")
