"""Lists that several streams of a run need: read once, and what went wrong is remembered for a while."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from gong_source.errors import GongError
from gong_source.tables.arrow import JsonDict

FAILED_SECONDS = 1800.0
"""How long a list that Gong does not give is not asked for again: each stream that needs it would have the whole
patience once more. A run may go on for hours, and find Gong well again."""


class Lists:
    """Lists by name; whoever asks first reads one, the others wait for it and get the same, or its error."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._lock = threading.Lock()
        self._results: dict[str, Future[Any]] = {}
        self._again_at: dict[str, float] = {}

    def get(self, name: str, read: Callable[[], list[JsonDict]]) -> list[JsonDict]:
        """A list.

        Args:
            name: Of the list.
            read: Reads it; called at most once for each name, and again some time after it failed.

        Raises:
            GongError: It could not be read, now or when somebody asked for it before.
        """
        with self._lock:
            if time.monotonic() > self._again_at.get(name, math.inf):
                del self._results[name], self._again_at[name]
            mine = name not in self._results
            result: Future[Any] = self._results.setdefault(name, Future())
        if mine:
            try:
                result.set_result(read())
            except BaseException as error:
                with self._lock:
                    if isinstance(error, GongError) and not error.ends_run:
                        self._again_at[name] = time.monotonic() + FAILED_SECONDS
                    else:
                        del self._results[name]
                result.set_exception(error)
        found: list[JsonDict] = result.result()
        return found
