"""``python -m pipelines.webhook``: what ``gong-source webhook`` does, in a checkout."""

from __future__ import annotations

from gong_source.cli.webhook import webhook as main

if __name__ == "__main__":
    main(prog_name="python -m pipelines.webhook")
