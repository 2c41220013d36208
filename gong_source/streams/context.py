"""What the resources of one source share: settings, client, clock, and how errors and packages are handled."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import dlt

from gong_source.api import GongClient
from gong_source.api.endpoints import ACCESS_LOG_DAYS
from gong_source.config import GongSettings
from gong_source.errors import GongPlannedStop
from gong_source.ranges import UTC, Range, RangeSet
from gong_source.streams.read_ahead import Background
from gong_source.streams.state import SourceState
from gong_source.tables import personal
from gong_source.tables.arrow import Shaped
from gong_source.warehouse.extras import StoredTypes
from gong_source.warehouse.store import Store
from gong_source.warehouse.suppression import Suppression

HEAD_LAG = timedelta(minutes=5)
"""How far a run stays behind the clock: what is that young is still changing."""

FIRST_RUN_DAYS = 90
"""How far the first run goes back where no start date is given."""

ACCESS_LOG_EDGE = timedelta(minutes=1)
"""AccessLog is asked for this much less than its retention, so that the start is still kept when Gong looks."""

EVERYTHING = "*"
"""Selection of a tenant's all workspaces."""


@dataclass
class ReadContext:
    """Shared by the resources of one source, over all load packages of a run.

    Attributes:
        settings: The resolved settings.
        client: Where to ask.
        end_date: End of the range, or None for now.
        clock: The current time.
        package_rows: Rows after which a load package ends, or None for one package of everything.
        failures: First error of each resource that failed while the others went on; None to raise at once.
        newest_first: Whether windows are read from the end of the range backwards.
        max_requests: Requests after which no further window is begun, or None.
        rows: Rows handed to dlt, by table.
        removed: Removals handed to dlt, by table.
        private_calls: Private calls that were seen and left out.
        background: Short lists that are read while calls are loaded.
        stored_types: Types of the destination's columns.
    """

    settings: GongSettings
    client: GongClient
    end_date: datetime | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    package_rows: int | None = None
    failures: dict[str, BaseException] | None = None
    newest_first: bool = False
    max_requests: int | None = None
    private_calls: set[str] = field(default_factory=set)
    background: Background = field(default_factory=Background)
    stored_types: StoredTypes = field(default_factory=StoredTypes)
    rows: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    _suppression: Suppression | None = None
    _began: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def now(self) -> datetime:
        """When this run began: one instant for the whole run, so that every resource has the same head."""
        with self._lock:
            if self._began is None:
                self._began = self.clock()
            return self._began

    def state(self) -> SourceState:
        """The state that travels with the package being extracted; counts earlier requests of the day."""
        state = SourceState(dlt.current.source_state())
        self.count_earlier_requests(state)
        return state

    def count_earlier_requests(self, state: SourceState) -> None:
        """Have the daily budget count what earlier processes used of it; to be called before the first request.

        Args:
            state: Any state of the pipeline, also one that is not written.
        """
        self.client.quota.budget.seed(*state.requests())

    def note_requests(self, state: SourceState) -> None:
        """Leave the day's count of requests for the next process.

        Args:
            state: The state of the package being extracted.
        """
        state.note_requests(*self.client.quota.budget.used())

    def asked(self, state: SourceState) -> Range | None:
        """The whole range this run is asked for, head lag taken off; None when it is empty.

        Args:
            state: Keeps the start of the first run where none is configured.
        """
        head = (self.now - HEAD_LAG).replace(microsecond=0)
        end = min(self.end_date, head) if self.end_date else head
        start = self.settings.start_date or state.default_start(self.now, FIRST_RUN_DAYS)
        return Range(start, end) if start < end else None

    def access_log_kept(self) -> RangeSet:
        """The time that Gong still holds the AccessLog for; asking for earlier is an error."""
        return RangeSet([Range(access_log_start(self.now), self.now)])

    def check_requests(self) -> None:
        """Refuse to begin anything once the run's own bound on requests is reached.

        Raises:
            GongPlannedStop: It is reached.
        """
        made = self.client.requests.total() if self.max_requests is not None else 0
        if self.max_requests is not None and made >= self.max_requests:
            raise GongPlannedStop(made, self.max_requests)

    def selections(self) -> list[str]:
        """Workspace ids that ranges are kept for; ``*`` alone for the whole tenant."""
        return self.settings.workspace_ids or [EVERYTHING]

    @property
    def suppression(self) -> Suppression:
        """Who was purged from the dataset of the current pipeline; read once in a run."""
        if self._suppression is None:
            self._suppression = Suppression.load(Store(dlt.current.pipeline()))
        return self._suppression

    def without_people(self, parts: Sequence[Shaped]) -> list[Shaped]:
        """Rows as they may be loaded: without who was purged, and with personal values as ``pii`` says.

        Args:
            parts: All rows of a batch.
        """
        return list(personal.apply(self.suppression.apply(parts), self.settings))

    def fail(self, resources: Iterable[str], error: BaseException) -> None:
        """Record an error of some resources so that the others go on, or raise it.

        Args:
            resources: Names of the resources that stop.
            error: What stopped them.
        """
        if self.failures is None:
            raise error
        for name in resources:
            self.failures.setdefault(name, error)


def access_log_start(now: datetime) -> datetime:
    """The earliest time that the AccessLog can be asked for.

    Args:
        now: When it is asked for.
    """
    return (now - timedelta(days=ACCESS_LOG_DAYS) + ACCESS_LOG_EDGE).replace(microsecond=0)
