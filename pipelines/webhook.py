"""``python -m pipelines.webhook``: what ``gong-source webhook`` does, in a checkout."""

from __future__ import annotations

from gong_source.cli import main

if __name__ == "__main__":
    main("webhook", prog_name="python -m pipelines.webhook")
