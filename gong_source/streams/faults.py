"""What keeps a record from being loaded, in words."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from gong_source.errors import GongError
from gong_source.streams.stream import Shape
from gong_source.tables.arrow import JsonDict, Shaped, as_text
from gong_source.tables.model import LOAD_ID, Table

Fault = Callable[[JsonDict], str]
"""Tells what keeps an object from being loaded; empty for nothing."""

NO_OBJECT = "it is no object"


def no_fault(record: JsonDict) -> str:
    """Every object can be loaded."""
    return ""


def no_key(name: str) -> Fault:
    """Tells of records without their key: one is text or a number.

    Args:
        name: Gong's name for the field.
    """

    def fault(record: JsonDict) -> str:
        value = record.get(name)
        if value in (None, ""):
            return f"it has no {name}"
        return "" if is_key(value) else f"its {name} is neither text nor a number"

    return fault


def is_key(value: Any) -> bool:
    """Whether a value identifies something; what is text of an object or a list would be an id that Gong never gave.

    Args:
        value: Any JSON value.
    """
    return isinstance(value, (str, int, float)) and not isinstance(value, bool) and value != ""


def not_asked(name: str, asked: Container[str]) -> Fault:
    """Tells of records about something that was not asked about, or that do not tell about what they are.

    Args:
        name: Gong's name for the field that tells what a record is about.
        asked: What was asked about.
    """
    unnamed = no_key(name)
    return lambda record: unnamed(record) or ("" if as_text(record[name]) in asked else f"its {name} was not asked for")


def lacking(table: Table) -> Fault:
    """Tells of records without something that a row always has.

    Args:
        table: Of the rows.
    """
    paths = [column.path for column in table.columns if column.required and column.path]

    def fault(record: JsonDict) -> str:
        for path in paths:
            value: Any = record
            for name in path.split("."):
                value = value.get(name) if isinstance(value, dict) else None
            if value in (None, ""):
                return f"it has no {path}"
        return ""

    return fault


def keyed(key: str, table: Table) -> Fault:
    """Tells of records without their key, or without something else that a row always has.

    Args:
        key: Gong's name for the field that identifies a record.
        table: Of the rows.
    """
    first, more = no_key(key), lacking(table)
    return lambda record: first(record) or more(record)


def whole(parts: list[Shaped]) -> list[Shaped]:
    """Rows, once each has what its table never leaves NULL.

    Args:
        parts: Shaped rows.

    Raises:
        ValueError: One has not.
    """
    for part in parts:
        for column in part.table.columns:
            if column.required and column.name != LOAD_ID and part.data[column.name].null_count:
                raise ValueError(f"it has no {column.path or column.name}")
    return parts


def fault_of(shape: Shape, selection: str) -> Fault:
    """Tells of records that can't be made rows of.

    Args:
        shape: Makes the rows.
        selection: What the records were read for.
    """

    def fault(record: JsonDict) -> str:
        try:
            whole(shape([record], selection))
        except Exception as error:
            told = str(error) if isinstance(error, (GongError, ValueError)) else ""
            return told or f"it can't be made rows of ({type(error).__name__})"
        return ""

    return fault
