"""``python -m pipelines.reconcile``: what ``gong-source reconcile`` does, in a checkout."""

from __future__ import annotations

from gong_source.cli.reconcile import reconcile as main

if __name__ == "__main__":
    main(prog_name="python -m pipelines.reconcile")
