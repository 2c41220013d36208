"""The command ``gong-source``: :mod:`gong_source.cli.commands` lists what it can do."""

from __future__ import annotations

from gong_source.cli.commands import main

__all__ = ["main"]
