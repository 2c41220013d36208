"""What an interrupted run left to be loaded, and whether that may still be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dlt.common.versioned_state import json_decode_state
from dlt.pipeline.pipeline import Pipeline

from gong_source.warehouse.outset import Outset
from gong_source.warehouse.store import SCHEMA


@dataclass(frozen=True)
class Pending:
    """The load packages that wait in a pipeline's folder.

    Attributes:
        load_id: Of the oldest, which is the time at which it was begun.
        state: The pipeline's state at that time; None where dlt did not keep it.
    """

    load_id: str
    state: Mapping[str, Any] | None

    @classmethod
    def of(cls, pipeline: Pipeline) -> Pending | None:
        """Those of a pipeline; None where nothing waits.

        Args:
            pipeline: With a destination.
        """
        plan = pipeline.abort_packages(dry_run=True) if pipeline.has_pending_data else None
        if plan is None:
            return None
        load_id = plan["restore_from_load_id"]
        storages = (
            pipeline._get_load_storage().normalized_packages,
            pipeline._get_normalize_storage().extracted_packages,
        )
        kept = (each.load_pipeline_state(load_id)[0] for each in storages if each.can_restore_pipeline_state(load_id))
        state = next(kept, None)
        return cls(load_id, json_decode_state(state) if state else None)

    def outdated(self, outset: Outset) -> str:
        """Why they must not be loaded any more, in words; empty where nothing speaks against it.

        A merge replaces rows whatever their age. So a package is worth what it holds only in the dataset that it was
        read for, and until somebody else changes it.

        Args:
            outset: What the destination told, with what was loaded since.
        """
        if outset.is_damaged:
            return "tables lack what they held"
        if outset.changed_since:
            return "it was loaded already, or the tables were changed by another run since"
        if self.state is None:
            return ""
        began_with = self.state.get("_version_hash") if SCHEMA in self.state.get("sources", {}) else None
        there = outset.state[1] if outset.state else None
        return "" if began_with == there else "it was read for another dataset than this"
