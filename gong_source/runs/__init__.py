"""Runs: what the command lines do, as functions."""

from __future__ import annotations

from gong_source.runs.backfill import run_backfill
from gong_source.runs.prepare import prepare
from gong_source.runs.purge import PurgeResult, purge_person
from gong_source.runs.reconcile import run_reconcile
from gong_source.runs.reset import ResetResult, run_reset
from gong_source.runs.sync import run_sync

__all__ = [
    "PurgeResult",
    "ResetResult",
    "prepare",
    "purge_person",
    "run_backfill",
    "run_reconcile",
    "run_reset",
    "run_sync",
]
