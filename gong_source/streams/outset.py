"""What the destination is asked as a run begins, by what dlt's state tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gong_source.streams.state import StreamState
from gong_source.warehouse.outset import Outset, outset_of
from gong_source.warehouse.store import Store


def asked_at_outset(
    store: Store, tables: Iterable[str], raw: Mapping[str, Any], pending: str = "", keeps_private: bool = True
) -> Outset:
    """Ask the destination what a state is to be confirmed by.

    Args:
        store: The destination.
        tables: Names of the tables that are loaded.
        raw: dlt's state of the source.
        pending: The oldest package that waits to be loaded; empty where none does.
        keeps_private: Whether private calls may be there.
    """
    states = [StreamState(dict(state), {}) for state in raw.get("resources", {}).values()]
    loads = {load_id for state in states for load_id in state.loads}
    filled = {name for state in states for name in state.filled}
    return outset_of(store, tables, loads, filled, pending, keeps_private)
