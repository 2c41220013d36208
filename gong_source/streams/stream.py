"""What a stream is: where it stands in Gong's API, which tables it fills, and how it is read.

A stream is data. Everything that the product knows of one is derived from its declaration: dlt's resources with their
tables, keys and dispositions, scopes, what a check asks, defaults, documentation, what a purge and a reconcile touch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from gong_source.api.endpoints import Endpoint
from gong_source.config import GongSettings
from gong_source.tables.arrow import JsonDict, Shaped
from gong_source.tables.model import Table

MASKS = ("pii", "pii_key", "exclude_columns")
"""Settings that change the rows of every stream."""

Shape = Callable[[Sequence[JsonDict], str], list[Shaped]]
"""Rows of some records, given the selection that they were read for."""

Lists = Callable[[str], list[JsonDict]]
"""All records of a stream that is a whole list, by its name."""


@dataclass(frozen=True)
class Ask:
    """One of the requests that a list takes.

    Attributes:
        params: Query parameters.
        body: JSON body, or None.
        beside: Fields that every record of its answer gets, as Gong does not tell them.
        told: What is asked for, in words.
        key: Id of what it is asked about, where Gong may refuse some.
        singly: The same one by one, where Gong refuses all for the sake of one.
        lacks: Why it can't be sent, which counts as a refusal; empty where it can.
    """

    params: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    beside: Mapping[str, Any] = field(default_factory=dict)
    told: str = ""
    key: str = ""
    singly: Sequence[Ask] = ()
    lacks: str = ""


@dataclass(frozen=True)
class More:
    """Further records of a list; they leave the tables once they are asked for no longer.

    Attributes:
        setting: Name of the setting that asks for them.
        param: Query parameter that lists them too, and its value.
    """

    setting: str
    param: tuple[str, str]


@dataclass(frozen=True)
class Snapshot:
    """A whole list, read at every run or once a day; the tables become a copy of it.

    Attributes:
        key: Gong's name for the field that identifies a record.
        each_workspace: Whether it is listed workspace by workspace.
        more: Records that are listed only where a setting says so.
        keeps_gone: Whether records that are listed no more stay in the tables.
        keyless: Whether a record may come without that field: its workspace and position stand for it.
        asks: The requests that it takes, given other lists; one for everything where None.
        some_refused: Whether Gong may refuse some of these: what it never answered about has nothing of the kind.
        owner: Column with the key of the request that a record came with: it stays where nobody asked for it.
        object_key: Gong's name for the object that answers have in place of a list.
        records: The records in an item of the list, and what is no object among them; the item itself where None.
        of_answer: Fields of the answer, beside the list, that tell of each of its items.
    """

    key: str = "id"
    each_workspace: bool = False
    more: More | None = None
    keeps_gone: bool = False
    keyless: bool = False
    asks: Callable[[Lists], Sequence[Ask]] | None = None
    some_refused: bool = False
    owner: str = ""
    object_key: str = ""
    records: Callable[[JsonDict], Iterable[Any]] | None = None
    of_answer: tuple[str, ...] = ()

    def asks_more(self, settings: GongSettings) -> bool:
        """Whether further records are asked for.

        Args:
            settings: At hand.
        """
        return self.more is not None and bool(getattr(settings, self.more.setting))

    def params(self, settings: GongSettings) -> dict[str, str]:
        """Query parameters of the list.

        Args:
            settings: At hand.
        """
        return dict([self.more.param]) if self.more and self.asks_more(settings) else {}


@dataclass(frozen=True)
class Instants:
    """Bounds of a window as instants, [start, end).

    Attributes:
        start: Gong's name for the start.
        end: Gong's name for the end.
    """

    start: str = "fromDateTime"
    end: str = "toDateTime"


@dataclass(frozen=True)
class Days:
    """Bounds of a window as days of the company's time zone, [start, end).

    That zone is known from answers only, so a window asks for every day that it touches in any zone.

    Attributes:
        start: Gong's name for the first day.
        end: Gong's name for the day after the last.
        latest: How far after today the end may be, in days: 1 where Gong takes tomorrow, 0 where today is refused.
        one_by_one: Whether each day is asked for on its own, as Gong sums up what it is asked for.
    """

    start: str = "fromDate"
    end: str = "toDate"
    latest: int = 0
    one_by_one: bool = False


@dataclass(frozen=True)
class Months:
    """Bounds of a window as months of UTC, each asked for on its own, [start, end): Gong sums up what it is asked for.

    Attributes:
        start: Gong's name for the first instant.
        end: Gong's name for the end.
    """

    start: str = "from"
    end: str = "to"


@dataclass(frozen=True)
class Windows:
    """A list that is filtered by time, read window by window; what is read is remembered as ranges.

    Attributes:
        bounds: How a window is told to Gong.
        time: The column by which rows belong to a window; a day or month as text where these are asked for.
        key: Gong's name for the field that identifies a record; empty where ``shape`` makes a key of its own.
        about: Gong's names for the fields that tell of whom a record is, of which the first that it has counts: what is
            odd of one user in answer after answer is one odd user.
        of_calls: Whether what comes names calls: private ones are left out where they are not wanted.
        by_calls: Whether the calls of a window are listed, and asked about by their ids, a hundred a request.
        by_workspace: Whether what is read is remembered by workspace, where some are chosen.
        each: What a window is asked for one by one beside its time, as parameters, by the selection. Gong may refuse
            what shares the first of these, as all that is asked of a workspace.
        fixed: What else the filter asks for, the same for every window.
        beside: What is asked for beside the filter.
        select: Gong's name for what tells the selections apart; empty where there is one alone.
        selections: The selections.
        probe: What is asked for beside the filter where a window longer than a chunk is only asked whether it holds
            anything, its days or months together; None where it is read at once.
        longest: How long a window may be at the most, where answers grow with it though little is in them; None for no
            bound.
        kept: The earliest time that Gong still has of a selection, or None for all of it.
        shape: Rows of some records, where that is more than their fields.
    """

    bounds: Instants | Days | Months
    time: str
    key: str = ""
    about: tuple[str, ...] = ()
    of_calls: bool = False
    by_calls: bool = False
    by_workspace: bool = False
    each: Callable[[str, Lists], Sequence[JsonDict]] | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)
    beside: Mapping[str, Any] = field(default_factory=dict)
    select: str = ""
    selections: tuple[str, ...] = ()
    probe: Mapping[str, Any] | None = None
    longest: timedelta | None = None
    kept: Callable[[str, datetime], datetime | None] = lambda selection, now: None
    shape: Shape | None = None


@dataclass(frozen=True)
class EachOf:
    """One request for each record of another stream, again once that record moved.

    Attributes:
        parent: Name of the stream whose records are asked about.
        param: Query parameter that takes the key; empty where it stands in the path.
        moved: The parent's field that tells when it moved; empty for all its fields.
        again: After how long a record is asked about again although nothing moved; each time where the stream is daily.
        of_calls: Whether what comes names calls: private ones are left out where they are not wanted.
    """

    parent: str
    param: str = ""
    moved: str = ""
    again: timedelta = timedelta(days=7)
    of_calls: bool = False


@dataclass(frozen=True)
class Calls:
    """Calls by windows of their time, and what hangs on them.

    Attributes:
        loads: ``calls``: the calls themselves. ``transcripts``: asked for by the ids of calls.
    """

    loads: str = "calls"


@dataclass(frozen=True)
class Recordings:
    """Recordings of calls, downloaded by windows of the calls' time."""


@dataclass(frozen=True)
class Recorded:
    """Nothing that a sync reads: what a reconcile found out."""


Way = Snapshot | Windows | EachOf | Calls | Recordings | Recorded


@dataclass(frozen=True)
class Stream:
    """One stream: a dlt resource of the same name.

    Attributes:
        name: Of the stream, its resource, and mostly its table.
        endpoint: What is asked.
        tables: What it fills; the first is the root, the others are lists in its records or tables of its own.
        reads: How it is read.
        default: Whether a sync loads it where nothing else is said.
        daily: Whether it hardly changes and is read once a day (``list_refresh_hours``).
        needs: Endpoints that are asked besides.
        question: Settings that decide which rows it brings, beside those that mask.
        licence: What Gong sells it with, where not every company has it.
        cost: Requests of a run, in words.
    """

    name: str
    endpoint: Endpoint
    tables: tuple[Table, ...]
    reads: Way
    default: bool = True
    daily: bool = False
    needs: tuple[Endpoint, ...] = ()
    question: tuple[str, ...] = ()
    licence: str = ""
    cost: str = ""

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """All that is asked for it."""
        return (*self.needs, self.endpoint)

    @property
    def scopes(self) -> tuple[str, ...]:
        """What a key needs for it."""
        return tuple(dict.fromkeys(endpoint.scope for endpoint in self.endpoints if endpoint.scope))

    @property
    def settings(self) -> tuple[str, ...]:
        """Settings that decide which rows it brings and what they hold."""
        return (*self.question, *MASKS)

    @property
    def by_time(self) -> bool:
        """Whether it is read by ranges of time, which are remembered."""
        return isinstance(self.reads, (Windows, Calls, Recordings))

    @property
    def lists_calls(self) -> bool:
        """Whether calls are listed for it, by windows of their time."""
        return isinstance(self.reads, (Calls, Recordings)) or (isinstance(self.reads, Windows) and self.reads.by_calls)
