"""Values as literals of a destination's SQL: parameters differ too much between drivers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime

from dlt.common.data_writers.escape import (
    escape_duckdb_literal,
    escape_postgres_literal,
    escape_redshift_literal,
    escape_snowflake_literal,
    format_datetime_literal,
)
from dlt.common.destination import DestinationCapabilitiesContext

from gong_source.ranges import UTC
from gong_source.warehouse.nul import INSTEAD, NUL

Value = str | int | datetime | Collection[str]
"""What a query can be given; several texts become the list of an ``IN``."""

AT_ONCE = 500
"""Values in one IN list."""


def batches(values: dict[str, Value]) -> Iterator[dict[str, Value]]:
    """The values of a query as they are, or once for each part of the collection among them.

    Args:
        values: By name, at most one of them a collection.
    """
    several = {name: list(value) for name, value in values.items() if not isinstance(value, (str, int, datetime))}
    if not several:
        yield values
        return
    ((name, texts),) = several.items()
    for start in range(0, len(texts), AT_ONCE):
        yield {**values, name: texts[start : start + AT_ONCE]}


def literal(capabilities: DestinationCapabilitiesContext, value: Value) -> str:
    """A value as SQL.

    Args:
        capabilities: Of the destination, as dlt's SQL client has them.
        value: Text, a number, an instant with a time zone, or texts for an ``IN``.
    """
    if isinstance(value, str):
        return text_literal(capabilities, value)
    if isinstance(value, datetime):
        return time_literal(capabilities, value)
    if isinstance(value, int):
        return str(value)
    return ", ".join(text_literal(capabilities, each) for each in value)


def time_literal(capabilities: DestinationCapabilitiesContext, instant: datetime) -> str:
    """An instant as a SQL literal that means the same in every session.

    Snowflake drops the offset of ``TIMESTAMP '...'`` and takes the rest for the session's own time zone; the plain text
    that dlt writes for it becomes the column's type, offset included.

    Args:
        capabilities: Of the destination, as dlt's SQL client has them.
        instant: Timezone-aware.
    """
    own: Callable[..., str] | None = capabilities.format_datetime_literal  # none where dlt's general form serves
    return str((own or format_datetime_literal)(instant.astimezone(UTC), 6, False))


def text_literal(capabilities: DestinationCapabilitiesContext, value: str) -> str:
    """Text as a SQL literal; dlt's capabilities name no way to write one for Snowflake.

    Args:
        capabilities: Of the destination, as dlt's SQL client has them.
        value: Any text.
    """
    own: Callable[..., str] | None = capabilities.escape_literal
    if own is escape_duckdb_literal and NUL in value:  # which it leaves out, as no SQL text may hold it
        return f"({' || chr(0) || '.join(map(own, value.split(NUL)))})"
    if own in (escape_postgres_literal, escape_redshift_literal):
        value = value.replace(NUL, INSTEAD)  # as rows have it there
    return str((own or escape_snowflake_literal)(value))
