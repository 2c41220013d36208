"""``python -m pipelines.backfill``: what ``gong-source backfill`` does, in a checkout."""

from __future__ import annotations

from gong_source.cli.backfill import backfill as main

if __name__ == "__main__":
    main(prog_name="python -m pipelines.backfill")
