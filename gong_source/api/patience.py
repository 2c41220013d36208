"""How long one matter is asked for again that stands alone: a file, or new tokens.

Requests to Gong's API share what is known of its host, and count otherwise (:mod:`gong_source.api.exchange`).
"""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Callable

from gong_source.api.retry import Attempt, Wait, decide
from gong_source.config import GongSettings

logger = logging.getLogger("gong_source.api")

OnWait = Callable[[float, str], None]
"""Is told of a wait before it begins: how many seconds, and why."""


def tell_nobody(seconds: float, why: str) -> None:
    """Leave a wait untold.

    Args:
        seconds: How long.
        why: What happened.
    """


class Patience:
    """Counts the attempts at one matter, and waits before each further one. Of one thread.

    Attributes:
        number: Of the attempt at hand, 429s not counted.
    """

    def __init__(self, settings: GongSettings, on_wait: OnWait = tell_nobody, *, safe: bool = True) -> None:
        """Nothing was tried yet.

        Args:
            settings: ``retry_patience`` and ``max_retry_wait``.
            on_wait: Is told of each wait.
            safe: Whether trying again changes nothing also where an answer was lost.
        """
        self._settings = settings
        self._on_wait = on_wait
        self._safe = safe
        self._limited = math.inf
        self._since: float | None = None
        self.number = 1

    def begin_anew(self) -> None:
        """Have all the time again, as an attempt got further than those before."""
        self.number = 1
        self._since = None

    def wait(self, why: str, status: int | None, retry_after: float | None = None, sent: bool = True) -> bool:
        """Wait after a failed attempt, where another one may follow.

        Args:
            why: What happened, in words.
            status: HTTP status, or None when no complete answer arrived.
            retry_after: Seconds that the server asked to wait, or None.
            sent: Whether any of the attempt may have reached the server.

        Returns:
            Whether to try again; False at once where the matter is to be given up.
        """
        now = time.monotonic()
        if status == 429:
            self._limited = min(self._limited, now)
        else:
            self._limited = math.inf
            self._since = now if self._since is None else self._since
        limited, failing = max(0.0, now - self._limited), 0.0 if self._since is None else now - self._since
        decision = decide(
            Attempt(self.number, status, retry_after, limited, failing, self._safe, sent),
            patience=self._settings.retry_patience,
            max_wait=self._settings.max_retry_wait,
            jitter=random.random(),  # noqa: S311  # spreads waits, guards nothing
        )
        if not isinstance(decision, Wait):
            return False
        self.number += status != 429
        logger.info("waiting %.1f s: %s", decision.seconds, why)
        self._on_wait(decision.seconds, why)
        time.sleep(decision.seconds)
        return True
