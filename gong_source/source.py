"""The dlt source over the table of streams: a resource for each. Nothing is sent while it is built."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import dlt
from dlt.common.configuration import configspec
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.configuration.specs.config_section_context import ConfigSectionContext
from dlt.common.schema import Schema
from dlt.common.typing import TAnyDateTime
from dlt.extract import DltResource, DltSource

from gong_source.api import GongClient
from gong_source.config import SECTIONS, GongCredentials, load_settings
from gong_source.errors import GongConfigError
from gong_source.ranges import parse_instant
from gong_source.streams.all import STREAMS
from gong_source.streams.columns import column_notices
from gong_source.streams.context import ReadContext
from gong_source.streams.extraction import Extraction
from gong_source.streams.packages import Packages
from gong_source.streams.resource import SECTION, StreamResource
from gong_source.streams.stream import Stream
from gong_source.streams.table import StreamTable
from gong_source.warehouse.store import SCHEMA


@configspec
class _Nothing(BaseConfiguration):
    """What dlt fills in of the arguments below: the settings are a class of their own, resolved as a whole."""


@dlt.source(name=SCHEMA, section=SECTION, max_table_nesting=0, spec=_Nothing)
def gong_source(
    start_date: TAnyDateTime | None = None,
    end_date: TAnyDateTime | None = None,
    *,
    credentials: GongCredentials | dict[str, Any] | None = None,
    streams: Iterable[Stream] = STREAMS,
    **settings: Any,
) -> Iterable[DltResource]:
    """Everything a company records in Gong, incrementally.

    What is not given comes from dlt's configuration under ``[sources.gong]``. A range that a scheduler gives dlt
    (``DLT_INTERVAL_START``, ``DLT_INTERVAL_END``) is the run's range where none is given here, with what is not settled
    within the look-back before it.

    Args:
        start_date: Start of the range, inclusive; midnight UTC where it is a date.
        end_date: End of the range, exclusive; five minutes ago where none is given.
        credentials: A :class:`~gong_source.config.GongCredentials` or a dict of its fields.
        streams: Streams to offer, in place of all that the product knows.
        **settings: Further fields of :class:`~gong_source.config.GongSettings`.

    Returns:
        A source to run, with ``.with_resources("calls", ...)`` to choose from it.

    Raises:
        GongConfigError: A setting is missing or not allowed.
    """
    sections = tuple(dict.fromkeys(Container()[ConfigSectionContext].sections or SECTIONS))  # others where it is cloned
    given = {"credentials": credentials, "streams": streams, "sections": sections, **settings}
    return _resources(make_context(start_date, end_date, **given), None)


def make_context(
    start_date: TAnyDateTime | None,
    end_date: TAnyDateTime | None,
    *,
    clock: Callable[[], datetime] | None = None,
    streams: Iterable[Stream] = STREAMS,
    pipeline_name: str | None = None,
    sections: tuple[str, ...] = SECTIONS,
    **settings: Any,
) -> ReadContext:
    """Resolve settings and range, and prepare a client.

    Args:
        start_date: As in :func:`gong_source`.
        end_date: As in :func:`gong_source`.
        clock: The current time; the real one where None.
        streams: As in :func:`gong_source`.
        pipeline_name: Of the pipeline whose own section of the configuration comes first.
        sections: Where the settings stand in the configuration.
        **settings: Further fields of :class:`~gong_source.config.GongSettings`.

    Raises:
        GongConfigError: A setting is missing or not allowed, or the range ends before it starts.
    """
    if start_date == "":  # in the configuration that means none; whoever gives one means a date
        raise GongConfigError("The start date is not a date or time in ISO 8601: ''.")
    scheduled = _interval() if start_date is None and end_date is None else None
    if scheduled:
        start_date, end_date = scheduled
    resolved = load_settings(start_date=start_date, pipeline_name=pipeline_name, sections=sections, **settings)
    try:
        end = None if end_date is None else parse_instant(end_date)
    except ValueError as error:
        raise GongConfigError(f"The end date is not a date or time in ISO 8601: {end_date!r}.") from error
    if end is not None and resolved.start_date is not None and end < resolved.start_date:
        raise GongConfigError(f"The range ends before it starts: {resolved.start_date} > {end}.")
    known = StreamTable(streams)
    notices = column_notices(resolved, known)
    context = ReadContext(resolved, GongClient(resolved), known, end, notices=notices, looks_back=bool(scheduled))
    if clock:
        context.clock = clock
    return context


def _interval() -> tuple[TAnyDateTime, TAnyDateTime] | None:
    """The range that a scheduler gives, if there is one."""
    try:
        return dlt.current.interval()
    except ValueError as error:
        raise GongConfigError(
            "The scheduler's interval can't be read: DLT_INTERVAL_START and DLT_INTERVAL_END are times in ISO 8601."
        ) from error


def build_source(context: ReadContext, extraction: Extraction | None = None) -> DltSource:
    """The source over a context; a run of several packages hands over what it reads.

    Args:
        context: Settings, client and range.
        extraction: What is read, to be continued package by package; of its own where None.
    """
    source = DltSource(Schema(SCHEMA), SECTION, _resources(context, extraction))
    source.max_table_nesting = 0
    return source


def _resources(context: ReadContext, extraction: Extraction | None) -> list[DltResource]:
    rows = Packages(context, extraction).rows
    return [StreamResource.of(stream, rows) for stream in context.streams]
