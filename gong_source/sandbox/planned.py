"""What is to happen while a client is reading: an action of the controls, just before a certain request is answered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class _Action:
    endpoint: str | None
    left: int
    do: Callable[[], object]


@dataclass
class Planned:
    """Actions that wait for their request."""

    _actions: list[_Action] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, endpoint: str | None, nth: int, do: Callable[[], object]) -> None:
        """Plan an action.

        Args:
            endpoint: Verb and path of the requests that count; ``None`` for all.
            nth: Before which of them, counted from now and from 1.
            do: What to do.

        Raises:
            ValueError: When the number makes no sense.
        """
        if nth < 1:
            raise ValueError("nth counts from 1")
        with self._lock:
            self._actions.append(_Action(endpoint, nth, do))

    def arrived(self, endpoint: str) -> None:
        """Count a request, and do what was planned for it."""
        due = []
        with self._lock:
            for action in list(self._actions):
                if action.endpoint in (None, endpoint):
                    action.left -= 1
                    if not action.left:
                        self._actions.remove(action)
                        due.append(action)
        for action in due:
            action.do()

    def clear(self) -> None:
        """Withdraw all that did not happen yet."""
        with self._lock:
            self._actions.clear()
