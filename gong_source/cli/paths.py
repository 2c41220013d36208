"""Paths on the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click


class Named(click.Path):
    """A path that names something: an empty one, as of a variable that is not set, would be the working directory."""

    def __init__(self, **more: Any) -> None:
        """Like click's own.

        Args:
            **more: What it takes.
        """
        super().__init__(path_type=Path, **more)

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        """Refuse an empty one."""
        if not os.fspath(value):
            self.fail("it names nothing.", param, ctx)
        return super().convert(value, param, ctx)
