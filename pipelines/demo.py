"""``python -m pipelines.demo``: what ``gong-source demo`` does, in a checkout."""

from __future__ import annotations

from gong_source.cli import main

if __name__ == "__main__":
    main("demo", prog_name="python -m pipelines.demo")
