"""Numbers on the command line."""

from __future__ import annotations

import math
from typing import Any

import click

PORT = click.IntRange(0, 65535)


class Finite(click.FloatRange):
    """A number within bounds; ``nan``, which is beyond no bound, and ``inf`` are refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is no number to count with.", param, ctx)
        return number
