"""What everything that is read in a run shares: settings, client, clock, lists that several streams need, failures."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gong_source.api import GongClient
from gong_source.config import GongSettings
from gong_source.errors import GongForbiddenError, GongPlannedStop, GongRequestError
from gong_source.ranges import EARLIEST, UTC, Range, RangeSet, moved
from gong_source.streams.question import Question
from gong_source.streams.rejected import Rejected
from gong_source.streams.shared_lists import Lists
from gong_source.streams.state import EVERYTHING, CompanyState, StreamState
from gong_source.streams.stream import MASKS, Stream
from gong_source.streams.table import StreamTable
from gong_source.tables import personal
from gong_source.tables.arrow import Shaped
from gong_source.tables.excluded import without_columns
from gong_source.warehouse.removal import delete_unnamed, remove_learnt
from gong_source.warehouse.store import Store
from gong_source.warehouse.suppression import Suppression
from gong_source.warehouse.together import Later

HEAD_LAG = timedelta(minutes=5)
"""How far a run stays behind the clock: what is that young is still changing."""

FIRST_RUN_DAYS = 90
"""How far the first run goes back where no start date is given."""

MOST_WINDOWS = 8
"""Windows read side by side at the most."""

ASSUMED_LATENCY = 1.5
"""Seconds that a page of calls takes, until the first answer tells."""

UNPACED = 2
"""Jobs of a kind side by side where nothing limits the rate: decoding holds the interpreter, so more of them only hold
more pages in memory."""


@dataclass
class ReadContext:
    """Shared by the streams of one source, over all load packages of a run.

    Attributes:
        settings: The resolved settings.
        client: Where to ask.
        streams: All streams that there are.
        end_date: End of the range, or None for now.
        clock: The current time.
        package_rows: Rows after which a load package ends, or None for one package of everything.
        failures: First error of each stream that failed while the others went on; None to raise at once.
        optional: Streams that nobody named and that are off by default: what the key may not read of them is a notice.
        notices: First refusal of each such stream, and what is to be said of settings, by their names.
        newest_first: Whether windows are read from the end of the range backwards.
        max_requests: Requests after which no further window is begun, and none is read a second time; or None.
        looks_back: Whether the range is a scheduler's interval: what is not settled before it is read as well.
        rows: Rows handed to dlt, by table.
        removed: Removals handed to dlt, by table.
        brought: Tables that rows were read for, be they handed over, not yet, or kept out as they may be private.
        sees_calls: Whether Gong showed any call.
        lists: Lists that several streams need, each read once, or failed once.
        answers: Errors, or None, of what Gong may refuse in a list, by stream and what was asked about.
        privacy: Whether calls are private, None where Gong does not show them, as far as was asked, by their ids.
        stored_workspaces: The company's workspaces by their ids, where they need not be listed again.
        asked_workspaces: Gives them, once the destination was asked.
        stored_columns: Types of the destination's columns, by table, as the run began.
        told: What was said of lost rows, so that it is said once.
        rejected: Records that are set aside.
    """

    settings: GongSettings
    client: GongClient
    streams: StreamTable = field(default_factory=StreamTable)
    end_date: datetime | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    package_rows: int | None = None
    failures: dict[str, BaseException] | None = None
    optional: frozenset[str] = frozenset()
    notices: dict[str, BaseException] = field(default_factory=dict)
    newest_first: bool = False
    max_requests: int | None = None
    looks_back: bool = False
    rows: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    brought: set[str] = field(default_factory=set)
    sees_calls: bool = False
    lists: Lists = field(default_factory=lambda: Lists())
    answers: dict[str, dict[str, GongRequestError | None]] = field(default_factory=dict)
    privacy: dict[str, bool | None] = field(default_factory=dict)
    stored_workspaces: list[str] | None = None
    asked_workspaces: Later[set[str]] | None = None
    stored_columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    told: set[tuple[str, str, str]] = field(default_factory=set)
    rejected: Rejected = field(init=False)
    _suppression: Suppression | None = None
    _has_begun: bool = False
    _began: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Nothing is set aside yet."""
        self.rejected = Rejected(self.settings, lambda: self.clock())

    @property
    def now(self) -> datetime:
        """When this run began: one instant for the whole run, so that every stream has the same head."""
        with self._lock:
            if self._began is None:
                self._began = self.clock()
            return self._began

    @property
    def _head(self) -> datetime:
        """Until when a run may read."""
        return (self.now - HEAD_LAG).replace(microsecond=0)

    def asked(self, company: CompanyState) -> Range | None:
        """The whole range this run is asked for, head lag taken off; None when it is empty.

        Args:
            company: Keeps the start of the first run.
        """
        start, end = self.bounds(company)
        return Range(start, end) if start < end else None

    def bounds(self, company: CompanyState) -> tuple[datetime, datetime]:
        """Where the range starts and ends; the end may come first.

        Args:
            company: As for :meth:`asked`.
        """
        end = min(self.end_date, self._head) if self.end_date else self._head
        start = self.settings.start_date
        if start is None:
            return company.first_start(self.now - timedelta(days=FIRST_RUN_DAYS), self.now), end
        if self.end_date is None and start < end:  # a past range or a scheduler's interval is no start to go on from
            company.first_start(start, self.now)
        return start, end

    def reads_newest(self, company: CompanyState) -> bool:
        """Whether the range ends within the last day: a backfill or a scheduler's interval of earlier times does not.

        Args:
            company: As for :meth:`asked`.
        """
        return self.bounds(company)[1] > self.now - timedelta(days=1)

    def missing(self, company: CompanyState, state: StreamState, selection: str) -> RangeSet:
        """What is to be read: what was asked for, without what is settled.

        Before a scheduler's interval lie those that it gave to earlier runs: of these, what a look-back still finds,
        and the ends that were too young to be read. Before the start of the first run lies what a later one that went
        further back has covered.

        Args:
            company: As for :meth:`asked`.
            state: What was read before.
            selection: Workspace id or log type.
        """
        asked = self.asked(company)
        wanted = RangeSet([asked] if asked else [])
        if self.looks_back:
            wanted |= self._before(state.covered(selection))
        elif asked and self.settings.start_date is None:
            earlier = RangeSet([Range(EARLIEST, asked.start)])
            wanted |= earlier & state.covered(selection)
        return wanted - (state.covered(selection) if self.only_new else state.settled(selection))

    def _before(self, covered: RangeSet) -> RangeSet:
        """What lies before a scheduler's interval, from the first that was covered there within the look-back.

        An interval that is too young as a whole begins as much earlier: else short ones would never cover anything.
        """
        start = self.settings.start_date
        assert start, "a scheduler's interval has one"
        reach = Range(moved(start, -self.settings.lookback - 2 * HEAD_LAG), start)
        earlier = [each.start for each in RangeSet([reach]) & covered]
        if start >= self._head:
            earlier.append(start - HEAD_LAG)
        end = min(start, self._head)
        return RangeSet([Range(min(earlier), end)] if earlier and min(earlier) < end else [])

    def question(self, stream: Stream) -> Question:
        """The settings that decide what a stream brings, by name.

        Args:
            stream: Any stream.
        """
        whole = self.settings.question()
        return {name: value for name, value in whole.items() if name in stream.settings}

    def masks(self) -> Question:
        """The settings that change what rows hold, whichever rows they are."""
        return {name: value for name, value in self.settings.question().items() if name in MASKS}

    @property
    def only_new(self) -> bool:
        """Whether nothing is read a second time: a bound on requests could be spent on the look-back by each run."""
        return self.max_requests is not None

    def check_requests(self, owed: int = 0) -> None:
        """Refuse to begin a window once the run's own bound on requests is reached; what is begun is finished.

        The first one is begun whatever else took requests before: each run gets on.

        Args:
            owed: Requests that are still to be made for what was begun.

        Raises:
            GongPlannedStop: It is reached.
        """
        if self.max_requests is None:
            return
        made = owed + self.client.requests.total()
        if made >= self.max_requests and self._has_begun:
            raise GongPlannedStop(made, self.max_requests)
        self._has_begun = True

    def workspaces(self) -> list[str]:
        """Workspace ids that ranges of calls are kept for; ``*`` alone for the whole company."""
        return self.settings.workspace_ids or [EVERYTHING]

    def width(self) -> int:
        """Windows worth reading side by side: as many as slow pages need to use the whole rate, no more.

        Each window ends with a page that is only part full, and each open one is read again after a crash.
        """
        per_second = self.settings.pace
        if not per_second:
            return UNPACED
        latency = self.client.latency or ASSUMED_LATENCY
        return max(1, min(MOST_WINDOWS, math.ceil(per_second * latency * 1.2)))

    def without_people(self, parts: Sequence[Shaped], store: Store) -> list[Shaped]:
        """Rows as they may be loaded: without who was purged, and with personal values as ``pii`` says.

        Args:
            parts: All rows of a batch; files that those name which may not be loaded are deleted.
            store: Tells who was purged.

        Raises:
            GongDestinationError: Such a file can't be deleted, or the destination can't be asked.
        """
        purged = self.purged(store)
        kept = purged.apply(parts)
        if purged.learnt:
            remove_learnt(store, purged)
        delete_unnamed(parts, kept)
        return list(personal.apply(without_columns(kept, self.settings.exclude_columns or ()), self.settings))

    def purged(self, store: Store, told: Suppression | None = None) -> Suppression:
        """Who was purged from the dataset, as it was last read.

        Args:
            store: The dataset.
            told: What was read of it already.
        """
        if self._suppression is None:
            self._suppression = Suppression.load(store)() if told is None else told
        return self._suppression

    def know_purged(self, purged: Suppression) -> None:
        """Go on with who was purged by now.

        Args:
            purged: As the dataset has it.
        """
        if self._suppression is not None and purged.mark != self._suppression.mark:
            purged.users |= self._suppression.users  # those among them that the run has learnt
            self._suppression = purged

    def write_rejected(self, store: Store) -> None:
        """Write down which records were set aside since the last time, and which left where nobody comes back for that.

        Args:
            store: The dataset.
        """
        self.rejected.flush(store, lambda: self.purged(store))
        if self.failures is None:
            self.rejected.leave(store)

    def fail(self, streams: Iterable[str], error: BaseException) -> None:
        """Record an error of some streams so that the others go on, or raise it.

        Args:
            streams: Names of the streams that stop.
            error: What stopped them.
        """
        if self.failures is None:
            raise error
        for name in streams:
            is_notice = name in self.optional and isinstance(error, GongForbiddenError)
            (self.notices if is_notice else self.failures).setdefault(name, error)
