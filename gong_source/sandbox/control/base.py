"""What all groups of controls share."""

from __future__ import annotations

from dataclasses import dataclass

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
