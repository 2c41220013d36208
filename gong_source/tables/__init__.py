"""Every table and column that users see, as data: types, keys, where each value stands in Gong's answer.

Field names and meanings are from Gong's specification; ``docs/tables.md`` is generated from here. Which stream fills
which table stands in ``gong_source/streams/all.py``.
"""

from __future__ import annotations

from gong_source.tables import activity, calls, definitions, engage, history, media, others, permissions, scorecards
from gong_source.tables.calls import CALL_LISTS, CALLS, CALLS_BASIC, CONTEXT, CONTEXT_OBJECTS
from gong_source.tables.model import CONTENT_HASH, LOAD_ID, REMOVED, Column, DataType, Personal, Table
from gong_source.tables.others import (
    CALL_DELETIONS,
    LIBRARY_FOLDER_CALLS,
    LIBRARY_FOLDERS,
    LOGS,
    TRANSCRIPT_SENTENCES,
    TRANSCRIPTS,
    USERS,
    WORKSPACES,
)

__all__ = [
    "CALLS",
    "CALLS_BASIC",
    "CALL_CARRIERS",
    "CALL_DELETIONS",
    "CALL_LISTS",
    "CONTENT_HASH",
    "CONTEXT",
    "CONTEXT_OBJECTS",
    "LIBRARY_FOLDERS",
    "LIBRARY_FOLDER_CALLS",
    "LOAD_ID",
    "LOGS",
    "REMOVED",
    "TABLES",
    "TRANSCRIPTS",
    "TRANSCRIPT_SENTENCES",
    "USERS",
    "WORKSPACES",
    "Column",
    "DataType",
    "Personal",
    "Table",
]

TABLES: tuple[Table, ...] = tuple(
    value
    for module in (calls, media, others, scorecards, definitions, permissions, activity, history, engage)
    for value in vars(module).values()
    if type(value) is Table
)
"""Every table that the product loads."""

CALL_CARRIERS: dict[str, str] = {
    table.name: table.call_column for table in TABLES if table.call_column and table is not CALL_DELETIONS
}
"""Every table that carries something of a call, with the column that names the call; the record of deletions stays."""
