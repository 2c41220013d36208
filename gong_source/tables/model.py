"""What a table and a column are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

DataType = Literal["text", "timestamp", "bigint", "double", "bool", "json"]
Disposition = Literal["merge", "scd2", "replace"]
Personal = Literal["", "email", "phone", "name", "address", "text", "json", "user"]
"""What a column tells of a person: an e-mail address or a list of them; a phone number; a name; where to find them, as
their own meeting room; words about or by them; an object with any of these inside, or a text that another system
filled and that may be one; or which user the row's other personal columns speak of."""

Needed = Literal["", "time", "private", "workspace", "call", "deleted", "whole", "read"]
NEEDED: dict[Needed, str] = {
    "time": "runs find the rows of a range by it",
    "private": "private calls are known by it where they are not wanted",
    "workspace": "the rows of chosen workspaces are found by it",
    "call": "rows leave with their call by it",
    "deleted": "a reconcile marks deleted calls in it",
    "whole": "it tells whether a transcript is there as a whole",
    "read": "it tells what need not be asked for again",
}
"""What the product's own statements ask a column for, though it may be NULL."""

REMOVED = "_removed"
LOAD_ID = "_dlt_load_id"
CONTENT_HASH = "_content_hash"
VALID_FROM, VALID_TO = "_dlt_valid_from", "_dlt_valid_to"
"""dlt's names for the time that a version of a record was seen."""


JOINS = re.compile(r"[Jj]oins `(\w+)\.(\w+)`")
"""How a column's documentation names what it refers to."""


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: Name in the destination.
        type: dlt's data type.
        path: Dotted place of the value in Gong's object; empty where the source computes it.
        doc: What it holds, with its unit.
        required: Never null.
        personal: What it tells of a person: what a purge looks for and blanks, and what ``pii`` masks.
        needed: What the product itself asks it for; it is no part of what hashes tell records apart by.
    """

    name: str
    type: DataType
    path: str = ""
    doc: str = ""
    required: bool = False
    personal: Personal = ""
    needed: Needed = field(default="", repr=False)

    @property
    def indispensable(self) -> str:
        """Why it is always loaded, in words; empty where it may be left out."""
        if self.name.startswith("_"):
            return "the table is kept by it"
        return "it is never NULL, as keys and joins need it" if self.required else NEEDED.get(self.needed, "")

    @property
    def references(self) -> tuple[str, str] | None:
        """Table and column that it refers to; None where it refers to nothing."""
        found = JOINS.search(self.doc)
        return (found[1], found[2]) if found else None


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        name: Name in the destination.
        row: What one row is.
        columns: All documented columns, in order.
        primary_key: Columns that identify a row and by which a new version replaces it.
        merge_key: Column whose rows are replaced together, where lists may shrink.
        disposition: ``replace`` for exact copies; ``scd2`` where every version of a record is kept; else ``merge``.
        part: The part of a call that fills the table (see ``call_parts``); empty where it is not a part.
        path: Dotted place of the list in a call; empty for tables of their own.
        ignored: Paths inside an object that other tables take.
        key: The key as documentation tells it.
        file: Column with the path or URL of the file that a row is about; it goes with the row.
        purged: What a purge does with the rows of its person: blank their personal columns, or delete them.
        authors: Columns of the record that a list is of which tell whose words may stand in its items.
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
    file: str = ""
    purged: Literal["blank", "delete"] = "blank"
    authors: tuple[str, ...] = ()

    @property
    def record_key(self) -> str:
        """Column that tells which record a row belongs to."""
        return self.merge_key or self.primary_key[0]

    @property
    def call_column(self) -> str:
        """The column that names the call a row belongs to; empty where rows belong to none."""
        return next((c.name for c in self.columns if c.name == "call_id" or c.path == "metaData.id"), "")

    def personal(self, *kinds: Personal) -> tuple[Column, ...]:
        """Columns that tell something of a person.

        Args:
            *kinds: Only columns of these kinds; of any where none is given.
        """
        return tuple(c for c in self.columns if c.personal and (not kinds or c.personal in kinds))


def text(
    name: str, path: str = "", doc: str = "", required: bool = False, personal: Personal = "", needed: Needed = ""
) -> Column:
    """A text column; ids are always text, as they exceed what a double holds."""
    return Column(name, "text", path, doc, required, personal, needed)


def removed() -> Column:
    """The column that marks a row for removal: dlt deletes the key's rows and does not insert this one."""
    return Column(REMOVED, "bool", doc="Always NULL in the destination: how a removal travels there.")


def load_id() -> Column:
    """The column that tells which load package brought a row."""
    return Column(LOAD_ID, "text", doc="dlt's load package that brought the row; joins `_dlt_loads`.", required=True)


def content_hash() -> Column:
    """The column that tells whether a record is as it was loaded, so that what did not change is not sent again."""
    return Column(
        CONTENT_HASH, "bigint", doc="Hash of what Gong told, for later runs to compare; NULL where none will come."
    )


def validity() -> tuple[Column, Column]:
    """The columns that tell from when to when a version of a record was the present one; dlt fills them."""
    return (
        Column(VALID_FROM, "timestamp", doc="When the version was first loaded."),
        Column(VALID_TO, "timestamp", doc="When the next version was loaded; NULL for the present one."),
    )


def list_table(
    name: str,
    row: str,
    parent: Column,
    path: str,
    *columns: Column,
    part: str = "",
    ignored: tuple[str, ...] = (),
    authors: tuple[str, ...] = (),
    items_of: str = "",
) -> Table:
    """A table of the items of a list: replaced as a whole with its parent's row.

    Args:
        name: Name in the destination.
        row: What one row is.
        parent: The column that carries the parent's key.
        path: Dotted place of the list in the parent's record.
        *columns: Columns of an item.
        part: The part of a call that fills it, if it is one.
        ignored: Paths inside an item that other tables take.
        authors: Columns of the parent's row that tell whose words may stand in an item.
        items_of: The table in each of whose items such a list stands; empty where the record has one alone.
    """
    where = f", in `{items_of}`" if items_of else ""
    own = (
        parent,
        *columns,
        removed(),
        text("_dlt_parent_id", doc=f"dlt's key of the parent row{where}."),
        Column("_dlt_list_idx", "bigint", doc="Position in Gong's list, from 0."),
        text("_dlt_id", doc="dlt's key of the row; stays the same when the row is loaded again.", required=True),
    )
    return Table(
        name,
        row,
        own,
        primary_key=(parent.name, "_dlt_id"),  # a file staged twice after a crash must not double its rows
        merge_key=parent.name,
        part=part,
        path=path,
        ignored=ignored,
        key=f"`{'_dlt_parent_id' if items_of else parent.name}` + `_dlt_list_idx`",
        authors=authors,
    )
