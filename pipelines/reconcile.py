"""``python -m pipelines.reconcile``: what ``gong-source reconcile`` does, in a checkout."""

from __future__ import annotations

from gong_source.cli import main

if __name__ == "__main__":
    main("reconcile", prog_name="python -m pipelines.reconcile")
