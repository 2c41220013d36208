"""What a table and a column are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DataType = Literal["text", "timestamp", "bigint", "double", "bool", "json"]
Disposition = Literal["merge", "replace"]

REMOVED = "_removed"
LOAD_ID = "_dlt_load_id"


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: Name in the destination.
        type: dlt's data type.
        path: Dotted place of the value in Gong's object; empty where the source computes it.
        doc: What it holds, with its unit.
        required: Never null.
    """

    name: str
    type: DataType
    path: str = ""
    doc: str = ""
    required: bool = False


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        name: Name in the destination.
        row: What one row is.
        columns: All documented columns, in order.
        primary_key: Columns that identify a row and by which a new version replaces it.
        merge_key: Column whose rows are replaced together, where lists may shrink.
        disposition: ``replace`` for exact copies, else ``merge``.
        part: The part of a call that fills the table (see ``call_parts``); empty where it is not a part.
        path: Dotted place of the list in a call; empty for tables of their own.
        ignored: Paths inside an object that other tables take.
        key: The key as documentation tells it.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    merge_key: str = ""
    disposition: Disposition = "merge"
    part: str = ""
    path: str = ""
    ignored: tuple[str, ...] = ()
    key: str = ""


def text(name: str, path: str = "", doc: str = "", required: bool = False) -> Column:
    """A text column; ids are always text, as they exceed what a double holds."""
    return Column(name, "text", path, doc, required)


def removed() -> Column:
    """The column that marks a row for removal: dlt deletes the key's rows and does not insert this one."""
    return Column(REMOVED, "bool", doc="Always NULL in the destination: how a removal travels there.")


def load_id() -> Column:
    """The column that tells which load package brought a row."""
    return Column(LOAD_ID, "text", doc="dlt's load package that brought the row; joins `_dlt_loads`.", required=True)
