"""The dlt source: which resources there are. Nothing is sent while it is built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import dlt
from dlt.common.typing import TAnyDateTime
from dlt.extract import DltResource, DltSource

from gong_source.api import GongClient
from gong_source.config import GongCredentials, load_settings
from gong_source.errors import GongConfigError
from gong_source.ranges import parse_instant
from gong_source.streams.context import ReadContext
from gong_source.streams.emitter import Emitter
from gong_source.streams.feed import Batch
from gong_source.streams.feeds import PARENTS, Feeds
from gong_source.streams.library import library_batches
from gong_source.streams.snapshots import read_users, read_workspaces, snapshot_batches
from gong_source.tables import OFF_BY_DEFAULT, USERS, WORKSPACES

Reader = Callable[[set[str]], Iterator[Batch]]


def gong_source(
    start_date: TAnyDateTime | None = None,
    end_date: TAnyDateTime | None = None,
    *,
    credentials: GongCredentials | dict[str, Any] | None = None,
    **settings: Any,
) -> DltSource:
    """Everything a company records in Gong, incrementally.

    What is not given comes from dlt's configuration under ``[sources.gong]``. A range that a scheduler gives dlt
    (``DLT_INTERVAL_START``, ``DLT_INTERVAL_END``) is the run's range where none is given here.

    Args:
        start_date: Start of the range, inclusive; midnight UTC where it is a date.
        end_date: End of the range, exclusive; five minutes ago where none is given.
        credentials: A :class:`~gong_source.config.GongCredentials` or a dict of its fields.
        **settings: Further fields of :class:`~gong_source.config.GongSettings`.

    Returns:
        A source to run, with ``.with_resources("calls", ...)`` to choose from it.

    Raises:
        GongConfigError: A setting is missing or not allowed.
    """
    return build_source(make_context(start_date, end_date, credentials=credentials, **settings))


def make_context(
    start_date: TAnyDateTime | None,
    end_date: TAnyDateTime | None,
    *,
    clock: Callable[[], datetime] | None = None,
    **settings: Any,
) -> ReadContext:
    """Resolve settings and range, and prepare a client.

    Args:
        start_date: As in :func:`gong_source`.
        end_date: As in :func:`gong_source`.
        clock: The current time; the real one where None.
        **settings: Further fields of :class:`~gong_source.config.GongSettings`.

    Raises:
        GongConfigError: A setting is missing or not allowed, or the range ends before it starts.
    """
    if start_date is None and end_date is None and (interval := dlt.current.interval()):
        start_date, end_date = interval
    resolved = load_settings(start_date=start_date, **settings)
    try:
        end = None if end_date is None else parse_instant(end_date)
    except ValueError as error:
        raise GongConfigError(f"The end date is not a date or time in ISO 8601: {end_date!r}.") from error
    if end is not None and resolved.start_date is not None and end < resolved.start_date:
        raise GongConfigError(f"The range ends before it starts: {resolved.start_date} > {end}.")
    context = ReadContext(resolved, GongClient(resolved), end)
    if clock:
        context.clock = clock
    return context


def build_source(context: ReadContext, feeds: Feeds | None = None) -> DltSource:
    """The source over a context; a run of several packages hands over its feeds.

    Args:
        context: Settings, client and range.
        feeds: Feeds to continue; of its own where None.
    """

    def own_feeds() -> Feeds:
        return feeds if feeds is not None else Feeds(context)

    readers: dict[str, Reader] = {
        "call_pages": lambda selected: own_feeds().calls(selected),
        "log_pages": lambda _: own_feeds().logs(),
        "library_listing": lambda selected: library_batches(context, selected),
        "user_pages": lambda _: snapshot_batches(context, USERS, read_users),
        "workspace_list": lambda _: snapshot_batches(context, WORKSPACES, read_workspaces),
    }
    return source_of(context, {name: (resources, readers[name]) for name, resources in PARENTS.items()})


def source_of(context: ReadContext, parents: Mapping[str, tuple[Iterable[str], Reader]]) -> DltSource:
    """A source whose resources load from what some readers hand over.

    Args:
        context: Counts the rows.
        parents: By name of what is read: the resources that load from it, and a function that reads it, given the
            names of the selected resources.
    """
    return _gong(context, parents)


@dlt.source(name="gong", section="gong", max_table_nesting=0)
def _gong(context: ReadContext, parents: Mapping[str, tuple[Iterable[str], Reader]]) -> Iterable[DltResource]:
    """Calls, transcripts, users, logs, library and workspaces of one Gong tenant."""
    for parent_name, (names, reader) in parents.items():
        parent = _parent(parent_name, reader, context)
        for name in names:
            yield _table_resource(name, parent, context)


def _parent(name: str, read: Reader, context: ReadContext) -> DltResource:
    def batches() -> Iterator[Batch]:
        for batch in read(set(dlt.current.source().resources.selected)):
            yield Batch(context.without_people(batch.parts))

    return dlt.resource(batches, name=name, selected=False)


def _table_resource(name: str, parent: DltResource, context: ReadContext) -> DltResource:
    emitter = Emitter(name, context)

    def rows(batch: Batch) -> Iterator[Any]:
        yield from emitter(batch.parts)

    return dlt.transformer(rows, data_from=parent, name=name, selected=name not in OFF_BY_DEFAULT)
