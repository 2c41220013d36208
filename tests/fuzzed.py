"""How a fuzz test draws its examples."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings


def fuzzed(examples: int) -> Any:
    """The same examples each time, and not for long."""

    def decorate(test: Any) -> Any:
        bounded = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        return seed(1)(bounded(test))

    return decorate
