"""From annotations to options of the command line, and from what was typed to arguments."""

from __future__ import annotations

import codecs
import inspect
import json
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, is_typeddict

import click
import orjson

from gong_source.actions.model import hints_of, is_unicode
from gong_source.wording import listed

LISTS = (Sequence, Iterable, list)
SHOWN_FIELDS = 8

if TYPE_CHECKING:
    Base = click.ParamType[Any]
else:  # generic since click 8.2 only
    Base = click.ParamType


class Json(Base):
    """JSON as typed, or in a file after ``@``."""

    name = "JSON"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Decode it."""
        if not isinstance(value, str):
            return value
        try:
            return read_json(value[1:]) if value.startswith("@") else parsed(value)
        except ValueError as error:
            self.fail(f"not valid JSON: {error}", param, ctx)


class Text(Base):
    """Text that can be sent."""

    name = "TEXT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse what is none."""
        if isinstance(value, str) and not is_unicode(value):
            self.fail("must be a text in UTF-8", param, ctx)
        return value


class Pair(Text):
    """``NAME=VALUE``."""

    name = "NAME=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Split it."""
        name, sign, rest = str(super().convert(value, param, ctx)).partition("=")
        if not sign:
            self.fail("must be NAME=VALUE", param, ctx)
        return name, rest


@dataclass(frozen=True)
class Kind:
    """How a parameter is typed on the command line.

    Attributes:
        type: For click.
        many: Whether it can be given several times.
        flag: Whether it is on or off.
        pairs: Whether it makes a mapping.
        lists: Whether a name of it that is given again makes a list of its values.
        note: What to add to its help.
    """

    type: Any = field(default_factory=Text)
    many: bool = False
    flag: bool = False
    pairs: bool = False
    lists: bool = False
    note: str = ""


def kind_of(annotation: Any) -> Kind:
    """How a parameter is typed on the command line.

    Args:
        annotation: Of the parameter.
    """
    bare = bare_type(annotation)
    if bare is bool:
        return Kind(flag=True)
    if bare in (int, float):
        return Kind(click.INT if bare is int else click.FLOAT)
    if bare is Path:
        return Kind(click.Path(dir_okay=False))
    if get_origin(bare) is Literal:
        return Kind(click.Choice([str(word) for word in get_args(bare)]))
    if get_origin(bare) is Mapping:
        lists = bare_type(get_args(bare)[1]) is Any
        again = "Can be given several times" + ("; a name that is given again makes a list." if lists else ".")
        return Kind(Pair(), many=True, pairs=True, lists=lists, note=again)
    if get_origin(bare) in LISTS:
        return _list_of(bare_type(get_args(bare)[0]))
    if is_typeddict(bare):
        return Kind(Json(), note=f"A JSON object of {_fields(bare)}; @FILE reads a file.")
    return Kind(Json(), note="JSON; @FILE reads a file.") if bare is Any else Kind()


def _list_of(item: Any) -> Kind:
    if is_typeddict(item):
        return Kind(Json(), note=f"A JSON list of objects of {_fields(item)}; @FILE reads a file.")
    element = kind_of(item)
    return Kind(element.type, many=True, note="Can be given several times.")


def _fields(record: Any) -> str:
    names = list(hints_of(record))
    more = f" and {len(names) - SHOWN_FIELDS} more" if len(names) > SHOWN_FIELDS else ""
    return ", ".join(names[:SHOWN_FIELDS]) + more


def bare_type(annotation: Any) -> Any:
    """An annotation without None, limits, and all but the first of several types; a path where it may be one.

    Args:
        annotation: Any.
    """
    if get_origin(annotation) is Annotated:
        return bare_type(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        options = [option for option in get_args(annotation) if option is not type(None)]
        return Path if Path in options else bare_type(options[0])
    return annotation


def value_of(kind: Kind, typed: Any) -> Any:
    """The argument for what was typed; None where nothing was.

    Args:
        kind: Of the parameter.
        typed: What click made of it.

    Raises:
        click.UsageError: A name has several values, and can have one.
    """
    if typed is None or (kind.many and not typed):
        return None
    if kind.pairs:
        return _mapping(typed, kind.lists)
    return list(typed) if kind.many else typed


def _mapping(pairs: Iterable[tuple[str, str]], lists: bool) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    again = [name for name, values in found.items() if len(values) > 1]
    if again and not lists:
        raise click.UsageError(f"{listed(again)} is given several times, and can have one value. Nothing was sent.")
    return {name: values if name in again else values[0] for name, values in found.items()}


def read_json(path: str) -> Any:
    """What a JSON file holds; ``-`` is standard input.

    Args:
        path: As typed.

    Raises:
        click.UsageError: It can't be read or is not JSON.
    """
    try:
        with click.open_file(path, "rb") as file:
            return parsed(file.read())
    except OSError as error:
        raise click.UsageError(f"{path} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise click.UsageError(f"{path} is not valid JSON: {error}") from error


def parsed(text: str | bytes) -> Any:
    """JSON, exactly: what is sent is what was typed.

    Args:
        text: As typed, or of a file, in which a mark of its encoding may come first.

    Raises:
        ValueError: It is none, a key comes twice, or a whole number is beyond 64 bits: orjson would change it.
    """
    if isinstance(text, bytes):
        text = text.removeprefix(codecs.BOM_UTF8)
    content = orjson.loads(text)
    try:
        json.loads(text, parse_int=_whole, object_pairs_hook=_distinct)
        orjson.dumps(content)  # writes fewer levels than it reads, and than some Pythons do
    except (RecursionError, orjson.JSONEncodeError):
        raise ValueError("it has too many levels") from None
    return content


def _whole(text: str) -> int:
    if len(text) > 20 or not -(2**63) <= int(text) < 2**64:
        raise ValueError("a whole number is beyond 64 bits; Gong's ids are texts, in quotes")
    return int(text)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"a key comes twice, among {listed(found)}")
    return found


def is_required(parameter: inspect.Parameter) -> bool:
    """Whether a parameter has to be given.

    Args:
        parameter: Of a function.
    """
    return parameter.default is parameter.empty
