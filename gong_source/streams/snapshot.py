"""Streams that are whole lists: read at every run or once a day, their tables a copy of what was listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gong_source.api.endpoints import Endpoint
from gong_source.errors import GongForbiddenError, GongRequestError
from gong_source.streams.all import WORKSPACES
from gong_source.streams.asked import records_asked_for
from gong_source.streams.context import ReadContext
from gong_source.streams.due import Due
from gong_source.streams.faults import keyed, no_fault
from gong_source.streams.known import Known, changed_rows, doubt_changed, known_at_all
from gong_source.streams.less import MORE
from gong_source.streams.read_ahead import Emit
from gong_source.streams.reader import Jobs, Reader
from gong_source.streams.refusals import lists_behind, tell_refusals
from gong_source.streams.set_aside import Place
from gong_source.streams.source_state import SourceState
from gong_source.streams.state import EVERYTHING
from gong_source.streams.stream import Lists, Snapshot, Stream
from gong_source.streams.workspaces import (
    REFUSALS,
    WORKSPACE,
    ask_workspaces,
    spare_workspaces,
    tell_appeared,
    tell_refused,
)
from gong_source.tables.arrow import JsonDict, Shaped, as_text
from gong_source.tables.records import remove_records
from gong_source.warehouse.together import Later


@dataclass(frozen=True)
class _ListRead:
    records: list[JsonDict]
    unwanted: list[str]


class SnapshotReader(Reader):
    """Reads a list and hands over what changed in it, and removals of what is gone."""

    def __init__(self, stream: Stream, context: ReadContext, source_state: SourceState) -> None:
        """Choose what to read.

        Args:
            stream: One that is a whole list.
            context: Shared by the run.
            source_state: When it was read before.
        """
        self.names = (stream.name,)
        self.lanes = {"lists": 4}
        self._stream = stream
        self._context = context
        self._source_state = source_state
        self._due = Due(stream, context, source_state)
        self._known: Later[Known] = dict
        there = bool(source_state.columns(stream.tables[0].name))  # whoever loaded them
        self._had_more = source_state.of(stream.name).raw.get(MORE, there)

    def plan(self) -> None:
        """Ask what is there, where the list is due."""
        if self._due.now:
            ask_workspaces(self._stream, self._context, self._source_state)
            self._known = self._asked()

    def begin(self, jobs: Jobs) -> None:
        """Read the list, where it is due."""
        if self._due.now:
            spare_workspaces(self._context)
            jobs.submit("lists", self._job)

    def _job(self, emit: Emit) -> None:
        records = records_of(self._stream, self._context)
        emit(_ListRead(records, _unwanted(self._stream, self._context, records) if self._had_more else []))

    def handle(self, event: object, load_id: str) -> list[Shaped]:
        """Rows of what changed since the list was loaded."""
        assert isinstance(event, _ListRead), "a reader gets its own events"
        reads = self._stream.reads
        assert isinstance(reads, Snapshot), "streams of other ways have readers of their own"
        records = by_key(self._stream, event.records)
        known = self._known()
        tell_appeared(self._stream, self._context, self._source_state, known, records)
        own = {}
        if reads.each_workspace and any(column.name == WORKSPACE for column in self._stream.tables[0].columns):
            own = {WORKSPACE: {key: record.get(LISTED_IN) for key, record in records.items()}}
        told = {key: {k: v for k, v in record.items() if k != LISTED_IN} for key, record in records.items()}
        parts = changed_rows(told, known, self._stream, self._context.question(self._stream), **own)
        tell_refusals(self._stream, self._context, self._source_state.of(self._stream.name).raw)
        if not reads.keeps_gone and not is_odd(self._stream, self._context):
            parts += remove_records(self._stream.tables, self._gone(known, records))
        doubt_changed(self._source_state.store, self._stream, parts, known)
        self._keep_wanted(event.unwanted, reads)
        self._due.done(load_id)
        return parts

    def _gone(self, known: Known, records: Mapping[str, JsonDict]) -> list[str]:
        """Keys of what is listed no more; of whom nobody asked about, nothing tells that it is gone."""
        gone = [key for key in known if key not in records]
        root, reads, store = self._stream.tables[0], self._stream.reads, self._source_state.store
        if not (gone and isinstance(reads, Snapshot) and reads.owner in self._source_state.columns(root.name)):
            return gone
        rows = store.rows(f"SELECT {root.primary_key[0]}, {reads.owner} FROM {{{root.name}}}")
        asked = self._context.answers.get(self._stream.name, {})
        unasked = {key for key, owner in rows if owner is not None and owner not in asked}
        return [key for key in gone if key not in unasked]

    def _keep_wanted(self, unwanted: list[str], reads: Snapshot) -> None:
        """What is not asked for any more goes at once, earlier versions among it."""
        for table in self._stream.tables if unwanted else ():
            sql = f"DELETE FROM {{{table.name}}} WHERE {table.record_key} IN ({{keys}})"
            self._source_state.store.execute(sql, keys=unwanted)
        if reads.more:
            self._source_state.of(self._stream.name).raw[MORE] = reads.asks_more(self._context.settings)

    def _asked(self) -> Later[Known]:
        """What is there; of the chosen workspaces alone, where others load the rest into the same tables."""
        if not self._source_state.stands(self._stream):
            return dict
        reads, chosen = self._stream.reads, self._context.settings.workspace_ids
        if isinstance(reads, Snapshot) and reads.each_workspace and chosen:
            return known_at_all(self._source_state.store, self._stream, WORKSPACE, chosen)
        return known_at_all(self._source_state.store, self._stream)


LISTED_IN = "\0workspace"
"""Where a record tells which workspace it was listed in; no name that Gong could use."""


def records_of(stream: Stream, context: ReadContext) -> list[JsonDict]:
    """All records of a stream that is a whole list; read once in a run, whoever needs it, and whatever it is for.

    Args:
        stream: Such a stream.
        context: Shared by the run.

    Raises:
        GongRequestError: It could not be read to its end.
    """
    reads = stream.reads
    assert isinstance(reads, Snapshot), "only a list has all its records"
    owner = _owner(stream, context)

    def read() -> list[JsonDict]:
        params = reads.params(context.settings)
        if reads.asks:
            return sifted({None: records_asked_for(stream, context, reads.asks(lists_of(context)))})
        if not reads.each_workspace:
            return sifted({None: listed(params)})
        found, refused = of_each_workspace(params)
        unknown = any(not isinstance(error, GongForbiddenError) for error in refused.values())
        if unknown and context.stored_workspaces is not None:
            context.stored_workspaces = None  # one of them may be gone
            found, refused = of_each_workspace(params)
        tell_refused(owner, context, refused, some=bool(found))
        return sifted(found, whole=not refused)

    def of_each_workspace(params: Mapping[str, str]) -> tuple[dict[str | None, list[Any]], dict[str, GongRequestError]]:
        found: dict[str | None, list[Any]] = {}
        refused: dict[str, GongRequestError] = {}
        for each in workspace_ids(context):
            try:
                found[each] = listed({**params, **({"workspaceId": each} if each else {})})
            except REFUSALS as error:
                refused[each or EVERYTHING] = error
        return found, refused

    def listed(params: Mapping[str, str]) -> list[Any]:
        pages = context.client.pages(stream.endpoint, params=params, keep_others=True)
        return [item for page in pages for item in page.items]

    def sifted(found: Mapping[str | None, list[Any]], whole: bool = True) -> list[JsonDict]:
        records: list[JsonDict] = []
        fault = no_fault if reads.keyless else keyed(reads.key, stream.tables[0])
        for workspace, items in found.items():
            place = Place(workspace or EVERYTHING)
            fit = context.rejected.sifted(owner, items, place, fault, reads.key)
            records += [{**record, LISTED_IN: workspace} for record in fit] if reads.each_workspace else fit
            context.rejected.was_read(owner.name, place)
        if whole and not (reads.each_workspace and context.settings.workspace_ids):
            context.rejected.was_read(owner.name, Place())  # what belongs to workspaces that are gone
        context.rejected.check(owner)
        return records

    return context.lists.get(_list_name(stream.endpoint, reads.asks_more(context.settings)), read)


def _unwanted(stream: Stream, context: ReadContext, records: list[JsonDict]) -> list[str]:
    """Keys of further records that are asked for no longer, given the others; for once, all are listed."""
    reads = stream.reads
    assert isinstance(reads, Snapshot), "only a list has further records"
    if reads.more is None or reads.asks_more(context.settings):
        return []
    params = dict([reads.more.param])

    def read() -> list[JsonDict]:
        return [record for page in context.client.pages(stream.endpoint, params=params) for record in page.records]

    wanted = {as_text(record[reads.key]) for record in records}
    listed = context.lists.get(_list_name(stream.endpoint, True), read)
    return sorted({as_text(record[reads.key]) for record in listed if record.get(reads.key)} - wanted)


def is_odd(stream: Stream, context: ReadContext) -> bool:
    """Whether a record of a list was set aside in this run: it may be what is missing, so that nothing counts as gone.

    Nor does what is asked about each record of such a list.

    Args:
        stream: The list, or what is asked about its records.
        context: Shared by the run.
    """
    return any(context.rejected.counts[each.name] for each in lists_behind(stream, context))


def _owner(stream: Stream, context: ReadContext) -> Stream:
    """The first of the streams that are made of one list: what is set aside of it is told of once."""
    same = (s for s in context.streams if isinstance(s.reads, Snapshot) and s.endpoint is stream.endpoint)
    return next(same, stream)


def _list_name(endpoint: Endpoint, with_more: bool) -> str:
    """By which a list is kept for all that need it."""
    return f"{endpoint.name} {with_more}"


def lists_of(context: ReadContext) -> Lists:
    """The lists that a stream may need besides, each read once in a run.

    Args:
        context: Shared by the run.
    """
    return lambda name: records_of(context.streams[name], context)


def workspace_ids(context: ReadContext) -> list[str | None]:
    """The workspaces to list one by one, as a company with several refuses to list them together; None for all.

    Args:
        context: Shared by the run.
    """
    if chosen := context.settings.workspace_ids or context.stored_workspaces:
        return list(chosen)
    return [as_text(item["id"]) for item in workspaces_of(context)] or [None]


def workspaces_of(context: ReadContext) -> list[JsonDict]:
    """The workspaces as Gong lists them; read once in a run.

    Args:
        context: Shared by the run.

    Raises:
        GongRequestError: They could not be read.
    """
    return records_of(WORKSPACES, context)


def by_key(stream: Stream, records: list[JsonDict]) -> dict[str, JsonDict]:
    """One record of each key, the last: a walk that restarts brings some twice.

    Args:
        stream: Whose records they are.
        records: As :func:`records_of` gives them.
    """
    reads = stream.reads if isinstance(stream.reads, Snapshot) else Snapshot()
    unique: dict[str, JsonDict] = {}
    listed: Counter[Any] = Counter()
    for record in records:
        where = record.get(LISTED_IN)
        if record.get(reads.key) in (None, "") and reads.keyless:
            record = {**record, reads.key: f"{where}:{listed[where]}"}
        unique[as_text(record[reads.key])] = record
        listed[where] += 1
    return unique
