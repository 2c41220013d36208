"""``python -m pipelines.backfill``: what ``gong-source backfill`` does, in a checkout."""

from __future__ import annotations

from gong_source.cli import main

if __name__ == "__main__":
    main("backfill", prog_name="python -m pipelines.backfill")
