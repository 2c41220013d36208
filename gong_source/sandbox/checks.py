"""Input checks as strict as a typed server's: unknown names, wrong types and unknown values are refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from gong_source.sandbox.clock import parse_stamp
from gong_source.sandbox.messages import ApiError, Json, Request, bad_request

MOST_IDS = 100
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Check = Callable[[Any, str], Any]


def json_error(detail: str) -> ApiError:
    """Make the error for a body that does not fit its type."""
    return bad_request(f"Json parse error: {detail}")


def json_object(request: Request) -> Json:
    """Read the request's body as one JSON object.

    Raises:
        ApiError: 400 when it is something else.
    """
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise json_error("the body is not JSON") from error
    if not isinstance(body, dict):
        raise json_error("the body is not an object")
    return body


def text(value: Any, name: str) -> str:
    """Check for a text."""
    if not isinstance(value, str):
        raise json_error(f"{name}: not a text")
    return value


def nonempty(value: Any, name: str) -> str:
    """Check for a text of at least one character."""
    if not text(value, name):
        raise bad_request(f"{name}: must not be empty")
    return str(value)


def flag(value: Any, name: str) -> bool:
    """Check for a boolean."""
    if not isinstance(value, bool):
        raise json_error(f"{name}: not a boolean")
    return value


def stamp(value: Any, name: str) -> datetime:
    """Check for an ISO-8601 time stamp with an offset."""
    try:
        return parse_stamp(text(value, name))
    except ValueError as error:
        raise bad_request(f"{name}: must be a date and time in ISO-8601 format with an offset") from error


def day(value: Any, name: str) -> date:
    """Check for a date without a time."""
    try:
        if not _DAY.fullmatch(text(value, name)):
            raise ValueError(value)
        return date.fromisoformat(value)
    except ValueError as error:
        raise bad_request(f"{name}: must be a date in the format YYYY-MM-DD") from error


def one_of(values: Collection[str]) -> Check:
    """Make a check for one of some words, in their exact case."""

    def check(value: Any, name: str) -> str:
        if text(value, name) not in values:
            raise json_error(f"{name}: unknown value '{value}'")
        return str(value)

    return check


def list_of(item: Check) -> Check:
    """Make a check for a list of such items."""

    def check(value: Any, name: str) -> list[Any]:
        if not isinstance(value, list):
            raise json_error(f"{name}: not a list")
        return [item(element, name) for element in value]

    return check


def distinct(items: Check) -> Check:
    """Make a check for a list, as checked by another one, in which no text comes twice."""

    def check(value: Any, name: str) -> list[Any]:
        found: list[Any] = items(value, name)
        if len(set(found)) < len(found):
            raise bad_request(f"{name}: must not have equal elements")
        return found

    return check


def ids(value: Any, name: str) -> list[str]:
    """Check for a list of 1 to 100 different ids."""
    found = some_ids(value, name)
    if not found:
        raise bad_request(f"{name}: must not be empty")
    return found


def some_ids(value: Any, name: str) -> list[str]:
    """Check for a list of up to 100 different ids, which may be empty."""
    found: list[str] = distinct(list_of(text))(value, name)
    if len(found) > MOST_IDS:
        raise bad_request(f"{name}: must not have more than {MOST_IDS} elements")
    return found


@dataclass(frozen=True)
class Shape:
    """Check for an object with these members and no others.

    Attributes:
        members: A check for each member.
        required: Names that must be there.
    """

    members: Mapping[str, Check]
    required: Iterable[str] = ()

    def __call__(self, value: Any, name: str = "") -> Json:
        """Check a value; null is of no type that the specification names, so it may only stand where anything may."""
        if not isinstance(value, dict):
            raise json_error(f"{name}: not an object")
        for key in value:
            if key not in self.members:
                raise json_error(f"unrecognized field '{_path(name, key)}'")
        for key in self.required:
            if value.get(key) is None:
                raise bad_request(f"{_path(name, key)}: must not be null")
        return {key: self.members[key](member, _path(name, key)) for key, member in value.items()}


def ordered(start: datetime | None, end: datetime | None, first: str, last: str) -> None:
    """Check that a range, whose bounds are named, is not empty or backwards."""
    if start is not None and end is not None and start >= end:
        raise bad_request(f"{first}: must be before {last}")


def required(query: Mapping[str, str], name: str) -> str:
    """Return a query parameter that must be there."""
    if not query.get(name):
        raise bad_request(f"Required request parameter '{name}' is not present")
    return query[name]


def optional_stamp(query: Mapping[str, str], name: str) -> datetime | None:
    """Return a query parameter as a time, or ``None`` when it was not sent."""
    return stamp(query[name], name) if name in query else None


def query_flag(query: Mapping[str, str], name: str) -> bool:
    """Return a query parameter as a boolean, false when it was not sent."""
    value = query.get(name, "false")
    if value not in ("true", "false"):
        raise bad_request(f"{name}: must be true or false")
    return value == "true"


def _path(parent: str, key: str) -> str:
    return f"{parent}.{key}" if parent else key
