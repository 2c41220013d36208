"""``python -m gong_source.cli``."""

from __future__ import annotations

from gong_source.cli import main

if __name__ == "__main__":
    main(prog_name="python -m gong_source.cli")
