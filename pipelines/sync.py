"""``python -m pipelines.sync``: what ``gong-source sync`` does, in a checkout."""

from __future__ import annotations

from gong_source.cli import main

if __name__ == "__main__":
    main("sync", prog_name="python -m pipelines.sync")
