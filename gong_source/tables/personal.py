"""``pii``: what the tables declare as personal is hashed or dropped before it is loaded."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from gong_source.config import GongSettings
from gong_source.tables.arrow import Shaped, as_text, put
from gong_source.tables.beneath import beneath
from gong_source.tables.identity import KINDS, Kind, addresses_changed, kind_of, mapped, normal
from gong_source.tables.model import Column, Table
from gong_source.tables.values import dumps

DIGITS = 32
"""Hex digits of a hash: 128 bits."""

PSEUDONYM = f"[0-9a-f]{{{DIGITS}}}"
"""Regular expression of what stands for a value where ``pii`` is ``hash``."""

FIELD = "field"
"""Name of a field whose own name is dropped."""

ODD = re.compile(r"\s*[\[{]")
"""How the text of an object or a list begins."""

REMEMBERED = 100_000
"""Values whose hash is kept: the same few people are in most calls."""


def apply(parts: Sequence[Shaped], settings: GongSettings) -> Sequence[Shaped]:
    """Rows with personal values kept, hashed or dropped, as ``pii`` says.

    E-mail addresses, phone numbers, names and addresses are masked; ids of users, job titles and what people wrote or
    said are not. In JSON the fields that are named like one of these are masked, and e-mail addresses in any text. The
    same value has the same hash in every table. Of fields that nobody declared the same is masked as in JSON, also in
    their names; and so it is where an object or a list came in place of a text. A value that missed its column is
    masked as a whole where something of a person may be in it.

    Args:
        parts: Rows of any tables.
        settings: ``pii`` and ``pii_key`` count.
    """
    if settings.pii == "keep":
        return parts
    mask = masker(settings)
    return [_masked(part, mask) for part in parts]


Mask = Callable[[Kind | None, str], str | None]
"""Makes of a text what is loaded, given what it is."""


def masker(settings: GongSettings) -> Mask:
    """What ``pii`` makes of single texts.

    Args:
        settings: ``pii`` and ``pii_key`` count; ``pii`` is not ``keep``.
    """
    if settings.pii == "drop":
        return lambda kind, text: None if kind else addresses_changed(text, lambda _: "")
    key = str(settings.pii_key)

    @lru_cache(REMEMBERED)
    def hashed(kind: Kind | None, text: str) -> str:
        if kind:
            return pseudonym(key, kind, text)
        return addresses_changed(text, lambda address: pseudonym(key, "email", address))

    return hashed


def pseudonym(key: str, kind: Kind, value: str) -> str:
    """What stands for a value where ``pii`` is ``hash``: HMAC-SHA256 of its normal form, 32 hex digits.

    Args:
        key: ``pii_key``.
        kind: What the value is.
        value: As somebody wrote it.
    """
    message = f"{kind}:{normal(kind, value) or value}"
    return hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()[:DIGITS]


def masked_record(record: Any, tables: Sequence[Table], settings: GongSettings) -> Any:
    """A record as Gong told it, masked like the rows that would be made of it, or more.

    Args:
        record: Any JSON value.
        tables: Of its stream.
        settings: ``pii`` and ``pii_key`` count; ``pii`` is not ``keep``.
    """
    mask = masker(settings)
    columns = [column for table in tables for column in table.personal(*KINDS)]
    declared: dict[str, Kind] = {column.path.rpartition(".")[2]: column.personal for column in columns}  # type: ignore[misc]

    def change(kind: Kind | None, text: str) -> str | None:
        is_json = not kind and ODD.match(text)
        shown = _in_json(text, lambda told: mapped(told, mask, None)) if is_json else None
        return mask(kind, text) if shown is None else shown

    return mapped(record, change, None, declared=declared)


def is_placed(record: Any, tables: Sequence[Table]) -> bool:
    """Whether what a record tells of people is where the tables look for it: objects, and lists of such.

    Args:
        record: Any JSON value.
        tables: Of its stream.
    """
    return all(
        isinstance(item, dict)
        for table in tables
        if table.personal()
        for item in _items(record, tuple(filter(None, table.path.split("."))))
    )


def _items(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """What stands at a place of a record, or on the way there in place of an object; each of a list."""
    if isinstance(value, list):
        for item in value:
            yield from _items(item, path)
    elif isinstance(value, dict) and path:
        yield from _items(value.get(path[0]), path[1:])
    elif value is not None:
        yield value


def _masked(part: Shaped, mask: Mask) -> Shaped:
    data = part.data
    holders = data["object_type"].to_pylist() if "object_type" in data.column_names else part.extras.get("objectType")
    holders = [str(holder or "") for holder in holders or [None] * data.num_rows]
    for index, column in enumerate(part.table.columns):
        if column.personal in KINDS and column.type != "json":
            values = _column(data[column.name], column.personal, mask)
        elif column.type == "json" or column.personal == "json" or _may_be_odd(data[column.name], column):
            values = _within(data[column.name], column, mask, holders)
        else:
            continue
        data = data.set_column(index, data.schema.field(index), values)
    return replace(part, data=data, extras=_extras(part, mask, holders))


def _column(values: pa.ChunkedArray, kind: Kind, mask: Mask) -> pa.Array:
    coded = values.combine_chunks().dictionary_encode()
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    return pa.array([mask(kind, text) for text in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)


def _may_be_odd(values: pa.ChunkedArray, column: Column) -> bool:
    if column.type != "text" or column.required:
        return False
    return bool(pc.any(pc.match_substring_regex(values, f"^{ODD.pattern}")).as_py())


def _within(values: pa.ChunkedArray, column: Column, mask: Mask, holders: list[str]) -> pa.Array:
    """Texts of JSON, masked within; what is no object and no list stays as it is in a column of people's words."""
    texts = zip(values.to_pylist(), holders, strict=True)
    return pa.array([text and _masked_within(text, column, mask, holder) for text, holder in texts], pa.string())


def _masked_within(text: str, column: Column, mask: Mask, holder: str) -> str | None:
    kind: Kind | None = column.personal if column.personal in KINDS else None
    if column.type == "json" or ODD.match(text):
        shown = _in_json(text, lambda told: mapped(told, mask, kind, holder))
        if shown is not None:
            return shown
    return mask(None, text) if column.personal == "json" else text


def _in_json(text: str, change: Callable[[Any], Any]) -> str | None:
    """A text of JSON with its value changed, as it is where nothing changed; None where it is none."""
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:  # words that begin like one
        return None
    shown = change(told)
    return text if shown == told else dumps(shown)


def _extras(part: Shaped, mask: Mask, holders: list[str]) -> dict[str, list[Any]]:
    """Fields that nobody declared, and values that missed their columns; an address that is a name is no column's."""
    extras: dict[str, list[Any]] = {}
    for name, values in part.extras.items():
        shown = name if mask(None, name) == name else mask(None, name) or FIELD
        whole = _kind_within(part.table.name, name)
        for row, value in enumerate(values):
            if value is not None:
                holder = holders[row]
                told = mask(whole, as_text(value)) if whole else mapped(value, mask, kind_of(name, holder), holder)
                put(extras, shown, row, told, len(values))
    return extras


def _kind_within(table: str, name: str) -> Kind | None:
    """What a value of the wrong type may tell of a person; None where it is one field's, or tells nothing."""
    kinds = {column.personal for _, column in beneath(table, name)}
    return next((kind for kind in KINDS if kind in kinds), "name" if "json" in kinds else None)
