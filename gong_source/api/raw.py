"""Any request to Gong's API, made safe: it stays on the host, and is repeated only where that is known to be free."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from gong_source.api.endpoints import Endpoint, known
from gong_source.api.multipart import FilePart, Multipart, path_of, size_of_file
from gong_source.api.order import Order
from gong_source.api.sendable import sendable
from gong_source.errors import GongArgumentError
from gong_source.wording import redacted

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def raw_order(
    method: str,
    path: str,
    params: Mapping[str, Any] | None,
    json: Any,
    files: Mapping[str, Path | str] | None,
    reads: bool | None,
) -> Order:
    """What to send for a request as a user typed it.

    Args:
        method: Of :data:`METHODS`, in either case.
        path: Below the base URL.
        params: Query parameters.
        json: JSON body.
        files: Files by the name of the form's field, in place of a body.
        reads: Whether it changes nothing and is free, where that is not known from method and path.

    Raises:
        GongArgumentError: Method or path is not allowed, a file is missing, or there is no JSON of what is to be sent.
    """
    verb = method.upper()
    if verb not in METHODS:
        raise GongArgumentError(f"method must be one of {', '.join(METHODS)}.")
    if json is not None and files:
        raise GongArgumentError("A request takes json or files, not both.")
    where = checked_path(path)
    found = known(verb, where)
    costs = found.paid if found else not reads
    reads = only_reads(verb, where, reads)
    named = found.path if found else redacted(where)  # as reports and logs show it
    scope, tells = (found.scope, found.tells) if found else ("", ())
    endpoint = Endpoint(verb, named, scope=scope, only_asks=reads, tells=tells)
    body = Multipart([form_part(name, file) for name, file in files.items()]) if files else sendable(json, "json")
    return Order(endpoint, where, sendable(params, "params"), body, writes=not reads, costs=costs)


def only_reads(method: str, path: str, reads: bool | None = None) -> bool:
    """Whether a request changes nothing at Gong, as far as that is known.

    Args:
        method: In either case.
        path: Below the base URL.
        reads: What the user says of it; None leaves it to method and path.
    """
    if reads is not None:
        return reads
    found = known(method.upper(), path)
    return found.reads if found else method.upper() == "GET"


def checked_path(path: str) -> str:
    """A path that stays on the host it is put behind.

    Args:
        path: As given.

    Raises:
        GongArgumentError: It is no path, or could lead elsewhere.
    """
    plain = path
    for _ in range(3):
        plain = unquote(plain)
    parts = plain.replace("\\", "/").split("/")
    wrong = (
        not path.startswith("/")
        or "//" in path
        or any(part in (".", "..") for part in parts)
        or any(mark in path for mark in "\\?#")
        or not plain.isprintable()
        or " " in path
    )
    if wrong:
        raise GongArgumentError(
            "path must be a path on Gong's API such as /v2/users: no scheme or host, no // or .., no query."
        )
    return path


def form_part(name: str, file: Path | str) -> FilePart:
    """A file as a part of a form.

    Args:
        name: Of the form's field.
        file: Where it is.

    Raises:
        GongArgumentError: It can't be read, or the name is none.
    """
    path = path_of(file)
    size = size_of_file(path)
    if not name.isidentifier():
        raise GongArgumentError(f"{name!r} is no name of a form field.")
    return FilePart(name, path, size, f"{name}{path.suffix if path.suffix[1:].isalnum() else ''}")
