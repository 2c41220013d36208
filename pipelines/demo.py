"""``python -m pipelines.demo``: what ``gong-source demo`` does, in a checkout."""

from __future__ import annotations

from gong_source.cli.demo import demo as main

if __name__ == "__main__":
    main(prog_name="python -m pipelines.demo")
