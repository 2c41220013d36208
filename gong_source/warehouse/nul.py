"""U+FFFD in place of the character NUL, where the texts and the JSON of a destination can't hold it."""

from __future__ import annotations

import re
from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

NUL, INSTEAD = "\0", "\ufffd"

WITHOUT = frozenset({"postgres", "redshift"})
"""Types of destinations whose texts can't hold it."""

_ESCAPE = re.compile(r"\\(u0000|.)")
"""What a backslash begins in JSON: one that is escaped itself begins nothing."""


def without_nul(destination_type: str, rows: pa.Table, json: Collection[str]) -> pa.Table:
    """Rows as a destination can hold them.

    Args:
        destination_type: Its type, such as ``postgres``.
        rows: Of any table.
        json: Columns whose texts are loaded as JSON, in which the character is escaped.
    """
    if destination_type not in WITHOUT:
        return rows
    for index, field in enumerate(rows.schema):
        mark = r"\u0000" if field.name in json else NUL
        if pa.types.is_string(field.type) and pc.any(pc.match_substring(rows[field.name], mark)).as_py():
            texts = [_replaced(text, field.name in json) for text in rows[field.name].to_pylist()]
            rows = rows.set_column(index, field, pa.array(texts, field.type))
    return rows


def _replaced(text: str | None, is_json: bool) -> str | None:
    if text is None:
        return None
    if is_json:
        return _ESCAPE.sub(lambda found: INSTEAD if found[1] == "u0000" else found[0], text)
    return text.replace(NUL, INSTEAD)
