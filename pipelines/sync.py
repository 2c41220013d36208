"""``python -m pipelines.sync``: what ``gong-source sync`` does, in a checkout."""

from __future__ import annotations

from gong_source.cli.sync import sync as main

if __name__ == "__main__":
    main(prog_name="python -m pipelines.sync")
