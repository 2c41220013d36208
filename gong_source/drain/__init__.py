"""Draining: what webhooks brought goes into the tables of the sync."""

from __future__ import annotations

from gong_source.drain.run import run_drain

__all__ = ["run_drain"]
