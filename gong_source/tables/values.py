"""JSON values as arrow columns: what a column can't hold exactly is told apart, and never stops a load."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from gong_source.ranges import parse_instant
from gong_source.tables.model import DataType

ARROW_TYPES: dict[DataType, pa.DataType] = {
    "text": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "json": pa.string(),
}
LARGEST_BIGINT = 2**63
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
"""A number as JSON writes it. Python takes more for one: ``nan``, ``1_000``, digits of any script."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*", re.ASCII)


@cache
def _span() -> pa.Array:
    """The first and the last instant that Python, BigQuery and Snowflake know; arrow knows more.

    Not made at import: the first array makes arrow import pandas, where that is installed; Gong can be asked before.
    """
    return pa.array([datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)], ARROW_TYPES["timestamp"])


def convert(values: list[Any], kind: DataType) -> tuple[pa.Array, dict[int, Any]]:
    """A column from JSON values.

    Args:
        values: As decoded from JSON.
        kind: The declared type.

    Returns:
        The array, and by row the values that this type can't hold exactly; those rows are null in the array.
    """
    if kind == "json":
        return pa.array([None if v is None else dumps(v) for v in values], pa.string()), {}
    if not set(map(type, values)) <= _EXACT[kind]:  # arrow would cut 1.5 to 1 and take True for 1.0
        return _convert_each(values, kind)
    try:
        array = pa.array(values, pa.string() if kind == "timestamp" else ARROW_TYPES[kind]).cast(ARROW_TYPES[kind])
    except (ValueError, OverflowError):  # arrow's own errors are ValueErrors too
        return _convert_each(values, kind)
    return (array, {}) if _within(array, kind) else _convert_each(values, kind)


def _within(array: pa.Array, kind: DataType) -> bool:
    """Whether all values mean to others what they mean to arrow."""
    if kind == "double":
        return pc.all(pc.is_finite(array)).as_py() is not False
    if kind == "timestamp":
        first, last = _span()
        outside = pc.or_(pc.less(array, first), pc.greater(array, last))
        return pc.any(outside).as_py() is not True
    return True


def _convert_each(values: list[Any], kind: DataType) -> tuple[pa.Array, dict[int, Any]]:
    """The slow way, for a page with at least one value of another type, or one that does not fit."""
    rejected: dict[int, Any] = {}
    converted: list[Any] = []
    for row, value in enumerate(values):
        try:
            converted.append(None if value is None else _CASTS[kind](value))
        except (ValueError, TypeError, OverflowError):
            converted.append(None)
            rejected[row] = value
    return pa.array(converted, ARROW_TYPES[kind]), rejected


def _to_bigint(value: Any) -> int:
    _need_number(value)
    number = int(value)
    if (isinstance(value, float) and number != value) or not -LARGEST_BIGINT <= number < LARGEST_BIGINT:
        raise ValueError(value)
    return number


def _to_double(value: Any) -> float:
    _need_number(value)
    if isinstance(value, str) and value.lstrip("-").isdigit():
        value = int(value)
    number = float(value)
    if not math.isfinite(number) or (isinstance(value, int) and number != value):
        raise ValueError(value)
    return number


def _need_number(value: Any) -> None:
    if isinstance(value, bool) or (isinstance(value, str) and not NUMBER.fullmatch(value)):
        raise ValueError(value)


def _to_bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(value)
    return value


def _to_timestamp(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError(value)
    return parse_instant(value)


def as_text(value: Any) -> str:
    """Text as it is, everything else as JSON; ids that come as numbers keep every digit.

    Args:
        value: Any JSON value but null.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return json.dumps(value)  # NaN, Infinity: no JSON, but what was meant
    return value if isinstance(value, str) else dumps(value)


def spelled_alike(text: str) -> str:
    """A time in UTC with a ``Z`` and no more digits than it takes, in threes, as Gong writes most; other text as it is.

    Gong writes the same instant in several ways.

    Args:
        text: Any text.
    """
    if not _INSTANT.fullmatch(text):
        return text
    try:
        instant = parse_instant(text)
    except ValueError:
        return text
    digits = "microseconds" if instant.microsecond % 1000 else "milliseconds" if instant.microsecond else "seconds"
    return instant.isoformat(timespec=digits).replace("+00:00", "Z")


def _to_text(value: Any) -> str:
    return _whole(as_text(value))


def _whole(text: str) -> str:
    """Text with U+FFFD in place of each half of a surrogate pair, which is no character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_CASTS: dict[DataType, Callable[[Any], Any]] = {
    "text": _to_text,
    "timestamp": _to_timestamp,
    "bigint": _to_bigint,
    "double": _to_double,
    "bool": _to_bool,
}


def dumps(value: Any) -> str:
    """JSON text of any value, keys in Gong's order.

    Args:
        value: Any JSON value.
    """
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # an integer beyond 64 bits, half of a surrogate pair, or more than 254 levels
        plain = json.loads(json.dumps(value), parse_constant=lambda _: None)
        return _whole(json.dumps(plain, ensure_ascii=False, separators=(",", ":")))


_EXACT: dict[DataType, set[type]] = {
    "text": {str, type(None)},
    "timestamp": {str, type(None)},
    "bigint": {int, type(None)},
    "double": {float, int, type(None)},
    "bool": {bool, type(None)},
}
"""Types of JSON values that a column takes as they are."""
