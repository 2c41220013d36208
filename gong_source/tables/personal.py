"""``pii``: what the tables declare as personal is hashed or dropped before it is loaded."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson
import pyarrow as pa

from gong_source.config import GongSettings
from gong_source.tables.arrow import Shaped
from gong_source.tables.identity import EMAIL, KINDS, Kind, kind_of, mapped, normal
from gong_source.tables.model import Column
from gong_source.tables.values import dumps

DIGITS = 32
"""Hex digits of a hash: 128 bits."""

REMEMBERED = 100_000
"""Values whose hash is kept: the same few people are in most calls."""


def apply(parts: Sequence[Shaped], settings: GongSettings) -> Sequence[Shaped]:
    """Rows with personal values kept, hashed or dropped, as ``pii`` says.

    E-mail addresses, phone numbers, names and addresses are masked; ids of users, job titles and what people wrote or
    said are not. In JSON the fields that are named like one of these are masked, and e-mail addresses in any text. The
    same value has the same hash in every table. Of fields that nobody declared the same is masked as in JSON.

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
        return lambda kind, text: None if kind else EMAIL.sub("", text)
    key = str(settings.pii_key)

    @lru_cache(REMEMBERED)
    def hashed(kind: Kind | None, text: str) -> str:
        return pseudonym(key, kind, text) if kind else EMAIL.sub(lambda m: pseudonym(key, "email", m.group()), text)

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


def _masked(part: Shaped, mask: Mask) -> Shaped:
    data = part.data
    holders = data["object_type"].to_pylist() if "object_type" in data.column_names else []
    for column in part.table.personal(*KINDS, "json"):
        index = data.column_names.index(column.name)
        data = data.set_column(index, data.schema.field(index), _column(data[column.name], column, mask, holders))
    extras = {name: [_extra(part, name, value, mask) for value in values] for name, values in part.extras.items()}
    return replace(part, data=data, extras=extras)


def _column(values: pa.ChunkedArray, column: Column, mask: Mask, holders: list[str | None]) -> pa.Array:
    kind: Kind | None = None if column.personal == "json" else column.personal  # type: ignore[assignment]
    if column.type != "json":
        coded = values.combine_chunks().dictionary_encode()
        coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
        return pa.array([mask(kind, text) for text in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)
    texts = values.to_pylist()
    masked = [
        None if text is None else dumps(mapped(orjson.loads(text), mask, kind, (holders[row] or "") if holders else ""))
        for row, text in enumerate(texts)
    ]
    return pa.array(masked, pa.string())


def _extra(part: Shaped, name: str, value: Any, mask: Mask) -> Any:
    """A field that nobody declared, or a value of the wrong type: by the column that it should have been in."""
    base = name.partition("__v_")[0]
    declared = next((c.personal for c in part.table.personal(*KINDS) if c.name == base), None)
    return mapped(value, mask, declared or kind_of(name))  # type: ignore[arg-type]
