"""Streams that are whole lists: read at every run or once a day, their tables a copy of what was listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gong_source.api.endpoints import WORKSPACES, Endpoint
from gong_source.errors import GongBadRequestError, GongNotFoundError, GongProtocolError
from gong_source.streams.asked import records_asked_for
from gong_source.streams.context import ReadContext
from gong_source.streams.due import Due
from gong_source.streams.known import Known, changed_rows, known_at_all
from gong_source.streams.memory import Memory
from gong_source.streams.read_ahead import Emit
from gong_source.streams.reader import Jobs, Reader
from gong_source.streams.stream import Lists, Snapshot, Stream
from gong_source.tables.arrow import JsonDict, Shaped, as_text
from gong_source.tables.records import remove_records
from gong_source.warehouse.stored import workspaces_stored

WORKSPACE = "workspace_id"
"""Column of the workspace that a record was listed in."""

WORKSPACES_STREAM = "workspaces"


@dataclass(frozen=True)
class _ListRead:
    records: list[JsonDict]


class SnapshotReader(Reader):
    """Reads a list and hands over what changed in it, and removals of what is gone."""

    def __init__(self, stream: Stream, context: ReadContext, memory: Memory) -> None:
        """Choose what to read.

        Args:
            stream: One that is a whole list.
            context: Shared by the run.
            memory: When it was read before.
        """
        self.names = (stream.name,)
        self.lanes = {"lists": 4}
        self._stream = stream
        self._context = context
        self._memory = memory
        self._due = Due(stream, context, memory)

    def begin(self, jobs: Jobs) -> None:
        """Read the list, where it is due."""
        if self._due.now:
            spare_workspaces(self._stream, self._context, self._memory)
            jobs.submit("lists", self._job)

    def _job(self, emit: Emit) -> None:
        emit(_ListRead(records_of(self._stream, self._context)))

    def handle(self, event: object, load_id: str) -> list[Shaped]:
        """Rows of what changed since the list was loaded."""
        assert isinstance(event, _ListRead), "a reader gets its own events"
        reads = self._stream.reads
        assert isinstance(reads, Snapshot), "streams of other ways have readers of their own"
        records = by_key(self._stream, event.records)
        known = self._known(reads)
        own = {}
        if reads.each_workspace and any(column.name == WORKSPACE for column in self._stream.tables[0].columns):
            own = {WORKSPACE: {key: record.get(LISTED_IN) for key, record in records.items()}}
        told = {key: {k: v for k, v in record.items() if k != LISTED_IN} for key, record in records.items()}
        parts = changed_rows(told, known, self._stream, self._context.question(self._stream), **own)
        if not reads.keeps_gone:
            parts += remove_records(self._stream.tables, [key for key in known if key not in records])
        self._due.done(load_id)
        return parts

    def _known(self, reads: Snapshot) -> Known:
        """What is there; of the chosen workspaces alone, where others load the rest into the same tables."""
        if not self._memory.stands(self._stream):
            return {}
        chosen = self._context.settings.workspace_ids
        if reads.each_workspace and chosen:
            return known_at_all(self._memory.store, self._stream, WORKSPACE, chosen)
        return known_at_all(self._memory.store, self._stream)


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

    def read() -> list[JsonDict]:
        params = reads.params(context.settings)
        if reads.asks:
            return records_asked_for(stream, context, reads.asks(lists_of(context)))
        if not reads.each_workspace:
            return context.client.records(stream.endpoint, params=params)
        try:
            return of_each_workspace(params)
        except (GongNotFoundError, GongBadRequestError):
            if context.stored_workspaces is None:
                raise
            context.stored_workspaces = None  # one of them may be gone
            return of_each_workspace(params)

    def of_each_workspace(params: Mapping[str, str]) -> list[JsonDict]:
        found = []
        for workspace in workspace_ids(context):
            asked = {**params, **({"workspaceId": workspace} if workspace else {})}
            records = context.client.records(stream.endpoint, params=asked)
            found += [{**record, LISTED_IN: workspace} for record in records]
        return found

    return context.lists.get(_list_name(stream.endpoint, reads.params(context.settings)), read)


def _list_name(endpoint: Endpoint, params: Mapping[str, str]) -> str:
    """By which a list is kept for all that need it."""
    return f"{endpoint.name} {sorted(params.items())}"


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
    listed = context.lists.get(_list_name(WORKSPACES, {}), lambda: context.client.records(WORKSPACES))
    return [as_text(item["id"]) for item in listed if item.get("id")] or [None]


def spare_workspaces(stream: Stream, context: ReadContext, memory: Memory) -> None:
    """Take the workspaces from the destination while they are not due to be listed again.

    Args:
        stream: A list that is about to be read.
        context: Shared by the run.
        memory: When the workspaces were listed.
    """
    if isinstance(stream.reads, Snapshot) and stream.reads.each_workspace and WORKSPACES_STREAM in context.streams:
        workspaces = context.streams[WORKSPACES_STREAM]
        if context.stored_workspaces is None and not Due(workspaces, context, memory).now:
            context.stored_workspaces = sorted(workspaces_stored(memory.store))


def by_key(stream: Stream, records: list[JsonDict]) -> dict[str, JsonDict]:
    """One record of each key, the last: a walk that restarts brings some twice.

    Args:
        stream: Whose records they are.
        records: As Gong sent them.

    Raises:
        GongProtocolError: One has no key.
    """
    reads = stream.reads if isinstance(stream.reads, Snapshot) else Snapshot()
    unique: dict[str, JsonDict] = {}
    listed: Counter[Any] = Counter()
    for record in records:
        where = record.get(LISTED_IN)
        if record.get(reads.key) in (None, "") and reads.keyless:
            record = {**record, reads.key: f"{where}:{listed[where]}"}
        if record.get(reads.key) in (None, ""):
            raise GongProtocolError(f"a record came without {reads.key}", endpoint=stream.endpoint.name)
        unique[as_text(record[reads.key])] = record
        listed[where] += 1
    return unique
