"""Streams that take a request for each record of another one: asked again only once that record moved."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from gong_source.errors import GongBadRequestError, GongNotFoundError, GongProtocolError, GongRequestError
from gong_source.ranges import parse_instant
from gong_source.streams.calls.sight import unshown
from gong_source.streams.context import MOST_WINDOWS, ReadContext
from gong_source.streams.due import Due
from gong_source.streams.faults import lacking
from gong_source.streams.known import known_at_all
from gong_source.streams.partly import brings_all, drop_private
from gong_source.streams.read_ahead import Emit
from gong_source.streams.reader import Jobs, Reader
from gong_source.streams.set_aside import Place
from gong_source.streams.share import ALWAYS
from gong_source.streams.snapshot import LISTED_IN, by_key, is_odd, records_of
from gong_source.streams.source_state import SourceState
from gong_source.streams.state import WENT
from gong_source.streams.stream import EachOf, Stream
from gong_source.streams.workspaces import WORKSPACE, ask_workspaces, spare_workspaces
from gong_source.tables.arrow import JsonDict, Shaped, as_text, removals, shape
from gong_source.tables.values import dumps
from gong_source.warehouse.store import COMPLETED
from gong_source.warehouse.together import Later

HIDES = "+"
"""Behind the state of a record with calls that are kept out as private: when they turn public, nothing moves in it."""

HIDES_FOR = timedelta(days=1)
"""After how long such a record is asked about again."""


@dataclass(frozen=True)
class _ParentsRead:
    parents: dict[str, JsonDict]


@dataclass(frozen=True)
class _EachRead:
    key: str
    moved: str
    read_at: datetime
    parts: list[Shaped]
    odd: bool
    hides: bool


@dataclass(frozen=True)
class _Asked:
    """How a record was when it was asked about last, and where it was listed."""

    moved: str = ""
    read_at: datetime | None = None
    workspace: str | None = None


@dataclass(frozen=True)
class _Refused:
    key: str
    error: GongRequestError


class EachOfReader(Reader):
    """Asks about each record that is new or moved, and remembers in a table of its own which were asked about.

    A record that Gong does not know, or that it can't be asked about, is set aside, and the others are asked about.
    """

    def __init__(self, stream: Stream, context: ReadContext, source_state: SourceState) -> None:
        """Choose what to read.

        Args:
            stream: One that is read for each record of another stream.
            context: Shared by the run.
            source_state: Tells whether its tables may be relied on.
        """
        assert isinstance(stream.reads, EachOf), "streams of other ways have readers of their own"
        self.names = (stream.name,)
        self.lanes = {"lists": 4, "each": MOST_WINDOWS}
        self._stream = stream
        self._way = stream.reads
        self._root, self._read_table = stream.tables[0], stream.tables[-1]
        self._parent = context.streams[stream.reads.parent]
        self._context = context
        self._source_state = source_state
        self._due = Due(stream, context, source_state)
        self._extraction = self._due.now
        self._jobs: Jobs | None = None
        self._by_workspace = any(column.name == WORKSPACE for column in self._read_table.columns)
        self._listed_in: dict[str, str | None] = {}
        self._ours: set[str] | None = None
        self._known: Later[dict[str, _Asked]] = dict
        self._refused: list[_Refused] = []
        self._answers = False

    def plan(self) -> None:
        """Ask which records were asked about before, where it is due."""
        if self._extraction:
            ask_workspaces(self._parent, self._context, self._source_state)
            self._known = self._asked()

    def begin(self, jobs: Jobs) -> None:
        """Read the records that are asked about, where it is due."""
        self._jobs = jobs
        if self._extraction:
            spare_workspaces(self._context)
            if self._context.settings.include_private_calls:
                self._source_state.of(self._stream.name).raw.pop(WENT, None)
            jobs.submit("lists", self._list_job)

    def _list_job(self, emit: Emit) -> None:
        emit(_ParentsRead(by_key(self._parent, records_of(self._parent, self._context))))

    def handle(self, event: object, load_id: str) -> list[Shaped]:
        """Requests for the records that moved, or the rows of one."""
        if isinstance(event, _ParentsRead):
            return self._ask(event.parents)
        if isinstance(event, _Refused):
            self._refused.append(event)
            if not self._answers and len(self._refused) > ALWAYS:
                raise event.error
            return []
        assert isinstance(event, _EachRead), "a reader gets its own events"
        self._answers = True
        moved = f"{event.moved}{HIDES if event.hides else ''}"
        moved = "" if event.odd else moved  # what could not be loaded is asked for again by the next run
        note: dict[str, Sequence[Any]] = {"key": [event.key], "moved": [moved], "read_at": [event.read_at]}
        if self._by_workspace:
            note[WORKSPACE] = [self._listed_in.get(event.key)]
        return [*self._kept(event), shape(self._read_table, [{}], note)]

    def _kept(self, event: _EachRead) -> list[Shaped]:
        """Rows of a record; none where those that are there would lose one that may be what is odd."""
        if not event.odd:
            return event.parts
        store, there = self._source_state.store, self._source_state.columns(self._root.name)
        if event.parts and all(brings_all(part, event.key, self._context, store, there) for part in event.parts):
            return event.parts
        drop_private(self._root, event.key, self._context, self._source_state)
        return []

    def _ask(self, parents: dict[str, JsonDict]) -> list[Shaped]:
        """Submit what is to be asked; removals of what belongs to records that are gone."""
        assert self._jobs is not None, "begun before"
        known = self._known()
        self._answers = bool(known)
        self._listed_in = {key: parent.get(LISTED_IN) for key, parent in parents.items()}
        for key, parent in parents.items():
            asked, moved = known.get(key, _Asked()), self._moved(parent)
            if self._is_due(moved, asked) or not self._is_noted(asked):
                self._jobs.submit("each", self._job(key, moved))
        gone = [key for key, asked in known.items() if key not in parents and self._is_ours(key, asked)]
        if is_odd(self._parent, self._context):
            gone = []
        for key in {*gone, *self._context.rejected.selections(self._stream.name)} - parents.keys():
            self._context.rejected.was_read(self._stream.name, Place(key))
        return [removals(table, gone) for table in self._stream.tables] if gone else []

    def _is_due(self, moved: str, asked: _Asked) -> bool:
        """Whether a record is asked about, which was like that when it was last."""
        if asked.read_at is None or asked.moved not in (moved, f"{moved}{HIDES}"):
            return True
        again = HIDES_FOR if asked.moved != moved else self._way.again
        if self._stream.daily:  # what a run asked about and could not finish is not asked again; a day later it is
            again = self._due.refresh / 2
        return not self._context.now - again <= asked.read_at <= self._context.now

    def finish(self, load_id: str) -> list[Shaped]:
        """Nothing more to hand over; all was asked about.

        Raises:
            GongRequestError: An answer breaks Gong's own rules, or there was none but refusals, in this run and before.
            GongTooManyRejected: More was refused than may be set aside.
        """
        for each in self._refused:
            if isinstance(each.error, GongProtocolError) or not self._answers:
                raise each.error
        for each in self._refused:
            asked = {self._way.param or "id": each.key}
            self._context.rejected.add(self._stream, Place(each.key), asked, str(each.error), each.key)
        self._context.rejected.check(self._stream)
        if self._extraction:
            self._due.done(load_id)
        return []

    def _is_noted(self, asked: _Asked) -> bool:
        """Whether a record that was asked about is noted for a workspace of those that are read."""
        chosen = self._context.settings.workspace_ids if self._by_workspace else None
        return not chosen or asked.workspace in chosen

    def _is_ours(self, key: str, asked: _Asked) -> bool:
        """Whether a record would be listed if it were there: where some workspaces are chosen, others load the rest."""
        if asked.workspace is not None or self._is_noted(asked):
            return self._is_noted(asked)
        if self._ours is None:  # an older release noted no workspace: the records' own table tells
            store, chosen = self._source_state.store, self._context.workspaces()
            self._ours = set(known_at_all(store, self._parent, WORKSPACE, chosen)())
        return key in self._ours

    def _asked(self) -> Later[dict[str, _Asked]]:
        """Which records were asked about."""
        if not self._source_state.stands(self._stream):
            return dict
        columns = {"key": "text", "moved": "text", "read_at": "timestamp"}
        if WORKSPACE in self._source_state.columns(self._read_table.name):
            columns[WORKSPACE] = "text"
        rows = self._source_state.store.later(columns, f"{{{self._read_table.name}}} WHERE {COMPLETED}")
        return lambda: {
            key: _Asked(moved, None if read_at is None else parse_instant(read_at), *workspace)
            for key, moved, read_at, *workspace in rows()
        }

    def _moved(self, parent: JsonDict) -> str:
        told: Any = parent.get(self._way.moved) if self._way.moved else {**parent, LISTED_IN: None}
        content = orjson.dumps([told, self._context.question(self._stream)], option=orjson.OPT_SORT_KEYS)
        return hashlib.blake2b(content, digest_size=8).hexdigest()

    def _job(self, key: str, moved: str) -> Callable[[Emit], None]:
        def job(emit: Emit) -> None:
            read_at = self._context.clock()
            try:
                records, odd, hides = self._records(key)
            except (GongBadRequestError, GongNotFoundError, GongProtocolError) as error:
                emit(_Refused(key, error))
            else:
                emit(_EachRead(key, moved, read_at, self._rows(key, records, odd), odd, hides))

        return job

    def _records(self, key: str) -> tuple[list[tuple[int, JsonDict]], bool, bool]:
        """Runs in a reader's thread: what is loaded of a record, with its position.

        And whether some of it was odd, or kept out as it may be private.
        """
        told = f"{self._way.parent} {key}"
        endpoint = self._stream.endpoint
        pages = self._context.client.pages(endpoint, window=told, keep_others=True, **each_request(self._stream, key))
        listed = list({dumps(item): item for page in pages for item in page.items}.values())  # each once
        fault = lacking(self._root)
        self._context.rejected.sifted(self._stream, listed, Place(key), fault)
        records = [(at, item) for at, item in enumerate(listed) if isinstance(item, dict) and not fault(item)]
        odd = len(records) < len(listed)
        self._context.rejected.was_read(self._stream.name, Place(key))
        self._context.rejected.check(self._stream)
        if not self._way.of_calls or self._context.settings.include_private_calls:
            return records, odd, False
        ids = {as_text(record["id"]) for _, record in records if record.get("id")}
        kept_out = unshown(self._context, self._stream, ids)
        shown = [(position, record) for position, record in records if as_text(record.get("id")) not in kept_out]
        return shown, odd, len(shown) < len(records)

    def _rows(self, key: str, records: Sequence[tuple[int, JsonDict]], odd: bool) -> list[Shaped]:
        if not records and not odd:
            return [removals(self._root, [key])]
        computed: dict[str, Sequence[Any]] = {
            self._root.merge_key: [key] * len(records),
            "position": [position for position, _ in records],
        }
        return [shape(self._root, [record for _, record in records], computed)]


def each_request(stream: Stream, key: str) -> dict[str, Any]:
    """How a record of the parent is asked about.

    Args:
        stream: One that is read for each record of another stream.
        key: Of the record.
    """
    way = stream.reads
    assert isinstance(way, EachOf), "streams of other ways are not asked for by key"
    return {"params": {way.param: key}} if way.param else {"path": (key,)}
