"""Runs: what the command lines do, as functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gong_source.importing import imported_later

if TYPE_CHECKING:
    from gong_source.runs.backfill import run_backfill
    from gong_source.runs.purge import PurgeResult, purge_person
    from gong_source.runs.reconcile import run_reconcile
    from gong_source.runs.reset import ResetResult, run_reset
    from gong_source.runs.sync import run_sync
    from gong_source.runs.verify import run_verify

__all__ = [
    "PurgeResult",
    "ResetResult",
    "purge_person",
    "run_backfill",
    "run_reconcile",
    "run_reset",
    "run_sync",
    "run_verify",
]

if not TYPE_CHECKING:  # which would take any name
    __getattr__ = imported_later(
        __name__,
        {
            "PurgeResult": "purge",
            "ResetResult": "reset",
            "purge_person": "purge",
            "run_backfill": "backfill",
            "run_reconcile": "reconcile",
            "run_reset": "reset",
            "run_sync": "sync",
            "run_verify": "verify",
        },
    )


def __dir__() -> list[str]:
    """What can be asked for."""
    return sorted({*globals(), *__all__})
