"""Every table and column that users see, as data: types, keys, where each value stands in Gong's answer.

Field names and meanings are from Gong's specification; ``docs/tables.md`` is generated from here.
"""

from __future__ import annotations

from gong_source.tables.calls import CALL_LISTS, CALLS, CALLS_BASIC, CONTEXT, CONTEXT_OBJECTS
from gong_source.tables.model import LOAD_ID, REMOVED, Column, DataType, Personal, Table
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
    "CONTEXT",
    "CONTEXT_OBJECTS",
    "LIBRARY_FOLDERS",
    "LIBRARY_FOLDER_CALLS",
    "LOAD_ID",
    "LOGS",
    "OFF_BY_DEFAULT",
    "RECONCILE_TABLES",
    "REMOVED",
    "RESOURCE_TABLES",
    "TRANSCRIPTS",
    "TRANSCRIPT_SENTENCES",
    "USERS",
    "WORKSPACES",
    "Column",
    "DataType",
    "Personal",
    "Table",
]

RESOURCE_TABLES: dict[str, tuple[Table, ...]] = {
    "calls": (CALLS, *CALL_LISTS, CONTEXT_OBJECTS),
    "calls_basic": (CALLS_BASIC,),
    "transcripts": (TRANSCRIPTS, TRANSCRIPT_SENTENCES),
    "users": (USERS,),
    "logs": (LOGS,),
    "library_folders": (LIBRARY_FOLDERS,),
    "library_folder_calls": (LIBRARY_FOLDER_CALLS,),
    "workspaces": (WORKSPACES,),
}
"""Which tables each resource of the source fills."""

RECONCILE_TABLES: dict[str, tuple[Table, ...]] = {"call_deletions": (CALL_DELETIONS,)}
"""Tables that only a reconcile fills."""

CALL_CARRIERS: dict[str, str] = {
    table.name: table.call_column for tables in RESOURCE_TABLES.values() for table in tables if table.call_column
}
"""Every table that carries something of a call, with the column that names the call."""

OFF_BY_DEFAULT = frozenset({"calls_basic"})
