"""What the pipelines that write into a dataset remember, as the dataset itself holds it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dlt.common.versioned_state import decompress_state

from gong_source.ranges import parse_instant
from gong_source.warehouse.store import SCHEMA, Store
from gong_source.wording import in_a_line

logger = logging.getLogger("gong_source")

NEWEST = (
    "SELECT s.pipeline_name, s.state, l.inserted_at FROM {_dlt_pipeline_state} AS s "
    "JOIN {_dlt_loads} AS l ON l.load_id = s._dlt_load_id AND l.status = 0 "
    "JOIN (SELECT p.pipeline_name, MAX(p._dlt_load_id) AS newest FROM {_dlt_pipeline_state} AS p "
    "JOIN {_dlt_loads} AS q ON q.load_id = p._dlt_load_id AND q.status = 0 GROUP BY p.pipeline_name) AS n "
    "ON n.pipeline_name = s.pipeline_name AND n.newest = s._dlt_load_id"
)
"""The state that a new machine would take over, of each pipeline: dlt keeps every one that there was."""


@dataclass(frozen=True)
class PipelineState:
    """What one pipeline remembers of Gong.

    Attributes:
        name: Of the pipeline.
        source: dlt's state of the source.
        saved_at: When it was last committed; a run that changes nothing in it does not save it.
    """

    name: str
    source: dict[str, Any]
    saved_at: datetime

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """The states of streams."""
        found: dict[str, dict[str, Any]] = self.source.get("resources", {})
        return found


def pipeline_states(store: Store) -> list[PipelineState]:
    """The pipelines that have loaded Gong's data into a dataset, by name; others' are left out.

    Args:
        store: The dataset.
    """
    found: dict[str, PipelineState] = {}
    for name, text, saved_at in store.rows(NEWEST):
        try:
            sources = decompress_state(text).get("sources", {})
        except Exception as error:  # whatever a state of another release of dlt's raises
            logger.warning(
                "The state of the pipeline %s can't be read: %s", name, f"{type(error).__name__}: {in_a_line(error)}"
            )
            continue
        if SCHEMA in sources:
            found[name] = PipelineState(name, sources[SCHEMA], parse_instant(saved_at))
    return [found[name] for name in sorted(found)]


def filled_by_any(states: Iterable[PipelineState]) -> set[str]:
    """Tables that some pipelines have loaded rows into, as they remember.

    Args:
        states: Of the pipelines.
    """
    return {name for state in states for stream in state.resources.values() for name in stream.get("filled", ())}
