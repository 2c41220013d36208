"""Tables in which runs write down what other runs go by."""

from __future__ import annotations

from collections.abc import Mapping

from gong_source.errors import GongDestinationError
from gong_source.warehouse import losses, masks, questions, suppression

_READ_ANEW = "Drop the table, and have everything read again: gong-source reset all."
_PUT_BACK = "Put the table back from a backup: without it everybody who was purged comes back."

NOTES = {
    suppression.TABLE: (suppression.COLUMNS, _PUT_BACK),
    **{each.TABLE: (each.COLUMNS, _READ_ANEW) for each in (losses, masks, questions)},
}
"""By table: its columns, and what to do where one is missing."""


def check_notes(columns: Mapping[str, Mapping[str, str]]) -> None:
    """See to it that what runs write down can be read: a table without one of its columns would count as empty.

    Args:
        columns: Of each table that is there, those of :data:`NOTES` among them.

    Raises:
        GongDestinationError: Somebody took a column away.
    """
    for table, (names, mend) in NOTES.items():
        for name in names:
            if table in columns and name not in columns[table]:
                told = f"The table {table}, in which runs keep notes, lacks the column {name}: somebody took it away."
                raise GongDestinationError(f"{told} {mend}")
