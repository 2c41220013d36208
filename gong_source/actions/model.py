"""What an action is, and how its arguments become Gong's JSON: by its annotations, checked before anything is sent."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints, is_typeddict

from gong_source.api import Moment, gong_time
from gong_source.api.endpoints import Endpoint
from gong_source.api.sendable import sendable
from gong_source.errors import GongArgumentError
from gong_source.wording import listed

Function = TypeVar("Function", bound=Callable[..., Any])

SPELLED = {"export_calls_and_coaching_data_to_csv": "exportCallsAndCoachingDataToCSV"}
"""Gong's names that the rule does not give."""


@dataclass(frozen=True)
class Most:
    """The most characters of a text, or elements of a list."""

    number: int


@dataclass(frozen=True)
class Least:
    """The fewest elements of a list, or the least number."""

    number: int


class Distinct:
    """Marks a list whose elements must differ."""


class Identifier:
    """Marks a text that must not be empty: an id, a key, an address."""


class Numeral(Identifier):
    """Marks a text of digits."""


Id = Annotated[str, Identifier()]
GongId = Annotated[str | int, Identifier()]
"""An id that Gong gave, as text or, as some of its answers have it, as a number."""
NumberId = Annotated[str | int, Numeral()]
"""One that is always a number to Gong, so that anything else was mistyped."""
Ids = Annotated[Sequence[Id], Least(1), Distinct()]
GongIds = Annotated[Sequence[GongId], Least(1), Distinct()]
Time = Annotated[Moment, "time"]


@dataclass(frozen=True)
class Action:
    """What is known of an action beside its signature and docstring.

    Attributes:
        endpoint: What it asks or does.
        confirm: The argument that has to be typed again on the command line; empty for none.
    """

    endpoint: Endpoint
    confirm: str = ""


def action(endpoint: Endpoint, *, confirm: str = "") -> Callable[[Function], Function]:
    """Mark a function as an action.

    Args:
        endpoint: What it asks or does.
        confirm: For what can't be undone: the argument to be typed again on the command line.
    """

    def mark(function: Function) -> Function:
        function.action = Action(endpoint, confirm)  # type: ignore[attr-defined]
        return function

    return mark


@cache
def hints_of(function: Any) -> dict[str, Any]:
    """The annotations of a function or TypedDict, with what they are annotated by.

    Args:
        function: A function or a TypedDict.
    """
    return get_type_hints(function, include_extras=True)


def body_of(function: Callable[..., Any], arguments: Mapping[str, Any], *leave_out: str) -> dict[str, Any]:
    """Gong's JSON for the arguments of an action: checked, converted, without those that are None.

    Args:
        function: The action, whose annotations say what is allowed.
        arguments: Its ``locals()``.
        *leave_out: Arguments that go elsewhere.

    Raises:
        GongArgumentError: An argument is missing, unknown or not allowed.
    """
    hints = hints_of(function)
    body = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name == "client" or name in leave_out:
            continue
        value = arguments[name]
        if value is not None or parameter.default is parameter.empty:
            body[gong_name(name)] = converted(value, hints[name], name)
    return body


def checked(function: Callable[..., Any], name: str, value: Any) -> Any:
    """One argument that does not go into the body, checked as its annotation says.

    Args:
        function: The action.
        name: The argument.
        value: What was given.

    Raises:
        GongArgumentError: It is not allowed.
    """
    return converted(value, hints_of(function)[name], name)


def gong_name(name: str) -> str:
    """Gong's spelling of a name in snake_case.

    Args:
        name: In snake_case.
    """
    head, *rest = name.split("_")
    return SPELLED.get(name) or head + "".join(word.capitalize() for word in rest)


def converted(value: Any, kind: Any, where: str) -> Any:
    """A value in Gong's JSON, if it is of the annotated kind.

    Args:
        value: As given.
        kind: Its annotation.
        where: The argument and the place in it, for the message.

    Raises:
        GongArgumentError: It is not.
    """
    if get_origin(kind) is Annotated:
        base, *notes = get_args(kind)
        if "time" in notes:
            return gong_time(_of_type(value, (str, date, datetime), "a date or time", where), where)
        return _limited(converted(value, base, where), notes, where)
    if get_origin(kind) in (Union, types.UnionType):
        options = [option for option in get_args(kind) if option is not type(None)]
        return converted(str(value) if type(value) is int and options == [str, int] else value, options[0], where)
    if get_origin(kind) is Literal:
        if value not in get_args(kind) or isinstance(value, bool):
            raise GongArgumentError(f"{where} must be one of {', '.join(map(str, get_args(kind)))}.")
        return value
    if is_typeddict(kind):
        return _record(value, kind, where)
    if kind is Any:
        return sendable(value, where)
    return _plain(value, kind, where)


def _plain(value: Any, kind: Any, where: str) -> Any:
    if get_origin(kind) in (Sequence, list):
        if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Sequence):
            raise GongArgumentError(f"{where} must be a list.")
        (item,) = get_args(kind)
        return [converted(element, item, f"{where}[{place}]") for place, element in enumerate(value)]
    if kind is bool:
        return _of_type(value, bool, "true or false", where)
    if isinstance(value, bool):
        raise GongArgumentError(f"{where} must be {_WORDS[kind]}.")
    if kind is float:
        return sendable(_of_type(value, (int, float), "a number", where), where)
    if kind is str and isinstance(value, str) and not is_unicode(value):
        raise GongArgumentError(f"{where} must be a text in UTF-8.")
    return sendable(_of_type(value, kind, _WORDS[kind], where), where)


def is_unicode(text: str) -> bool:
    """Whether a text can be sent: bytes that are not UTF-8, typed in a shell, come as halves of surrogate pairs.

    Args:
        text: As typed.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_WORDS = {str: "a text", int: "a whole number", float: "a number"}


def _of_type(value: Any, kind: Any, words: str, where: str) -> Any:
    if not isinstance(value, kind):
        raise GongArgumentError(f"{where} must be {words}.")
    return value


def _limited(value: Any, notes: Sequence[Any], where: str) -> Any:
    for note in notes:
        if isinstance(note, Identifier) and not value.strip():
            raise GongArgumentError(f"{where} must not be empty.")
        if isinstance(note, Numeral) and not (value.isascii() and value.isdecimal()):
            raise GongArgumentError(f"{where} must be a number.")
        if isinstance(note, Distinct) and len(set(value)) < len(value):
            raise GongArgumentError(f"{where} must not have equal elements.")
        size = len(value) if isinstance(value, (str, list)) else value
        unit = "" if size is value else " characters" if isinstance(value, str) else " elements"
        if isinstance(note, Most) and size > note.number:
            raise GongArgumentError(f"{where} may have {note.number}{unit} at most, it has {size}.")
        if isinstance(note, Least) and size < note.number:
            raise GongArgumentError(f"{where} must be at least {note.number}{unit}.")
    return value


def _record(value: Any, kind: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise GongArgumentError(f"{where} must be an object with the fields {', '.join(hints_of(kind))}.")
    hints = hints_of(kind)
    if unknown := [str(name) for name in value if name not in hints]:
        raise GongArgumentError(f"{where} has no {listed(unknown)}; its fields are {', '.join(hints)}.")
    if missing := sorted(name for name in kind.__required_keys__ if value.get(name) is None):
        raise GongArgumentError(f"{where} lacks {', '.join(missing)}.")
    return {
        gong_name(name): converted(member, hints[name], f"{where}.{name}")
        for name, member in value.items()
        if member is not None
    }
