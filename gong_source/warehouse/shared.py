"""Blocks that change something for the whole process, and may last in several threads at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager


class Shared:
    """One block for all who are in it: the first who enters begins it, and the last who leaves ends it."""

    def __init__(self, block: Callable[[], AbstractContextManager[None]]) -> None:
        """Nobody is in it yet.

        Args:
            block: Makes it.
        """
        self._block = block
        self._lock = threading.Lock()
        self._inside = 0
        self._ends = ExitStack()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Be in it as long as this lasts."""
        with self._lock:
            if not self._inside:
                self._ends.enter_context(self._block())
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if not self._inside:
                    self._ends.close()
