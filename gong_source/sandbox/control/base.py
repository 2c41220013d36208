"""What all groups of controls share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gong_source.sandbox.app import App
from gong_source.sandbox.generate.history import History
from gong_source.sandbox.world import World


@dataclass(frozen=True)
class ControlBase:
    """Reaches the parts that controls change."""

    _app: App
    _history: History

    @property
    def _world(self) -> World:
        return self._app.world

    def _action(self, name: str) -> Callable[..., Any]:
        """The public method of a name."""
        method = None if name.startswith("_") or name == "call" else getattr(self, name, None)
        if not callable(method):
            raise ValueError(f"unknown action {name!r}")
        action: Callable[..., Any] = method
        return action
