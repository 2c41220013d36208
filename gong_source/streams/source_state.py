"""What a run may believe of what the pipeline remembers: as much as the destination confirms.

The destination is the truth and the state its shadow. A person may have restored a backup, deleted a file, dropped a
table or loaded into another dataset; then the tables hold less than the state says, and what is missing is read again.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from gong_source.errors import GongLoadError
from gong_source.ranges import Range, RangeSet
from gong_source.streams.clocks import CLOCK, forget_later
from gong_source.streams.context import ReadContext
from gong_source.streams.first_calls import SAID, WHY, FirstCalls
from gong_source.streams.less import (
    MASKED,
    believe_less,
    days_in,
    filled_by,
    forget_all,
    held_by,
    tell_lost,
    told_to_others,
)
from gong_source.streams.migration import carry_over
from gong_source.streams.outset import asked_at_outset
from gong_source.streams.refilled import heed_removals, note_refilled
from gong_source.streams.set_aside import Place
from gong_source.streams.state import CompanyState, StreamState
from gong_source.streams.stream import Stream
from gong_source.tables.arrow import Shaped
from gong_source.warehouse.loads import newest_load
from gong_source.warehouse.losses import disown, note_rows_lost
from gong_source.warehouse.made import lost_by_others
from gong_source.warehouse.masks import MaskNote
from gong_source.warehouse.outset import Outset
from gong_source.warehouse.questions import CARRYING, note_question
from gong_source.warehouse.store import Store
from gong_source.warehouse.unfit import unfit


class SourceState:
    """The states of a run's streams, as they are believed; each load package writes them as they are when it ends."""

    def __init__(
        self, context: ReadContext, raw: Mapping[str, Any], store: Store, outset: Outset | None = None
    ) -> None:
        """Believe what the destination confirms.

        Args:
            context: Settings and streams.
            raw: dlt's state of the source; it is not changed.
            store: The destination.
            outset: What it just told; None to ask it.

        Raises:
            GongDestinationError: The destination can't be asked.
        """
        private = context.settings.include_private_calls
        told = outset or asked_at_outset(store, (t.name for t in context.streams.tables), raw, keeps_private=private)
        self._context = context
        self.store = store
        self._raw = copy.deepcopy(dict(raw))
        self._told = told
        self._completed = set(told.completed)
        self._whole: set[str] = set()
        self._made: set[str] = set()
        self._states: dict[str, StreamState] = {}
        self._replaced: dict[str, RangeSet] = {}
        self.lost: dict[str, dict[str, Any]] = {}  # what had been read, by stream and selection, where less is there
        self._resources: dict[str, Any] = self._raw.pop("resources", {})
        self.company = CompanyState(self._raw)
        self.is_new = not self._resources and "ranges" not in self._raw
        if not self.is_new:
            self._whole = told.columns.keys() - told.lacking
        carry_over(self._raw, self._resources, context, self._newest_load)
        self.first_calls = FirstCalls(self._raw, self._resources, context.streams)
        self._confirm()
        context.rejected.open(told.rejected)
        context.purged(store, told.suppression)
        context.stored_columns = told.columns

    def of(self, name: str) -> StreamState:
        """The state of a stream; changes are written with the package at hand.

        Args:
            name: Of the stream.
        """
        if name not in self._states:
            raw = self._resources.setdefault(name, {})
            stream = self._context.streams[name]
            state = self._states[name] = StreamState(raw, self._context.question(stream))
            state.look_back(self._context.settings.lookback, self._context.now)
        return self._states[name]

    def ranges(self) -> dict[str, dict[str, list[list[str]]]]:
        """The covered ranges of every stream and selection, for reports."""
        found = {stream.name: self.of(stream.name).ranges() for stream in self._context.streams if stream.by_time}
        return {name: ranges for name, ranges in found.items() if ranges}

    def stands(self, stream: Stream) -> bool:
        """Whether all tables of a stream are there and whole, so that what they hold may be relied on.

        Args:
            stream: Any stream.
        """
        return all(table.name in self._whole for table in stream.tables)

    @property
    def is_first(self) -> bool:
        """Whether nothing was ever loaded into the dataset, as far as its tables tell."""
        return "_dlt_loads" not in self._told.columns

    @property
    def is_known_there(self) -> bool:
        """Whether the dataset has a state of the pipeline."""
        return self._told.state is not None

    @property
    def workspaces(self) -> set[str]:
        """Ids of the workspaces whose rows are there."""
        return set(self._told.workspaces)

    @property
    def private(self) -> Collection[str]:
        """Private calls that were there when the run began and are not to be, whoever loaded them."""
        return self._told.private

    @property
    def took_private_away(self) -> bool:
        """Whether private calls left with this pipeline, as far as it has not told the others."""
        return any(note.stream == CARRYING for note in self._told.questions)

    def mask_notes(self, name: str) -> list[MaskNote]:
        """How a stream's rows were masked before the run, and what was emptied in them.

        Args:
            name: Of the stream.
        """
        return [note for note in self._told.masks if note.stream == name]

    def check_columns(self, names: Iterable[str]) -> None:
        """Refuse to load into columns whose types somebody changed: values would be cut, and questions fail.

        Args:
            names: Of streams.

        Raises:
            GongLoadError: A column can't hold what is loaded into it.
        """
        for name in names:
            if reason := unfit(self.store, self._context.streams[name].tables, self._told.columns):
                raise GongLoadError(reason)

    def columns(self, table: str) -> Collection[str]:
        """Columns of a table, as they were when the run began; none where it was not there.

        Args:
            table: Its name.
        """
        return self._told.columns.get(table, {}).keys()

    def take_gone(self, stream: Stream, load_id: str) -> set[str]:
        """Tables of a stream that this pipeline made once and that are gone; each is told once, to be made again.

        Where the dataset holds the rows of any pipeline, it is written down for the others. Tables that this pipeline
        never made are made again too where another one did.

        Args:
            stream: Any stream.
            load_id: The load package that makes them.
        """
        tables = {table.name for table in stream.tables} - self._made
        self._made |= tables
        gone = tables - (self._told.columns.keys() if self.is_new else self._whole)
        if unknown := tables - self._told.made:
            gone |= lost_by_others(self.store, unknown, self._told.columns) & tables
        if gone and "_dlt_loads" in self._told.columns:
            note_rows_lost(self.store, gone, stream.tables, self._told.columns, load_id)
        return set() if self.is_new else gone

    def mark_read(self, name: str, selection: str, window: Range, load_id: str, read_at: Any) -> None:
        """Note that a window of a stream was read to its end.

        Args:
            name: Of the stream.
            selection: As in its state.
            window: What was read.
            load_id: The package at hand.
            read_at: When its first page was asked for.
        """
        self.of(name).mark_read(selection, window, load_id, read_at, self._context.settings.lookback, self._completed)
        self._context.rejected.was_read(name, Place(selection, window))

    def replace(self, name: str, part: Shaped) -> None:
        """Note that rows take the place of others: what was read of their days for more is not there any more.

        Args:
            name: Of the stream.
            part: Rows of one of its tables, about to be loaded.
        """
        stream = self._context.streams[name]
        if days := days_in(stream, part):
            self.of(name).hold_less(days, held_by(self._context.question(stream)))
            self._replaced[name] = self._replaced.get(name, RangeSet()) | days

    def tell_others(self, name: str, load_id: str) -> None:
        """Write down for other pipelines what replaced rows of a stream answer, where one may ask for more.

        Args:
            name: Of the stream.
            load_id: The package that carries the rows.
        """
        days, told = self._replaced.pop(name, None), told_to_others(self._context.question(self._context.streams[name]))
        if days and told and self._told.is_shared:
            note_question(self.store, name, load_id, days, told)

    def write(self, name: str, load_id: str, source: dict[str, Any], resource: dict[str, Any]) -> None:
        """Write a stream's state, and the company's, into the package at hand.

        Args:
            name: Of the stream.
            load_id: Of the package.
            source: dlt's live state of the source.
            resource: dlt's live state of the resource.
        """
        stream = self._context.streams[name]
        if self._told.is_shared:
            note_refilled(self.store, stream, self.of(name), self._context.rows, self._told.columns, load_id)
        heed_removals(self.store, stream, self.of(name), self._context.rows, self._context.removed)
        self.of(name).fill(filled_by(stream, self._context.rows))
        self.first_calls.note(self._context.sees_calls, load_id)
        for old in set(source) - set(self._raw) - {"resources"}:
            del source[old]
        source.update(copy.deepcopy(self._raw))
        state = copy.deepcopy(self.of(name).raw)
        for old in set(resource) - set(state):
            del resource[old]
        resource.update(state)

    def _newest_load(self) -> str:
        """The newest load package that is there as a whole, for the state of a release that did not name them."""
        newest = newest_load(self.store)
        self._completed |= {newest}
        return newest

    def _confirm(self) -> None:
        """Forget what the destination does not hold, and tell what will be read again."""
        remembered = [stream for stream in self._context.streams if self._resources.get(stream.name)]
        loads = {load_id for stream in remembered for load_id in self.of(stream.name).loads}
        settings = self._context.settings
        gone = loads - self._completed
        for stream in remembered:
            self._confirm_rows(stream, gone)
            if empty := self.first_calls.heed(stream, self.of(stream.name), settings.include_private_calls):
                tell_lost(self._context.told, SAID, stream.name, WHY, empty)
            believe_less(self._told.questions, stream, self.of(stream.name))
            state, columns = self.of(stream.name), self.columns(stream.tables[0].name)
            if later := forget_later(stream, state, self.store, columns, self._context.now, settings.lookback):
                said = "What is remembered of %s ends later than it is"
                tell_lost(self._context.told, said, stream.name, CLOCK, later)

    def _confirm_rows(self, stream: Stream, gone: set[str]) -> None:
        """Forget what a stream remembers of rows that are not there: in tables that somebody changed, or packages."""
        state, anew, crossed = self.of(stream.name), self._told.losses, set(self._told.crossed)
        since = max((anew.get(table.name, "") for table in stream.tables), default="")
        older = {load_id for load_id in state.loads if load_id < since}
        if not self.stands(stream):
            self._drop(stream.name, "its tables are not all there and whole", state.loads)
            disown(self.store, stream.tables, self._told.columns)
            forget_all(self._resources[stream.name])
            del self._states[stream.name]
        elif older:
            self._drop(stream.name, "its tables were emptied or made anew", older | gone | crossed)
        elif gone & state.loads:
            self._drop(stream.name, "load packages are not there", gone | crossed)
            state.raw.pop(MASKED, None)  # the rows may be older than what was emptied: a backup
        elif crossed & state.loads:
            why = "this pipeline ran on another machine at the same time"
            self._drop(stream.name, why, crossed)

    def _drop(self, name: str, why: str, gone: Collection[str]) -> None:
        self.lost[name] = self.of(name).ranges()
        less, lost = "The destination holds less of %s than this pipeline remembers", self.of(name).drop_loads(gone)
        tell_lost(self._context.told, less, name, why, lost)
