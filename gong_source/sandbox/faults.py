"""Faults that tests order: which requests they strike. What they do to an answer is in ``fault_kinds``."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from gong_source.sandbox.fault_kinds import KINDS, WRONG_LISTS, is_status
from gong_source.sandbox.messages import Json


@dataclass
class Fault:
    """One ordered fault.

    Attributes:
        kind: What happens: a key of ``KINDS``, or a status from 400 to 599.
        endpoint: Verb and path it is limited to; ``None`` for all.
        nth: The first request it strikes, counted from 1 since the fault was ordered.
        times: How many requests in a row it strikes; ``None`` for all that follow.
        options: Details of the kind.
        seen: Matching requests so far.
    """

    kind: str
    endpoint: str | None
    nth: int
    times: int | None
    options: Json
    seen: int = 0

    def strikes(self, endpoint: str) -> bool:
        """Count a request and tell whether this fault strikes it."""
        if self.endpoint not in (None, endpoint):
            return False
        self.seen += 1
        return self.seen >= self.nth and (self.times is None or self.seen < self.nth + self.times)


@dataclass
class Faults:
    """All faults in force."""

    _faults: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def order(self, fault: Fault) -> None:
        """Put a fault in force.

        Raises:
            ValueError: When its kind is unknown or its numbers make no sense.
        """
        if fault.kind not in KINDS and not is_status(fault.kind):
            raise ValueError(f"unknown fault {fault.kind!r}; a status, or one of {', '.join(sorted(KINDS))}")
        if fault.nth < 1 or (fault.times is not None and fault.times < 1):
            raise ValueError("nth and times count from 1")
        if fault.options.get("as", "string") not in WRONG_LISTS:
            raise ValueError(f"as must be one of {', '.join(WRONG_LISTS)}")
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Withdraw all faults."""
        with self._lock:
            self._faults.clear()

    def strike(self, endpoint: str) -> Fault | None:
        """Count a request in every fault and return the first that strikes it."""
        with self._lock:
            striking = [fault for fault in self._faults if fault.strikes(endpoint)]
        return striking[0] if striking else None
